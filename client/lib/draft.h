/* A draft: everything that one message is made of, checked, before it is sealed. It is made from a
 * document (and the message that it answers), or from a refused message whose recipients' seats
 * have changed since. Then it is sealed, and put into the outbox as bytes; drafts are never stored.
 */
#pragma once

#include "client/answering.h"
#include "client/document.h"
#include "envelope/build.h"

struct draft {
    struct arena *arena; /* everything below is in it, but for what is said to be owned */
    json_t *casework;    /* owned */
    struct facts facts;
    struct seating seating;
    struct enclosure *enclosures;
    size_t enclosures_len;
    struct directory *directory; /* owned reference: certificates belong to it */
    struct sh_hash duplicate_key;
    struct sh_id replaces; /* zero: none */
    uint32_t reseals;
};
void draft_wipe(struct draft *draft); /* a destructor */

/* What a caller asked for. Borrows all. */
struct draft_order {
    const json_t *document;
    const struct verb *verb; /* NULL: a message of its own, or one that names its `parent` */
    const char *reply_to;    /* NULL: none */
    const char *const *to;   /* more recipients */
    size_t to_len;
    const struct thread_entry *again; /* whose words they are, with a verb that is `again` */
    json_t **out_successors;          /* NULL: nobody wants them; else given with SH_E_CLOSED */
};

/* Gives *out: draft_wipe(). SH_E_CLOSED (successors.h), SH_E_JSON with the place,
 * SH_E_UNKNOWN_DESK, SH_E_NO_LIVE_SEAT, SH_E_NOT_FOUND, SH_E_WRONG_ORDER, SH_E_EXPIRED (the
 * directory), SH_E_TOO_BIG. */
SH_MUST_USE sh_err draft_new(struct sh_client *client, const struct draft_order *order,
                             struct draft *out, struct sh_why *why);
/* The same words to the same desks under a new id, sealed to the seats of today. */
SH_MUST_USE sh_err draft_again(struct sh_client *client, const struct vault_message *message,
                               struct draft *out, struct sh_why *why);
/* Header and sealed bytes. */
SH_MUST_USE sh_err draft_seal(struct sh_client *client, const struct draft *draft,
                              struct buf *out_header, struct buf *out_sealed, struct sh_why *why);

/* enclose.c: earlier messages of the vault as enclosures; everything goes into the draft's arena.
 */
SH_MUST_USE sh_err enclose_messages(struct sh_client *client,
                                    const struct thread_entry *const *entries, size_t entries_len,
                                    struct draft *draft, struct sh_why *why);
/* One message, and what it encloses itself: who gets it anew must be able to read all of it. */
SH_MUST_USE sh_err enclose_again(struct sh_client *client, const struct thread_entry *entry,
                                 struct draft *draft, struct sh_why *why);
/* The messages whose ids stand in `promotes`. */
SH_MUST_USE sh_err enclose_promoted(struct sh_client *client, struct draft *draft,
                                    struct sh_why *why);
/* The messages that a chronology's entries name, each once; also one that this seat holds only
 * inside another. */
SH_MUST_USE sh_err enclose_entries(struct sh_client *client, struct draft *draft,
                                   struct sh_why *why);
/* How many children the first message of the thread is about, from the vault or from what is
 * enclosed in the parent; 0 if that is not known here. */
SH_MUST_USE sh_err enclose_children_of_thread(struct sh_client *client,
                                              const struct answering *answering,
                                              struct arena *arena, uint32_t *out,
                                              struct sh_why *why);
