/* Where a message stands: first of a thread or answering what, and whether its sender may answer
 * that. */
#include "policy/rules.h"

static bool has_referred(const struct thread_view *thread, const struct address *desk)
{
    bool any = false;
    for (size_t i = 0; i < thread->len; i++) {
        const struct facts *facts = thread->messages[i].facts;
        if (facts->kind == KIND_REFERRAL && address_equal(&facts->from, desk)) {
            return true;
        }
        any |= facts->kind == KIND_REFERRAL;
    }
    return !any && address_equal(&thread->messages[0].facts->from, desk);
}

bool rule_fits(const struct rule *rule, const struct facts *facts)
{
    bool subtype = rule->subtypes == 0 || (rule->subtypes & bit_of(facts->subtype));
    return rule->kind == facts->kind && subtype && patterns_match(&rule->from, &facts->from);
}

bool rule_answers(const struct rule *rule, const struct thread_message *answered)
{
    const struct facts *facts = answered->facts;
    return (rule->answers & bit_of(facts->kind)) &&
           (rule->answers_subtypes == 0 || (rule->answers_subtypes & bit_of(facts->subtype))) &&
           (rule->answers_outcomes == 0 || (rule->answers_outcomes & bit_of(facts->outcome)));
}

bool rule_has_standing(const struct rule *rule, const struct question *q,
                       const struct thread_message *answered)
{
    const struct address *from = &q->facts->from;
    bool sent_it = address_equal(&answered->facts->from, from);
    switch (rule->by) {
    case BY_PARENT_SENDER:
        return sent_it;
    case BY_PARENT_ACT:
        return message_asks(answered->facts, from);
    case BY_PARENT_RECIPIENT:
        return !sent_it && message_was_sent_to(answered->facts, from);
    case BY_ANY_PARTY:
        return thread_has_party(q->thread, from);
    case BY_REFERRER:
        return has_referred(q->thread, from);
    case BY_THREAD_SENDER:
        return address_equal(&q->thread->messages[0].facts->from, from);
    case BY_ANYONE_PERMITTED:
        return true;
    }
    return false;
}

static bool any_rule(const struct question *q, const struct thread_message *answered,
                     bool with_standing)
{
    const struct rules *follow = &q->policy->follow;
    for (size_t i = 0; i < follow->len; i++) {
        const struct rule *rule = &follow->list[i];
        if (rule_fits(rule, q->facts) && rule_answers(rule, answered) &&
            (!with_standing || rule_has_standing(rule, q, answered))) {
            return true;
        }
    }
    return false;
}

/* A note or a correction does not change what stands behind it: what answers it may answer that.
 * Gives NULL if no rule lets the message follow any of them; *out_order then says whether one would
 * from another desk. */
static const struct thread_message *find_answered(const struct question *q, bool *out_order)
{
    const struct thread_message *at = q->parent;
    for (size_t steps = 0; at && steps <= q->thread->len; steps++) {
        if (any_rule(q, at, true)) {
            return at;
        }
        *out_order |= any_rule(q, at, false);
        bool through = q->policy->see_through & bit_of(at->facts->kind);
        at = through ? thread_parent(q->thread, at) : NULL;
    }
    return NULL;
}

static sh_err place_first(const struct question *q)
{
    bool may_begin = false;
    for (size_t i = 0; i < q->policy->begin.len; i++) {
        may_begin |= q->policy->begin.list[i].kind == q->facts->kind;
    }
    if (!may_begin) {
        return sh_fail(q->why, SH_E_WRONG_ORDER, "%s cannot begin a thread",
                       kind_word(q->facts->kind));
    }
    if (!id_equal(&q->facts->thread_id, &q->facts->message_id)) {
        return sh_fail(q->why, SH_E_UNKNOWN_THREAD, "a first message gives the thread its own id");
    }
    SH_CHECK(q->thread->len == 0,
             sh_fail(q->why, SH_E_WRONG_ORDER, "a thread with this id has begun already"));
    return SH_OK;
}

static sh_err place_answer(struct question *q)
{
    const char *word = kind_word(q->facts->kind);
    SH_CHECK(q->thread->len > 0, sh_fail(q->why, SH_E_UNKNOWN_THREAD, "no such thread"));
    q->parent = thread_find(q->thread, &q->facts->parent);
    SH_CHECK(q->parent, sh_fail(q->why, SH_E_UNKNOWN_PARENT, "the parent is not in the thread"));
    bool order = false;
    q->answered = find_answered(q, &order);
    if (!q->answered) {
        bool party = thread_has_party(q->thread, &q->facts->from);
        if (order && !party) {
            return sh_fail(q->why, SH_E_NOT_A_PARTY,
                           "%s from a desk that is no party to the thread", word);
        }
        return sh_fail(q->why, SH_E_WRONG_ORDER, "%s cannot follow %s%s", word,
                       kind_word(q->parent->facts->kind), order ? " from this desk" : "");
    }
    q->referral = thread_referral_of(q->thread, q->answered);
    return SH_OK;
}

sh_err question_place(struct question *q)
{
    return q->facts->has_parent ? place_answer(q) : place_first(q);
}
