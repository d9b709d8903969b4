/* Making, keeping and reading keys. What is done with them stands in sign.c and cms_*.c. */
#include "crypto/key.h"

#include "base/random.h"
#include "crypto/ossl.h"

#include <openssl/pkcs12.h> /* PKCS8_decrypt and PKCS8_set0_pbe live there; no PKCS#12 is read */

SH_DEFINE_FREEP(X509_SIG, X509_SIG_free)
SH_DEFINE_FREEP(X509_ALGOR, X509_ALGOR_free)
SH_DEFINE_FREEP(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
SH_DEFINE_FREEP(PBE2PARAM, PBE2PARAM_free)
SH_DEFINE_FREEP(SCRYPT_PARAMS, SCRYPT_PARAMS_free)

#define RAW_KEY_BYTES     32
#define SCRYPT_N          16384
#define SCRYPT_R          8
#define SCRYPT_P_MAX      8
#define SCRYPT_SALT_BYTES 16
#define SCRYPT_SALT_MAX   64
#define AES_BLOCK_BYTES   16

struct key {
    EVP_PKEY *pkey;
    enum key_type type;
};

static sh_err type_of_evp(const EVP_PKEY *pkey, enum key_type *out)
{
    if (EVP_PKEY_is_a(pkey, "ED25519") == 1) {
        *out = KEY_TYPE_ED25519;
        return SH_OK;
    }
    if (EVP_PKEY_is_a(pkey, "X25519") == 1) {
        *out = KEY_TYPE_X25519;
        return SH_OK;
    }
    char group[32] = "";
    SH_CHECK(EVP_PKEY_is_a(pkey, "EC") == 1, ossl_fail(SH_E_FORMAT));
    SH_CHECK(EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1, ossl_fail(SH_E_FORMAT));
    SH_CHECK(strcmp(group, SN_X9_62_prime256v1) == 0, SH_E_FORMAT);
    *out = KEY_TYPE_P256;
    return SH_OK;
}

sh_err key_from_evp(EVP_PKEY **evp_p, struct key **out)
{
    enum key_type type = KEY_TYPE_P256;
    SH_TRY(type_of_evp(*evp_p, &type));
    struct key *key = malloc(sizeof *key);
    SH_CHECK(key, SH_E_NOMEM);
    *key = (struct key){.pkey = *evp_p, .type = type};
    *evp_p = NULL;
    *out = key;
    return SH_OK;
}

sh_err key_generate(enum key_type type, struct key **out)
{
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *pkey = NULL;
    switch (type) {
    case KEY_TYPE_P256:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        break;
    case KEY_TYPE_ED25519:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case KEY_TYPE_X25519:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
        break;
    }
    SH_CHECK(pkey, ossl_fail(SH_E_CRYPTO));
    return key_from_evp(&pkey, out);
}

void key_free(struct key **key)
{
    if (*key) {
        EVP_PKEY_free((*key)->pkey);
        free(*key);
        *key = NULL;
    }
}

enum key_type key_type_of(const struct key *key)
{
    return key->type;
}

EVP_PKEY *key_evp(const struct key *key)
{
    return key->pkey;
}

/* PBES2 with scrypt and AES-256-CBC (RFC 8018, RFC 7914). Gives *out. */
static sh_err make_encryption(unsigned scrypt_p, X509_ALGOR **out)
{
    uint8_t salt[SCRYPT_SALT_BYTES], iv[AES_BLOCK_BYTES];
    SH_TRY(random_fill(salt, sizeof salt));
    SH_TRY(random_fill(iv, sizeof iv));
    X509_ALGOR *algorithm = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof salt, iv,
                                                  SCRYPT_N, SCRYPT_R, scrypt_p);
    SH_CHECK(algorithm, ossl_fail(SH_E_CRYPTO));
    *out = algorithm;
    return SH_OK;
}

static sh_err encrypt(const struct key *key, const struct secret *passphrase, unsigned scrypt_p,
                      X509_SIG **out)
{
    SH_DEFER(PKCS8_PRIV_KEY_INFO_freep) PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key->pkey);
    SH_CHECK(plain, ossl_fail(SH_E_CRYPTO));
    SH_DEFER(X509_ALGOR_freep) X509_ALGOR *algorithm = NULL;
    SH_TRY(make_encryption(scrypt_p, &algorithm));
    X509_SIG *encrypted =
        PKCS8_set0_pbe((const char *)passphrase->data, (int)passphrase->len, plain, algorithm);
    SH_CHECK(encrypted, ossl_fail(SH_E_CRYPTO));
    algorithm = NULL; /* it belongs to `encrypted` now */
    *out = encrypted;
    return SH_OK;
}

sh_err key_to_pem(const struct key *key, const struct secret *passphrase, unsigned scrypt_p,
                  struct buf *out)
{
    SH_CHECK(scrypt_p >= 1 && scrypt_p <= SCRYPT_P_MAX, SH_E_BUG);
    SH_CHECK(passphrase->data && passphrase->len <= PEM_BUFSIZE, SH_E_TOO_BIG);
    SH_DEFER(X509_SIG_freep) X509_SIG *encrypted = NULL;
    SH_TRY(encrypt(key, passphrase, scrypt_p, &encrypted));
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    SH_CHECK(memory, ossl_fail(SH_E_NOMEM));
    SH_CHECK(PEM_write_bio_PKCS8(memory, encrypted) == 1, ossl_fail(SH_E_CRYPTO));
    return ossl_drain(memory, out);
}

static bool is_scrypt_of_ours(const X509_ALGOR *derivation)
{
    const ASN1_OBJECT *oid = NULL;
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(&oid, &type, &value, derivation);
    if (OBJ_obj2nid(oid) != NID_id_scrypt || type != V_ASN1_SEQUENCE) {
        return false;
    }
    SH_DEFER(SCRYPT_PARAMS_freep)
    SCRYPT_PARAMS *scrypt =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), derivation->parameter);
    /* A file from elsewhere must not choose how much work opening it takes. */
    return scrypt && ASN1_INTEGER_get(scrypt->costParameter) == SCRYPT_N &&
           ASN1_INTEGER_get(scrypt->blockSize) == SCRYPT_R &&
           ASN1_INTEGER_get(scrypt->parallelizationParameter) >= 1 &&
           ASN1_INTEGER_get(scrypt->parallelizationParameter) <= SCRYPT_P_MAX &&
           ASN1_STRING_length(scrypt->salt) <= SCRYPT_SALT_MAX;
}

static sh_err check_encryption(const X509_SIG *encrypted)
{
    const X509_ALGOR *algorithm = NULL;
    X509_SIG_get0(encrypted, &algorithm, NULL);
    const ASN1_OBJECT *oid = NULL;
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(&oid, &type, &value, algorithm);
    SH_CHECK(OBJ_obj2nid(oid) == NID_pbes2 && type == V_ASN1_SEQUENCE, SH_E_FORMAT);
    SH_DEFER(PBE2PARAM_freep)
    PBE2PARAM *scheme = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    SH_CHECK(scheme && is_scrypt_of_ours(scheme->keyfunc), ossl_fail(SH_E_FORMAT));
    X509_ALGOR_get0(&oid, NULL, NULL, scheme->encryption);
    SH_CHECK(OBJ_obj2nid(oid) == NID_aes_256_cbc, SH_E_FORMAT);
    return SH_OK;
}

sh_err key_from_pem(struct bytes pem, const struct secret *passphrase, struct key **out)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_TRY(ossl_reader(pem, &reader));
    SH_DEFER(X509_SIG_freep) X509_SIG *encrypted = PEM_read_bio_PKCS8(reader, NULL, NULL, NULL);
    SH_CHECK(encrypted, ossl_fail(SH_E_FORMAT));
    SH_TRY(check_encryption(encrypted));
    SH_CHECK(passphrase->data && passphrase->len <= PEM_BUFSIZE, SH_E_PASSPHRASE);
    SH_DEFER(PKCS8_PRIV_KEY_INFO_freep)
    PKCS8_PRIV_KEY_INFO *plain =
        PKCS8_decrypt(encrypted, (const char *)passphrase->data, (int)passphrase->len);
    SH_CHECK(plain, ossl_fail(SH_E_PASSPHRASE));
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *pkey = EVP_PKCS82PKEY(plain);
    SH_CHECK(pkey, ossl_fail(SH_E_FORMAT));
    return key_from_evp(&pkey, out);
}

sh_err key_raw_public(const struct key *key, uint8_t out[32])
{
    SH_CHECK(key->type != KEY_TYPE_P256, SH_E_BUG);
    size_t len = RAW_KEY_BYTES;
    SH_CHECK(EVP_PKEY_get_raw_public_key(key->pkey, out, &len) == 1 && len == RAW_KEY_BYTES,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

sh_err key_raw_private(const struct key *key, struct secret *out)
{
    SH_CHECK(key->type != KEY_TYPE_P256, SH_E_BUG);
    SH_DEFER(secret_wipe) struct secret raw = {0};
    SH_TRY(secret_new(RAW_KEY_BYTES, &raw));
    size_t len = RAW_KEY_BYTES;
    SH_CHECK(EVP_PKEY_get_raw_private_key(key->pkey, raw.data, &len) == 1 && len == RAW_KEY_BYTES,
             ossl_fail(SH_E_CRYPTO));
    *out = raw;
    raw = (struct secret){0};
    return SH_OK;
}

sh_err key_from_raw_public_ed25519(const uint8_t raw[32], struct key **out)
{
    SH_DEFER(EVP_PKEY_freep)
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, RAW_KEY_BYTES);
    SH_CHECK(pkey, ossl_fail(SH_E_CRYPTO));
    return key_from_evp(&pkey, out);
}
