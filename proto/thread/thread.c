/* See thread.h: who stands where in a thread. */
#include "thread/thread.h"

#include <string.h>

bool message_was_sent_to(const struct facts *message, const struct address *desk)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        if (address_equal(&message->recipients[i].address, desk)) {
            return true;
        }
    }
    return false;
}

bool message_asks(const struct facts *message, const struct address *desk)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        const struct recipient *to = &message->recipients[i];
        if ((to->role == ROLE_ACT || to->role == ROLE_COVER) && address_equal(&to->address, desk)) {
            return true;
        }
    }
    return false;
}

const struct sh_hash *thread_seat_alone(const struct thread_view *thread,
                                        const struct address *desk)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct facts *facts = thread->messages[i].facts;
        if (facts->not_to_own_desk && address_equal(&facts->from, desk)) {
            return &facts->seat;
        }
    }
    return NULL;
}

bool thread_has_party(const struct thread_view *thread, const struct address *desk)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct facts *facts = thread->messages[i].facts;
        if (address_equal(&facts->from, desk) || message_was_sent_to(facts, desk)) {
            return true;
        }
    }
    return false;
}

const struct thread_message *thread_find(const struct thread_view *thread,
                                         const struct sh_hash *header_sha256)
{
    for (size_t i = 0; i < thread->len; i++) {
        if (hash_equal(&thread->messages[i].header_sha256, header_sha256)) {
            return &thread->messages[i];
        }
    }
    return NULL;
}

const struct thread_message *thread_parent(const struct thread_view *thread,
                                           const struct thread_message *message)
{
    return message->facts->has_parent ? thread_find(thread, &message->facts->parent) : NULL;
}

static size_t count_asked(const struct facts *message)
{
    size_t asked = 0;
    for (size_t i = 0; i < message->recipients_len; i++) {
        asked += message->recipients[i].role == ROLE_ACT;
    }
    return asked;
}

static bool has_role(const struct facts *message, const struct address *desk, enum role role)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        const struct recipient *to = &message->recipients[i];
        if (to->role == role && address_equal(&to->address, desk)) {
            return true;
        }
    }
    return false;
}

static bool same_organisation(const struct address *a, const struct address *b)
{
    const char *at_a = strchr(a->text, '@'), *at_b = strchr(b->text, '@');
    return at_a && at_b && strcmp(at_a, at_b) == 0;
}

bool message_is_covered_by(const struct facts *message, const struct address *desk,
                           const struct address *cover)
{
    return has_role(message, desk, ROLE_ACT) && has_role(message, cover, ROLE_COVER) &&
           (count_asked(message) == 1 || same_organisation(desk, cover));
}

static bool is_beside_the_point(const struct thread_message *message)
{
    return message->facts->kind == KIND_NOTE || message->facts->kind == KIND_CORRECTION;
}

const struct thread_message *thread_about(const struct thread_view *thread,
                                          const struct thread_message *message)
{
    const struct thread_message *at = thread_parent(thread, message);
    for (size_t steps = 0; at && is_beside_the_point(at) && steps <= thread->len; steps++) {
        at = thread_parent(thread, at);
    }
    return at && !is_beside_the_point(at) ? at : NULL;
}

/* A message can only answer one that was accepted before it, so every way up ends; the count is for
 * a thread that a broken store has tied into a ring. */
bool thread_answers(const struct thread_view *thread, const struct thread_message *message,
                    const struct thread_message *ancestor)
{
    const struct thread_message *at = thread_parent(thread, message);
    for (size_t steps = 0; at && steps <= thread->len; steps++) {
        if (at == ancestor) {
            return true;
        }
        at = thread_parent(thread, at);
    }
    return false;
}

const struct thread_message *thread_referral_of(const struct thread_view *thread,
                                                const struct thread_message *from)
{
    const struct thread_message *at = from;
    for (size_t steps = 0; at && steps <= thread->len; steps++) {
        if (at->facts->kind == KIND_REFERRAL) {
            return at;
        }
        at = thread_parent(thread, at);
    }
    return NULL;
}
