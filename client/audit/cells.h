/* The table that a report fills: groups, and in each a cell for each figure. A cell counts, or
 * holds values of which median and spread are wanted. Inside audit/ alone. */
#pragma once

#include "audit/figures.h"
#include "audit/story.h"

/* Fixed figures, in the order of the report. X(name, key, label, unit) */
#define FIGURES(X)                                                                                 \
    X(SENT, "sent", "Messages sent", COUNT)                                                        \
    X(ASKED, "asked", "Messages that asked this desk to act", COUNT)                               \
    X(DELIVERED, "delivered", "Time to delivery", TIME)                                            \
    X(OPENED, "opened", "Time to opening", TIME)                                                   \
    X(ACKNOWLEDGED, "acknowledged", "Time to acknowledgement", TIME)                               \
    X(DECIDED, "decided", "Time to a decision for every child", TIME)                              \
    X(ANSWERED, "answered", "Time to an answer", TIME)                                             \
    X(NOT_DELIVERED, "not_delivered", "Not delivered yet", COUNT)                                  \
    X(NEVER_OPENED, "never_opened", "Never opened", COUNT)                                         \
    X(NOT_ACKNOWLEDGED, "not_acknowledged", "Not acknowledged yet", COUNT)                         \
    X(NOT_DECIDED, "not_decided", "Not decided yet", COUNT)                                        \
    X(NOT_ANSWERED, "not_answered", "Not answered yet", COUNT)                                     \
    X(REDIRECTS, "redirects", "Redirects: not ours", COUNT)                                        \
    X(HOPS, "hops", "Redirects in one case", STEPS)                                                \
    X(RESENDS, "resends", "Sent again after a redirect", COUNT)                                    \
    X(PASSED_ON, "passed_on", "Referrals passed on", COUNT)                                        \
    X(NO_FURTHER_ACTION, "no_further_action", "Decisions of no further action", COUNT)             \
    X(SILENCE, "silence_pressed", "Silence pressed", COUNT)                                        \
    X(WITHDRAWALS, "withdrawals", "Withdrawals", COUNT)                                            \
    X(CLOSES, "closes", "Closed by the referrer", COUNT)                                           \
    X(COVER, "cover_called", "Cover called", COUNT)                                                \
    X(UNDELIVERABLE, "undeliverable", "Undeliverable: no seat left", COUNT)                        \
    X(UNREADABLE, "unreadable", "Unreadable for a seat", COUNT)

enum figure {
#define X(name, key, label, unit) FIGURE_##name,
    FIGURES(X)
#undef X
        FIGURE_OVERDUE,                        /* + duty */
    FIGURE_RECONSIDERED = FIGURE_OVERDUE + 16, /* + level */
    FIGURE_CHANGED = FIGURE_RECONSIDERED + SH_LEVEL_MAX + 1,
    FIGURE_UPHELD = FIGURE_CHANGED + SH_LEVEL_MAX + 1,
    FIGURE_REFUSED = FIGURE_UPHELD + SH_LEVEL_MAX + 1, /* + code */
    FIGURE_COUNT = FIGURE_REFUSED + 256,
};

enum figure_unit { UNIT_COUNT, UNIT_TIME, UNIT_STEPS };
#define FIGURE_KEY_BYTES 64
void figure_key(unsigned figure, char out[FIGURE_KEY_BYTES]);
void figure_label(unsigned figure, char out[2 * FIGURE_KEY_BYTES]);
enum figure_unit figure_unit(unsigned figure);

struct cell {
    uint64_t count;
    int64_t *values; /* of UNIT_TIME in ms, of UNIT_STEPS as they are; len == count */
    size_t len, cap;
};

struct cell_group {
    char label[SH_ADDRESS_BYTES_MAX + 1];
    struct cell cells[FIGURE_COUNT];
};

/* An entry behind a figure. */
struct cell_reason {
    uint64_t index, since;
    bool has_value, has_since;
    int64_t value;
};

struct cells {
    enum figures_by by;
    const struct desks *desks;
    struct cell_group **groups; /* [0] is everybody */
    size_t len, cap;
    uint32_t *of_desk, *of_kind; /* 0: not known yet */
    int64_t week_from_ms, week_to_ms;
    uint32_t week; /* its group; 0: none yet */
    const char *why_group;
    unsigned why_figure; /* FIGURE_COUNT: none */
    struct cell_reason *reasons;
    size_t reasons_len, reasons_cap;
};

/* One thing that is to be counted. */
struct cell_hit {
    int64_t desk;
    uint32_t kind;
    int64_t at_ms; /* for the week */
    enum figure figure;
    unsigned offset; /* of a duty, level or code */
    uint64_t count;
    struct cell_reason reason;
};

SH_MUST_USE sh_err cells_init(struct cells *cells, enum figures_by by, const struct desks *desks);
void cells_wipe(struct cells *cells); /* a destructor */
/* In the hit's group and in that of everybody. SH_E_NOMEM. */
SH_MUST_USE sh_err cells_add(struct cells *cells, const struct cell_hit *hit);
