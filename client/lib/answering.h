/* What an answer takes from the message it answers: kind, parent, thread, recipients, level, and
 * what a reconsideration contests and encloses. DOMAIN.md, 'Who owes what', seen from the desk that
 * writes; whether it may is the relay's policy to say. */
#pragma once

#include "client/addressees.h"
#include "client/thread.h"

/* A word of the command line. */
struct verb {
    const char *word;
    enum kind kind;
    /* The document may address more desks than the answered message implies. */
    bool may_add;
    bool again; /* the words of an earlier message, for a desk that has not had them */
};
/* NULL if there is none. */
const struct verb *answering_verb(const char *word);
const struct verb *answering_verb_of_kind(enum kind kind);

struct answering {
    enum kind kind;
    bool may_add, again;
    struct thread_entry parent;
    struct thread thread;
    struct address
        *referrers; /* of a decision on a referral that was passed on: who sent it first */
    size_t referrers_len;
    /* Of a reconsideration: a decision or response, NULL if none came. */
    const struct thread_entry *contested;
    uint64_t overdue_index; /* of a reconsideration of silence: an OVERDUE leaf */
    bool has_overdue;
};

/* Reads the thread of the message `id`. Everything borrows the arena. SH_E_NOT_FOUND,
 * SH_E_AMBIGUOUS, SH_E_USAGE; SH_E_WRONG_ORDER for a message that cannot be answered (not accepted,
 * not readable). */
SH_MUST_USE sh_err answering_begin(struct sh_client *client, const struct verb *verb,
                                   const char *id, struct arena *arena, struct answering *out,
                                   struct sh_why *why);
/* contesting.c: of a reconsideration, what it contests, which becomes its parent: the decision or
 * response that was named, or the newest one by a desk of the document's `to`; the silence on our
 * own reconsideration of that, if the log says that its time is over; the silence on our referral
 * if nobody has decided. With nothing of this the parent stays, and contested and has_overdue say
 * so. */
SH_MUST_USE sh_err answering_contest(struct sh_client *client, const json_t *document,
                                     struct arena *arena, struct answering *answering);
/* enclose.c: fills in `referrers`. */
SH_MUST_USE sh_err answering_referrers(struct sh_client *client, struct arena *arena,
                                       struct answering *answering, struct sh_why *why);
/* Fills in `kind`, and `level` where it follows from the thread; says where the document disagrees
 * with the message answered (SH_E_JSON). */
SH_MUST_USE sh_err answering_fit(const struct answering *answering, const struct address *own,
                                 json_t *document, struct sh_why *why);
/* Whom it goes to: as the document says, or as follows from the message answered. SH_E_JSON if they
 * disagree. */
SH_MUST_USE sh_err answering_addressees(const struct answering *answering,
                                        const struct address *own, const json_t *document,
                                        struct addressees *out, struct sh_why *why);
/* The messages that a reconsideration encloses: the first of the thread, decisions, and earlier
 * reconsiderations and responses, as far as they were accepted. None for other kinds. */
SH_MUST_USE sh_err answering_enclosed(const struct answering *answering, struct arena *arena,
                                      const struct thread_entry *const **out, size_t *out_len);
