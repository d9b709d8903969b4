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

static bool is_one_of(const struct ending *e, uint32_t kinds)
{
    return kinds & kind_bit(e->later->facts->kind);
}

static bool is_telephone_note(const struct facts *message)
{
    return message->kind == KIND_NOTE && message->telephone;
}

/* The owing desk, or one that covers for it: in the message itself, or, where a question back was
 * answered, in what had been asked for first. */
static bool speaks_for_owing(const struct ending *e, const struct address *desk)
{
    const struct thread_message *at = e->duty->message;
    if (address_equal(desk, &e->duty->by)) {
        return true;
    }
    for (size_t steps = 0; at && steps <= e->thread->len; steps++) {
        if (message_is_covered_by(at->facts, &e->duty->by, desk)) {
            return true;
        }
        at = thread_parent(e->thread, at);
    }
    return false;
}

static bool is_owing(const struct ending *e)
{
    return speaks_for_owing(e, &e->later->facts->from);
}

static bool answers_it(const struct ending *e)
{
    return thread_answers(e->thread, e->later, e->duty->message);
}

/* Answers this very message, and not one further down the thread. */
static bool is_about(const struct ending *e, const struct thread_message *message)
{
    return message && thread_about(e->thread, e->later) == message;
}

/* What the owing desk says in writing about what it was sent shows that somebody has seen it. */
static bool ends_opened(const struct ending *e)
{
    return is_owing(e) && answers_it(e) && !is_telephone_note(e->later->facts);
}

/* That the cover desk has it does not bring it to the desk. */
static bool ends_delivered(const struct ending *e)
{
    return address_equal(&e->later->facts->from, &e->duty->by) && ends_opened(e);
}

/* "It is with us", "it is not ours", "we have passed it on", or the answer itself. */
static bool ends_acknowledged(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_ACKNOWLEDGEMENT) | kind_bit(KIND_REDIRECT) |
                     kind_bit(KIND_REPLY) | kind_bit(KIND_RECONSIDERATION_RESPONSE) |
                     kind_bit(KIND_REFERRAL);
    bool decided = message_decides(e->later->facts) &&
                   thread_referral_of(e->thread, e->later) == e->duty->message;
    return is_owing(e) && (decided || (is_about(e, e->duty->message) && is_one_of(e, kinds)));
}

/* The last word on a child, up to e->later, of the owing desk and those who cover for it. NULL:
 * none. */
static const struct thread_message *last_word(const struct ending *e,
                                              const struct thread_message *referral, uint32_t child)
{
    const struct thread_message *last = NULL;
    for (const struct thread_message *at = e->thread->messages; at <= e->later; at++) {
        if (message_decides_for(at->facts, child) != OUTCOME_NONE &&
            speaks_for_owing(e, &at->facts->from) &&
            thread_referral_of(e->thread, at) == referral) {
            last = at;
        }
    }
    return last;
}

/* Every child is decided by now, or was asked back about since the duty came about: a question that
 * was answered meanwhile is no word on a child any more. */
static bool has_spoken_on_all(const struct ending *e, const struct thread_message *referral)
{
    for (uint32_t child = 1; child <= referral->facts->children_count; child++) {
        const struct thread_message *word = last_word(e, referral, child);
        if (!word || (word < e->duty->message &&
                      !outcome_is_final(message_decides_for(word->facts, child)))) {
            return false;
        }
    }
    return true;
}

static bool ends_decided(const struct ending *e)
{
    const struct thread_message *referral = thread_referral_of(e->thread, e->duty->message);
    if (!referral || !is_owing(e)) {
        return false;
    }
    bool gone = is_one_of(e, kind_bit(KIND_REDIRECT) | kind_bit(KIND_REFERRAL));
    return (gone && is_about(e, referral)) ||
           (message_decides(e->later->facts) && has_spoken_on_all(e, referral));
}

/* What is to be answered: the message itself, or, where it told what had been asked back, what
 * stands behind it. NULL: nothing that is answered. */
static const struct thread_message *asked_for(const struct ending *e)
{
    const uint32_t kinds = kind_bit(KIND_REQUEST) | kind_bit(KIND_RECONSIDERATION);
    const struct thread_message *at = e->duty->message;
    for (size_t steps = 0; at && steps <= e->thread->len; steps++) {
        if (kinds & kind_bit(at->facts->kind)) {
            return at;
        }
        at = thread_parent(e->thread, at);
    }
    return NULL;
}

/* A level is left when it is answered by any desk that it asked, or when the next one is raised. */
static bool leaves_level(const struct ending *e)
{
    const struct thread_message *level = asked_for(e);
    if (!level || level->facts->kind != KIND_RECONSIDERATION) {
        return false;
    }
    const struct facts *raised = level->facts, *later = e->later->facts;
    if (later->kind == KIND_RECONSIDERATION_RESPONSE) {
        return is_about(e, level) && message_asks(raised, &later->from);
    }
    return later->kind == KIND_RECONSIDERATION && later->level > raised->level &&
           address_equal(&later->from, &raised->from) && thread_answers(e->thread, e->later, level);
}

static bool ends_answered(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_REPLY) | kind_bit(KIND_REDIRECT);
    return leaves_level(e) || (is_owing(e) && is_about(e, asked_for(e)) && is_one_of(e, kinds));
}

static bool ends_information(const struct ending *e)
{
    uint32_t kinds = kind_bit(KIND_NOTE) | kind_bit(KIND_CORRECTION) | kind_bit(KIND_REPLY) |
                     kind_bit(KIND_CHRONOLOGY) | kind_bit(KIND_REFERRAL) |
                     kind_bit(KIND_RECONSIDERATION);
    return is_owing(e) && answers_it(e) && is_one_of(e, kinds) &&
           !is_telephone_note(e->later->facts);
}

/* Whoever promised has said in writing what became of it. */
static bool ends_next_step(const struct ending *e)
{
    uint32_t kinds =
        kind_bit(KIND_DECISION) | kind_bit(KIND_NOTE) | kind_bit(KIND_RECONSIDERATION_RESPONSE);
    return is_owing(e) && is_one_of(e, kinds) && !is_telephone_note(e->later->facts);
}

/* The same kind again, to another desk; asking about it is not sending it. */
static bool ends_sent_again(const struct ending *e)
{
    const struct thread_message *original = thread_about(e->thread, e->duty->message);
    if (!original) {
        return false;
    }
    if (is_owing(e)) {
        return is_about(e, e->duty->message) && e->later->facts->kind == original->facts->kind;
    }
    /* Or the desk that redirected has itself passed the referral on. */
    return e->later->facts->kind == KIND_REFERRAL && is_about(e, original) &&
           address_equal(&e->later->facts->from, &e->duty->message->facts->from);
}

/* Whoever held it: it is often a service that was not told of the episode. */
static bool ends_return_interview(const struct ending *e)
{
    return e->later->facts->kind == KIND_NOTIFICATION &&
           e->later->facts->subtype == SUBTYPE_RETURN_INTERVIEW && answers_it(e);
}

/* Either side says that the two have spoken; nobody else does. */
static bool ends_spoken(const struct ending *e)
{
    const struct facts *raised = e->duty->message->facts, *later = e->later->facts;
    bool theirs = address_equal(&later->from, &raised->from) || message_asks(raised, &later->from);
    return leaves_level(e) || (is_telephone_note(later) && theirs && answers_it(e));
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
    [DUTY_DELIVERED] = ends_delivered,
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

/* Who closes lets go what it has asked for, with all that came of it, whoever passed it on. What
 * another desk asks in the same thread, and what it contests, goes on: that never lapses. */
static bool is_closed(const struct ending *e)
{
    const uint32_t own = kind_bit(KIND_REQUEST) | kind_bit(KIND_RECONSIDERATION);
    const uint32_t asking = own | kind_bit(KIND_REFERRAL) | kind_bit(KIND_NOTIFICATION) |
                            kind_bit(KIND_CONCERN) | kind_bit(KIND_CHRONOLOGY) |
                            kind_bit(KIND_RECORD_TRANSFER);
    const struct thread_message *at = e->duty->message;
    for (size_t steps = 0; at && steps <= e->thread->len; steps++) {
        bool closers = address_equal(&at->facts->from, &e->later->facts->from);
        if (closers && (asking & kind_bit(at->facts->kind))) {
            return true;
        }
        if (own & kind_bit(at->facts->kind)) {
            return false;
        }
        at = thread_parent(e->thread, at);
    }
    return false;
}

/* Taken back: nobody owes anything for that and what came of it. */
static bool is_taken_back(const struct ending *e)
{
    const struct thread_message *back = thread_about(e->thread, e->later);
    return back && (back == e->duty->message || thread_answers(e->thread, e->duty->message, back));
}

static bool ends_all(const struct ending *e)
{
    switch (e->later->facts->kind) {
    case KIND_CLOSE:
        return is_closed(e);
    case KIND_WITHDRAWAL:
        return is_taken_back(e);
    default:
        return false;
    }
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
