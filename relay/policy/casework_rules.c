/* What no policy file can change: outcomes fit their kind, children their referral, a desk decides
 * first once, a referral is closed when every child has an answer, and what was withdrawn is not
 * acted on. */
#include "policy/rules.h"

enum {
    DECISIONS = 1u << OUTCOME_ACTION | 1u << OUTCOME_NO_FURTHER_ACTION |
                1u << OUTCOME_MORE_INFORMATION | 1u << OUTCOME_PASSED_ON |
                1u << OUTCOME_ALREADY_OPEN | 1u << OUTCOME_STEPPED_DOWN | 1u << OUTCOME_CLOSED,
};

/* The outcomes of each kind; a kind that is not here has none. */
static const struct {
    enum kind kind;
    uint32_t outcomes;
} outcomes_of[] = {
    {KIND_DECISION, DECISIONS | 1u << OUTCOME_MIXED},
    {KIND_RECONSIDERATION_RESPONSE,
     1u << OUTCOME_UPHELD | 1u << OUTCOME_CHANGED | 1u << OUTCOME_MORE_INFORMATION},
    {KIND_REPLY, 1u << OUTCOME_ANSWERED | 1u << OUTCOME_NOTHING_HELD | 1u << OUTCOME_REFUSED},
    {KIND_REDIRECT, 1u << OUTCOME_NOT_ON_ROLL | 1u << OUTCOME_WRONG_DESK |
                        1u << OUTCOME_WRONG_AREA | 1u << OUTCOME_ORGANISATION_CLOSED |
                        1u << OUTCOME_MOVED_AWAY},
    {KIND_WITHDRAWAL, 1u << OUTCOME_WRONG_RECIPIENT | 1u << OUTCOME_SENT_IN_ERROR |
                          1u << OUTCOME_SUPERSEDED | 1u << OUTCOME_OTHER},
    {KIND_CLOSE, 1u << OUTCOME_ANSWERED | 1u << OUTCOME_CHILD_SAFE_ENOUGH |
                     1u << OUTCOME_MOVED_AWAY | 1u << OUTCOME_OTHER},
};

static bool outcome_fits(const struct question *q)
{
    for (size_t i = 0; i < sizeof outcomes_of / sizeof outcomes_of[0]; i++) {
        if (outcomes_of[i].kind == q->facts->kind) {
            return outcomes_of[i].outcomes & bit_of(q->facts->outcome);
        }
    }
    return q->facts->outcome == OUTCOME_NONE;
}

/* A withdrawal of what nobody has opened yet may do without a reason. */
static bool may_lack_outcome(const struct question *q)
{
    return q->facts->kind == KIND_WITHDRAWAL && q->facts->outcome == OUTCOME_NONE && q->answered &&
           !q->answered->opened;
}

/* The outcome of all children is theirs if they share one, else MIXED. */
static bool children_fit_outcome(const struct facts *facts)
{
    bool differ = false;
    for (size_t i = 0; i < facts->children_len; i++) {
        if (!(DECISIONS & bit_of(facts->children[i].outcome))) {
            return false;
        }
        differ |= facts->children[i].outcome != facts->children[0].outcome;
    }
    if (facts->kind != KIND_DECISION) {
        return true;
    }
    if (facts->children_len == 0 || differ) {
        return differ == (facts->outcome == OUTCOME_MIXED);
    }
    return facts->outcome == facts->children[0].outcome;
}

sh_err question_outcome(const struct question *q)
{
    const char *word = kind_word(q->facts->kind);
    if (!outcome_fits(q) && !may_lack_outcome(q)) {
        return sh_fail(q->why, SH_E_BAD_OUTCOME,
                       "%s has an outcome that is not of its kind, or none", word);
    }
    SH_CHECK(children_fit_outcome(q->facts),
             sh_fail(q->why, SH_E_BAD_OUTCOME, "%s: the outcome and the children's outcomes differ",
                     word));
    return SH_OK;
}

/* ---- children ---- */

sh_err question_children(const struct question *q)
{
    const struct facts *facts = q->facts;
    if (facts->kind == KIND_REFERRAL && facts->children_count == 0) {
        return sh_fail(q->why, SH_E_BAD_CHILDREN, "a referral is about at least one child");
    }
    SH_CHECK(facts->children_len > 0, SH_OK);
    bool may = message_decides(facts) && q->referral;
    SH_CHECK(may, sh_fail(q->why, SH_E_BAD_CHILDREN, "%s decides about no child",
                          kind_word(facts->kind)));
    uint32_t before = 0, count = q->referral->facts->children_count;
    for (size_t i = 0; i < facts->children_len; i++) {
        uint32_t child = facts->children[i].child;
        if (child <= before || child > count) {
            return sh_fail(q->why, SH_E_BAD_CHILDREN, "child %u of %u, or not in order", child,
                           count);
        }
        before = child;
    }
    return SH_OK;
}

sh_err question_decided(const struct question *q)
{
    bool first =
        q->facts->kind == KIND_DECISION && q->answered && q->answered->facts->kind == KIND_REFERRAL;
    SH_CHECK(first, SH_OK);
    for (uint32_t child = 1; child <= q->referral->facts->children_count; child++) {
        enum outcome before =
            thread_latest_decision(q->thread, q->referral, &q->facts->from, child);
        if (outcome_is_final(before) && message_decides_for(q->facts, child) != OUTCOME_NONE) {
            return sh_fail(q->why, SH_E_ALREADY_DECIDED,
                           "child %u: answer the decision to change it", child);
        }
    }
    return SH_OK;
}

/* ---- the end of a thread ---- */

static bool child_has_answer(const struct thread_view *thread,
                             const struct thread_message *referral, uint32_t child)
{
    for (size_t i = 0; i < thread->len; i++) {
        enum outcome latest =
            thread_latest_decision(thread, referral, &thread->messages[i].facts->from, child);
        if (outcome_is_final(latest)) {
            return true;
        }
    }
    return false;
}

static bool was_redirected_by(const struct thread_view *thread,
                              const struct thread_message *referral, const struct address *desk)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_message *message = &thread->messages[i];
        if (message->facts->kind == KIND_REDIRECT && address_equal(&message->facts->from, desk) &&
            thread_referral_of(thread, message) == referral) {
            return true;
        }
    }
    return false;
}

/* Nobody is left who would decide: each desk asked has said that it is not theirs. */
static bool all_redirected(const struct thread_view *thread, const struct thread_message *referral)
{
    const struct facts *facts = referral->facts;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        if (to->role == ROLE_ACT && !was_redirected_by(thread, referral, &to->address)) {
            return false;
        }
    }
    return true;
}

static bool is_settled(const struct thread_view *thread, const struct thread_message *referral)
{
    if (all_redirected(thread, referral)) {
        return true;
    }
    for (uint32_t child = 1; child <= referral->facts->children_count; child++) {
        if (!child_has_answer(thread, referral, child)) {
            return false;
        }
    }
    return true;
}

/* A redirected referral that was sent on within the thread must be settled too: so each of them is
 * asked. */
sh_err question_close(const struct question *q)
{
    SH_CHECK(q->facts->kind == KIND_CLOSE, SH_OK);
    for (size_t i = 0; i < q->thread->len; i++) {
        const struct thread_message *message = &q->thread->messages[i];
        if (message->facts->kind == KIND_REFERRAL && !is_settled(q->thread, message)) {
            return sh_fail(q->why, SH_E_CHILDREN_UNDECIDED,
                           "a child of a referral of this thread has no decision yet");
        }
    }
    return SH_OK;
}

sh_err question_withdrawn(const struct question *q)
{
    /* Whoever began a thread may end it, but not by taking back what somebody else has said in it.
     */
    bool others = q->facts->kind == KIND_WITHDRAWAL &&
                  !address_equal(&q->answered->facts->from, &q->facts->from);
    SH_CHECK(!others,
             sh_fail(q->why, SH_E_WRONG_ORDER, "a withdrawal of what another desk has sent"));
    bool may = q->facts->kind == KIND_NOTE || q->facts->kind == KIND_DECISION;
    for (size_t i = 0; !may && i < q->thread->len; i++) {
        if (q->thread->messages[i].facts->kind == KIND_WITHDRAWAL) {
            return sh_fail(q->why, SH_E_WITHDRAWN, "%s after a withdrawal",
                           kind_word(q->facts->kind));
        }
    }
    return SH_OK;
}
