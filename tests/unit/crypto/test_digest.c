#include "base/cleanup.h"
#include "base/limits.h"
#include "crypto/digest.h"

#include <criterion/criterion.h>

static void expect_hash(const struct sh_hash *hash, const char *hex)
{
    char text[2 * SH_HASH_BYTES + 1];
    hex_encode(BYTES_FIXED(*hash), text);
    cr_assert_str_eq(text, hex);
}

/* FIPS 180-4 examples, NIST's SHA-256 short message vectors. */
static const struct {
    const char *in_hex, *out_hex;
} sha256_vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"616263", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
    {"11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
    {"6162636462636465636465666465666765666768666768696768696a68696a6b"
     "696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

Test(crypto, sha256_gives_the_published_values)
{
    for (size_t i = 0; i < sizeof sha256_vectors / sizeof sha256_vectors[0]; i++) {
        uint8_t in[128];
        size_t len = strlen(sha256_vectors[i].in_hex) / 2;
        struct sh_hash hash;
        cr_assert_eq(hex_decode(sha256_vectors[i].in_hex, in, len), SH_OK);
        cr_assert_eq(digest_sha256(bytes_of(in, len), &hash), SH_OK);
        expect_hash(&hash, sha256_vectors[i].out_hex);
    }
}

Test(crypto, sha256_of_parts_is_that_of_the_whole)
{
    struct sh_hash whole, parts_hash;
    const struct bytes parts[] = {bytes_str("a"), bytes_of(NULL, 0), bytes_str("bc")};
    cr_assert_eq(digest_sha256(bytes_str("abc"), &whole), SH_OK);
    cr_assert_eq(digest_sha256_parts(parts, 3, &parts_hash), SH_OK);
    cr_assert(hash_equal(&whole, &parts_hash));
    cr_assert_eq(digest_sha256_parts(NULL, 0, &parts_hash), SH_OK);
    expect_hash(&parts_hash, sha256_vectors[0].out_hex);
}

Test(crypto, sha256_of_a_million_letters_is_the_published_value)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    uint8_t *room = NULL;
    struct sh_hash hash;
    cr_assert_eq(buf_reserve(&text, 1000000, &room), SH_OK);
    memset(room, 'a', 1000000);
    cr_assert_eq(digest_sha256(bytes_of(room, 1000000), &hash), SH_OK);
    expect_hash(&hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* RFC 4231, test cases 1, 2, 3, 4, 6 and 7. */
static const struct {
    const char *key_hex;
    size_t key_repeat;
    const char *in;
    size_t in_repeat;
    const char *out_hex;
} hmac_vectors[] = {
    {"0b", 20, "Hi There", 1, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", 1, "what do ya want for nothing?", 1,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aa", 20, "\xdd", 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819", 1, "\xcd", 50,
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {"aa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 1,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {"aa", 131,
     "This is a test using a larger than block-size key and a larger than block-size data. "
     "The key needs to be hashed before being used by the HMAC algorithm.",
     1, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

Test(crypto, hmac_gives_the_values_of_rfc_4231)
{
    for (size_t i = 0; i < sizeof hmac_vectors / sizeof hmac_vectors[0]; i++) {
        uint8_t key[256];
        size_t unit = strlen(hmac_vectors[i].key_hex) / 2;
        for (size_t k = 0; k < hmac_vectors[i].key_repeat; k++) {
            cr_assert_eq(hex_decode(hmac_vectors[i].key_hex, key + k * unit, unit), SH_OK);
        }
        SH_DEFER(buf_wipe) struct buf in = BUF_INIT(SH_KIB);
        for (size_t k = 0; k < hmac_vectors[i].in_repeat; k++) {
            cr_assert_eq(buf_append_str(&in, hmac_vectors[i].in), SH_OK);
        }
        struct sh_hash mac;
        struct bytes key_bytes = bytes_of(key, unit * hmac_vectors[i].key_repeat);
        cr_assert_eq(digest_hmac_sha256(key_bytes, bytes_buf(&in), &mac), SH_OK);
        expect_hash(&mac, hmac_vectors[i].out_hex);
    }
}

Test(crypto, hmac_takes_an_empty_key_and_an_empty_text)
{
    struct sh_hash mac;
    cr_assert_eq(digest_hmac_sha256(bytes_of(NULL, 0), bytes_of(NULL, 0), &mac), SH_OK);
    expect_hash(&mac, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

Test(crypto, a_digester_gives_the_same_hashes_one_after_another)
{
    SH_DEFER(digester_free) struct digester *digester = NULL;
    uint8_t text[200] = {0};
    cr_assert_eq(digester_new(&digester), SH_OK);
    for (size_t len = 0; len < sizeof text; len++) {
        const struct bytes parts[] = {bytes_of(text, len / 3), bytes_of(text, len - len / 3)};
        struct sh_hash fresh, kept;
        text[len] = (uint8_t)(3 * len + 1);
        cr_assert_eq(digest_sha256_parts(parts, 2, &fresh), SH_OK);
        cr_assert_eq(digester_sha256_parts(digester, parts, 2, &kept), SH_OK);
        cr_assert(hash_equal(&fresh, &kept), "%zu", len);
    }
}
