/* Duties: what each desk owes after a message, and the signed fact that ends it. A clock measures
 * one duty; how long it runs is the relay's policy, but what ends it is not: no policy may let a
 * referral be closed by reading it. The relay stops its clocks by this, a client lists what is
 * outstanding by it, an auditor checks both. Source: DOMAIN.md, 'Who owes what'. Pure; any thread.
 */
#pragma once

#include "thread/thread.h"

/* One duty of one desk. */
struct duty_view {
    enum duty duty;
    const struct thread_message *message; /* that brought it about; one of the thread's */
    struct address by;                    /* who owes it */
};

/* The first message of the thread that ended the duty; NULL: none has. Looks at messages alone: ask
 * duty_ends_with_receipt() too. A NOTE of a telephone call ends nothing but DUTY_SPOKEN. */
const struct thread_message *duty_ended_by(const struct thread_view *thread,
                                           const struct duty_view *duty);
/* Whether a receipt of the owing desk, for the message that brought the duty about, ends it. */
bool duty_ends_with_receipt(enum duty duty, enum receipt_type type);

/* Whether a decision or response asks back about at least one child. */
bool message_asks_back(const struct facts *message);
/* What its sender owes again as soon as `asking` has been answered: a decision, or a response.
 * DUTY_NONE: it asked nothing back. */
enum duty duty_resumed(const struct thread_message *asking);
