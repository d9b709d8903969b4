/* SHA-256, HMAC-SHA-256 (RFC 2104) and nothing else, over algorithms fetched once. Any thread.
 * They return SH_E_CRYPTO (FATAL) only when the library itself fails. */
#pragma once

#include "base/bytes.h"

SH_MUST_USE sh_err digest_sha256(struct bytes in, struct sh_hash *out);
/* Over the parts in order, as one text. */
SH_MUST_USE sh_err digest_sha256_parts(const struct bytes *parts, size_t parts_len,
                                       struct sh_hash *out);
SH_MUST_USE sh_err digest_hmac_sha256(struct bytes key, struct bytes in, struct sh_hash *out);
