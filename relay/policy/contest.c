/* Reconsiderations: what they cite, and how they climb. Who is added at a level and how long it has
 * is ladder.c's. */
#include "policy/rules.h"

static bool is_overdue(const struct thread_view *thread, uint64_t log_index)
{
    for (size_t i = 0; i < thread->overdue_len; i++) {
        if (thread->overdue[i] == log_index) {
            return true;
        }
    }
    return false;
}

static bool is_decision(const struct thread_view *thread, const struct sh_hash *header_sha256)
{
    const struct thread_message *message = thread_find(thread, header_sha256);
    return message && (message->facts->kind == KIND_DECISION ||
                       message->facts->kind == KIND_RECONSIDERATION_RESPONSE);
}

static bool cites_overdue(const struct question *q)
{
    for (size_t i = 0; i < q->facts->cites_len; i++) {
        if (q->facts->cites[i].is_index && is_overdue(q->thread, q->facts->cites[i].log_index)) {
            return true;
        }
    }
    return false;
}

/* What answers a referral or an earlier reconsideration contests silence, and silence is proved by
 * the log alone. */
sh_err question_cites(const struct question *q)
{
    const struct facts *facts = q->facts;
    SH_CHECK(facts->kind == KIND_RECONSIDERATION, SH_OK);
    for (size_t i = 0; i < facts->cites_len; i++) {
        const struct cite *cite = &facts->cites[i];
        bool there = cite->is_index ? is_overdue(q->thread, cite->log_index)
                                    : is_decision(q->thread, &cite->header_sha256);
        SH_CHECK(there, sh_fail(q->why, SH_E_CITES_NOTHING, "cite %zu is not of this thread", i));
    }
    enum kind answered = q->answered->facts->kind;
    bool silence = answered == KIND_REFERRAL || answered == KIND_RECONSIDERATION;
    bool enough = silence ? cites_overdue(q) : facts->cites_len > 0;
    SH_CHECK(enough, sh_fail(q->why, SH_E_CITES_NOTHING, "it cites no %s",
                             silence ? "overdue entry" : "decision"));
    return SH_OK;
}

static bool was_raised(const struct question *q, uint32_t level)
{
    for (size_t i = 0; i < q->thread->len; i++) {
        const struct facts *facts = q->thread->messages[i].facts;
        if (facts->kind == KIND_RECONSIDERATION && facts->level == level &&
            address_equal(&facts->from, &q->facts->from)) {
            return true;
        }
    }
    return false;
}

/* Level 1 is always open, and the policy may let an urgent one begin higher. The next one opens
 * when the level below was answered and the answer is disputed, or was not answered in time; a
 * changed decision starts again from 1. */
static bool level_is_open(const struct question *q, const struct ladder *ladder)
{
    uint32_t level = q->facts->level;
    if (level <= 1) {
        return level == 1;
    }
    if (q->facts->urgency >= URGENCY_URGENT && level <= ladder->urgent_from) {
        return true;
    }
    const struct facts *answered = q->answered->facts;
    bool disputed = answered->kind == KIND_RECONSIDERATION_RESPONSE &&
                    answered->outcome != OUTCOME_CHANGED && answered->level == level - 1;
    return disputed || (cites_overdue(q) && was_raised(q, level - 1));
}

static sh_err check_raised(const struct question *q)
{
    const struct facts *facts = q->facts;
    const struct ladder *ladder =
        ladder_for(q->policy, &facts->from, ladder_contested(q->thread, facts));
    if (facts->level > ladder->levels_len) {
        return sh_fail(q->why, SH_E_LEVEL_TOO_EARLY, "level %u: this ladder ends with level %zu",
                       facts->level, ladder->levels_len);
    }
    if (!level_is_open(q, ladder)) {
        return sh_fail(q->why, SH_E_LEVEL_TOO_EARLY,
                       "level %u opens when the one below is disputed or overdue", facts->level);
    }
    return SH_OK;
}

sh_err question_level(const struct question *q)
{
    const struct facts *facts = q->facts;
    if (facts->kind == KIND_RECONSIDERATION) {
        return check_raised(q);
    }
    if (facts->kind == KIND_RECONSIDERATION_RESPONSE && facts->level != q->answered->facts->level) {
        return sh_fail(q->why, SH_E_LEVEL_TOO_EARLY, "level %u answers level %u", facts->level,
                       q->answered->facts->level);
    }
    return SH_OK;
}
