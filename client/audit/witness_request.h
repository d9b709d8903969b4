/* The body of an add-checkpoint request (C2SP tlog-witness):
 *     old N \n hashes of the consistency proof, base64, one a line \n \n
 * and then the signed checkpoint. Pure; any thread. */
#pragma once

#include "audit/witness.h"

/* "old N", 63 hashes, the empty line and a checkpoint. */
#define WITNESS_REQUEST_HASHES_MAX 63u
#define WITNESS_REQUEST_BYTES_MAX                                                                  \
    (32u + WITNESS_REQUEST_HASHES_MAX * 45u + 1u + SH_CHECKPOINT_BYTES_MAX)

/* Appends. SH_E_TOO_BIG. */
SH_MUST_USE sh_err witness_request_encode(const struct witness_offer *in, struct buf *out);
/* One way of writing each request is accepted. out->note borrows `in`. SH_E_FORMAT, SH_E_TOO_BIG.
 */
SH_MUST_USE sh_err witness_request_decode(struct bytes in, struct witness_offer *out);
/* "N\n", as a body of text/x.tlog.size. SH_E_FORMAT, SH_E_TOO_BIG. */
SH_MUST_USE sh_err witness_size_decode(struct bytes in, uint64_t *out);

#define WITNESS_SIZE_TYPE "text/x.tlog.size"
