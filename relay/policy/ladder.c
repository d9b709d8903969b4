/* Resolving professional differences: which ladder, which level, its clocks, who is added and told.
 * Whether a level may be raised at all is contest.c's. */
#include "policy/rules.h"

static bool is_for(const struct patterns *patterns, const struct address *desk)
{
    return patterns->len == 0 || patterns_match(patterns, desk);
}

const struct ladder *ladder_for(const struct policy *policy, const struct address *from,
                                const struct address *of)
{
    for (size_t i = 0; i < policy->ladders.len; i++) {
        const struct ladder *ladder = &policy->ladders.list[i];
        if (is_for(&ladder->from, from) && is_for(&ladder->of, of)) {
            return ladder;
        }
    }
    return &policy->ladders.list[policy->ladders.len - 1];
}

static const struct address *first_asked(const struct facts *facts)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (facts->recipients[i].role == ROLE_ACT) {
            return &facts->recipients[i].address;
        }
    }
    return &facts->from;
}

/* The desk whose decision, or silence, began it: levels only add to it. */
const struct address *ladder_contested(const struct thread_view *thread, const struct facts *facts)
{
    const struct facts *at = facts;
    for (size_t steps = 0; at->has_parent && steps <= thread->len; steps++) {
        const struct thread_message *parent = thread_find(thread, &at->parent);
        if (!parent) {
            break;
        }
        if (parent->facts->kind == KIND_DECISION) {
            return &parent->facts->from;
        }
        if (parent->facts->kind == KIND_REFERRAL) {
            return first_asked(parent->facts);
        }
        at = parent->facts;
    }
    return first_asked(facts);
}

/* NULL: the ladder has no such level. */
static const struct level *level_of(const struct ladder *ladder, uint32_t level)
{
    return level >= 1 && level <= ladder->levels_len ? &ladder->levels[level - 1] : NULL;
}

static const struct ladder *ladder_of(const struct policy *policy, const struct thread_view *thread,
                                      const struct facts *facts)
{
    return ladder_for(policy, &facts->from, ladder_contested(thread, facts));
}

sh_err ladder_clocks(const struct policy *policy, const struct clock_question *q,
                     struct clock_starts *out)
{
    const struct ladder *ladder = ladder_of(policy, q->thread, q->facts);
    const struct level *level = level_of(ladder, q->facts->level);
    for (size_t i = 0; level && i < level->clocks.len; i++) {
        SH_TRY(clock_rule_start(policy, &level->clocks.list[i], q, out));
    }
    bool limited = ladder->has_limit && q->facts->level == 1;
    return limited ? clock_rule_start(policy, &ladder->limit, q, out) : SH_OK;
}

uint32_t policy_level_by_silence(const struct policy *policy, const struct clock_event *event,
                                 struct told *out_added)
{
    const struct ladder *ladder = ladder_of(policy, event->thread, event->facts);
    const struct level *next = level_of(ladder, event->facts->level + 1);
    *out_added = (struct told){.len = 0};
    if (event->duty != DUTY_ANSWERED || event->facts->kind != KIND_RECONSIDERATION || !next ||
        !next->by_silence) {
        return 0;
    }
    tell_add(&next->adds, event->facts, ladder_contested(event->thread, event->facts), out_added);
    return event->facts->level + 1;
}

void policy_level_told(const struct policy *policy, const struct clock_event *event,
                       struct told *out)
{
    const struct ladder *ladder = ladder_of(policy, event->thread, event->facts);
    const struct level *level = level_of(ladder, event->facts->level);
    *out = (struct told){.len = 0};
    if (level) {
        tell_add(&level->tell, event->facts, ladder_contested(event->thread, event->facts), out);
    }
}
