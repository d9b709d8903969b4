/* What each kind of certificate must contain, as a table, and the check against it
 * (docs/PROTOCOL.md, "Certificates"). Exact: an extension that the table does not name is refused,
 * known to OpenSSL or not. Looks at one certificate alone; who issued it is trust.c's. */
#include "crypto/der.h"
#include "crypto/ossl.h"

#define RECOVERY_URI     "urn:safehand:recovery"
#define DIRECTORY_URI    "urn:safehand:directory"
#define KEYID_BYTES      20
#define SERIAL_BYTES_MAX 20
#define PATHLEN_NONE     (-1)

SH_DEFINE_FREEP(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
SH_DEFINE_FREEP(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
SH_DEFINE_FREEP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
SH_DEFINE_FREEP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)

struct profile {
    const char *uri; /* the one URI beside a CURVE key's, or NULL */
    long pathlen;
    uint32_t key_usage; /* these bits and no others */
    bool authority, email_protection, has_address, has_curve_key, has_sector, has_issuer_keyid;
};

static const struct profile profiles[] = {
    [PROFILE_ROOT] = {.authority = true,
                      .pathlen = PATHLEN_NONE,
                      .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN},
    [PROFILE_AUTHORITY] = {.authority = true,
                           .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN,
                           .has_sector = true,
                           .has_issuer_keyid = true},
    [PROFILE_SIGN] = {.pathlen = PATHLEN_NONE,
                      .key_usage = KU_DIGITAL_SIGNATURE,
                      .email_protection = true,
                      .has_address = true,
                      .has_curve_key = true,
                      .has_issuer_keyid = true},
    [PROFILE_SEAL] = {.pathlen = PATHLEN_NONE,
                      .key_usage = KU_KEY_AGREEMENT,
                      .email_protection = true,
                      .has_address = true,
                      .has_issuer_keyid = true},
    [PROFILE_RECOVERY] = {.pathlen = PATHLEN_NONE,
                          .key_usage = KU_KEY_AGREEMENT,
                          .email_protection = true,
                          .has_address = true,
                          .has_issuer_keyid = true,
                          .uri = RECOVERY_URI},
    [PROFILE_DIRECTORY] = {.pathlen = PATHLEN_NONE,
                           .key_usage = KU_DIGITAL_SIGNATURE,
                           .has_issuer_keyid = true,
                           .uri = DIRECTORY_URI},
};

static sh_err differs(struct sh_why *why, const char *what)
{
    return sh_fail(why, ossl_fail(SH_E_BAD_CERTIFICATE), "certificate: %s", what);
}

static bool has_extension(const X509 *x509, int nid, bool critical)
{
    int at = X509_get_ext_by_NID(x509, nid, -1);
    return at >= 0 && (X509_EXTENSION_get_critical(X509_get_ext(x509, at)) != 0) == critical;
}

static bool may_have(const struct profile *p, int nid)
{
    switch (nid) {
    case NID_basic_constraints:
    case NID_key_usage:
    case NID_subject_key_identifier:
        return true;
    case NID_authority_key_identifier:
        return p->has_issuer_keyid;
    case NID_ext_key_usage:
        return p->email_protection;
    case NID_subject_alt_name:
        return p->has_address || p->uri;
    case NID_name_constraints:
        return p->has_sector;
    default:
        return false;
    }
}

static sh_err check_extension_list(const X509 *x509, const struct profile *p, struct sh_why *why)
{
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(x509, i));
        if (!may_have(p, OBJ_obj2nid(oid))) {
            return differs(why, "an extension that its profile does not have");
        }
        if (X509_get_ext_by_OBJ(x509, oid, i) >= 0) {
            return differs(why, "an extension twice");
        }
    }
    return SH_OK;
}

static sh_err check_frame(const X509 *x509, struct sh_why *why)
{
    const ASN1_BIT_STRING *issuer_uid = NULL, *subject_uid = NULL;
    X509_get0_uids(x509, &issuer_uid, &subject_uid);
    if (X509_get_version(x509) != X509_VERSION_3 || issuer_uid || subject_uid) {
        return differs(why, "not version 3");
    }
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    int len = ASN1_STRING_length(serial);
    const uint8_t *data = ASN1_STRING_get0_data(serial);
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || len < 1 || len > SERIAL_BYTES_MAX ||
        data[0] == 0) {
        return differs(why, "serial number not positive or longer than 20 bytes");
    }
    return SH_OK;
}

static sh_err check_basic_constraints(const X509 *x509, const struct profile *p, struct sh_why *why)
{
    SH_DEFER(BASIC_CONSTRAINTS_freep)
    BASIC_CONSTRAINTS *basic = X509_get_ext_d2i(x509, NID_basic_constraints, NULL, NULL);
    if (!basic || !has_extension(x509, NID_basic_constraints, true)) {
        return differs(why, "basicConstraints missing or not critical");
    }
    long pathlen = basic->pathlen ? ASN1_INTEGER_get(basic->pathlen) : PATHLEN_NONE;
    if ((basic->ca != 0) != p->authority || pathlen != p->pathlen) {
        return differs(why, "basicConstraints other than its profile's");
    }
    return SH_OK;
}

static sh_err check_key_usage(X509 *x509, const struct profile *p, struct sh_why *why)
{
    if (!has_extension(x509, NID_key_usage, true)) {
        return differs(why, "keyUsage missing or not critical");
    }
    if (X509_get_key_usage(x509) != p->key_usage) {
        return differs(why, "keyUsage other than its profile's");
    }
    return SH_OK;
}

static sh_err check_extended_usage(const X509 *x509, const struct profile *p, struct sh_why *why)
{
    if (!p->email_protection) {
        return SH_OK; /* check_extension_list() has seen to it that there is none */
    }
    SH_DEFER(EXTENDED_KEY_USAGE_freep)
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    if (!usage || !has_extension(x509, NID_ext_key_usage, false) ||
        sk_ASN1_OBJECT_num(usage) != 1 ||
        OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) != NID_email_protect) {
        return differs(why, "extendedKeyUsage other than emailProtection");
    }
    return SH_OK;
}

/* RFC 5280 asks for both; CMS recipients are named by the first (crypto/cms.h). */
static sh_err check_keyids(X509 *x509, const struct profile *p, struct sh_why *why)
{
    SH_DEFER(ASN1_OCTET_STRING_freep)
    ASN1_OCTET_STRING *keyid = X509_get_ext_d2i(x509, NID_subject_key_identifier, NULL, NULL);
    if (!keyid || !has_extension(x509, NID_subject_key_identifier, false) ||
        ASN1_STRING_length(keyid) != KEYID_BYTES) {
        return differs(why, "subjectKeyIdentifier not 20 bytes");
    }
    if (!p->has_issuer_keyid) {
        return SH_OK;
    }
    SH_DEFER(AUTHORITY_KEYID_freep)
    AUTHORITY_KEYID *issuer = X509_get_ext_d2i(x509, NID_authority_key_identifier, NULL, NULL);
    if (!issuer || !has_extension(x509, NID_authority_key_identifier, false) || !issuer->keyid ||
        ASN1_STRING_length(issuer->keyid) != KEYID_BYTES || issuer->issuer || issuer->serial) {
        return differs(why, "authorityKeyIdentifier not a keyid of 20 bytes");
    }
    return SH_OK;
}

static bool name_is(const GENERAL_NAME *name, const char *text)
{
    return bytes_equal(bytes_str(text), bytes_of(ASN1_STRING_get0_data(name->d.ia5),
                                                 (size_t)ASN1_STRING_length(name->d.ia5)));
}

/* How many names there must be; that each is the right one, the callers see to. */
static int names_wanted(const struct profile *p)
{
    return p->has_address + p->has_curve_key + (p->uri != NULL);
}

static sh_err check_names(const struct certificate *cert, const struct profile *p,
                          struct sh_why *why)
{
    if (names_wanted(p) == 0) {
        return SH_OK;
    }
    SH_DEFER(GENERAL_NAMES_freep)
    GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate_x509(cert), NID_subject_alt_name, NULL, NULL);
    if (!names || !has_extension(certificate_x509(cert), NID_subject_alt_name, false) ||
        sk_GENERAL_NAME_num(names) != names_wanted(p)) {
        return differs(why, "subjectAltName has more or fewer names than its profile");
    }
    struct address address;
    uint8_t curve_key[32];
    if (p->has_address && certificate_address(cert, &address) != SH_OK) {
        return differs(why, "no address, or one outside the grammar");
    }
    if (p->has_curve_key && certificate_curve_key(cert, curve_key) != SH_OK) {
        return differs(why, "no CURVE key in its subjectAltName");
    }
    bool has_uri = false;
    for (int i = 0; p->uri && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        has_uri = has_uri || (name->type == GEN_URI && name_is(name, p->uri));
    }
    return has_uri == (p->uri != NULL) ? SH_OK : differs(why, "the URI of its profile is missing");
}

sh_err certificate_sector(const struct certificate *cert, char *out, size_t out_len)
{
    SH_DEFER(NAME_CONSTRAINTS_freep)
    NAME_CONSTRAINTS *names =
        X509_get_ext_d2i(certificate_x509(cert), NID_name_constraints, NULL, NULL);
    SH_CHECK(names && !names->excludedSubtrees &&
                 sk_GENERAL_SUBTREE_num(names->permittedSubtrees) == 1,
             ossl_fail(SH_E_NOT_FOUND));
    const GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(names->permittedSubtrees, 0);
    SH_CHECK(tree->base->type == GEN_EMAIL && !tree->minimum && !tree->maximum, SH_E_NOT_FOUND);
    const char *text = (const char *)ASN1_STRING_get0_data(tree->base->d.ia5);
    size_t len = (size_t)ASN1_STRING_length(tree->base->d.ia5);
    SH_CHECK(len >= 2 && len <= out_len && text[0] == '.', SH_E_NOT_FOUND);
    for (size_t i = 1; i < len; i++) {
        SH_CHECK((text[i] >= 'a' && text[i] <= 'z') || text[i] == '-', SH_E_NOT_FOUND);
    }
    memcpy(out, text + 1, len - 1);
    out[len - 1] = '\0';
    return SH_OK;
}

static sh_err check_sector(const struct certificate *cert, const struct profile *p,
                           struct sh_why *why)
{
    if (!p->has_sector) {
        return SH_OK;
    }
    char sector[SH_ADDRESS_BYTES_MAX + 1];
    if (!has_extension(certificate_x509(cert), NID_name_constraints, true) ||
        certificate_sector(cert, sector, sizeof sector) != SH_OK) {
        return differs(why, "nameConstraints other than one critical permitted;email:.sector");
    }
    return SH_OK;
}

sh_err certificate_check_profile(const struct certificate *cert, enum certificate_profile profile,
                                 struct sh_why *why)
{
    SH_CHECK((unsigned)profile < sizeof profiles / sizeof profiles[0], SH_E_BUG);
    const struct profile *p = &profiles[profile];
    X509 *x509 = certificate_x509(cert);
    SH_TRY(check_frame(x509, why));
    SH_TRY(check_extension_list(x509, p, why));
    SH_TRY(check_basic_constraints(x509, p, why));
    SH_TRY(check_key_usage(x509, p, why));
    SH_TRY(check_extended_usage(x509, p, why));
    SH_TRY(check_keyids(x509, p, why));
    SH_TRY(check_names(cert, p, why));
    SH_TRY(check_sector(cert, p, why));
    bool self_issued = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    if (self_issued != (profile == PROFILE_ROOT)) {
        return differs(why, "self-issued, or a root that is not");
    }
    return SH_OK;
}

sh_err certificate_claimed_profile(const struct certificate *cert, enum certificate_profile *out,
                                   struct sh_why *why)
{
    sh_err err =
        sh_fail(why, SH_E_BAD_CERTIFICATE, "certificate: its keyUsage is that of no profile");
    uint32_t usage = X509_get_key_usage(certificate_x509(cert));
    for (int i = 0; i <= PROFILE_DIRECTORY && err != SH_OK; i++) {
        if (profiles[i].key_usage == usage) {
            *out = (enum certificate_profile)i;
            err = certificate_check_profile(cert, *out, why);
        }
    }
    return err;
}
