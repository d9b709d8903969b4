#include "base/cleanup.h"
#include "crypto/ossl.h"
#include "crypto/sign.h"

#include <criterion/criterion.h>

static struct secret passphrase(const char *text)
{
    struct secret s = {0};
    cr_assert_eq(secret_copy(bytes_str(text), &s), SH_OK);
    return s;
}

Test(crypto, keys_of_all_three_types_come_back_from_their_files)
{
    static const enum key_type types[] = {KEY_TYPE_P256, KEY_TYPE_ED25519, KEY_TYPE_X25519};
    SH_DEFER(secret_wipe) struct secret pass = passphrase("correct horse");
    for (size_t i = 0; i < 3; i++) {
        SH_DEFER(key_free) struct key *key = NULL;
        SH_DEFER(key_free) struct key *again = NULL;
        SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4096);
        cr_assert_eq(key_generate(types[i], &key), SH_OK);
        cr_assert_eq(key_type_of(key), types[i]);
        cr_assert_eq(key_to_pem(key, &pass, 1, &pem), SH_OK);
        cr_assert_eq(buf_terminate(&pem), SH_OK);
        cr_assert(strstr((char *)pem.data, "BEGIN ENCRYPTED PRIVATE KEY"));
        cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &again), SH_OK);
        cr_assert_eq(key_type_of(again), types[i]);
        cr_assert_eq(EVP_PKEY_eq(key_evp(key), key_evp(again)), 1);
    }
}

Test(crypto, a_key_file_opens_with_its_own_passphrase_only)
{
    SH_DEFER(secret_wipe) struct secret pass = passphrase("correct horse");
    SH_DEFER(secret_wipe) struct secret empty = passphrase("");
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(key_free) struct key *again = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4096);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    cr_assert_eq(key_to_pem(key, &pass, 1, &pem), SH_OK);
    for (int i = 0; i < 20; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "wrong %d", i);
        SH_DEFER(secret_wipe) struct secret wrong = passphrase(text);
        cr_assert_eq(key_from_pem(bytes_buf(&pem), &wrong, &again), SH_E_PASSPHRASE);
    }
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &empty, &again), SH_E_PASSPHRASE);
    cr_assert_null(again);
}

Test(crypto, scrypt_costs_outside_1_to_8_are_a_bug)
{
    SH_DEFER(secret_wipe) struct secret pass = passphrase("x");
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(key_free) struct key *again = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4096);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    cr_assert_eq(key_to_pem(key, &pass, 0, &pem), SH_E_BUG);
    cr_assert_eq(key_to_pem(key, &pass, 9, &pem), SH_E_BUG);
    cr_assert_eq(pem.len, 0);
    cr_assert_eq(key_to_pem(key, &pass, 8, &pem), SH_OK);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &again), SH_OK);
}

Test(crypto, a_passphrase_of_1024_bytes_works_and_one_more_does_not)
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(key_free) struct key *again = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(4096);
    SH_DEFER(secret_wipe) struct secret longest = {0};
    SH_DEFER(secret_wipe) struct secret longer = {0};
    cr_assert_eq(secret_new(1024, &longest), SH_OK);
    cr_assert_eq(secret_new(1025, &longer), SH_OK);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &key), SH_OK);
    cr_assert_eq(key_to_pem(key, &longer, 1, &pem), SH_E_TOO_BIG);
    cr_assert_eq(key_to_pem(key, &longest, 1, &pem), SH_OK);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &longest, &again), SH_OK);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &longer, &again), SH_E_PASSPHRASE);
}

/* What other programs might have written into a key file. Gives *out the PEM. */
static void write_foreign(EVP_PKEY *pkey, const EVP_CIPHER *cipher, bool plain, struct buf *out)
{
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    int ok = plain ? PEM_write_bio_PrivateKey(memory, pkey, NULL, NULL, 0, NULL, NULL)
                   : PEM_write_bio_PKCS8PrivateKey(memory, pkey, cipher, "x", 1, NULL, NULL);
    cr_assert_eq(ok, 1);
    cr_assert_eq(ossl_drain(memory, out), SH_OK);
}

Test(crypto, a_file_that_is_no_scrypt_key_of_ours_is_a_format_error)
{
    SH_DEFER(secret_wipe) struct secret pass = passphrase("x");
    SH_DEFER(key_free) struct key *key = NULL;
    SH_DEFER(key_free) struct key *again = NULL;
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(8192);
    cr_assert_eq(key_generate(KEY_TYPE_P256, &key), SH_OK);
    cr_assert_eq(key_from_pem(bytes_str(""), &pass, &again), SH_E_FORMAT);
    cr_assert_eq(key_from_pem(bytes_str("not a key"), &pass, &again), SH_E_FORMAT);
    write_foreign(key_evp(key), NULL, true, &pem);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &again), SH_E_FORMAT, "not encrypted");
    buf_reset(&pem);
    write_foreign(key_evp(key), EVP_aes_256_cbc(), false, &pem);
    cr_assert_eq(key_from_pem(bytes_buf(&pem), &pass, &again), SH_E_FORMAT, "PBKDF2");
}

Test(crypto, keys_of_other_types_are_a_format_error)
{
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    SH_DEFER(key_free) struct key *key = NULL;
    cr_assert_eq(key_from_evp(&p384, &key), SH_E_FORMAT);
    cr_assert_eq(key_from_evp(&rsa, &key), SH_E_FORMAT);
    cr_assert_not_null(p384, "stays the caller's on error");
}

Test(crypto, raw_keys_are_32_bytes_and_there_are_none_of_p256)
{
    SH_DEFER(key_free) struct key *log_key = NULL;
    SH_DEFER(key_free) struct key *p256 = NULL;
    SH_DEFER(key_free) struct key *public_only = NULL;
    SH_DEFER(secret_wipe) struct secret raw = {0};
    uint8_t public_bytes[32], again[32];
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &log_key), SH_OK);
    cr_assert_eq(key_generate(KEY_TYPE_P256, &p256), SH_OK);
    cr_assert_eq(key_raw_public(log_key, public_bytes), SH_OK);
    cr_assert_eq(key_raw_private(log_key, &raw), SH_OK);
    cr_assert_eq(raw.len, 32);
    cr_assert_eq(key_from_raw_public_ed25519(public_bytes, &public_only), SH_OK);
    cr_assert_eq(key_raw_public(public_only, again), SH_OK);
    cr_assert_arr_eq(public_bytes, again, 32);
    cr_assert_eq(key_raw_public(p256, again), SH_E_BUG);
    SH_DEFER(secret_wipe) struct secret none = {0};
    cr_assert_eq(key_raw_private(p256, &none), SH_E_BUG);
    cr_assert_eq(key_raw_private(public_only, &none), SH_E_CRYPTO);
    cr_assert_null(none.data);
}

/* RFC 7748 section 6.1: Alice's private key gives her public key. */
Test(crypto, x25519_public_keys_are_those_of_rfc_7748)
{
    uint8_t private_bytes[32], want[32], got[32];
    cr_assert_eq(hex_decode("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                            private_bytes, 32),
                 SH_OK);
    cr_assert_eq(
        hex_decode("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", want, 32),
        SH_OK);
    SH_DEFER(EVP_PKEY_freep)
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_bytes, 32);
    SH_DEFER(key_free) struct key *key = NULL;
    cr_assert_eq(key_from_evp(&pkey, &key), SH_OK);
    cr_assert_null(pkey);
    cr_assert_eq(key_raw_public(key, got), SH_OK);
    cr_assert_arr_eq(got, want, 32);
}
