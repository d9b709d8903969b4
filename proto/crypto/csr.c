/* Requests for certificates, made and read. Whether the address may have a seat, and whether the
 * keys were ever used before, is the certificate authority's to judge (certs/request.c). */
#include "crypto/csr.h"

#include "crypto/ossl.h"

#include <openssl/pem.h>

#define CURVE_URI_PREFIX "urn:safehand:curve:"

typedef STACK_OF(X509_EXTENSION) extension_stack;

static void free_extensions(extension_stack **stack)
{
    sk_X509_EXTENSION_pop_free(*stack, X509_EXTENSION_free);
    *stack = NULL;
}

void csr_pair_wipe(struct csr_pair *pair)
{
    key_free(&pair->sign);
    key_free(&pair->seal);
}

/* ---- making ---- */

static sh_err push_name(GENERAL_NAMES *names, int type, const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (!name || !value || ASN1_STRING_set(value, text, -1) != 1) {
        ASN1_IA5STRING_free(value);
        GENERAL_NAME_free(name);
        return SH_E_NOMEM;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        return SH_E_NOMEM;
    }
    return SH_OK;
}

static sh_err add_names(X509_REQ *request, const struct address *address, const uint8_t *curve_key)
{
    SH_DEFER(GENERAL_NAMES_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();
    SH_CHECK(names, SH_E_NOMEM);
    SH_TRY(push_name(names, GEN_EMAIL, address->text));
    if (curve_key) {
        char uri[sizeof CURVE_URI_PREFIX + 64] = CURVE_URI_PREFIX;
        hex_encode(bytes_of(curve_key, 32), uri + strlen(CURVE_URI_PREFIX));
        SH_TRY(push_name(names, GEN_URI, uri));
    }
    SH_DEFER(free_extensions) extension_stack *extensions = NULL;
    SH_CHECK(X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1,
             ossl_fail(SH_E_CRYPTO));
    SH_CHECK(X509_REQ_add_extensions(request, extensions) == 1, ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err append_pem(X509_REQ *request, struct buf *out)
{
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    SH_CHECK(memory, SH_E_NOMEM);
    SH_CHECK(PEM_write_bio_X509_REQ(memory, request) == 1, ossl_fail(SH_E_CRYPTO));
    return ossl_drain(memory, out);
}

static sh_err make_request(const struct key *key, const struct address *address,
                           const uint8_t *curve_key, struct buf *out)
{
    SH_CHECK(key_type_of(key) == KEY_TYPE_P256, SH_E_BUG);
    SH_DEFER(X509_REQ_freep) X509_REQ *request = X509_REQ_new();
    SH_CHECK(request, SH_E_NOMEM);
    SH_CHECK(X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(X509_REQ_set_pubkey(request, key_evp(key)) == 1, ossl_fail(SH_E_CRYPTO));
    SH_TRY(add_names(request, address, curve_key));
    SH_CHECK(X509_REQ_sign(request, key_evp(key), EVP_sha256()) > 0, ossl_fail(SH_E_CRYPTO));
    return append_pem(request, out);
}

sh_err csr_pair_make(const struct address *address, const struct key *sign, const struct key *seal,
                     const uint8_t curve_key[32], struct buf *out)
{
    SH_TRY(make_request(sign, address, curve_key, out));
    return make_request(seal, address, NULL, out);
}

/* ---- reading ---- */

/* Everything that a named-curve, uncompressed P-256 SubjectPublicKeyInfo begins with, so that
 * explicit parameters and compressed points, which OpenSSL reads as the same curve, stay out. */
static const uint8_t spki_p256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
#define SPKI_P256_BYTES (sizeof spki_p256 + 64)

static sh_err check_p256(X509_REQ *request, const char *which, struct sh_why *why)
{
    uint8_t *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &spki);
    bool fits = len == (int)SPKI_P256_BYTES && memcmp(spki, spki_p256, sizeof spki_p256) == 0;
    OPENSSL_free(spki);
    if (!fits) {
        return sh_fail(why, SH_E_FORMAT, "the key of the %s request is not P-256", which);
    }
    return SH_OK;
}

static sh_err check_own_signature(X509_REQ *request, const char *which, struct sh_why *why)
{
    int nid = X509_REQ_get_signature_nid(request);
    if (nid != NID_ecdsa_with_SHA256) {
        return sh_fail(why, SH_E_FORMAT, "the %s request is not signed by ECDSA with SHA-256",
                       which);
    }
    if (X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) != 1) {
        return sh_fail(why, ossl_fail(SH_E_BAD_SIGNATURE),
                       "the %s request is not signed by its own key", which);
    }
    return SH_OK;
}

/* What the SAN of one request holds. */
struct names {
    struct address address;
    uint8_t curve_key[32];
    size_t addresses, curve_keys;
};

static sh_err read_curve_uri(struct bytes uri, uint8_t out[32])
{
    const size_t prefix_len = strlen(CURVE_URI_PREFIX);
    char text[sizeof CURVE_URI_PREFIX + 64];
    SH_CHECK(uri.len == prefix_len + 64 && memcmp(uri.data, CURVE_URI_PREFIX, prefix_len) == 0,
             SH_E_FORMAT);
    memcpy(text, uri.data, uri.len);
    text[uri.len] = '\0';
    return hex_decode(text + prefix_len, out, 32);
}

static sh_err read_name(const GENERAL_NAME *name, const char *which, struct names *out,
                        struct sh_why *why)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_EMAIL && type != GEN_URI) {
        return sh_fail(why, SH_E_FORMAT, "the %s request has a name that is no address", which);
    }
    struct bytes text = bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    if (type == GEN_EMAIL) {
        out->addresses++;
        if (address_parse(text, &out->address) != SH_OK) {
            return sh_fail(why, SH_E_BAD_ADDRESS,
                           "the address in the %s request is not desk@organisation.sector", which);
        }
        return SH_OK;
    }
    out->curve_keys++;
    if (read_curve_uri(text, out->curve_key) != SH_OK) {
        return sh_fail(why, SH_E_FORMAT, "the %s request has a URI that is no CURVE key", which);
    }
    return SH_OK;
}

static sh_err read_names(X509_REQ *request, const char *which, struct names *out,
                         struct sh_why *why)
{
    SH_DEFER(free_extensions) extension_stack *extensions = X509_REQ_get_extensions(request);
    int critical = -1;
    SH_DEFER(GENERAL_NAMES_freep)
    GENERAL_NAMES *names =
        extensions ? X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, NULL) : NULL;
    if (!names || sk_X509_EXTENSION_num(extensions) != 1) {
        return sh_fail(why, SH_E_FORMAT,
                       "the %s request must have subjectAltName and no other extension", which);
    }
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        SH_TRY(read_name(sk_GENERAL_NAME_value(names, i), which, out, why));
    }
    if (out->addresses != 1) {
        return sh_fail(why, SH_E_FORMAT, "the %s request names %zu addresses, not one", which,
                       out->addresses);
    }
    return SH_OK;
}

static sh_err read_one(BIO *memory, const char *which, struct names *out_names,
                       struct key **out_key, struct sh_why *why)
{
    SH_DEFER(X509_REQ_freep) X509_REQ *request = PEM_read_bio_X509_REQ(memory, NULL, NULL, NULL);
    if (!request) {
        return sh_fail(why, ossl_fail(SH_E_FORMAT), "the %s request is missing or not PKCS#10",
                       which);
    }
    SH_TRY(check_p256(request, which, why));
    SH_TRY(check_own_signature(request, which, why));
    SH_TRY(read_names(request, which, out_names, why));
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *public_key = X509_REQ_get_pubkey(request);
    if (!public_key) {
        return sh_fail(why, SH_E_FORMAT, "the key of the %s request cannot be read", which);
    }
    return key_from_evp(&public_key, out_key);
}

static sh_err check_pair(const struct names *sign, const struct names *seal,
                         const struct csr_pair *pair, struct sh_why *why)
{
    if (sign->curve_keys != 1) {
        return sh_fail(why, SH_E_FORMAT, "the sign request gives %zu CURVE keys, not one",
                       sign->curve_keys);
    }
    if (seal->curve_keys != 0) {
        return sh_fail(why, SH_E_FORMAT, "the CURVE key belongs in the sign request alone");
    }
    if (!address_equal(&sign->address, &seal->address)) {
        return sh_fail(why, SH_E_FORMAT, "the two requests name different addresses");
    }
    if (EVP_PKEY_eq(key_evp(pair->sign), key_evp(pair->seal)) != 0) {
        return sh_fail(why, SH_E_DUPLICATE_KEY, "both requests name the same key");
    }
    return SH_OK;
}

sh_err csr_pair_parse(struct bytes pem, struct csr_pair *out, struct sh_why *why)
{
    if (pem.len > CSR_BYTES_MAX) {
        return sh_fail(why, SH_E_TOO_BIG, "a request has at most %u bytes", CSR_BYTES_MAX);
    }
    SH_DEFER(BIO_free_allp) BIO *memory = NULL;
    SH_TRY(ossl_reader(pem, &memory));
    struct names sign = {0};
    struct names seal = {0};
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {0};
    SH_TRY(read_one(memory, "sign", &sign, &pair.sign, why));
    SH_TRY(read_one(memory, "seal", &seal, &pair.seal, why));
    SH_DEFER(X509_REQ_freep) X509_REQ *third = PEM_read_bio_X509_REQ(memory, NULL, NULL, NULL);
    (void)ossl_fail(SH_OK); /* that nothing is left to read is an error to OpenSSL alone */
    if (third) {
        return sh_fail(why, SH_E_FORMAT, "there are more than two requests");
    }
    SH_TRY(check_pair(&sign, &seal, &pair, why));
    *out = pair;
    out->address = sign.address;
    memcpy(out->curve_key, sign.curve_key, sizeof out->curve_key);
    pair = (struct csr_pair){0};
    return SH_OK;
}
