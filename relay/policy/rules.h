/* A loaded policy, and one question put to it. Internal to policy/. */
#pragma once

#include "base/arena.h"
#include "policy/calendar.h"
#include "policy/clocks.h"
#include "policy/witnesses.h"
#include "thread/thread.h"

/* Desks by the parts of their address; NULL stands for every one. "social-care",
 * "lado@*.social-care". */
struct pattern {
    const char *desk, *organisation, *sector;
};

struct patterns {
    const struct pattern *list;
    size_t len;
};

/* From whom an answer may come: the policy file's word and what it means. */
#define POLICY_STANDINGS(X)                                                                        \
    X(PARENT_SENDER, "parent_sender") /* who sent the message answered */                          \
    X(PARENT_ACT,                                                                                  \
      "parent_act") /* a desk that it asked to act, or one that covers for such a desk */          \
    X(PARENT_RECIPIENT, "parent_recipient") /* any desk that got it, the sender's own left out */  \
    X(ANY_PARTY, "any_party") /* any desk that sent or got a message of the thread */              \
    X(REFERRER, "referrer")   /* who sent a referral of the thread; without one, who began it */   \
    X(THREAD_SENDER, "thread_sender")       /* who began the thread */                             \
    X(ANYONE_PERMITTED, "anyone_permitted") /* whom `from` lets, party or not */

enum standing {
#define X(name, word) BY_##name,
    POLICY_STANDINGS(X)
#undef X
};

/* Who must be among the recipients of an answer: bits. */
#define POLICY_ADDRESSEES(X)                                                                       \
    X(PARENT_SENDER, 1u, "parent_sender")                                                          \
    X(PARENT_ACT, 2u, "parent_act")               /* every one of them */                          \
    X(PARENT_RECIPIENTS, 4u, "parent_recipients") /* every one, asked to act or told */            \
    X(REFERRER, 8u, "referrer") /* who sent the referral that this answers, at however many steps  \
                                 */

enum addressee {
#define X(name, bit, word) TO_##name = bit,
    POLICY_ADDRESSEES(X)
#undef X
};

/* One row of `begin` or `follow`. Sets of codes are bits: 1 << code. */
struct rule {
    enum kind kind;
    uint64_t subtypes; /* 0: whatever the subtype */
    struct patterns from, act, inform;
    /* of `follow` alone */
    uint64_t answers;          /* kinds */
    uint64_t answers_subtypes; /* 0: whatever the subtype */
    uint64_t answers_outcomes; /* 0: whatever the outcome */
    enum standing by;
    unsigned to; /* enum addressee */
};

struct rules {
    const struct rule *list;
    size_t len;
};

/* Who owes a duty: the policy file's word. */
#define POLICY_OWING(X)                                                                            \
    X(ACT, "act")               /* each desk that the message asks to act */                       \
    X(RECIPIENTS, "recipients") /* each desk that it is sent to, the sender's own left out */      \
    X(SENDER, "sender")         /* who sends it */                                                 \
    X(ANSWERED, "answered")     /* whom it answers: the next up the thread who is not its sender */

enum owing {
#define X(name, word) OWING_##name,
    POLICY_OWING(X)
#undef X
};

/* From what a clock counts. */
#define POLICY_COUNTS_FROM(X)                                                                      \
    X(ACCEPTANCE, "acceptance")                                                                    \
    X(EVENT, "event")           /* when it happened; acceptance if the message does not say */     \
    X(EVENT_ONLY, "event_only") /* no clock if the message does not say */                         \
    X(PREVIOUS, "previous")     /* of a ladder: the opening of the level below */

enum counts_from {
#define X(name, word) FROM_##name,
    POLICY_COUNTS_FROM(X)
#undef X
};

/* Somebody to tell: "sender", "owing", "recipients", "managers@owing" (that desk at the
 * organisation of whoever owes it), "managers@sender", or an address. */
enum teller_who {
    TELL_SENDER,
    TELL_OWING,
    TELL_RECIPIENTS, /* whom the message was sent to */
    TELL_ADDRESS,
};
struct teller {
    enum teller_who who;
    const char *desk;       /* of SENDER and OWING: at their organisation; NULL: they themselves */
    struct address address; /* of ADDRESS */
};

struct tellers {
    const struct teller *list;
    size_t len;
};

/* One row of `clocks`, or one clock of a level. */
struct clock_rule {
    enum duty duty;
    uint64_t kinds;                         /* of `clocks` alone, as the next four */
    uint64_t subtypes, urgencies, outcomes; /* 0: whatever it is */
    bool telephone;                         /* only what was said by telephone first */
    struct patterns from, desks;            /* len 0: anybody */
    enum owing owing;
    enum counts_from counts_from;
    bool promised; /* due when the message itself promises */
    struct span due;
    bool warns;
    int64_t warn_before_ms;
    struct tellers tell_warned, tell;
};

struct clock_rules {
    const struct clock_rule *list;
    size_t len;
};

struct level {
    const char *name;
    struct tellers adds, tell;
    struct clock_rules clocks;
    bool by_silence; /* opens when the level below was not answered in time */
};

struct ladder {
    const char *name;
    struct patterns from, of; /* who climbs it, whom they contest; len 0: anybody */
    uint32_t urgent_from;     /* an urgent one may begin here */
    bool has_limit;
    struct clock_rule limit; /* for all of it, from level 1 */
    const struct level *levels;
    size_t levels_len;
};

struct ladders {
    const struct ladder *list;
    size_t len;
};

struct policy {
    struct arena *arena; /* holds everything below */
    const char *name;
    struct sh_hash sha256;
    struct patterns sectors; /* that take part; one pattern each */
    uint64_t see_through;    /* kinds */
    struct rules begin, follow;
    int64_t quota_per_hour, audit_leaves_per_second, grace_days, retention_days;
    struct calendar *calendar;
    struct clock_rules clocks;
    int64_t cover_after_ms;
    struct ladders ladders;
    struct policy_witnesses witnesses;
};

/* One policy_decide(), as the checks hand it on. */
struct question {
    const struct policy *policy;
    const struct facts *facts;
    const struct thread_view *thread;
    struct sh_why *why;
    /* Found by question_place(); NULL for a first message. */
    const struct thread_message *parent; /* what the header names */
    const struct thread_message
        *answered; /* the same, or what stands behind it if it is seen through */
    const struct thread_message *referral; /* that this answers at however many steps; NULL: none */
};

static inline uint64_t bit_of(unsigned code)
{
    return UINT64_C(1) << code;
}

/* ---- pattern.c ---- */
bool pattern_matches(const struct pattern *pattern, const struct address *address);
bool patterns_match(const struct patterns *patterns, const struct address *address);

/* ---- place.c: who stands where in a thread ---- */
SH_MUST_USE sh_err question_place(struct question *q); /* order, thread, parent, standing */
bool rule_fits(const struct rule *rule, const struct facts *facts);
/* Whether the rule lets this answer follow q->answered from this sender. */
bool rule_answers(const struct rule *rule, const struct thread_message *answered);
bool rule_has_standing(const struct rule *rule, const struct question *q,
                       const struct thread_message *answered);

/* ---- addressing.c ---- */
SH_MUST_USE sh_err question_permitted(const struct question *q);  /* FORBIDDEN_KIND */
SH_MUST_USE sh_err question_recipients(const struct question *q); /* BAD_RECIPIENTS */

/* ---- casework_rules.c ---- */
SH_MUST_USE sh_err question_outcome(const struct question *q);
SH_MUST_USE sh_err question_children(const struct question *q);
SH_MUST_USE sh_err question_decided(const struct question *q);
SH_MUST_USE sh_err question_close(const struct question *q);
SH_MUST_USE sh_err question_withdrawn(const struct question *q);

/* ---- ladder.c ---- */
/* The ladder that a reconsideration from this desk against that one climbs; never NULL. */
const struct ladder *ladder_for(const struct policy *policy, const struct address *from,
                                const struct address *of);
/* Whom a reconsideration contests: the sender of what it answers, or, pressing silence, the first
 * desk that was asked to act. */
const struct address *ladder_contested(const struct thread_view *thread, const struct facts *facts);
SH_MUST_USE sh_err ladder_clocks(const struct policy *policy, const struct clock_question *q,
                                 struct clock_starts *out);

/* ---- clocks.c ---- */
SH_MUST_USE sh_err clock_rule_start(const struct policy *policy, const struct clock_rule *rule,
                                    const struct clock_question *q, struct clock_starts *out);

/* ---- tell.c ---- */
void tell_add(const struct tellers *tellers, const struct facts *message,
              const struct address *owing, struct told *out);

/* ---- contest.c ---- */
SH_MUST_USE sh_err question_cites(const struct question *q);
SH_MUST_USE sh_err question_level(const struct question *q);
