/* A loaded policy, and one question put to it. Internal to policy/. */
#pragma once

#include "base/arena.h"
#include "policy/policy.h"

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

struct policy {
    struct arena *arena; /* holds everything below */
    const char *name;
    struct sh_hash sha256;
    struct patterns sectors; /* that take part; one pattern each */
    uint64_t see_through;    /* kinds */
    struct rules begin, follow;
    int64_t quota_per_hour, grace_days, retention_days;
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
bool thread_has_party(const struct thread_view *thread, const struct address *desk);
bool message_was_sent_to(const struct facts *message, const struct address *desk);
/* A desk that was asked to act, or covers for one. */
bool message_asks(const struct facts *message, const struct address *desk);
/* NULL: not in the thread. */
const struct thread_message *thread_find(const struct thread_view *thread,
                                         const struct sh_hash *header_sha256);
/* From a message up its parents to the nearest referral; NULL if there is none. */
const struct thread_message *thread_referral_of(const struct thread_view *thread,
                                                const struct thread_message *from);
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

/* ---- contest.c ---- */
SH_MUST_USE sh_err question_cites(const struct question *q);
SH_MUST_USE sh_err question_level(const struct question *q);
