/* See thread.h: what was decided for which child. */
#include "thread/thread.h"

bool message_decides(const struct facts *message)
{
    return message->kind == KIND_DECISION ||
           (message->kind == KIND_RECONSIDERATION_RESPONSE && message->outcome == OUTCOME_CHANGED);
}

enum outcome message_decides_for(const struct facts *message, uint32_t child)
{
    if (!message_decides(message)) {
        return OUTCOME_NONE;
    }
    for (size_t i = 0; i < message->children_len; i++) {
        if (message->children[i].child == child) {
            return message->children[i].outcome;
        }
    }
    return message->children_len == 0 ? message->outcome : OUTCOME_NONE;
}

enum outcome thread_latest_decision(const struct thread_view *thread,
                                    const struct thread_message *referral,
                                    const struct address *desk, uint32_t child)
{
    enum outcome latest = OUTCOME_NONE;
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_message *message = &thread->messages[i];
        enum outcome outcome = message_decides_for(message->facts, child);
        if (outcome != OUTCOME_NONE && address_equal(&message->facts->from, desk) &&
            thread_referral_of(thread, message) == referral) {
            latest = outcome;
        }
    }
    return latest;
}

bool outcome_is_final(enum outcome outcome)
{
    return outcome != OUTCOME_NONE && outcome != OUTCOME_MORE_INFORMATION;
}

bool thread_has_decided(const struct thread_view *thread, const struct thread_message *referral,
                        const struct address *desk)
{
    for (uint32_t child = 1; child <= referral->facts->children_count; child++) {
        if (!outcome_is_final(thread_latest_decision(thread, referral, desk, child))) {
            return false;
        }
    }
    return true;
}
