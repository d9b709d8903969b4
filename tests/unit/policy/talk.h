/* A thread that a test tells message by message to the default policy. What is accepted joins the
 * thread. */
#pragma once

#include "base/arena.h"
#include "base/cleanup.h"
#include "policy/policy.h"

#include <criterion/criterion.h>

#define SCHOOL    "dsl@999001.school"
#define HEAD      "head@999001.school"
#define COLLEGE   "dsl@999004.school"
#define MASH      "mash@999.social-care"
#define MANAGERS  "managers@999.social-care"
#define INTERVIEW "missing@999.social-care"
#define LADO      "lado@999.social-care"
#define NIGHT     "edt@999.social-care"
#define COUNCIL   "education@999.council"
#define POLICE    "safeguarding@exampleshire.police"
#define HEALTH    "safeguarding@ex1.health"
#define AUDIT     "reviews@999.audit"

#define TALK_MAX 32
#define FIRST    (-1)

struct talk {
    struct policy *policy;
    struct arena *arena;
    struct thread_message messages[TALK_MAX];
    size_t len;
    struct thread_overdue overdue[8];
    size_t overdue_len;
    struct sh_why why;
};

/* One message. Lists end at the first NULL or zero. */
struct say {
    const char *from;
    enum kind kind;
    int parent; /* position in the thread, or FIRST */
    const char *to[4], *inform[4], *cover[2];
    enum subtype subtype;
    enum outcome outcome;
    struct child_outcome children[4];
    uint32_t children_count; /* of a referral: 1 if not given */
    uint32_t level;
    int cites;              /* position + 1 of a message */
    uint64_t cites_overdue; /* a log index */
    enum urgency urgency;   /* routine, if not given */
    int64_t event_ms;       /* clock_from_ms; 0: none */
    int64_t next_ms;        /* next_due_ms; 0: none */
    bool telephone;
};

void talk_begin(struct talk *t);
/* With another policy than the default; text: the whole file. */
void talk_begin_with(struct talk *t, const char *text);
void talk_end(struct talk *t); /* a destructor */
struct thread_view talk_view(const struct talk *t);
/* The log says that `by` was late with what message `position` asked for. */
void talk_overdue(struct talk *t, uint64_t log_index, size_t position, enum duty duty,
                  const char *by);
/* The facts of a message, from the arena. */
struct facts *talk_facts(struct talk *t, const struct say *say);
/* Asks the policy; gives its answer. */
sh_err talk_ask(struct talk *t, const struct facts *facts);
/* Asks, and takes it into the thread if it is accepted. */
sh_err talk_say(struct talk *t, const struct say *say);
sh_err talk_take(struct talk *t, const struct facts *facts);

#define SAY(t, ...)   talk_say((t), &(const struct say){__VA_ARGS__})
#define accepted(...) cr_assert_eq(SAY(&t, __VA_ARGS__), SH_OK, "%s", t.why.text)
#define refused(code, ...)                                                                         \
    do {                                                                                           \
        sh_err refused_with_ = SAY(&t, __VA_ARGS__);                                               \
        cr_assert_eq(refused_with_, (code), "%s: %s", sh_err_word(refused_with_), t.why.text);     \
        cr_assert_neq(t.why.text[0], '\0');                                                        \
    } while (0)
#define TALK(t)                                                                                    \
    SH_DEFER(talk_end) struct talk t;                                                              \
    talk_begin(&t)
/* The referral from school to MASH that most tests begin with: position 0. */
#define REFERRED(t)                                                                                \
    TALK(t);                                                                                       \
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH})
