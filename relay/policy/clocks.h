/* How long what is owed may take, and who is told when it did: the `clocks`, `cover_after` and
 * `ladders` of the policy file. What ends a duty is not here, for no policy may change it
 * (thread/duties.h). Pure; any thread may ask. DOMAIN.md, 'Clocks' and 'Reconsideration and its
 * ladder', is the source. */
#pragma once

#include "policy/policy.h"

/* A message that is about to be accepted, and the thread before it. */
struct clock_question {
    const struct facts *facts;
    const struct thread_view *thread;
    int64_t accepted_ms;
    bool resumed; /* a clock that stood still runs again: whatever it counted from, it counts from
                     accepted_ms */
};

struct clock_start {
    struct leaf_clock clock;
    int64_t warn_ms; /* 0: nobody is warned */
};

struct clock_starts {
    struct clock_start list[SH_LEAF_CLOCKS_MAX];
    size_t len;
    bool uncovered; /* a calendar ended before a due time: say so loudly */
};

/* Which clocks the message starts: of each duty the first row of the policy that fits. One that is
 * late from the start is among them; one that was met by sending is not. Cover is asked for by
 * policy_cover_due(). SH_E_BAD_TIME for times that no calendar has. */
SH_MUST_USE sh_err policy_clocks(const struct policy *policy, const struct clock_question *q,
                                 struct clock_starts *out);
/* `asking` was answered by the message in q: what its sender owes again from now on, as if the
 * message that it had answered came in anew. *out_any is false if it asked nothing back. */
SH_MUST_USE sh_err policy_clock_resumed(const struct policy *policy, const struct clock_question *q,
                                        const struct thread_message *asking,
                                        struct clock_start *out, bool *out_any);
/* When cover is called for urgent mail that a desk with these hours (the directory's words; NULL:
 * not known) did not open. */
int64_t policy_cover_due(const struct policy *policy, const char *hours, int64_t from_ms);

/* ---- whom to tell ---- */

#define TOLD_MAX 16u
struct told {
    struct address desks[TOLD_MAX];
    size_t len;
};

/* What happened to a clock of the message `facts`. */
struct clock_event {
    const struct facts *facts;
    const struct thread_view *thread;
    enum duty duty;
    const struct address *owing;
    bool warned; /* else it ran out */
};
/* Nobody twice. With a policy that has lost the row: its sender and who owes it. */
void policy_told(const struct policy *policy, const struct clock_event *event, struct told *out);

/* ---- ladders ---- */

/* The level that opens by itself when the reconsideration `facts` was not answered in time: its
 * number, and the desks that it adds. 0: none does. */
uint32_t policy_level_by_silence(const struct policy *policy, const struct clock_event *event,
                                 struct told *out_added);
/* Who else is told that the reconsideration `facts` was raised, without its content. */
void policy_level_told(const struct policy *policy, const struct clock_event *event,
                       struct told *out);

/* SH_E_CONFIG if the calendars do not reach far enough at now_ms, with a sentence. */
SH_MUST_USE sh_err policy_check_calendars(const struct policy *policy, int64_t now_ms,
                                          struct sh_why *why);
