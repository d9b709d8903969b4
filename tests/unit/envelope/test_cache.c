/* The cache of verified batch signatures: it knows what verified, and nothing else. */
#include "base/cleanup.h"
#include "envelope/cache.h"
#include "support/post.h"

#include <criterion/criterion.h>

struct claim_bytes {
    struct sh_hash cert, root;
    uint8_t signature[SH_SIGNATURE_BYTES_MAX];
};

static struct batch_claim claim_of(struct claim_bytes *bytes, unsigned n)
{
    memset(bytes, 0, sizeof *bytes);
    be32_store(bytes->root.b + 4, n);
    bytes->root.b[0] = (uint8_t)n;
    memset(bytes->signature, 0x30, sizeof bytes->signature);
    return (struct batch_claim){&bytes->cert, 7, &bytes->root, bytes_of(bytes->signature, 71)};
}

Test(envelope, a_claim_is_held_only_in_all_its_parts)
{
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    struct claim_bytes bytes;
    struct batch_claim claim = claim_of(&bytes, 1);
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    cr_assert_not(cache_holds(cache, &claim));
    cache_add(cache, &claim);
    cr_assert(cache_holds(cache, &claim));

    claim.size = 8;
    cr_expect_not(cache_holds(cache, &claim));
    claim.size = 7;
    claim.signature.len = 70;
    cr_expect_not(cache_holds(cache, &claim));
    claim.signature.len = 71;
    bytes.signature[70] ^= 1;
    cr_expect_not(cache_holds(cache, &claim));
    bytes.signature[70] ^= 1;
    bytes.cert.b[31] ^= 1;
    cr_expect_not(cache_holds(cache, &claim));
    bytes.cert.b[31] ^= 1;
    bytes.root.b[31] ^= 1;
    cr_expect_not(cache_holds(cache, &claim));
    bytes.root.b[31] ^= 1;
    cr_expect(cache_holds(cache, &claim));
}

Test(envelope, a_cleared_cache_knows_nothing)
{
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    struct claim_bytes bytes;
    struct batch_claim claim = claim_of(&bytes, 1);
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    cache_add(cache, &claim);
    batch_cache_clear(cache);
    cr_assert_not(cache_holds(cache, &claim));
}

Test(envelope, the_cache_holds_1024_and_then_forgets_the_oldest_of_a_bucket)
{
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    struct claim_bytes bytes;
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    for (unsigned n = 0; n < 1024; n++) {
        struct batch_claim claim = claim_of(&bytes, n);
        cache_add(cache, &claim);
    }
    for (unsigned n = 0; n < 1024; n++) {
        struct batch_claim claim = claim_of(&bytes, n);
        cr_assert(cache_holds(cache, &claim), "%u", n);
    }
    struct batch_claim one_more = claim_of(&bytes, 1024);
    cache_add(cache, &one_more);
    cr_assert(cache_holds(cache, &one_more));
    struct batch_claim oldest = claim_of(&bytes, 0);
    cr_assert_not(cache_holds(cache, &oldest));
    struct batch_claim next = claim_of(&bytes, 256);
    cr_assert(cache_holds(cache, &next));
}

Test(envelope, what_cannot_be_a_batch_is_not_kept)
{
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    struct claim_bytes bytes;
    uint8_t longer[SH_SIGNATURE_BYTES_MAX + 1] = {0};
    struct batch_claim claim = claim_of(&bytes, 1);
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    claim.size = 0;
    cache_add(cache, &claim);
    cr_assert_not(cache_holds(cache, &claim));
    claim.size = 7;
    claim.signature = bytes_of(longer, sizeof longer);
    cache_add(cache, &claim);
    cr_assert_not(cache_holds(cache, &claim));
}

Test(envelope, only_a_signature_that_verified_is_cached)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    struct bytes header = bytes_str("header"), sealed = bytes_str("sealed");
    struct envelope env;
    struct sh_hash root;
    post_make(&post);
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL], *other = &post.pki.seats[DEPUTY];
    cr_assert_eq(envelope_sign_batch(&header, &sealed, 1, seat->sign, &out), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&out), post.arena, &env), SH_OK);
    /* The root of a batch of one is its leaf hash. */
    uint8_t leaf_text[] = "\0header";
    cr_assert_eq(header_hash(bytes_of(leaf_text, sizeof leaf_text - 1), &root), SH_OK);
    struct batch_claim good = {&seat->hash, 1, &root, env.signature};
    struct batch_claim bad = {&other->hash, 1, &root, env.signature};

    cr_assert_eq(envelope_verify(&env, other->sign_cert, cache), SH_E_BAD_BATCH);
    cr_assert_not(cache_holds(cache, &bad));
    cr_assert_not(cache_holds(cache, &good));
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, cache), SH_OK);
    cr_assert(cache_holds(cache, &good));
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, cache), SH_OK);
}

Test(envelope, a_cache_that_is_not_there_can_be_freed)
{
    struct batch_cache *cache = NULL;
    batch_cache_free(&cache);
    cr_assert_null(cache);
}
