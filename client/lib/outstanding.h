/* The list that a person sees first each morning: what is owed, by whom, by when, worked out from
 * the facts that this vault holds and from nothing else. What ends a duty is thread/duties.h, as at
 * the relay. No network; the passphrase only for concerns' dates. One thread. */
#pragma once

#include "client/entry.h"
#include "thread/duties.h"

/* See sh_client_outstanding(). Gives *out. */
SH_MUST_USE sh_err outstanding_list(struct sh_client *client, json_t **out, struct sh_why *why);

/* ---- outstanding_case.c: a thread with all that is known about it ---- */

/* What the relay or a recipient said about a message. */
struct case_fact {
    enum leaf_type type;
    int64_t at_ms;
    uint64_t log_index;
    struct leaf_facts facts;
};

struct case_message {
    const struct thread_entry *entry;
    uint64_t log_index;
    const struct leaf_clock *clocks; /* that it started */
    size_t clocks_len;
    const struct case_fact *facts;
    size_t facts_len;
};

/* The accepted messages of one thread, twice in the same order: as the shared rules see them, and
 * with what this vault knows besides. */
struct casefile {
    struct sh_client *client;
    struct arena *arena;
    struct thread_view view;
    const struct case_message *messages;
    struct address own;
};

/* Everything borrows the arena. */
SH_MUST_USE sh_err casefile_load(struct sh_client *client, const struct sh_id *thread_id,
                                 struct arena *arena, struct casefile *out);
SH_MUST_USE sh_err casefile_read_fact(const struct vault_fact *in, struct arena *arena,
                                      struct case_fact *out);
/* The furthest that message i has come at a desk; NULL: nothing is known. "delivered" "opened"
 * "unreadable" */
const char *casefile_reached(const struct casefile *file, size_t i, const struct address *desk);
/* Whether this seat, a colleague, or the desk's receipt that the relay passed on has ended it. */
SH_MUST_USE sh_err casefile_has_receipt(const struct casefile *file, size_t i,
                                        const struct duty_view *duty, bool *out);
/* 0: it was not sent to the desk. */
enum role casefile_role(const struct facts *facts, const struct address *desk);

/* ---- outstanding_duties.c: what nobody has done yet ---- */

struct open_duty {
    size_t message; /* position in the case */
    enum duty duty;
    struct address by;
    int64_t due_ms; /* 0: no clock runs, it is owed all the same */
    bool is_logged; /* the log says that it ran out, at log_index */
    uint64_t log_index;
    bool is_ours, as_cover;
};

struct open_duties {
    struct open_duty *list;
    size_t len, cap;
};

/* Duties that concern this desk: that it owes, covers for, or is owed. */
SH_MUST_USE sh_err casefile_open_duties(const struct casefile *file, struct open_duties *out);

/* ---- outstanding_lines.c: lines for people ---- */

enum section { SECTION_OVERDUE, SECTION_DUE_TODAY, SECTION_WAITING, SECTIONS };

/* Lines in the making. */
struct line {
    enum section section;
    bool is_ours;
    uint32_t urgency;
    int64_t due_ms; /* 0: none */
    json_t *json;   /* owned */
};
struct lines {
    struct line *list; /* owned */
    size_t len, cap;
};
void lines_wipe(struct lines *lines);
/* What is open in one thread. */
SH_MUST_USE sh_err lines_add_case(struct lines *lines, const struct casefile *file);
/* One section as a list, ours first, then what is urgent, then what was due first. Gives *out. */
SH_MUST_USE sh_err lines_section(struct lines *lines, enum section section, json_t **out);
/* "decide": what a duty asks for, as told to whoever owes it, or of them. */
const char *outstanding_what(enum duty duty, bool is_ours);

/* ---- outstanding_pressing.c: differences that wait to be pressed or closed ---- */

SH_MUST_USE sh_err lines_add_pressing(struct lines *lines, const struct casefile *file);
/* The line's frame: the message, whose turn it is, whom to telephone. Gives *out. */
SH_MUST_USE sh_err lines_frame(const struct casefile *file, const struct open_duty *about,
                               json_t **out);
SH_MUST_USE sh_err lines_put(struct lines *lines, const struct line *line); /* takes line->json */

/* ---- outstanding_concerns.c: early concerns that were to be looked at again ---- */

/* A list, by date; *out_unread: so many concerns could not be looked at without the passphrase.
 * Gives *out. */
SH_MUST_USE sh_err concerns_list(struct sh_client *client, json_t **out, size_t *out_unread,
                                 struct sh_why *why);

/* ---- outstanding_notices.c: what the relay told about messages of others ---- */

/* Gives *out. */
SH_MUST_USE sh_err notices_list(struct sh_client *client, json_t **out);
