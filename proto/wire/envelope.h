/* envelope.proto: bytes <-> checked structs.
 *
 * Decoders refuse: more than the limit (TOO_BIG), what is not protobuf or lacks a field or has one
 * of the wrong length (FORMAT), a format version other than 1 (BAD_VERSION), unknown fields and
 * every second way of writing the same thing (NOT_CANONICAL: re-encoding must give the input back),
 * text that is not UTF-8 (BAD_TEXT), unknown codes (BAD_CODE), times past the year 9999 (BAD_TIME),
 * addresses outside the grammar (BAD_ADDRESS), unsorted or repeated recipients and seats, none or
 * two `own`, an `own` that is not `from` (BAD_RECIPIENTS), children unsorted, repeated or not of 1
 * to SH_CHILDREN_MAX (BAD_CHILDREN). An arena that is too small is NOMEM. What they give borrows
 * the input and the arena. Encoders append to *out and check the same rules. Pure; any thread. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

SH_MUST_USE sh_err envelope_decode(struct bytes in, struct arena *arena, struct envelope *out);
SH_MUST_USE sh_err envelope_encode(const struct envelope *in, struct buf *out);

SH_MUST_USE sh_err header_decode(struct bytes in, struct arena *arena, struct header *out);
SH_MUST_USE sh_err header_encode(const struct header *in, struct buf *out);

/* The bytes of a Facts alone: equal bytes mean equal facts, which is how a reader compares the
 * header with what stands inside. */
SH_MUST_USE sh_err facts_encode(const struct facts *in, struct buf *out);

SH_MUST_USE sh_err receipt_decode(struct bytes in, struct receipt *out);
SH_MUST_USE sh_err receipt_encode(const struct receipt *in, struct buf *out);
SH_MUST_USE sh_err signed_receipt_decode(struct bytes in, struct arena *arena,
                                         struct signed_receipt *out);
SH_MUST_USE sh_err signed_receipt_encode(const struct signed_receipt *in, struct buf *out);
