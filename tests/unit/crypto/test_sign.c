#include "crypto/ossl.h"
#include "crypto/sign.h"
#include "fixture.h"

#include <pthread.h>

static struct fixture f;

static void set_up(void)
{
    fixture_make(&f);
}

static void tear_down(void)
{
    fixture_free(&f);
}

TestSuite(crypto_sign, .init = set_up, .fini = tear_down);

static const struct certificate *lead(void)
{
    return f.pki.seats[LEAD].sign_cert;
}

Test(crypto_sign, a_signature_verifies_with_its_label_text_and_certificate)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    struct bytes text = bytes_str("text");
    cr_assert_eq(sign_p256(f.pki.seats[LEAD].sign, SIGN_LABEL_ENVELOPE, text, &signature), SH_OK);
    struct bytes s = bytes_buf(&signature);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, text, s), SH_OK);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_RECEIPT, text, s), SH_E_BAD_SIGNATURE);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, bytes_str("texu"), s),
                 SH_E_BAD_SIGNATURE);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, bytes_str(""), s),
                 SH_E_BAD_SIGNATURE);
    cr_assert_eq(sign_verify_p256(f.pki.seats[DEPUTY].sign_cert, SIGN_LABEL_ENVELOPE, text, s),
                 SH_E_BAD_SIGNATURE);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, text, bytes_of(NULL, 0)),
                 SH_E_BAD_SIGNATURE);
}

/* The NUL behind the label keeps "a" + "bc" apart from "ab" + "c". */
Test(crypto_sign, what_is_signed_is_label_nul_rest)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    cr_assert_eq(sign_p256(f.pki.seats[LEAD].sign, "a", bytes_str("bc"), &signature), SH_OK);
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    cr_assert_eq(
        EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key_evp(f.pki.seats[LEAD].sign)), 1);
    cr_assert_eq(EVP_DigestVerify(ctx, signature.data, signature.len, (const uint8_t *)"a\0bc", 4),
                 1);
    cr_assert_eq(sign_verify_p256(lead(), "ab", bytes_str("c"), bytes_buf(&signature)),
                 SH_E_BAD_SIGNATURE);
}

Test(crypto_sign, no_changed_bit_of_a_signature_verifies)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    struct bytes text = bytes_str("text");
    cr_assert_eq(sign_p256(f.pki.seats[LEAD].sign, SIGN_LABEL_BATCH, text, &signature), SH_OK);
    for (size_t bit = 0; bit < 8 * signature.len; bit++) {
        signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_BATCH, text, bytes_buf(&signature)),
                     SH_E_BAD_SIGNATURE, "bit %zu", bit);
        signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    signature.max++;
    cr_assert_eq(buf_append_u8(&signature, 0), SH_OK);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_BATCH, text, bytes_buf(&signature)),
                 SH_E_BAD_SIGNATURE);
}

/* The same two numbers with a length in the long form: equal to every parser of BER. */
Test(crypto_sign, a_signature_in_ber_does_not_verify)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf ber = BUF_INIT(SH_SIGNATURE_BYTES_MAX + 1);
    struct bytes text = bytes_str("text");
    cr_assert_eq(sign_p256(f.pki.seats[LEAD].sign, SIGN_LABEL_BATCH, text, &signature), SH_OK);
    const uint8_t head[] = {0x30, 0x81, signature.data[1]};
    cr_assert_eq(buf_append(&ber, bytes_of(head, 3)), SH_OK);
    cr_assert_eq(buf_append(&ber, bytes_of(signature.data + 2, signature.len - 2)), SH_OK);
    cr_assert_eq(sign_verify_p256(lead(), SIGN_LABEL_BATCH, text, bytes_buf(&ber)),
                 SH_E_BAD_SIGNATURE);
}

Test(crypto_sign, keys_of_the_wrong_type_are_a_bug)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(128);
    uint8_t signature[64];
    cr_assert_eq(sign_p256(f.pki.log_key, "a", bytes_str("b"), &out), SH_E_BUG);
    cr_assert_eq(sign_ed25519(f.pki.seats[LEAD].sign, bytes_str("b"), signature), SH_E_BUG);
    cr_assert_eq(out.len, 0);
}

struct verify_job {
    struct bytes signature;
    unsigned failures;
};

static void *verify_often(void *arg)
{
    struct verify_job *job = arg;
    for (int i = 0; i < 200; i++) {
        if (sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, bytes_str("text"), job->signature) !=
                SH_OK ||
            sign_verify_p256(lead(), SIGN_LABEL_ENVELOPE, bytes_str("tex"), job->signature) ==
                SH_OK) {
            job->failures++;
        }
    }
    return NULL;
}

Test(crypto_sign, four_threads_verify_with_one_certificate)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    cr_assert_eq(
        sign_p256(f.pki.seats[LEAD].sign, SIGN_LABEL_ENVELOPE, bytes_str("text"), &signature),
        SH_OK);
    pthread_t threads[4];
    struct verify_job jobs[4];
    for (int i = 0; i < 4; i++) {
        jobs[i] = (struct verify_job){.signature = bytes_buf(&signature)};
        cr_assert_eq(pthread_create(&threads[i], NULL, verify_often, &jobs[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(jobs[i].failures, 0);
    }
}

/* RFC 8032 section 7.1, tests 1, 2 and 3. */
static const struct {
    const char *private_hex, *public_hex, *text_hex, *signature_hex;
} ed25519_vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
};

Test(crypto_sign, ed25519_gives_the_signatures_of_rfc_8032)
{
    for (size_t i = 0; i < sizeof ed25519_vectors / sizeof ed25519_vectors[0]; i++) {
        uint8_t private_bytes[32], public_bytes[32], text[2], want[64], got[64];
        size_t text_len = strlen(ed25519_vectors[i].text_hex) / 2;
        cr_assert_eq(hex_decode(ed25519_vectors[i].private_hex, private_bytes, 32), SH_OK);
        cr_assert_eq(hex_decode(ed25519_vectors[i].public_hex, public_bytes, 32), SH_OK);
        cr_assert_eq(hex_decode(ed25519_vectors[i].text_hex, text, text_len), SH_OK);
        cr_assert_eq(hex_decode(ed25519_vectors[i].signature_hex, want, 64), SH_OK);
        SH_DEFER(EVP_PKEY_freep)
        EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private_bytes, 32);
        SH_DEFER(key_free) struct key *key = NULL;
        cr_assert_eq(key_from_evp(&pkey, &key), SH_OK);
        cr_assert_eq(sign_ed25519(key, bytes_of(text, text_len), got), SH_OK);
        cr_assert_arr_eq(got, want, 64);
        cr_assert_eq(sign_verify_ed25519(public_bytes, bytes_of(text, text_len), got), SH_OK);
        cr_assert_eq(sign_verify_ed25519(public_bytes, bytes_str("other"), got),
                     SH_E_BAD_SIGNATURE);
        got[63] ^= 1;
        cr_assert_eq(sign_verify_ed25519(public_bytes, bytes_of(text, text_len), got),
                     SH_E_BAD_SIGNATURE);
    }
}
