/* The ledger thread: takes what is verified, in order, decides, commits a group at a time, and
 * answers. It owns the store, the book and the sessions. */
#pragma once

#include "core/core.h"
#include "core/pipeline.h"

/* One group: decide all, commit once, answer all, deliver. Frees the submissions. FATAL errors:
 * nothing of the group was answered, and the process must end. Sets *out_stop when a WORK_STOP was
 * among them. Also what tests drive. */
SH_MUST_USE sh_err ledger_group(struct core *core, struct submission **group, size_t len,
                                bool *out_stop);
/* Leaves of the start, in a transaction of their own. */
SH_MUST_USE sh_err ledger_start(struct core *core);
/* The thread's function: ctx is the struct core. Ends on STOP or a FATAL error, by way of
 * outbox_post_end(). */
void *ledger_thread(void *ctx);
/* A verify worker's function: ctx is the struct core. Ends when the ring is closed. */
void *worker_thread(void *ctx);
/* Verifies one submission, as a worker does. */
SH_MUST_USE sh_err worker_verify(struct core *core, struct batch_cache *cache,
                                 struct submission *sub);
