/* What an operator asks of a relay that serves: a copy of the database, the published folder made
 * anew. One thing at a time, a bounded slice after each group, so that whoever sends a message
 * waits a few milliseconds more and no longer. Answers are lines on the connection of who asked:
 *     progress DONE TOTAL        now and then
 *     done COUNT                 entries of the copy, published, known to be missing, of the new
 * log failed WORD SENTENCE The ledger thread owns it all. Who goes away ends a copy, and not a
 * rebuild. */
#pragma once

#include "core/core.h"

struct operator_job; /* opaque */

/* A request as it came on the control socket: "backup PATH", "rebuild", "restore
 * report text|json PATH" or "restore open CODE". Takes sub->operator_fd.
 * FATAL errors only; what is wrong with the request goes to who asked. */
SH_MUST_USE sh_err operator_take(struct core *core, struct submission *sub);
/* The next slice of what is in hand, if anything is; no transaction is open. FATAL errors only. */
SH_MUST_USE sh_err operator_work(struct core *core);
/* A WORK_RESUME came out of the ring. */
void operator_resumed(struct core *core);
/* At the end: what was in hand is not finished, and who asked sees the connection close. A
 * destructor. */
void operator_end(struct operator_job **job);
