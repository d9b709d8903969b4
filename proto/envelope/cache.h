/* Which batch signatures have verified. Internal to envelope/; build.h has the public verbs. */
#pragma once

#include "envelope/build.h"

/* What a verified signature vouches for. Borrows all. The signature belongs to it: without it, a
 * message with a broken one would pass here and fail at its reader. */
struct batch_claim {
    const struct sh_hash *cert_sha256;
    uint64_t size;
    const struct sh_hash *root;
    struct bytes signature;
};

bool cache_holds(const struct batch_cache *cache, const struct batch_claim *claim);
/* Makes room by forgetting an older one. */
void cache_add(struct batch_cache *cache, const struct batch_claim *claim);
