/* Reconsiderations: what they cite, and how they climb. Who is added at a level and how long it has
 * is ladder.c's. */
#include "policy/rules.h"

/* NULL: no OVERDUE leaf of this thread. */
static const struct thread_overdue *find_overdue(const struct thread_view *thread,
                                                 uint64_t log_index)
{
    for (size_t i = 0; i < thread->overdue_len; i++) {
        if (thread->overdue[i].log_index == log_index) {
            return &thread->overdue[i];
        }
    }
    return NULL;
}

static bool is_decision(const struct thread_view *thread, const struct sh_hash *header_sha256)
{
    const struct thread_message *message = thread_find(thread, header_sha256);
    return message && (message->facts->kind == KIND_DECISION ||
                       message->facts->kind == KIND_RECONSIDERATION_RESPONSE);
}

/* Somebody else's silence on what is answered, or on what came of it: not what the sender itself
 * was late with, and not what ran out elsewhere in the thread. */
static bool is_silence_on(const struct question *q, const struct thread_overdue *leaf)
{
    const struct thread_message *message = &q->thread->messages[leaf->message];
    return !address_equal(&leaf->by, &q->facts->from) &&
           (message == q->answered || thread_answers(q->thread, message, q->answered));
}

/* duty: DUTY_NONE for any. */
static bool cites_silence(const struct question *q, enum duty duty)
{
    for (size_t i = 0; i < q->facts->cites_len; i++) {
        const struct cite *cite = &q->facts->cites[i];
        const struct thread_overdue *leaf =
            cite->is_index ? find_overdue(q->thread, cite->log_index) : NULL;
        if (leaf && is_silence_on(q, leaf) && (duty == DUTY_NONE || leaf->duty == duty)) {
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
        bool there = cite->is_index ? find_overdue(q->thread, cite->log_index) != NULL
                                    : is_decision(q->thread, &cite->header_sha256);
        SH_CHECK(there, sh_fail(q->why, SH_E_CITES_NOTHING, "cite %zu is not of this thread", i));
    }
    enum kind answered = q->answered->facts->kind;
    bool silence = answered == KIND_REFERRAL || answered == KIND_RECONSIDERATION;
    bool enough = silence ? cites_silence(q, DUTY_NONE) : facts->cites_len > 0;
    SH_CHECK(enough, sh_fail(q->why, SH_E_CITES_NOTHING, "it cites no %s",
                             silence ? "overdue entry" : "decision"));
    return SH_OK;
}

/* The level below, raised by the same desk, was not answered in time. That somebody did not
 * telephone or meet opens nothing: the time of a level is that of its answer. */
static bool is_below_silent(const struct question *q)
{
    const struct facts *answered = q->answered->facts;
    return answered->kind == KIND_RECONSIDERATION && answered->level + 1 == q->facts->level &&
           address_equal(&answered->from, &q->facts->from) && cites_silence(q, DUTY_ANSWERED);
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
    return disputed || is_below_silent(q);
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
