/* One certificate: read once, its facts kept beside it. What it may contain is profile.c's, whom it
 * chains to is trust.c's. */
#include "crypto/certificate.h"

#include "crypto/der.h"
#include "crypto/digest.h"
#include "crypto/ossl.h"

#include <stdatomic.h>

#define CURVE_URI_PREFIX "urn:safehand:curve:"
#define CURVE_KEY_BYTES  32

struct certificate {
    atomic_uint owners;
    X509 *x509;
    EVP_PKEY *pkey;
    struct buf der;
    struct sh_hash sha256, key_sha256, serial_sha256;
    int64_t not_before_ms, not_after_ms;
};

/* clang-format off: one line, one element */

/* A SubjectPublicKeyInfo for a P-256 key, uncompressed (RFC 5480), up to its 64 bytes of
 * coordinates. */
static const uint8_t p256_key_prefix[] = {
    0x30, 0x59,                                                 /* SubjectPublicKeyInfo */
    0x30, 0x13,                                                 /* AlgorithmIdentifier */
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,       /* id-ecPublicKey */
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, /* prime256v1 */
    0x03, 0x42, 0x00, 0x04,                                     /* BIT STRING, uncompressed */
};

/* clang-format on */

#define P256_KEY_BYTES (sizeof p256_key_prefix + 64)

static sh_err check_algorithms(const X509 *x509)
{
    const X509_ALGOR *outer = NULL;
    X509_get0_signature(NULL, &outer, x509);
    SH_CHECK(X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(x509)) == 0, SH_E_BAD_CERTIFICATE);
    const ASN1_OBJECT *oid = NULL;
    int parameter = V_ASN1_UNDEF;
    X509_ALGOR_get0(&oid, &parameter, NULL, outer);
    SH_CHECK(OBJ_obj2nid(oid) == NID_ecdsa_with_SHA256 && parameter == V_ASN1_UNDEF,
             SH_E_BAD_CERTIFICATE);
    return SH_OK;
}

/* The key: exactly P-256 under its name, and a point that is on the curve (OpenSSL checks that as
 * it decodes). */
static sh_err read_key(struct certificate *cert)
{
    uint8_t der[P256_KEY_BYTES];
    uint8_t *at = der;
    const X509_PUBKEY *info = X509_get_X509_PUBKEY(cert->x509);
    SH_CHECK(i2d_X509_PUBKEY(info, NULL) == (int)sizeof der, ossl_fail(SH_E_BAD_CERTIFICATE));
    SH_CHECK(i2d_X509_PUBKEY(info, &at) == (int)sizeof der, ossl_fail(SH_E_BAD_CERTIFICATE));
    SH_CHECK(memcmp(der, p256_key_prefix, sizeof p256_key_prefix) == 0, SH_E_BAD_CERTIFICATE);
    cert->pkey = X509_get_pubkey(cert->x509);
    SH_CHECK(cert->pkey, ossl_fail(SH_E_BAD_CERTIFICATE));
    return digest_sha256(bytes_of(der, sizeof der), &cert->key_sha256);
}

static sh_err read_serial(struct certificate *cert)
{
    const unsigned char *issuer = NULL;
    size_t issuer_len = 0;
    SH_CHECK(X509_NAME_get0_der(X509_get_issuer_name(cert->x509), &issuer, &issuer_len) == 1,
             ossl_fail(SH_E_BAD_CERTIFICATE));
    uint8_t *serial = NULL;
    int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert->x509), &serial);
    SH_CHECK(serial_len > 0, ossl_fail(SH_E_BAD_CERTIFICATE));
    struct bytes parts[] = {bytes_of(issuer, issuer_len), bytes_of(serial, (size_t)serial_len)};
    sh_err err = digest_sha256_parts(parts, 2, &cert->serial_sha256);
    OPENSSL_free(serial);
    return err;
}

static sh_err read_facts(struct certificate *cert)
{
    SH_TRY(check_algorithms(cert->x509));
    SH_TRY(read_key(cert));
    SH_TRY(read_serial(cert));
    SH_CHECK(ossl_time_ms(X509_get0_notBefore(cert->x509), &cert->not_before_ms) == SH_OK &&
                 ossl_time_ms(X509_get0_notAfter(cert->x509), &cert->not_after_ms) == SH_OK,
             SH_E_BAD_CERTIFICATE);
    /* Decodes and caches the extensions now, so that later readers on several threads find them
     * ready. */
    SH_CHECK(X509_check_purpose(cert->x509, -1, 0) == 1, ossl_fail(SH_E_BAD_CERTIFICATE));
    return digest_sha256(bytes_buf(&cert->der), &cert->sha256);
}

/* A seat is named by the hash of these bytes, so there must be one way only to write a certificate.
 * OpenSSL takes a signature whose last bits are said to be unused for the same one (found by
 * fuzzing, November 2026). */
static sh_err check_encoding(const struct certificate *cert)
{
    const ASN1_BIT_STRING *signature = NULL;
    const long unused_bits = 7;
    uint8_t *again = NULL;
    X509_get0_signature(&signature, NULL, cert->x509);
    SH_CHECK(signature && (signature->flags & unused_bits) == 0, SH_E_BAD_CERTIFICATE);
    int len = i2d_X509(cert->x509, &again);
    SH_CHECK(len > 0, ossl_fail(SH_E_BAD_CERTIFICATE));
    bool same = bytes_equal(bytes_of(again, (size_t)len), bytes_buf(&cert->der));
    OPENSSL_free(again);
    return same ? SH_OK : SH_E_BAD_CERTIFICATE;
}

sh_err certificate_parse(struct bytes der, struct certificate **out)
{
    SH_CHECK(der.len <= SH_CERTIFICATE_BYTES_MAX && der_check_deep(der) == SH_OK,
             SH_E_BAD_CERTIFICATE);
    SH_DEFER(certificate_free) struct certificate *cert = calloc(1, sizeof *cert);
    SH_CHECK(cert, SH_E_NOMEM);
    atomic_init(&cert->owners, 1);
    cert->der.max = SH_CERTIFICATE_BYTES_MAX;
    SH_TRY(buf_append(&cert->der, der));
    const unsigned char *at = der.data;
    cert->x509 = d2i_X509(NULL, &at, (long)der.len);
    SH_CHECK(cert->x509 && at == der.data + der.len, ossl_fail(SH_E_BAD_CERTIFICATE));
    SH_TRY(check_encoding(cert));
    SH_TRY(read_facts(cert));
    *out = cert;
    cert = NULL;
    return SH_OK;
}

struct certificate *certificate_ref(struct certificate *cert)
{
    atomic_fetch_add_explicit(&cert->owners, 1, memory_order_relaxed);
    return cert;
}

void certificate_free(struct certificate **cert_p)
{
    struct certificate *cert = *cert_p;
    *cert_p = NULL;
    if (!cert || atomic_fetch_sub_explicit(&cert->owners, 1, memory_order_acq_rel) != 1) {
        return;
    }
    EVP_PKEY_free(cert->pkey);
    X509_free(cert->x509);
    buf_wipe(&cert->der);
    free(cert);
}

X509 *certificate_x509(const struct certificate *cert)
{
    return cert->x509;
}

EVP_PKEY *certificate_evp(const struct certificate *cert)
{
    return cert->pkey;
}

struct bytes certificate_der(const struct certificate *cert)
{
    return bytes_buf(&cert->der);
}

const struct sh_hash *certificate_sha256(const struct certificate *cert)
{
    return &cert->sha256;
}

const struct sh_hash *certificate_key_sha256(const struct certificate *cert)
{
    return &cert->key_sha256;
}

const struct sh_hash *certificate_serial_sha256(const struct certificate *cert)
{
    return &cert->serial_sha256;
}

int64_t certificate_not_before_ms(const struct certificate *cert)
{
    return cert->not_before_ms;
}

int64_t certificate_not_after_ms(const struct certificate *cert)
{
    return cert->not_after_ms;
}

/* The bytes of the only name of this type in the SubjectAltName; *out_count says how many there
 * are. */
static struct bytes only_name(const GENERAL_NAMES *names, int type, int *out_count)
{
    struct bytes found = {0};
    *out_count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == type) {
            found = bytes_of(ASN1_STRING_get0_data(name->d.ia5),
                             (size_t)ASN1_STRING_length(name->d.ia5));
            (*out_count)++;
        }
    }
    return found;
}

sh_err certificate_address(const struct certificate *cert, struct address *out)
{
    SH_DEFER(GENERAL_NAMES_freep)
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
    int count = 0;
    struct bytes name = only_name(names, GEN_EMAIL, &count);
    SH_CHECK(count > 0, ossl_fail(SH_E_NOT_FOUND));
    SH_CHECK(count == 1, SH_E_BAD_ADDRESS);
    return address_parse(name, out);
}

sh_err certificate_curve_key(const struct certificate *cert, uint8_t out[32])
{
    SH_DEFER(GENERAL_NAMES_freep)
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
    int count = 0;
    struct bytes uri = only_name(names, GEN_URI, &count);
    struct bytes prefix = bytes_str(CURVE_URI_PREFIX);
    SH_CHECK(count == 1 && uri.len == prefix.len + 2 * CURVE_KEY_BYTES, ossl_fail(SH_E_NOT_FOUND));
    SH_CHECK(memcmp(uri.data, prefix.data, prefix.len) == 0, SH_E_NOT_FOUND);
    char digits[2 * CURVE_KEY_BYTES + 1] = "";
    char again[sizeof digits];
    memcpy(digits, uri.data + prefix.len, sizeof digits - 1);
    uint8_t key[CURVE_KEY_BYTES];
    SH_CHECK(hex_decode(digits, key, sizeof key) == SH_OK, SH_E_NOT_FOUND);
    /* One key, one spelling: capitals would let a key appear twice under two texts. */
    hex_encode(bytes_of(key, sizeof key), again);
    SH_CHECK(strcmp(digits, again) == 0, SH_E_NOT_FOUND);
    memcpy(out, key, sizeof key);
    return SH_OK;
}

sh_err certificate_to_pem(const struct certificate *cert, struct buf *out)
{
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    SH_CHECK(memory, ossl_fail(SH_E_NOMEM));
    SH_CHECK(PEM_write_bio_X509(memory, cert->x509) == 1, ossl_fail(SH_E_CRYPTO));
    return ossl_drain(memory, out);
}

sh_err certificate_from_pem(struct bytes pem, struct certificate **out)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_TRY(ossl_reader(pem, &reader));
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;
    SH_CHECK(PEM_read_bio(reader, &name, &header, &data, &len) == 1,
             ossl_fail(SH_E_BAD_CERTIFICATE));
    bool is_certificate = strcmp(name, PEM_STRING_X509) == 0 && header[0] == '\0' && len > 0;
    sh_err err =
        is_certificate ? certificate_parse(bytes_of(data, (size_t)len), out) : SH_E_BAD_CERTIFICATE;
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    return err;
}
