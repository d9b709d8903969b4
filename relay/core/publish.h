/* Publishing: the log as a C2SP tlog-tiles folder, for anyone to read and verify. The ledger thread
 * gathers what is new between commits, at most once an interval; a thread of its own writes the
 * files, so no sender ever waits for them. The folder is derived: delete it and it is made again
 * from the store. */
#pragma once

#include "core/core.h"

struct publisher; /* opaque */

/* Starts the thread. interval_ms at least 1000. Reads how far the folder reaches from its
 * checkpoint. Gives *out: publisher_stop(), which waits for the files in hand. */
SH_MUST_USE sh_err publisher_start(const char *log_dir, int64_t interval_ms,
                                   const struct note_verifier *log, struct publisher **out,
                                   struct sh_why *why);
void publisher_stop(struct publisher **publisher);
/* From now on the checkpoint is published with what witnesses said of it, and again when they say
 * more. Borrows cosigned until publisher_stop(). */
void publisher_use_cosigned(struct publisher *publisher, struct cosigned *cosigned);

/* Ledger thread: begins to write the whole folder again, over what is there; at its end, what does
 * not belong to the log is removed from it. Readers find every file they need at every moment.
 * `wake` is called from the writer's thread whenever the next piece may be handed over. */
void publisher_rebuild(struct publisher *publisher, void (*wake)(void *ctx), void *ctx);
/* SH_E_BUSY: not yet, *out_published entries so far. SH_E_IO: it cannot be written. */
SH_MUST_USE sh_err publisher_rebuilt(struct publisher *publisher, uint64_t *out_published);

/* Ledger thread: hands the next piece to the writer if it is idle and the interval has passed.
 * FATAL errors only; a folder that cannot be written is logged and tried again. */
SH_MUST_USE sh_err publish_some(struct publisher *publisher, struct core *core);
/* Ledger thread: hands over what is left, waiting for the writer between pieces. For an orderly
 * end. */
SH_MUST_USE sh_err publish_all(struct publisher *publisher, struct core *core);
