/* The certificate profiles as a table, and the extensions made from it. Programmatic, never through
 * OpenSSL's configuration strings, so that no character of an address or a sector can mean
 * anything. Does not sign and does not decide who gets what. */
#include "certs/profile.h"

#include <limits.h>

/* Bits of keyUsage, RFC 5280 section 4.2.1.3. */
enum {
    USAGE_DIGITAL_SIGNATURE = 0,
    USAGE_KEY_AGREEMENT = 4,
    USAGE_KEY_CERT_SIGN = 5,
    USAGE_CRL_SIGN = 6,
    USAGE_NONE = -1,
};

#define PATHLEN_NONE (-1)

struct profile {
    bool authority; /* may issue */
    int pathlen;
    int usage[2];
    bool email_protection;
    bool has_sector, has_address, has_curve_key;
    const char *uri;         /* a fixed SAN URI, or NULL */
    const char *common_name; /* NULL: the address */
};

static const struct profile profiles[] = {
    [PROFILE_ROOT] = {.authority = true,
                      .pathlen = PATHLEN_NONE,
                      .usage = {USAGE_KEY_CERT_SIGN, USAGE_CRL_SIGN},
                      .common_name = "Safehand root"},
    [PROFILE_AUTHORITY] = {.authority = true,
                           .usage = {USAGE_KEY_CERT_SIGN, USAGE_CRL_SIGN},
                           .has_sector = true,
                           .common_name = "Safehand authority for "},
    [PROFILE_SIGN] = {.pathlen = PATHLEN_NONE,
                      .usage = {USAGE_DIGITAL_SIGNATURE, USAGE_NONE},
                      .email_protection = true,
                      .has_address = true,
                      .has_curve_key = true},
    [PROFILE_SEAL] = {.pathlen = PATHLEN_NONE,
                      .usage = {USAGE_KEY_AGREEMENT, USAGE_NONE},
                      .email_protection = true,
                      .has_address = true},
    [PROFILE_RECOVERY] = {.pathlen = PATHLEN_NONE,
                          .usage = {USAGE_KEY_AGREEMENT, USAGE_NONE},
                          .email_protection = true,
                          .has_address = true,
                          .uri = "urn:safehand:recovery"},
    [PROFILE_DIRECTORY] = {.pathlen = PATHLEN_NONE,
                           .usage = {USAGE_DIGITAL_SIGNATURE, USAGE_NONE},
                           .uri = "urn:safehand:directory",
                           .common_name = "Safehand directory"},
};

/* X.520 upper bounds, which OpenSSL enforces. */
#define COMMON_NAME_BYTES_MAX  64
#define ORGANISATION_BYTES_MAX 64

#define CURVE_URI_PREFIX "urn:safehand:curve:"

sh_err profile_check_order(const struct issue_order *order)
{
    SH_CHECK((unsigned)order->profile <= PROFILE_DIRECTORY, SH_E_BUG);
    const struct profile *p = &profiles[order->profile];
    SH_CHECK(order->subject_key && key_type_of(order->subject_key) == KEY_TYPE_P256, SH_E_BUG);
    SH_CHECK((order->sector != NULL) == p->has_sector, SH_E_BUG);
    SH_CHECK((order->address != NULL) == p->has_address, SH_E_BUG);
    SH_CHECK((order->curve_key != NULL) == p->has_curve_key, SH_E_BUG);
    SH_CHECK((order->partnership != NULL) == (p->common_name != NULL), SH_E_BUG);
    SH_CHECK(order->not_before_ms < order->not_after_ms, SH_E_BUG);
    return SH_OK;
}

static sh_err add_name_entry(X509_NAME *name, int nid, const char *text, size_t len)
{
    const unsigned char *value = (const unsigned char *)text;
    SH_CHECK(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, value, (int)len, -1, 0) == 1,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

sh_err profile_set_subject(X509 *cert, const struct issue_order *order)
{
    const struct profile *p = &profiles[order->profile];
    SH_DEFER(X509_NAME_freep) X509_NAME *name = X509_NAME_new();
    SH_CHECK(name, SH_E_NOMEM);
    char common[SH_ADDRESS_BYTES_MAX + COMMON_NAME_BYTES_MAX];
    if (p->common_name) {
        SH_TRY(add_name_entry(name, NID_organizationName, order->partnership,
                              strlen(order->partnership)));
        (void)snprintf(common, sizeof common, "%s%s", p->common_name,
                       p->has_sector ? order->sector : "");
    } else {
        (void)snprintf(common, sizeof common, "%s", order->address->text);
    }
    /* An address may be longer than X.520 lets a common name be. The SAN is the name that counts;
     * this one is for people, so it is cut. */
    SH_TRY(add_name_entry(name, NID_commonName, common, strnlen(common, COMMON_NAME_BYTES_MAX)));
    SH_CHECK(X509_set_subject_name(cert, name) == 1, ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err add_extension(X509 *cert, int nid, void *value, bool critical)
{
    SH_CHECK(X509_add1_ext_i2d(cert, nid, value, critical ? 1 : 0, X509V3_ADD_APPEND) == 1,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err add_basic_constraints(X509 *cert, const struct profile *p)
{
    SH_DEFER(BASIC_CONSTRAINTS_freep) BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
    SH_CHECK(basic, SH_E_NOMEM);
    basic->ca = p->authority ? 0xff : 0;
    if (p->authority && p->pathlen != PATHLEN_NONE) {
        basic->pathlen = ASN1_INTEGER_new();
        SH_CHECK(basic->pathlen && ASN1_INTEGER_set(basic->pathlen, p->pathlen) == 1, SH_E_NOMEM);
    }
    return add_extension(cert, NID_basic_constraints, basic, true);
}

static sh_err add_key_usage(X509 *cert, const struct profile *p)
{
    SH_DEFER(ASN1_BIT_STRING_freep) ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    SH_CHECK(usage, SH_E_NOMEM);
    for (size_t i = 0; i < 2; i++) {
        if (p->usage[i] != USAGE_NONE) {
            SH_CHECK(ASN1_BIT_STRING_set_bit(usage, p->usage[i], 1) == 1, SH_E_NOMEM);
        }
    }
    return add_extension(cert, NID_key_usage, usage, true);
}

static sh_err add_email_protection(X509 *cert)
{
    SH_DEFER(EXTENDED_KEY_USAGE_freep) EXTENDED_KEY_USAGE *usage = EXTENDED_KEY_USAGE_new();
    SH_CHECK(usage, SH_E_NOMEM);
    SH_CHECK(sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(NID_email_protect)) > 0, SH_E_NOMEM);
    return add_extension(cert, NID_ext_key_usage, usage, false);
}

/* A GENERAL_NAME of one of the kinds that are an IA5String. Gives *out. */
static sh_err make_general_name(int type, const char *text, GENERAL_NAME **out)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    SH_CHECK(name, SH_E_NOMEM);
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (!value || ASN1_STRING_set(value, text, -1) != 1) {
        ASN1_IA5STRING_free(value);
        GENERAL_NAME_free(name);
        return SH_E_NOMEM;
    }
    GENERAL_NAME_set0_value(name, type, value);
    *out = name;
    return SH_OK;
}

static sh_err push_general_name(GENERAL_NAMES *names, int type, const char *text)
{
    GENERAL_NAME *name = NULL;
    SH_TRY(make_general_name(type, text, &name));
    if (sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        return SH_E_NOMEM;
    }
    return SH_OK;
}

static sh_err add_subject_names(X509 *cert, const struct profile *p,
                                const struct issue_order *order)
{
    SH_DEFER(GENERAL_NAMES_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();
    SH_CHECK(names, SH_E_NOMEM);
    if (p->has_address) {
        SH_TRY(push_general_name(names, GEN_EMAIL, order->address->text));
    }
    if (p->has_curve_key) {
        char uri[sizeof CURVE_URI_PREFIX + 64] = CURVE_URI_PREFIX;
        hex_encode(bytes_of(order->curve_key, 32), uri + strlen(CURVE_URI_PREFIX));
        SH_TRY(push_general_name(names, GEN_URI, uri));
    }
    if (p->uri) {
        SH_TRY(push_general_name(names, GEN_URI, p->uri));
    }
    return add_extension(cert, NID_subject_alt_name, names, false);
}

/* permitted;email:.SECTOR (RFC 5280 section 4.2.1.10): the police's authority cannot mint a
 * school's address. */
static sh_err add_name_constraint(X509 *cert, const char *sector)
{
    char domain[SH_ADDRESS_BYTES_MAX + 2];
    int n = snprintf(domain, sizeof domain, ".%s", sector);
    SH_CHECK(n > 0 && (size_t)n < sizeof domain, SH_E_TOO_BIG);
    SH_DEFER(NAME_CONSTRAINTS_freep) NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    SH_CHECK(constraints, SH_E_NOMEM);
    constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
    SH_CHECK(constraints->permittedSubtrees, SH_E_NOMEM);
    GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
    SH_CHECK(subtree, SH_E_NOMEM);
    if (sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, subtree) <= 0) {
        GENERAL_SUBTREE_free(subtree);
        return SH_E_NOMEM;
    }
    GENERAL_NAME *base = NULL;
    SH_TRY(make_general_name(GEN_EMAIL, domain, &base));
    GENERAL_NAME_free(subtree->base);
    subtree->base = base;
    return add_extension(cert, NID_name_constraints, constraints, true);
}

/* RFC 7093 method 1: the leftmost 160 bits of SHA-256 of the key, so that nothing here needs SHA-1.
 */
static sh_err add_subject_keyid(X509 *cert)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    SH_CHECK(X509_pubkey_digest(cert, EVP_sha256(), hash, NULL) == 1, ossl_fail(SH_E_CRYPTO));
    SH_DEFER(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *keyid = ASN1_OCTET_STRING_new();
    SH_CHECK(keyid && ASN1_OCTET_STRING_set(keyid, hash, 20) == 1, SH_E_NOMEM);
    return add_extension(cert, NID_subject_key_identifier, keyid, false);
}

sh_err profile_authority_keyid(X509 *issuer, AUTHORITY_KEYID **out)
{
    const ASN1_OCTET_STRING *subject_keyid = X509_get0_subject_key_id(issuer);
    SH_CHECK(subject_keyid, SH_E_BAD_CERTIFICATE);
    SH_DEFER(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    SH_CHECK(authority, SH_E_NOMEM);
    authority->keyid = ASN1_OCTET_STRING_dup(subject_keyid);
    SH_CHECK(authority->keyid, SH_E_NOMEM);
    *out = authority;
    authority = NULL;
    return SH_OK;
}

static sh_err add_authority_keyid(X509 *cert, X509 *issuer)
{
    SH_DEFER(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *keyid = NULL;
    SH_TRY(profile_authority_keyid(issuer, &keyid));
    return add_extension(cert, NID_authority_key_identifier, keyid, false);
}

sh_err profile_add_extensions(X509 *cert, X509 *issuer, const struct issue_order *order)
{
    const struct profile *p = &profiles[order->profile];
    SH_TRY(add_basic_constraints(cert, p));
    SH_TRY(add_key_usage(cert, p));
    if (p->email_protection) {
        SH_TRY(add_email_protection(cert));
    }
    if (p->has_address || p->uri) {
        SH_TRY(add_subject_names(cert, p, order));
    }
    if (p->has_sector) {
        SH_TRY(add_name_constraint(cert, order->sector));
    }
    SH_TRY(add_subject_keyid(cert));
    if (cert != issuer) {
        SH_TRY(add_authority_keyid(cert, issuer));
    }
    return SH_OK;
}
