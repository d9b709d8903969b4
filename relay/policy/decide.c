/* The question, and the order in which its parts are asked: the order of policy.h's comment and of
 * docs/PROTOCOL.md, so that two relays give the same code for the same message. Each part stands in
 * a file of its own. */
#include "policy/rules.h"

typedef sh_err check(const struct question *q);

sh_err policy_decide(const struct policy *policy, const struct facts *facts,
                     const struct thread_view *thread, struct sh_why *why)
{
    static check *const behind_place[] = {
        question_recipients, question_outcome, question_children, question_decided,
        question_cites,      question_level,   question_close,    question_withdrawn,
    };
    struct question q = {.policy = policy, .facts = facts, .thread = thread, .why = why};
    SH_TRY(question_permitted(&q));
    SH_TRY(question_place(&q));
    for (size_t i = 0; i < sizeof behind_place / sizeof behind_place[0]; i++) {
        SH_TRY(behind_place[i](&q));
    }
    return SH_OK;
}
