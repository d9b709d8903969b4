/* The tiles that the book writes and proves from: rows of the store, the hottest of them expanded
 * in memory with all their inner nodes, so that a proof costs copies and not hashes. Ledger thread
 * only. */
#pragma once

#include "store/store.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"

struct tiles; /* opaque */

SH_MUST_USE sh_err tiles_new(struct store *store, struct tiles **out);
void tiles_free(struct tiles **tiles);

/* Complete nodes, from memory or the store; a merkle_reader's function, ctx is the struct tiles. */
sh_err tiles_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out);
/* Keeps a completed node; a merkle_writer's function. */
sh_err tiles_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash);
/* Writes every tile that changed into the open transaction. */
SH_MUST_USE sh_err tiles_flush(struct tiles *tiles);
/* Forgets all that is in memory: what was not committed must not be read again. */
void tiles_forget(struct tiles *tiles);
