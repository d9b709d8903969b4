/* The ring: submissions in the order in which they came, from the link thread through the verify
 * workers to the ledger thread. Workers may finish out of order; the ledger takes them in order, so
 * that an answer never overtakes what it answers. Bounded: a full ring is SH_E_BUSY. The lock is
 * held only to move pointers. */
#pragma once

#include "core/submission.h"

struct ring; /* opaque */

SH_MUST_USE sh_err ring_new(struct ring **out);
void ring_free(struct ring **ring); /* frees what is still in it; all threads have ended */

/* Link thread. Takes *sub_p on success; SH_E_BUSY if SH_PENDING_MAX wait. Commands have room kept
 * for them: a little for GONE and TICK, and beyond that some for CLEAR, RELOAD and STOP. */
SH_MUST_USE sh_err ring_put(struct ring *ring, struct submission **sub_p);
/* Worker. Waits for the next unverified one; NULL when the ring was closed. It stays in the ring.
 */
struct submission *ring_take_unverified(struct ring *ring);
/* Worker: done with it, it must not be touched again. */
void ring_verified(struct ring *ring, struct submission *sub);
/* Ledger thread. Waits for at least one verified at the head, gives up to len_max in order, which
 * then are the caller's. 0 when the ring was closed and is empty. */
size_t ring_take(struct ring *ring, struct submission **out, size_t len_max);
/* No more will be put; waiting workers end when nothing is left to verify. */
void ring_close(struct ring *ring);
