/* A witness: remembers the largest checkpoint of each log that it cosigned, and cosigns a larger
 * one only with a proof that the one holds all of the other (C2SP tlog-witness). What it remembers
 * is on the disk before a cosignature leaves this module; several processes may share one memory,
 * which they lock in turn.
 *
 * A witness without its memory would sign a second history of a log that it knew. So the memory is
 * made once, with the key, and its absence is an error, never a fresh start. */
#pragma once

#include "base/clock.h"
#include "tlog/cosign.h"
#include "tlog/merkle.h"

struct witness {
    const char *memory;               /* a folder of witness_memory_make() */
    const struct key *key;            /* Ed25519 */
    const char *name;                 /* of the key */
    const struct note_verifier *logs; /* that it knows; a log with two keys stands here twice */
    size_t logs_len;
    const struct clock *clock;
};

/* What somebody wants cosigned. */
struct witness_offer {
    uint64_t old_size; /* of the tree that the proof starts at: that which the witness remembers */
    struct merkle_proof proof;
    struct bytes note;
};

enum witness_verdict {
    WITNESS_COSIGNED,
    WITNESS_MALFORMED,     /* no checkpoint */
    WITNESS_OLD_TOO_LARGE, /* old_size is more than the checkpoint has */
    WITNESS_UNSIGNED,      /* not, or not well, signed by a key that is known */
    WITNESS_UNKNOWN_LOG,
    WITNESS_STALE,      /* old_size is not what the witness remembers */
    WITNESS_OTHER_ROOT, /* as many entries as remembered, and not the same ones: a split view */
    WITNESS_NO_PROOF,   /* the proof does not hold: it is wrong, or the log was forked */
};

struct witness_answer {
    enum witness_verdict verdict;
    struct checkpoint offered;    /* unless malformed */
    struct checkpoint remembered; /* before this; its size 0: nothing yet. For COSIGNED and from
                                     STALE on */
    struct buf remembered_note;   /* the same, as it was cosigned; empty: nothing yet */
    struct buf line;              /* COSIGNED: the cosignature */
    struct buf note;              /* COSIGNED: the checkpoint with the log's signature and ours */
};
void witness_answer_wipe(struct witness_answer *answer); /* a destructor; a zeroed one is empty */

/* Fills *out, zeroed by the caller. An error means that nothing was found out and nothing signed:
 * SH_E_NOT_FOUND (there is no memory), SH_E_CORRUPT (it is not what this key signed), SH_E_CLOCK
 * (the clock stands before the last cosignature), SH_E_IO, SH_E_DISK_FULL; *why. */
SH_MUST_USE sh_err witness_consider(const struct witness *witness,
                                    const struct witness_offer *offer, struct witness_answer *out,
                                    struct sh_why *why);

/* The size that it remembers of a log; 0: none. Errors as above. */
SH_MUST_USE sh_err witness_remembered_size(const struct witness *witness, const char *origin,
                                           uint64_t *out, struct sh_why *why);
