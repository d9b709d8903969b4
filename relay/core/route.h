/* Who gets what: queue rows for the seats of a message, and for those who must learn a fact about
 * it. Ledger thread, inside the transaction; sessions that may go on are marked for deliver.c. */
#pragma once

#include "core/core.h"

/* A notice of a leaf for every live seat of a desk but `except` (NULL: none is left out). */
SH_MUST_USE sh_err route_notice(struct core *core, const struct address *desk,
                                const struct sh_hash *except, int64_t message_seq,
                                uint64_t leaf_index);
/* Whether a message, and what is told of it, is for one seat of the desk alone: what its sender
 * keeps from colleagues, and the answers to it. */
bool route_is_kept(const struct core *core, const struct facts *message,
                   const struct address *desk);
/* A fact about a message for a desk, or for the one seat that it is kept to. */
SH_MUST_USE sh_err route_fact(struct core *core, const struct facts *message,
                              const struct address *desk, int64_t message_seq, uint64_t leaf_index);
