/* Which clocks a message starts; see clocks.h. */
#include "policy/clocks.h"

#include "policy/hours.h"
#include "policy/rules.h"
#include "thread/duties.h"

static bool set_has(uint64_t set, uint32_t code)
{
    return set == 0 || (set & bit_of(code));
}

/* A decision about several children has an outcome for each. */
static bool has_outcome(const struct clock_rule *rule, const struct facts *facts)
{
    if (set_has(rule->outcomes, facts->outcome)) {
        return true;
    }
    for (size_t i = 0; i < facts->children_len; i++) {
        if (rule->outcomes & bit_of(facts->children[i].outcome)) {
            return true;
        }
    }
    return false;
}

static bool rule_is_for(const struct clock_rule *rule, const struct facts *facts)
{
    return set_has(rule->kinds, facts->kind) && set_has(rule->subtypes, facts->subtype) &&
           set_has(rule->urgencies, facts->urgency) && has_outcome(rule, facts) &&
           (!rule->telephone || facts->telephone) &&
           (rule->from.len == 0 || patterns_match(&rule->from, &facts->from));
}

static const struct clock_rule *find_rule(const struct policy *policy, enum duty duty,
                                          const struct facts *facts)
{
    for (size_t i = 0; i < policy->clocks.len; i++) {
        const struct clock_rule *rule = &policy->clocks.list[i];
        if (rule->duty == duty && rule_is_for(rule, facts)) {
            return rule;
        }
    }
    return NULL;
}

/* ---- when ---- */

/* When the level below was raised by the same desk; else acceptance. */
static int64_t previous_level_ms(const struct clock_question *q)
{
    for (size_t i = q->thread->len; i > 0; i--) {
        const struct thread_message *message = &q->thread->messages[i - 1];
        if (message->facts->kind == KIND_RECONSIDERATION &&
            message->facts->level + 1 == q->facts->level &&
            address_equal(&message->facts->from, &q->facts->from)) {
            return message->accepted_ms;
        }
    }
    return q->accepted_ms;
}

static int64_t counts_from_ms(const struct clock_rule *rule, const struct clock_question *q)
{
    if (q->resumed) {
        return q->accepted_ms;
    }
    if (rule->counts_from == FROM_PREVIOUS) {
        return previous_level_ms(q);
    }
    bool event = rule->counts_from == FROM_EVENT || rule->counts_from == FROM_EVENT_ONLY;
    return event && q->facts->has_clock_from ? q->facts->clock_from_ms : q->accepted_ms;
}

static sh_err due_of(const struct policy *policy, const struct clock_rule *rule,
                     const struct clock_question *q, int64_t *out_due_ms, bool *out_covered)
{
    if (rule->promised) {
        *out_due_ms = q->facts->next_due_ms;
        *out_covered = true;
        return SH_OK;
    }
    return calendar_due(policy->calendar, rule->due, counts_from_ms(rule, q), out_due_ms,
                        out_covered);
}

static bool can_start(const struct clock_rule *rule, const struct facts *facts)
{
    if (rule->promised && !facts->has_next_due) {
        return false;
    }
    return rule->counts_from != FROM_EVENT_ONLY || facts->has_clock_from;
}

/* ---- who ---- */

static void add_start(const struct clock_start *start, const struct address *by,
                      struct clock_starts *out)
{
    if (out->len == SH_LEAF_CLOCKS_MAX) {
        return; /* a message to some thirty desks under a rule for some of them: the first count */
    }
    struct clock_start *to = &out->list[out->len++];
    *to = *start;
    if (by) {
        to->clock.owed = OWED_BY_DESK;
        to->clock.by = *by;
    }
}

/* Whom it answers: the next up the thread who is not its own sender. A note that somebody else
 * wrote in between asks for nothing. */
static const struct address *whom_it_answers(const struct clock_question *q)
{
    const struct thread_message self = {.facts = q->facts};
    const struct thread_message *at = thread_about(q->thread, &self);
    for (size_t steps = 0; at && steps <= q->thread->len; steps++) {
        if (!address_equal(&at->facts->from, &q->facts->from)) {
            return &at->facts->from;
        }
        at = thread_about(q->thread, at);
    }
    return NULL;
}

static bool is_asked(const struct recipient *to, enum owing owing)
{
    return to->role == ROLE_ACT || (owing == OWING_RECIPIENTS && to->role == ROLE_INFORM);
}

static void add_asked(const struct clock_rule *rule, const struct facts *facts,
                      struct clock_start *start, struct clock_starts *out)
{
    size_t asked = 0, meant = 0;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        asked += is_asked(to, rule->owing);
        meant += is_asked(to, rule->owing) && patterns_match(&rule->desks, &to->address);
    }
    if (asked == 0) {
        return;
    }
    if (rule->desks.len == 0 || meant == asked) {
        start->clock.owed = rule->owing == OWING_ACT ? OWED_BY_ACT : OWED_BY_RECIPIENTS;
        add_start(start, NULL, out);
        return;
    }
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        if (is_asked(to, rule->owing) && patterns_match(&rule->desks, &to->address)) {
            add_start(start, &to->address, out);
        }
    }
}

static void add_owing(const struct clock_rule *rule, const struct clock_question *q,
                      struct clock_start *start, struct clock_starts *out)
{
    const struct address *by = NULL;
    switch (rule->owing) {
    case OWING_ACT:
    case OWING_RECIPIENTS:
        add_asked(rule, q->facts, start, out);
        return;
    case OWING_SENDER:
        by = &q->facts->from;
        break;
    case OWING_ANSWERED:
        by = whom_it_answers(q);
        break;
    }
    if (by) {
        add_start(start, by, out);
    }
}

sh_err clock_rule_start(const struct policy *policy, const struct clock_rule *rule,
                        const struct clock_question *q, struct clock_starts *out)
{
    bool covered = true;
    struct clock_start start = {.clock.duty = rule->duty};
    SH_CHECK(can_start(rule, q->facts), SH_OK);
    SH_TRY(due_of(policy, rule, q, &start.clock.due_ms, &covered));
    out->uncovered |= !covered;
    int64_t warn_ms = start.clock.due_ms - rule->warn_before_ms;
    start.warn_ms = rule->warns && warn_ms > q->accepted_ms ? warn_ms : 0;
    /* What was to be put in writing is, by sending it; the only question is whether in time. */
    bool met = rule->duty == DUTY_IN_WRITING && start.clock.due_ms >= q->accepted_ms;
    SH_CHECK(!met, SH_OK);
    add_owing(rule, q, &start, out);
    return SH_OK;
}

sh_err policy_clocks(const struct policy *policy, const struct clock_question *q,
                     struct clock_starts *out)
{
    *out = (struct clock_starts){.len = 0};
#define X(name, number, word)                                                                      \
    {                                                                                              \
        const struct clock_rule *rule = find_rule(policy, DUTY_##name, q->facts);                  \
        SH_TRY(rule ? clock_rule_start(policy, rule, q, out) : SH_OK);                             \
    }
    SH_DUTIES(X)
#undef X
    return q->facts->kind == KIND_RECONSIDERATION ? ladder_clocks(policy, q, out) : SH_OK;
}

/* The rule of the message that was answered by asking back, counted from the answer on. */
static sh_err resume_by_rule(const struct policy *policy, const struct clock_question *q,
                             const struct thread_message *original, struct clock_start *start,
                             bool *out_any)
{
    const struct clock_question again = {original->facts, q->thread, q->accepted_ms, true};
    struct clock_starts starts = {.len = 0};
    SH_TRY(policy_clocks(policy, &again, &starts));
    for (size_t i = 0; i < starts.len; i++) {
        if (starts.list[i].clock.duty == start->clock.duty) {
            start->clock.due_ms = starts.list[i].clock.due_ms;
            start->warn_ms = starts.list[i].warn_ms;
            *out_any = true;
            return SH_OK;
        }
    }
    return SH_OK;
}

/* A cover desk asked back; in the morning it is the desk's own again. */
static const struct address *who_owes_again(const struct facts *original,
                                            const struct address *asked)
{
    for (size_t i = 0; i < original->recipients_len; i++) {
        const struct address *desk = &original->recipients[i].address;
        if (message_is_covered_by(original, desk, asked)) {
            return desk;
        }
    }
    return asked;
}

sh_err policy_clock_resumed(const struct policy *policy, const struct clock_question *q,
                            const struct thread_message *asking, struct clock_start *out,
                            bool *out_any)
{
    struct clock_start start = {.clock = {.duty = duty_resumed(asking), .owed = OWED_BY_DESK}};
    const struct thread_message *original = asking->facts->kind == KIND_DECISION
                                                ? thread_referral_of(q->thread, asking)
                                                : thread_about(q->thread, asking);
    *out_any = false;
    SH_CHECK(start.clock.duty != DUTY_NONE && original, SH_OK);
    start.clock.by = *who_owes_again(original->facts, &asking->facts->from);
    SH_TRY(resume_by_rule(policy, q, original, &start, out_any));
    *out = start;
    return SH_OK;
}

int64_t policy_cover_due(const struct policy *policy, const char *hours, int64_t from_ms)
{
    const struct week_hours week = hours_of_desk(hours);
    return calendar_cover_due(policy->calendar, &week, policy->cover_after_ms, from_ms);
}

void policy_told(const struct policy *policy, const struct clock_event *event, struct told *out)
{
    static const struct teller both[] = {{.who = TELL_SENDER}, {.who = TELL_OWING}};
    const struct clock_rule *rule = find_rule(policy, event->duty, event->facts);
    const struct tellers fallback = {both, 2};
    const struct tellers *tell = rule ? (event->warned ? &rule->tell_warned : &rule->tell) : NULL;
    *out = (struct told){.len = 0};
    tell_add(tell ? tell : &fallback, event->facts, event->owing, out);
}

sh_err policy_check_calendars(const struct policy *policy, int64_t now_ms, struct sh_why *why)
{
    return calendar_check(policy->calendar, now_ms, why);
}
