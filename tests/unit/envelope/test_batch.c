/* Signatures of envelopes, alone and in batches: any change to what they cover, or to themselves,
 * is noticed. */
#include "base/cleanup.h"
#include "crypto/sign.h"
#include "support/post.h"

#include <criterion/criterion.h>

#define MANY_MAX SH_BATCH_MAX

/* Envelopes over headers that are no headers: signatures cover bytes. */
struct many {
    size_t len;
    char text[MANY_MAX][32];
    struct bytes headers[MANY_MAX], sealed[MANY_MAX];
    struct buf out[MANY_MAX];
};

static struct many *many_new(size_t len)
{
    struct many *many = calloc(1, sizeof *many);
    cr_assert_not_null(many);
    many->len = len;
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(many->text[i], sizeof many->text[i], "header %zu", i);
        many->headers[i] = bytes_str(many->text[i]);
        many->sealed[i] = bytes_str("sealed");
        many->out[i].max = SH_ENVELOPE_BYTES_MAX;
    }
    return many;
}

static void many_free(struct many **many)
{
    for (size_t i = 0; *many && i < MANY_MAX; i++) {
        buf_wipe(&(*many)->out[i]);
    }
    free(*many);
    *many = NULL;
}

static struct envelope decode_one(const struct post *post, const struct many *many, size_t i)
{
    struct envelope env;
    cr_assert_eq(envelope_decode(bytes_buf(&many->out[i]), post->arena, &env), SH_OK);
    return env;
}

static const size_t SIZES[] = {1, 2, 3, 7, 8, 100, SH_BATCH_MAX};

Test(envelope, batches_of_one_to_4096_verify_envelope_by_envelope)
{
    SH_DEFER(post_free) struct post post;
    post_make(&post);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL];
    for (size_t s = 0; s < sizeof SIZES / sizeof SIZES[0]; s++) {
        SH_DEFER(many_free) struct many *many = many_new(SIZES[s]);
        cr_assert_eq(
            envelope_sign_batch(many->headers, many->sealed, many->len, seat->sign, many->out),
            SH_OK);
        /* Without the cache each costs a signature check: the ends and a sample do. */
        for (size_t i = 0; i < many->len; i += i < 8 || i + 9 > many->len ? 1 : 499) {
            struct envelope env = decode_one(&post, many, i);
            cr_assert_eq(env.batch.size, many->len);
            cr_assert_eq(env.batch.index, i);
            cr_assert(bytes_equal(env.header, many->headers[i]));
            cr_assert_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_OK, "%zu of %zu", i,
                         many->len);
        }
    }
}

Test(envelope, a_batch_of_none_or_of_4097_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(many_free) struct many *many = many_new(2);
    post_make(&post);
    const struct key *key = post.pki.seats[SCHOOL].sign;
    cr_assert_eq(envelope_sign_batch(many->headers, many->sealed, 0, key, many->out),
                 SH_E_BAD_BATCH);
    cr_assert_eq(envelope_sign_batch(many->headers, many->sealed, SH_BATCH_MAX + 1, key, many->out),
                 SH_E_TOO_BIG);
    cr_assert_eq(many->out[0].len, 0);
}

Test(envelope, a_batch_that_fails_half_way_appends_nothing)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(many_free) struct many *many = many_new(3);
    post_make(&post);
    cr_assert_eq(buf_append_str(&many->out[0], "before"), SH_OK);
    many->out[2].max = 20;
    cr_assert_eq(
        envelope_sign_batch(many->headers, many->sealed, 3, post.pki.seats[SCHOOL].sign, many->out),
        SH_E_TOO_BIG);
    cr_assert_eq(many->out[0].len, strlen("before"));
    cr_assert_eq(many->out[1].len, 0);
    cr_assert_eq(many->out[2].len, 0);
}

Test(envelope, an_envelope_signed_alone_verifies_only_unchanged_and_only_by_its_signer)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf copy = BUF_INIT(SH_HEADER_BYTES_MAX);
    post_make(&post);
    letter_write(&post, &l, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&post, &l);
    const struct certificate *cert = post.pki.seats[SCHOOL].sign_cert;
    cr_assert_eq(envelope_verify(&l.env, cert, NULL), SH_OK);
    cr_assert_eq(envelope_verify(&l.env, post.pki.seats[DEPUTY].sign_cert, NULL),
                 SH_E_BAD_SIGNATURE);
    cr_assert_eq(buf_append(&copy, l.env.header), SH_OK);
    struct envelope changed = l.env;
    changed.header = bytes_buf(&copy);
    for (size_t i = 0; i < copy.len; i += 7) {
        copy.data[i] ^= 1;
        cr_assert_eq(envelope_verify(&changed, cert, NULL), SH_E_BAD_SIGNATURE, "byte %zu", i);
        copy.data[i] ^= 1;
    }
    changed.header.len--;
    cr_assert_eq(envelope_verify(&changed, cert, NULL), SH_E_BAD_SIGNATURE);
}

Test(envelope, every_bit_of_a_signature_counts)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(many_free) struct many *many = many_new(1);
    uint8_t signature[SH_SIGNATURE_BYTES_MAX];
    post_make(&post);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL];
    cr_assert_eq(envelope_sign(many->headers[0], many->sealed[0], seat->sign, &many->out[0]),
                 SH_OK);
    struct envelope env = decode_one(&post, many, 0);
    memcpy(signature, env.signature.data, env.signature.len);
    env.signature.data = signature;
    for (size_t bit = 0; bit < 8 * env.signature.len; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_E_BAD_SIGNATURE);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_expect_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_OK);
}

/* Whatever is done to the batch form of envelope 5 of 13. */
typedef void (*batch_change)(struct envelope *env, struct sh_hash *path);

static void change_index(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.index = 4;
}
static void change_size(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.size = 14; /* a path of the same length and shape */
}
static void change_size_beyond(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.size = SH_BATCH_MAX + 1;
}
static void change_index_beyond(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.index = 13;
}
static void change_path(struct envelope *env, struct sh_hash *path)
{
    (void)env;
    path[2].b[31] ^= 1;
}
static void shorten_path(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.path_len--;
}
static void lengthen_path(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.path_len++;
}
static void lengthen_path_beyond(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->batch.path_len = SH_BATCH_PATH_MAX + 1;
}
static void change_header(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->header = bytes_str("header 6");
}
static void cut_signature(struct envelope *env, struct sh_hash *path)
{
    (void)path;
    env->signature.len--;
}

static const batch_change CHANGES[] = {
    change_index, change_size,   change_size_beyond,   change_index_beyond, change_path,
    shorten_path, lengthen_path, lengthen_path_beyond, change_header,       cut_signature,
};

Test(envelope, a_batch_form_that_is_changed_in_any_way_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(many_free) struct many *many = many_new(13);
    SH_DEFER(batch_cache_free) struct batch_cache *cache = NULL;
    post_make(&post);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL];
    cr_assert_eq(batch_cache_new(&cache), SH_OK);
    cr_assert_eq(envelope_sign_batch(many->headers, many->sealed, 13, seat->sign, many->out),
                 SH_OK);
    const struct envelope good = decode_one(&post, many, 5);
    /* The cache knows the good one: it must not let its changed forms through. */
    cr_assert_eq(envelope_verify(&good, seat->sign_cert, cache), SH_OK);
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        struct sh_hash path[SH_BATCH_PATH_MAX + 1] = {0};
        struct envelope bad = good;
        memcpy(path, good.batch.path, good.batch.path_len * sizeof path[0]);
        bad.batch.path = path;
        CHANGES[i](&bad, path);
        cr_expect_eq(envelope_verify(&bad, seat->sign_cert, NULL), SH_E_BAD_BATCH, "change %zu", i);
        cr_expect_eq(envelope_verify(&bad, seat->sign_cert, cache), SH_E_BAD_BATCH, "change %zu",
                     i);
    }
    cr_expect_eq(envelope_verify(&good, post.pki.seats[DEPUTY].sign_cert, cache), SH_E_BAD_BATCH);
    cr_expect_eq(envelope_verify(&good, seat->sign_cert, cache), SH_OK);
}

Test(envelope, a_signature_of_one_form_is_none_of_the_other)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(many_free) struct many *many = many_new(1);
    post_make(&post);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL];
    cr_assert_eq(envelope_sign_batch(many->headers, many->sealed, 1, seat->sign, many->out), SH_OK);
    struct envelope env = decode_one(&post, many, 0);
    env.batch = (struct batch_path){.size = 0};
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_E_BAD_SIGNATURE);
    buf_reset(&many->out[0]);
    cr_assert_eq(envelope_sign(many->headers[0], many->sealed[0], seat->sign, &many->out[0]),
                 SH_OK);
    env = decode_one(&post, many, 0);
    env.batch = (struct batch_path){.size = 1};
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_E_BAD_BATCH);
}

Test(envelope, what_is_signed_has_the_published_bytes)
{
    /* docs/PROTOCOL.md: label, NUL, SHA-256(header); label, NUL, size, root. A second
     * implementation needs both. */
    SH_DEFER(post_free) struct post post;
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    uint8_t leaf_text[] = "\0header";
    uint8_t batch_text[8 + SH_HASH_BYTES] = {[7] = 1};
    struct sh_hash hash;
    post_make(&post);
    const struct pki_seat *seat = &post.pki.seats[SCHOOL];
    cr_assert_eq(header_hash(bytes_str("header"), &hash), SH_OK);
    cr_assert_eq(sign_p256(seat->sign, "safehand/envelope/1", BYTES_FIXED(hash), &signature),
                 SH_OK);
    struct envelope env = {.header = bytes_str("header"), .signature = bytes_buf(&signature)};
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_OK);

    cr_assert_eq(header_hash(bytes_of(leaf_text, sizeof leaf_text - 1), &hash), SH_OK);
    memcpy(batch_text + 8, hash.b, sizeof hash.b);
    buf_reset(&signature);
    cr_assert_eq(sign_p256(seat->sign, "safehand/batch/1", bytes_of(batch_text, sizeof batch_text),
                           &signature),
                 SH_OK);
    env.signature = bytes_buf(&signature);
    env.batch.size = 1;
    cr_assert_eq(envelope_verify(&env, seat->sign_cert, NULL), SH_OK);
}
