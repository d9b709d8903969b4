/* To whom: whether this sender may send this kind to each desk at all, and whether those are among
 * the recipients whom the rule wants. A cover desk is not asked about here: which desk covers for
 * which is the directory's to say. */
#include "policy/rules.h"

static bool rule_allows(const struct rule *rule, const struct recipient *to)
{
    return patterns_match(to->role == ROLE_ACT ? &rule->act : &rule->inform, &to->address);
}

static bool rules_allow(const struct rules *rules, const struct facts *facts,
                        const struct recipient *to)
{
    for (size_t i = 0; i < rules->len; i++) {
        if (rule_fits(&rules->list[i], facts) && rule_allows(&rules->list[i], to)) {
            return true;
        }
    }
    return false;
}

static bool any_fits(const struct rules *rules, const struct facts *facts)
{
    for (size_t i = 0; i < rules->len; i++) {
        if (rule_fits(&rules->list[i], facts)) {
            return true;
        }
    }
    return false;
}

static bool may_begin(const struct policy *policy, enum kind kind)
{
    for (size_t i = 0; i < policy->begin.len; i++) {
        if (policy->begin.list[i].kind == kind) {
            return true;
        }
    }
    return false;
}

/* Parties may be written to in any answer, so for a kind that is only ever an answer the sector
 * decides here, and question_recipients() whether the desk is a party. */
static bool is_permitted(const struct question *q, const struct recipient *to)
{
    const struct policy *policy = q->policy;
    if (rules_allow(&policy->begin, q->facts, to)) {
        return true;
    }
    bool answer = q->facts->has_parent || !may_begin(policy, q->facts->kind);
    if (!answer || !any_fits(&policy->follow, q->facts)) {
        return false;
    }
    bool party = q->thread->len == 0 || thread_has_party(q->thread, &to->address);
    return party || !may_begin(policy, q->facts->kind) ||
           rules_allow(&policy->follow, q->facts, to);
}

static sh_err forbidden(const struct question *q, const struct address *to)
{
    return sh_fail(q->why, SH_E_FORBIDDEN_KIND, "%s from %s to %s", kind_word(q->facts->kind),
                   q->facts->from.text, to->text);
}

sh_err question_permitted(const struct question *q)
{
    const struct policy *policy = q->policy;
    const struct address *from = &q->facts->from;
    bool sends = any_fits(&policy->begin, q->facts) || any_fits(&policy->follow, q->facts);
    SH_CHECK(sends && patterns_match(&policy->sectors, from), forbidden(q, from));
    for (size_t i = 0; i < q->facts->recipients_len; i++) {
        const struct recipient *to = &q->facts->recipients[i];
        SH_CHECK(patterns_match(&policy->sectors, &to->address), forbidden(q, &to->address));
        bool asked = to->role == ROLE_ACT || to->role == ROLE_INFORM;
        SH_CHECK(!asked || is_permitted(q, to), forbidden(q, &to->address));
    }
    return SH_OK;
}

/* ---- the recipients that a rule wants ---- */

static bool is_addressed(const struct question *q, const struct address *desk)
{
    for (size_t i = 0; i < q->facts->recipients_len; i++) {
        const struct recipient *to = &q->facts->recipients[i];
        if (address_equal(&to->address, desk)) {
            return to->role != ROLE_COVER;
        }
    }
    return false;
}

/* Every desk that the message answered asked to act (and told, if `told`). */
static bool all_addressed(const struct question *q, bool told)
{
    const struct facts *answered = q->answered->facts;
    for (size_t i = 0; i < answered->recipients_len; i++) {
        const struct recipient *to = &answered->recipients[i];
        bool wanted = to->role == ROLE_ACT || (told && to->role == ROLE_INFORM);
        if (wanted && !is_addressed(q, &to->address)) {
            return false;
        }
    }
    return true;
}

static bool wanted_are_there(const struct question *q, const struct rule *rule)
{
    if ((rule->to & TO_PARENT_SENDER) && !is_addressed(q, &q->answered->facts->from)) {
        return false;
    }
    if ((rule->to & TO_REFERRER) && !(q->referral && is_addressed(q, &q->referral->facts->from))) {
        return false;
    }
    return (!(rule->to & TO_PARENT_ACT) || all_addressed(q, false)) &&
           (!(rule->to & TO_PARENT_RECIPIENTS) || all_addressed(q, true));
}

static bool others_are_allowed(const struct question *q, const struct rule *rule)
{
    for (size_t i = 0; i < q->facts->recipients_len; i++) {
        const struct recipient *to = &q->facts->recipients[i];
        bool asked = to->role == ROLE_ACT || to->role == ROLE_INFORM;
        if (asked && !thread_has_party(q->thread, &to->address) && !rule_allows(rule, to) &&
            !rules_allow(&q->policy->begin, q->facts, to)) {
            return false;
        }
    }
    return true;
}

static sh_err answer_recipients(const struct question *q)
{
    const struct rules *follow = &q->policy->follow;
    for (size_t i = 0; i < follow->len; i++) {
        const struct rule *rule = &follow->list[i];
        if (rule_fits(rule, q->facts) && rule_answers(rule, q->answered) &&
            rule_has_standing(rule, q, q->answered) && wanted_are_there(q, rule) &&
            others_are_allowed(q, rule)) {
            return SH_OK;
        }
    }
    return sh_fail(q->why, SH_E_BAD_RECIPIENTS,
                   "%s must go to whom it answers, and to nobody outside the thread whom "
                   "its rule does not name",
                   kind_word(q->facts->kind));
}

/* A kind that asks somebody to act must ask somebody. */
static sh_err first_recipients(const struct question *q)
{
    bool asks = false, could = false;
    for (size_t i = 0; i < q->facts->recipients_len; i++) {
        asks |= q->facts->recipients[i].role == ROLE_ACT;
    }
    for (size_t i = 0; i < q->policy->begin.len; i++) {
        const struct rule *rule = &q->policy->begin.list[i];
        could |= rule_fits(rule, q->facts) && rule->act.len > 0;
    }
    SH_CHECK(asks || !could, sh_fail(q->why, SH_E_BAD_RECIPIENTS, "%s asks nobody to act",
                                     kind_word(q->facts->kind)));
    return SH_OK;
}

static bool has_own_copy(const struct facts *facts)
{
    size_t own = 0, right = 0;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        bool is_own = facts->recipients[i].role == ROLE_OWN;
        own += is_own;
        right += is_own && address_equal(&facts->recipients[i].address, &facts->from);
    }
    return own == 1 && right == 1;
}

sh_err question_recipients(const struct question *q)
{
    SH_CHECK(has_own_copy(q->facts),
             sh_fail(q->why, SH_E_BAD_RECIPIENTS, "the sender's own desk gets a copy, once"));
    return q->facts->has_parent ? answer_recipients(q) : first_recipients(q);
}
