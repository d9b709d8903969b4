/* A proof as a file (C2SP tlog-proof): that an entry stands in a log, for somebody off line.
 *     c2sp.org/tlog-proof@v1 \n [extra base64 \n] index N \n hashes, base64, one a line \n \n
 * and then the signed checkpoint as it came. The form alone: what the proof leads to is
 * merkle_check_inclusion()'s to say, who signed it note_verify()'s. Any thread. */
#pragma once

#include "tlog/merkle.h"

/* What `extra` may hold: an entry of a log at most. */
#define PROOF_EXTRA_BYTES_MAX 65535u
/* All lines at their longest: extra in base64, 64 hashes, and a checkpoint. */
#define PROOF_FILE_BYTES_MAX                                                                       \
    (128u + (PROOF_EXTRA_BYTES_MAX + 2u) / 3u * 4u + SH_PROOF_HASHES_MAX * 45u +                   \
     SH_CHECKPOINT_BYTES_MAX)

struct proof_file {
    bool has_extra;
    struct bytes extra; /* for the application; nothing vouches for it */
    uint64_t index;
    struct merkle_proof path;
    struct bytes checkpoint; /* the signed note */
};

/* Appends. SH_E_TOO_BIG. */
SH_MUST_USE sh_err proof_file_encode(const struct proof_file *in, struct buf *out);
/* One way of writing each proof is accepted: no leading zeros, canonical base64. out->extra is
 * decoded into *extra (its max is the limit) and borrows it, out->checkpoint borrows `in`.
 * SH_E_FORMAT, SH_E_TOO_BIG. */
SH_MUST_USE sh_err proof_file_decode(struct bytes in, struct buf *extra, struct proof_file *out);
