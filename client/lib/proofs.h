/* Proofs: what makes the relay's word count. A statement must open, stand in the tree of a
 * checkpoint that the log signed, and that checkpoint must be consistent with every one seen
 * before; else somebody was shown another log. One thread. */
#pragma once

#include "client/state.h"
#include "envelope/receipt.h"

/* The log's key in force at at_ms. A log whose origin ends in /test is refused unless this build
 * allows it (SH_ALLOW_TEST_LOG). SH_E_BAD_CHECKPOINT, SH_E_NOT_FOUND. */
SH_MUST_USE sh_err proofs_log_key(struct sh_client *client, int64_t at_ms,
                                  struct note_verifier *out, struct sh_why *why);
/* Opening, leaf, tree, signature: everything but consistency. Needs no relay. *out borrows the
 * arena and `in`. */
SH_MUST_USE sh_err proofs_verify(struct sh_client *client, const struct statement *in,
                                 struct arena *arena, struct verified_statement *out,
                                 struct sh_why *why);
/* And consistency, for which the relay is asked if this checkpoint is new. SH_E_FORK: both
 * checkpoints were put into the vault as evidence. Not inside a transaction of the vault. */
SH_MUST_USE sh_err proofs_accept(struct sh_client *client, const struct statement *in,
                                 struct arena *arena, struct verified_statement *out,
                                 struct sh_why *why);
/* A checkpoint alone, as WELCOME and PONG bring it. given: a proof from the newest one known, or
 * NULL. */
SH_MUST_USE sh_err proofs_accept_checkpoint(struct sh_client *client, struct bytes note,
                                            const struct hash_list *given, struct sh_why *why);
/* The largest tree known; 0: none. */
SH_MUST_USE sh_err proofs_known_size(struct sh_client *client, uint64_t *out);
/* A statement that was stored, verified anew. SH_E_PROOF also if its checkpoint was never compared
 * with the others. */
SH_MUST_USE sh_err proofs_check_stored(struct sh_client *client, struct bytes statement,
                                       struct arena *arena, struct verified_statement *out);
