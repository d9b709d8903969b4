/* A set of 1,024 places, four to a bucket, for signatures that verified. The bucket is chosen by
 * the root, which is a hash that we computed, so nobody crowds one bucket but by signing for it;
 * within a bucket the oldest goes. It holds no certificates and knows nothing of revocation:
 * whoever loads a directory clears it. */
#include "envelope/cache.h"

#include <stdlib.h>

#define CACHE_WAYS    4u
#define CACHE_BUCKETS 256u

struct cache_entry {
    struct sh_hash cert_sha256;
    struct sh_hash root;
    uint64_t size; /* 0: free */
    size_t signature_len;
    uint8_t signature[SH_SIGNATURE_BYTES_MAX];
};

struct cache_bucket {
    struct cache_entry entries[CACHE_WAYS];
    unsigned next; /* the place to be used next: the free ones first, then the oldest */
};

struct batch_cache {
    struct cache_bucket buckets[CACHE_BUCKETS];
};

sh_err batch_cache_new(struct batch_cache **out)
{
    struct batch_cache *cache = calloc(1, sizeof *cache);
    SH_CHECK(cache, SH_E_NOMEM);
    *out = cache;
    return SH_OK;
}

void batch_cache_free(struct batch_cache **cache)
{
    free(*cache);
    *cache = NULL;
}

void batch_cache_clear(struct batch_cache *cache)
{
    memset(cache, 0, sizeof *cache);
}

bool cache_holds(const struct batch_cache *cache, const struct batch_claim *claim)
{
    const struct cache_bucket *bucket = &cache->buckets[claim->root->b[0]];
    for (unsigned i = 0; i < CACHE_WAYS; i++) {
        const struct cache_entry *e = &bucket->entries[i];
        if (e->size == claim->size && hash_equal(&e->root, claim->root) &&
            hash_equal(&e->cert_sha256, claim->cert_sha256) &&
            bytes_equal(bytes_of(e->signature, e->signature_len), claim->signature)) {
            return true;
        }
    }
    return false;
}

void cache_add(struct batch_cache *cache, const struct batch_claim *claim)
{
    if (claim->size == 0 || claim->signature.len > SH_SIGNATURE_BYTES_MAX) {
        return;
    }
    struct cache_bucket *bucket = &cache->buckets[claim->root->b[0]];
    struct cache_entry *e = &bucket->entries[bucket->next];
    bucket->next = (bucket->next + 1) % CACHE_WAYS;
    e->cert_sha256 = *claim->cert_sha256;
    e->root = *claim->root;
    e->size = claim->size;
    e->signature_len = claim->signature.len;
    memcpy(e->signature, claim->signature.data, claim->signature.len);
}
