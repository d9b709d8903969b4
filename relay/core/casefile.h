/* What the relay knows of one thread while it decides about a message of it: the thread's messages
 * by their headers, and the clocks of each. Ledger thread. */
#pragma once

#include "core/core.h"
#include "core/submission.h"
#include "thread/thread.h"

struct casefile {
    struct thread_view thread;       /* view of `messages` */
    struct thread_message *messages; /* with room for one more */
    struct clock_row *clocks; /* of each message; len 0: it started none. Room for one more */
    const int64_t *seqs;      /* of each message in the store */
};

/* What reading the longest thread takes if every header in it is as large as a header can be. A
 * budget, not a reservation: a thread of ten takes some 100 KiB. */
enum { THREAD_MESSAGES_MAX = 2000 };
enum { CASEFILE_BYTES_MAX = 256 * SH_MIB, CASEFILE_COUNT_MAX = 4 * 1024 * 1024 };

/* The thread of the message in hand: sub->casefile, which the submission owns. SH_E_TOO_BIG: it is
 * as long as a thread may be. */
SH_MUST_USE sh_err casefile_of(struct core *core, struct submission *sub);
/* Reads the thread from the store; everything borrows the arena. A thread that nobody has begun is
 * empty. SH_E_TOO_BIG past THREAD_MESSAGES_MAX: no real one comes near, and no message is accepted
 * that would make it longer. SH_E_CORRUPT with *why. */
SH_MUST_USE sh_err casefile_read(struct core *core, const struct sh_id *thread_id,
                                 struct arena *arena, struct casefile *out, struct sh_why *why);
