/* What a witness remembers, on the disk: a folder (mode 0700) with
 *     vkey              whose memory it is, one line
 *     lock              locked by whoever reads and then writes
 *     HASH.cosigned     the newest cosigned checkpoint of a log, HASH of its origin
 *     evidence/         what was refused and must be looked into
 * Inside audit/ and for its tests. */
#pragma once

#include "audit/witness.h"

#include <limits.h>

/* Makes the folder for a new key. SH_E_EXISTS if it is there. SH_E_IO, SH_E_DISK_FULL. */
SH_MUST_USE sh_err witness_memory_make(const char *memory, const char *vkey, struct sh_why *why);

struct witness_memory {
    const struct witness *witness;
    int lock_fd;
    char path[PATH_MAX]; /* of the log's file */
};
/* Locks it, waiting for others, and checks whose it is. Gives *out: witness_memory_close(). */
SH_MUST_USE sh_err witness_memory_open(const struct witness *witness, const char *origin,
                                       struct witness_memory *out, struct sh_why *why);
void witness_memory_close(struct witness_memory *memory); /* a destructor */

struct witness_known {
    struct checkpoint checkpoint; /* size 0: none */
    struct buf note;
    uint64_t time_s; /* of the cosignature */
};
void witness_known_wipe(struct witness_known *known); /* a destructor; a zeroed one is empty */
SH_MUST_USE sh_err witness_memory_read(const struct witness_memory *memory,
                                       struct witness_known *out, struct sh_why *why);
/* Durable when it returns. */
SH_MUST_USE sh_err witness_memory_write(const struct witness_memory *memory, struct bytes note,
                                        struct sh_why *why);
