/* SHA-256, HMAC-SHA-256 (RFC 2104) and nothing else, over algorithms fetched once. Any thread.
 * They return SH_E_CRYPTO (FATAL) only when the library itself fails. */
#pragma once

#include "base/bytes.h"

SH_MUST_USE sh_err digest_sha256(struct bytes in, struct sh_hash *out);
/* Over the parts in order, as one text. */
SH_MUST_USE sh_err digest_sha256_parts(const struct bytes *parts, size_t parts_len,
                                       struct sh_hash *out);
/* The same many times over, in two thirds of the time: one context, kept between hashes. For what
 * is public, such as a log; it is not cleansed between two hashes. By one thread at a time. */
struct digester;                                        /* opaque */
SH_MUST_USE sh_err digester_new(struct digester **out); /* gives *out: digester_free() */
void digester_free(struct digester **digester);
SH_MUST_USE sh_err digester_sha256_parts(struct digester *digester, const struct bytes *parts,
                                         size_t parts_len, struct sh_hash *out);

SH_MUST_USE sh_err digest_hmac_sha256(struct bytes key, struct bytes in, struct sh_hash *out);
