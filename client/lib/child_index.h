/* Filling the vault's index of children: when a message is put into the outbox, when one comes, and
 * for what was stored before there was an index, when somebody first asks. Nothing of what is
 * unsealed for it is kept but keyed hashes. */
#pragma once

#include "client/child_key.h"
#include "client/state.h"
#include "envelope/open.h"

/* The key of the tokens: derived, never stored. SH_E_PASSPHRASE. */
SH_MUST_USE sh_err child_index_key(struct sh_client *client, struct sh_hash *out,
                                   struct sh_why *why);

/* What one message is to have in the index, found before it is stored. */
struct child_entries {
    struct child_entry *items;
    size_t len;
};
/* Of the children and siblings of a message; enclosure as in struct child_record. Adds to *out,
 * which begins zeroed; lists borrow the arena. */
SH_MUST_USE sh_err child_index_find(struct sh_client *client, const json_t *casework,
                                    uint32_t enclosure, struct arena *arena,
                                    struct child_entries *out, struct sh_why *why);
/* The same of an opened message with all that it encloses. Enclosures that do not verify have none.
 */
SH_MUST_USE sh_err child_index_find_opened(struct sh_client *client, const struct opened *opened,
                                           struct arena *arena, struct child_entries *out,
                                           struct sh_why *why);
/* Inside a transaction of the vault. */
SH_MUST_USE sh_err child_index_put(struct sh_client *client, int64_t message,
                                   const struct child_entries *entries);

/* Indexes every readable message that is not yet. *out_left: how many could not be opened now
 * (their sender's seat is not in this directory): they are tried again the next time. */
SH_MUST_USE sh_err child_index_fill(struct sh_client *client, uint64_t *out_left,
                                    struct sh_why *why);
