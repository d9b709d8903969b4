/* See duties.h. One function for each kind of ending, and a table that says which duty has which.
 */
#include "thread/duties.h"

#include "base/limits.h"

/* A later message of the thread, held against a duty. */
struct ending {
    const struct thread_view *thread;
    const struct duty_view *duty;
    const struct thread_message *later;
};

typedef bool ends(const struct ending *e);

static uint32_t kind_bit(enum kind kind)
{
    return UINT32_C(1) << kind;
}

/* A cover desk answers for the desk that it stands in for. */
static bool covers(const struct facts *message, const struct address *desk)
{
    for (size_t i = 0; i < message->recipients_len; i++) {
        const struct recipient *to = &message->recipients[i];
        if (to->role == ROLE_COVER && address_equal(&to->address, desk)) {
            return true;
        }
    }
    return false;
}

static bool is_owing(const struct ending *e)
{
    return address_equal(&e->later->facts->from, &e->duty->by) ||
           covers(e->duty->message->facts, &e->later->facts->from);
}

static bool answers_it(const struct ending *e)
{
    return thread_answers(e->thread, e->later, e->duty->message);
}

static bool is_one_of(const struct ending *e, uint32_t kinds)
{
    return kinds & kind_bit(e->later->facts->kind);
}

/* What the owing desk says in writing about what it was sent shows that somebody has seen it. */
static bool ends_opened(const struct ending *e)
{
    return is_owing(e) && answers_it(e);
}

/* "It is with us", "it is not ours", "we have passed it on", or the answer itself. */
static bool ends_acknowledged(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_ACKNOWLEDGEMENT) | kind_bit(KIND_REDIRECT) |
                     kind_bit(KIND_DECISION) | kind_bit(KIND_REPLY) |
                     kind_bit(KIND_RECONSIDERATION_RESPONSE) | kind_bit(KIND_REFERRAL);
    return is_owing(e) && answers_it(e) && is_one_of(e, kinds);
}

/* Whoever decided has decided, or asked back, about every child by now. */
static bool has_spoken_on_all(const struct ending *e, const struct thread_message *referral)
{
    const struct thread_view until = {
        .messages = e->thread->messages,
        .len = (size_t)(e->later - e->thread->messages) + 1,
    };
    for (uint32_t child = 1; child <= referral->facts->children_count; child++) {
        if (thread_latest_decision(&until, referral, &e->later->facts->from, child) ==
            OUTCOME_NONE) {
            return false;
        }
    }
    return true;
}

static bool ends_decided(const struct ending *e)
{
    const struct thread_message *referral = thread_referral_of(e->thread, e->duty->message);
    if (!referral || !is_owing(e) || !thread_answers(e->thread, e->later, referral)) {
        return false;
    }
    bool gone = is_one_of(e, kind_bit(KIND_REDIRECT) | kind_bit(KIND_REFERRAL));
    return gone || (message_decides(e->later->facts) && has_spoken_on_all(e, referral));
}

/* A level is left when it is answered by any desk that it asked, or when the next one is raised. */
static bool leaves_level(const struct ending *e)
{
    const struct facts *raised = e->duty->message->facts, *later = e->later->facts;
    if (raised->kind != KIND_RECONSIDERATION || !answers_it(e)) {
        return false;
    }
    if (later->kind == KIND_RECONSIDERATION_RESPONSE) {
        return message_asks(raised, &later->from);
    }
    return later->kind == KIND_RECONSIDERATION && later->level > raised->level &&
           address_equal(&later->from, &raised->from);
}

static bool ends_answered(const struct ending *e)
{
    return leaves_level(e) || (is_owing(e) && answers_it(e) &&
                               is_one_of(e, kind_bit(KIND_REPLY) | kind_bit(KIND_REDIRECT) |
                                                kind_bit(KIND_RECONSIDERATION_RESPONSE)));
}

static bool ends_information(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_NOTE) | kind_bit(KIND_CORRECTION) | kind_bit(KIND_REPLY) |
                     kind_bit(KIND_CHRONOLOGY) | kind_bit(KIND_REFERRAL) |
                     kind_bit(KIND_RECONSIDERATION);
    return is_owing(e) && answers_it(e) && is_one_of(e, kinds) && !e->later->facts->telephone;
}

/* Whoever promised has said in writing what became of it. */
static bool ends_next_step(const struct ending *e)
{
    uint32_t kinds =
        kind_bit(KIND_DECISION) | kind_bit(KIND_NOTE) | kind_bit(KIND_RECONSIDERATION_RESPONSE);
    return is_owing(e) && is_one_of(e, kinds) && !e->later->facts->telephone;
}

static bool ends_sent_again(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_REFERRAL) | kind_bit(KIND_NOTIFICATION) |
                     kind_bit(KIND_REQUEST) | kind_bit(KIND_RECORD_TRANSFER);
    if (is_owing(e)) {
        return answers_it(e) && is_one_of(e, kinds);
    }
    /* Or the desk that redirected has itself passed the referral on. */
    const struct thread_message *original = thread_parent(e->thread, e->duty->message);
    return original && e->later->facts->kind == KIND_REFERRAL &&
           address_equal(&e->later->facts->from, &e->duty->message->facts->from) &&
           thread_answers(e->thread, e->later, original);
}

/* Whoever held it: it is often a service that was not told of the episode. */
static bool ends_return_interview(const struct ending *e)
{
    return e->later->facts->kind == KIND_NOTIFICATION &&
           e->later->facts->subtype == SUBTYPE_RETURN_INTERVIEW && answers_it(e);
}

static bool ends_spoken(const struct ending *e)
{
    bool spoke = e->later->facts->kind == KIND_NOTE && e->later->facts->telephone &&
                 thread_answers(e->thread, e->later, e->duty->message);
    return leaves_level(e) || spoke;
}

static bool ends_meeting(const struct ending *e)
{
    bool met = is_owing(e) && answers_it(e) && e->later->facts->kind == KIND_NOTE &&
               !e->later->facts->telephone;
    return leaves_level(e) || met;
}

static bool ends_resolved(const struct ending *e)
{
    return e->later->facts->kind == KIND_RECONSIDERATION_RESPONSE &&
           e->later->facts->outcome == OUTCOME_CHANGED && answers_it(e);
}

/* It was in writing, in time or late, from the moment that it was accepted. */
static bool ends_in_writing(const struct ending *e)
{
    (void)e;
    return false;
}

static ends *const endings[] = {
    [DUTY_DELIVERED] = ends_opened,
    [DUTY_OPENED] = ends_opened,
    [DUTY_COVER] = ends_opened,
    [DUTY_ACKNOWLEDGED] = ends_acknowledged,
    [DUTY_DECIDED] = ends_decided,
    [DUTY_ANSWERED] = ends_answered,
    [DUTY_INFORMATION] = ends_information,
    [DUTY_NEXT_STEP] = ends_next_step,
    [DUTY_SENT_AGAIN] = ends_sent_again,
    [DUTY_RETURN_INTERVIEW] = ends_return_interview,
    [DUTY_IN_WRITING] = ends_in_writing,
    [DUTY_SPOKEN] = ends_spoken,
    [DUTY_MEETING] = ends_meeting,
    [DUTY_RESOLVED] = ends_resolved,
};

/* Taken back, or closed by who may: nobody owes anything for what came before. */
static bool ends_all(const struct ending *e)
{
    if (e->later->facts->kind == KIND_CLOSE) {
        return true;
    }
    const struct thread_message *back = thread_parent(e->thread, e->later);
    return e->later->facts->kind == KIND_WITHDRAWAL && back &&
           (back == e->duty->message || thread_answers(e->thread, e->duty->message, back));
}

/* Messages behind the one that brought the duty about. A referral may have been passed on just
 * before its sender was told so by a redirect: that counts, too. */
static size_t first_that_counts(const struct thread_view *thread, const struct duty_view *duty)
{
    if (duty->duty == DUTY_SENT_AGAIN) {
        return 0;
    }
    return (size_t)(duty->message - thread->messages) + 1;
}

const struct thread_message *duty_ended_by(const struct thread_view *thread,
                                           const struct duty_view *duty)
{
    size_t at = (size_t)(duty->message - thread->messages);
    for (size_t i = first_that_counts(thread, duty); i < thread->len; i++) {
        const struct ending e = {thread, duty, &thread->messages[i]};
        if (i != at && (endings[duty->duty](&e) || (i > at && ends_all(&e)))) {
            return e.later;
        }
    }
    return NULL;
}

bool duty_ends_with_receipt(enum duty duty, enum receipt_type type)
{
    switch (duty) {
    case DUTY_DELIVERED:
        return true;
    case DUTY_OPENED:
    case DUTY_COVER:
        return type == RECEIPT_OPENED;
    default:
        return false;
    }
}

bool message_asks_back(const struct facts *message)
{
    if (message->outcome == OUTCOME_MORE_INFORMATION) {
        return true;
    }
    for (size_t i = 0; i < message->children_len; i++) {
        if (message->children[i].outcome == OUTCOME_MORE_INFORMATION) {
            return true;
        }
    }
    return false;
}

enum duty duty_resumed(const struct thread_message *asking)
{
    if (!message_asks_back(asking->facts)) {
        return DUTY_NONE;
    }
    return asking->facts->kind == KIND_DECISION ? DUTY_DECIDED : DUTY_ANSWERED;
}
