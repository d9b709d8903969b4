/* A thread as the relay, a client and an auditor all know it: its accepted messages, by their
 * headers alone. What follows from them (who answered what, which children have a decision, which
 * duty is done) is worked out here once, so that no two of them can come to differ. Pure functions
 * over facts; no content, no keys, no clock. Source: DOMAIN.md, 'Who owes what'. Any thread. */
#pragma once

#include "base/bytes.h"
#include "wire/types.h"

struct thread_message {
    struct sh_hash header_sha256;
    struct sh_id message_id;
    const struct facts *facts;
    int64_t accepted_ms;
    bool opened; /* some recipient's seat said OPENED */
};

/* An OVERDUE leaf about a thread. */
struct thread_overdue {
    uint64_t log_index;
    size_t message; /* that brought the duty about: its position in the thread */
    enum duty duty;
    struct address by; /* who owed it */
};

struct thread_view {
    const struct thread_message *messages; /* in order of acceptance; empty for a first message */
    size_t len;
    const struct thread_overdue *overdue;
    size_t overdue_len;
};

/* ---- thread.c: who stands where ---- */

/* NULL: not in the thread. */
const struct thread_message *thread_find(const struct thread_view *thread,
                                         const struct sh_hash *header_sha256);
/* The message that this one answers; NULL for a first one. */
const struct thread_message *thread_parent(const struct thread_view *thread,
                                           const struct thread_message *message);
/* What a message is about: its parent, or, where that is a note or a correction, what this is about
 * in turn. NULL if nothing is left. */
const struct thread_message *thread_about(const struct thread_view *thread,
                                          const struct thread_message *message);
/* Whether `message` answers `ancestor`, at however many steps. A message does not answer itself. */
bool thread_answers(const struct thread_view *thread, const struct thread_message *message,
                    const struct thread_message *ancestor);
/* From a message up its parents to the nearest referral; NULL if there is none. */
const struct thread_message *thread_referral_of(const struct thread_view *thread,
                                                const struct thread_message *from);
/* The one seat of a desk that may have what is said in this thread, because the desk has sent from
 * it what no colleague may see; NULL: all of them. */
const struct sh_hash *thread_seat_alone(const struct thread_view *thread,
                                        const struct address *desk);
bool thread_has_party(const struct thread_view *thread, const struct address *desk);
bool message_was_sent_to(const struct facts *message, const struct address *desk);
/* A desk that was asked to act, or covers for one. */
bool message_asks(const struct facts *message, const struct address *desk);
/* Whether `cover` was sent the message to stand in for `desk`, which it asks to act. A header does
 * not say which cover desk is whose: of several desks asked, one stands in for those of its own
 * organisation alone, so that no agency's answer counts as another's. */
bool message_is_covered_by(const struct facts *message, const struct address *desk,
                           const struct address *cover);

/* ---- children.c: what was decided ---- */

bool message_decides(const struct facts *message);
/* What a message decides for a child; OUTCOME_NONE: nothing. No list means every child. */
enum outcome message_decides_for(const struct facts *message, uint32_t child);
/* The latest decision of a desk for a child under one referral; OUTCOME_NONE: none yet. */
enum outcome thread_latest_decision(const struct thread_view *thread,
                                    const struct thread_message *referral,
                                    const struct address *desk, uint32_t child);
/* A decision that is one: not a question back. */
bool outcome_is_final(enum outcome outcome);
/* Every child of the referral has a final decision of this desk. */
bool thread_has_decided(const struct thread_view *thread, const struct thread_message *referral,
                        const struct address *desk);
