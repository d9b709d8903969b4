/* Certificates and revocation lists, made and signed. What they hold is profile.c's table. Does not
 * look at any register: it signs what it is told to. */
#include "certs/issue.h"

#include "base/random.h"
#include "certs/profile.h"

#include <limits.h>

/* 16 random bytes with the top bits 01: positive, and never shorter than 16 bytes. */
static sh_err set_random_serial(X509 *cert)
{
    uint8_t serial[ISSUE_SERIAL_BYTES];
    SH_TRY(random_fill(serial, sizeof serial));
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
    SH_DEFER(BN_freep) BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    SH_CHECK(number, SH_E_NOMEM);
    SH_CHECK(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)), SH_E_NOMEM);
    return SH_OK;
}

static sh_err make_time(int64_t ms, ASN1_TIME **out)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)(ms / SH_SECOND_MS));
    SH_CHECK(time, SH_E_NOMEM);
    *out = time;
    return SH_OK;
}

static sh_err set_validity(X509 *cert, const struct issue_order *order)
{
    SH_DEFER(ASN1_TIME_freep) ASN1_TIME *not_before = NULL;
    SH_DEFER(ASN1_TIME_freep) ASN1_TIME *not_after = NULL;
    SH_TRY(make_time(order->not_before_ms, &not_before));
    SH_TRY(make_time(order->not_after_ms, &not_after));
    SH_CHECK(X509_set1_notBefore(cert, not_before) == 1, SH_E_NOMEM);
    SH_CHECK(X509_set1_notAfter(cert, not_after) == 1, SH_E_NOMEM);
    return SH_OK;
}

/* What OpenSSL made, read back the way that everyone else will read it. */
static sh_err parse_made(X509 *made, struct certificate **out)
{
    uint8_t der[SH_CERTIFICATE_BYTES_MAX];
    int len = i2d_X509(made, NULL);
    SH_CHECK(len > 0, ossl_fail(SH_E_CRYPTO));
    SH_CHECK((size_t)len <= sizeof der, SH_E_TOO_BIG);
    uint8_t *p = der;
    SH_CHECK(i2d_X509(made, &p) == len, ossl_fail(SH_E_CRYPTO));
    return certificate_parse(bytes_of(der, (size_t)len), out);
}

sh_err issue_certificate(const struct issuer *issuer, const struct issue_order *order,
                         struct certificate **out)
{
    SH_TRY(profile_check_order(order));
    SH_CHECK((issuer == NULL) == (order->profile == PROFILE_ROOT), SH_E_BUG);
    SH_DEFER(X509_freep) X509 *cert = X509_new();
    SH_CHECK(cert, SH_E_NOMEM);
    X509 *by = issuer ? certificate_x509(issuer->cert) : cert;
    SH_CHECK(X509_set_version(cert, X509_VERSION_3) == 1, ossl_fail(SH_E_CRYPTO));
    SH_TRY(set_random_serial(cert));
    SH_TRY(set_validity(cert, order));
    SH_TRY(profile_set_subject(cert, order));
    SH_CHECK(X509_set_issuer_name(cert, X509_get_subject_name(by)) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(X509_set_pubkey(cert, key_evp(order->subject_key)) == 1, ossl_fail(SH_E_CRYPTO));
    SH_TRY(profile_add_extensions(cert, by, order));
    EVP_PKEY *signer = key_evp(issuer ? issuer->key : order->subject_key);
    SH_CHECK(X509_sign(cert, signer, EVP_sha256()) > 0, ossl_fail(SH_E_CRYPTO));
    SH_DEFER(certificate_free) struct certificate *made = NULL;
    SH_TRY(parse_made(cert, &made));
    struct sh_why why;
    SH_CHECK(certificate_check_profile(made, order->profile, &why) == SH_OK, SH_E_BUG);
    *out = made;
    made = NULL;
    return SH_OK;
}

sh_err issue_serial(const struct certificate *cert, uint8_t out[ISSUE_SERIAL_BYTES])
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate_x509(cert));
    SH_CHECK(ASN1_STRING_length(serial) == ISSUE_SERIAL_BYTES, SH_E_BAD_CERTIFICATE);
    memcpy(out, ASN1_STRING_get0_data(serial), ISSUE_SERIAL_BYTES);
    return SH_OK;
}

static sh_err set_revoked_reason(X509_REVOKED *entry, enum revoked_reason reason)
{
    if (reason == REVOKED_UNSPECIFIED) { /* RFC 5280 section 5.3.1: leave it out */
        return SH_OK;
    }
    SH_DEFER(ASN1_ENUMERATED_freep) ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    SH_CHECK(code && ASN1_ENUMERATED_set(code, (long)reason) == 1, SH_E_NOMEM);
    SH_CHECK(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, X509V3_ADD_APPEND) == 1,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err add_revoked(X509_CRL *crl, const struct revoked *revoked)
{
    SH_DEFER(X509_REVOKED_freep) X509_REVOKED *entry = X509_REVOKED_new();
    SH_DEFER(BN_freep) BIGNUM *number = BN_bin2bn(revoked->serial, ISSUE_SERIAL_BYTES, NULL);
    SH_DEFER(ASN1_INTEGER_freep) ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
    SH_DEFER(ASN1_TIME_freep) ASN1_TIME *at = NULL;
    SH_CHECK(entry && number && serial, SH_E_NOMEM);
    SH_TRY(make_time(revoked->at_ms, &at));
    SH_CHECK(X509_REVOKED_set_serialNumber(entry, serial) == 1, SH_E_NOMEM);
    SH_CHECK(X509_REVOKED_set_revocationDate(entry, at) == 1, SH_E_NOMEM);
    SH_TRY(set_revoked_reason(entry, revoked->reason));
    SH_CHECK(X509_CRL_add0_revoked(crl, entry) == 1, SH_E_NOMEM);
    entry = NULL; /* the list owns it now */
    return SH_OK;
}

static sh_err set_crl_times(X509_CRL *crl, const struct crl_order *order)
{
    SH_DEFER(ASN1_TIME_freep) ASN1_TIME *this_update = NULL;
    SH_DEFER(ASN1_TIME_freep) ASN1_TIME *next_update = NULL;
    SH_TRY(make_time(order->this_update_ms, &this_update));
    SH_TRY(make_time(order->next_update_ms, &next_update));
    SH_CHECK(X509_CRL_set1_lastUpdate(crl, this_update) == 1, SH_E_NOMEM);
    SH_CHECK(X509_CRL_set1_nextUpdate(crl, next_update) == 1, SH_E_NOMEM);
    return SH_OK;
}

static sh_err add_crl_extensions(X509_CRL *crl, X509 *issuer, uint64_t number)
{
    SH_DEFER(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *keyid = NULL;
    SH_TRY(profile_authority_keyid(issuer, &keyid));
    SH_CHECK(
        X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, keyid, 0, X509V3_ADD_APPEND) == 1,
        ossl_fail(SH_E_CRYPTO));
    SH_DEFER(ASN1_INTEGER_freep) ASN1_INTEGER *value = ASN1_INTEGER_new();
    SH_CHECK(value && ASN1_INTEGER_set_uint64(value, number) == 1, SH_E_NOMEM);
    SH_CHECK(X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_APPEND) == 1,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err append_crl(X509_CRL *crl, struct buf *out)
{
    int len = i2d_X509_CRL(crl, NULL);
    SH_CHECK(len > 0, ossl_fail(SH_E_CRYPTO));
    SH_CHECK((size_t)len <= SH_CRL_BYTES_MAX, SH_E_TOO_BIG);
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out, (size_t)len, &room));
    SH_CHECK(i2d_X509_CRL(crl, &room) == len, ossl_fail(SH_E_CRYPTO));
    out->len += (size_t)len;
    return SH_OK;
}

sh_err issue_crl(const struct issuer *issuer, const struct crl_order *order, struct buf *out)
{
    X509 *by = certificate_x509(issuer->cert);
    SH_DEFER(X509_CRL_freep) X509_CRL *crl = X509_CRL_new();
    SH_CHECK(crl, SH_E_NOMEM);
    SH_CHECK(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(X509_CRL_set_issuer_name(crl, X509_get_subject_name(by)) == 1, ossl_fail(SH_E_CRYPTO));
    SH_TRY(set_crl_times(crl, order));
    for (size_t i = 0; i < order->revoked_len; i++) {
        SH_TRY(add_revoked(crl, &order->revoked[i]));
    }
    SH_TRY(add_crl_extensions(crl, by, order->number));
    SH_CHECK(X509_CRL_sort(crl) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(X509_CRL_sign(crl, key_evp(issuer->key), EVP_sha256()) > 0, ossl_fail(SH_E_CRYPTO));
    return append_crl(crl, out);
}

sh_err issue_reason_from_word(const char *word, enum revoked_reason *out)
{
#define X(name, number, text)                                                                      \
    if (strcmp(word, text) == 0) {                                                                 \
        *out = REVOKED_##name;                                                                     \
        return SH_OK;                                                                              \
    }
    ISSUE_REASONS(X)
#undef X
    return SH_E_BAD_CODE;
}

const char *issue_reason_word(enum revoked_reason reason)
{
    switch (reason) {
#define X(name, number, text)                                                                      \
    case REVOKED_##name:                                                                           \
        return text;
        ISSUE_REASONS(X)
#undef X
    }
    return "unspecified";
}
