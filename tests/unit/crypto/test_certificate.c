#include "crypto/der.h"
#include "crypto/digest.h"
#include "fixture.h"
#include "support/forge.h"

static struct fixture f;

static void set_up(void)
{
    fixture_make(&f);
}

static void tear_down(void)
{
    fixture_free(&f);
}

TestSuite(crypto_certificate, .init = set_up, .fini = tear_down);

Test(crypto_certificate, a_seats_facts_are_read_from_its_certificate)
{
    const struct pki_seat *lead = &f.pki.seats[LEAD];
    struct address address;
    uint8_t curve_key[32];
    struct sh_hash hash;
    cr_assert_eq(certificate_address(lead->sign_cert, &address), SH_OK);
    cr_assert_str_eq(address.text, "dsl@999001.school");
    cr_assert_eq(certificate_curve_key(lead->sign_cert, curve_key), SH_OK);
    cr_assert_arr_eq(curve_key, lead->curve_public, 32);
    cr_assert_eq(certificate_curve_key(lead->seal_cert, curve_key), SH_E_NOT_FOUND);
    cr_assert_eq(digest_sha256(certificate_der(lead->sign_cert), &hash), SH_OK);
    cr_assert(hash_equal(&hash, certificate_sha256(lead->sign_cert)));
    cr_assert_eq(certificate_not_before_ms(lead->sign_cert), f.pki.now_ms - ISSUE_BACKDATE_MS);
    cr_assert_eq(certificate_not_after_ms(lead->sign_cert), f.pki.now_ms + ISSUE_SEAT_MS);
    cr_assert_eq(certificate_address(f.pki.root, &address), SH_E_NOT_FOUND);
}

Test(crypto_certificate, an_authority_names_its_sector_and_nobody_else_does)
{
    char sector[16];
    cr_assert_eq(certificate_sector(pki_authority(&f.pki, "police")->cert, sector, sizeof sector),
                 SH_OK);
    cr_assert_str_eq(sector, "police");
    cr_assert_eq(certificate_sector(pki_authority(&f.pki, "police")->cert, sector, 7), SH_OK);
    cr_assert_eq(certificate_sector(pki_authority(&f.pki, "police")->cert, sector, 6),
                 SH_E_NOT_FOUND);
    cr_assert_eq(certificate_sector(f.pki.root, sector, sizeof sector), SH_E_NOT_FOUND);
    cr_assert_eq(certificate_sector(f.pki.seats[LEAD].sign_cert, sector, sizeof sector),
                 SH_E_NOT_FOUND);
}

Test(crypto_certificate, the_same_key_has_the_same_hash_and_every_serial_its_own)
{
    const struct pki_seat *lead = &f.pki.seats[LEAD];
    SH_DEFER(certificate_free)
    struct certificate *again =
        pki_certificate(pki_authority(&f.pki, "school"), PROFILE_SIGN, "dsl@999001.school",
                        lead->sign, lead->curve_public, f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    cr_assert(hash_equal(certificate_key_sha256(again), certificate_key_sha256(lead->sign_cert)));
    cr_assert(
        !hash_equal(certificate_serial_sha256(again), certificate_serial_sha256(lead->sign_cert)));
    cr_assert(!hash_equal(certificate_sha256(again), certificate_sha256(lead->sign_cert)));
    cr_assert(!hash_equal(certificate_key_sha256(lead->seal_cert),
                          certificate_key_sha256(lead->sign_cert)));
}

Test(crypto_certificate, pem_and_der_are_the_same_certificate)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(8192);
    SH_DEFER(certificate_free) struct certificate *again = NULL;
    cr_assert_eq(certificate_to_pem(f.pki.root, &pem), SH_OK);
    cr_assert_eq(certificate_from_pem(bytes_buf(&pem), &again), SH_OK);
    cr_assert(bytes_equal(certificate_der(again), certificate_der(f.pki.root)));
    SH_DEFER(certificate_free) struct certificate *none = NULL;
    cr_assert_eq(certificate_from_pem(bytes_str("nothing"), &none), SH_E_BAD_CERTIFICATE);
    cr_assert_eq(certificate_from_pem(bytes_str(""), &none), SH_E_BAD_CERTIFICATE);
    cr_assert_null(none);
}

Test(crypto_certificate, references_keep_it_alive)
{
    struct certificate *cert = NULL;
    cr_assert_eq(certificate_parse(certificate_der(f.pki.root), &cert), SH_OK);
    struct certificate *other = certificate_ref(cert);
    certificate_free(&cert);
    cr_assert_null(cert);
    cr_assert(bytes_equal(certificate_der(other), certificate_der(f.pki.root)));
    certificate_free(&other);
    certificate_free(&other);
}

static sh_err parse(struct bytes der)
{
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    sh_err err = certificate_parse(der, &cert);
    cr_assert_eq(err == SH_OK, cert != NULL);
    return err;
}

Test(crypto_certificate, bytes_that_are_not_one_der_certificate_are_refused)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_MIB);
    struct bytes good = certificate_der(f.pki.seats[LEAD].sign_cert);
    cr_assert_eq(parse(bytes_of(NULL, 0)), SH_E_BAD_CERTIFICATE);
    for (size_t len = 0; len < good.len; len++) {
        cr_assert_eq(parse(bytes_of(good.data, len)), SH_E_BAD_CERTIFICATE);
    }
    cr_assert_eq(buf_append(&bytes, good), SH_OK);
    cr_assert_eq(parse(bytes_buf(&bytes)), SH_OK);
    cr_assert_eq(buf_append_u8(&bytes, 0), SH_OK);
    cr_assert_eq(parse(bytes_buf(&bytes)), SH_E_BAD_CERTIFICATE, "a byte behind it");
    /* The outermost length in one octet more than it needs. */
    buf_reset(&bytes);
    const uint8_t head[] = {0x30, 0x83, 0x00, good.data[2], good.data[3]};
    cr_assert_eq(good.data[1], 0x82);
    cr_assert_eq(buf_append(&bytes, bytes_of(head, sizeof head)), SH_OK);
    cr_assert_eq(buf_append(&bytes, bytes_of(good.data + 4, good.len - 4)), SH_OK);
    cr_assert_eq(parse(bytes_buf(&bytes)), SH_E_BAD_CERTIFICATE, "BER");
}

static void pad_subject(X509 *x509, const void *how)
{
    const size_t *len = how;
    static unsigned char text[64];
    memset(text, 'a', sizeof text);
    X509_NAME *name = X509_NAME_new();
    for (size_t left = *len; left > 0;) {
        size_t some = left < sizeof text ? left : sizeof text;
        cr_assert_eq(X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName, MBSTRING_ASC,
                                                text, (int)some, -1, 0),
                     1);
        left -= some;
    }
    cr_assert_eq(X509_set_subject_name(x509, name), 1);
    X509_NAME_free(name);
}

Test(crypto_certificate, a_signature_with_bits_said_to_be_unused_is_refused)
{
    struct buf der = BUF_INIT(SH_CERTIFICATE_BYTES_MAX);
    struct certificate *cert = NULL;
    struct bytes whole, inside, element, value;
    cr_assert_eq(buf_append(&der, certificate_der(f.pki.seats[LEAD].sign_cert)), SH_OK);
    whole = bytes_buf(&der);
    cr_assert_eq(der_take_any(&whole, &element, &inside), SH_OK);
    cr_assert_eq(der_take_any(&inside, &element, &value), SH_OK);
    cr_assert_eq(der_take_any(&inside, &element, &value), SH_OK);
    cr_assert_eq(inside.data[0], DER_BIT_STRING);
    uint8_t *unused = &der.data[(size_t)(inside.data - der.data) + 2];
    cr_assert_eq(*unused, 0);
    for (uint8_t bits = 1; bits < 8; bits++) {
        *unused = bits;
        cr_expect_eq(certificate_parse(bytes_buf(&der), &cert), SH_E_BAD_CERTIFICATE, "%u", bits);
    }
    *unused = 0;
    cr_expect_eq(certificate_parse(bytes_buf(&der), &cert), SH_OK);
    certificate_free(&cert);
    buf_wipe(&der);
}

Test(crypto_certificate, one_over_4_kib_is_refused)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    const struct key *issuer = pki_authority(&f.pki, "school")->key;
    size_t len = 2600;
    struct bytes der = {0};
    sh_err err = SH_OK;
    size_t largest = 0;
    for (; err == SH_OK; len++) {
        der = forge_certificate(f.pki.seats[LEAD].sign_cert, issuer, pad_subject, &len, &out);
        err = parse(der);
        largest = err == SH_OK ? der.len : largest;
    }
    cr_assert_eq(err, SH_E_BAD_CERTIFICATE);
    cr_assert_gt(der.len, SH_CERTIFICATE_BYTES_MAX);
    cr_assert_geq(largest, SH_CERTIFICATE_BYTES_MAX - 8);
}

static void set_key(X509 *x509, const void *how)
{
    cr_assert_eq(X509_set_pubkey(x509, (EVP_PKEY *)(uintptr_t)how), 1);
}

Test(crypto_certificate, keys_other_than_named_p256_are_refused)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    const struct key *issuer = pki_authority(&f.pki, "school")->key;
    const struct certificate *good = f.pki.seats[LEAD].sign_cert;
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *p256 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *k256 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    SH_DEFER(EVP_PKEY_freep) EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    cr_assert_eq(parse(forge_certificate(good, issuer, set_key, p256, &out)), SH_OK);
    EVP_PKEY *const bad[] = {p384, k256, rsa, ed};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(parse(forge_certificate(good, issuer, set_key, bad[i], &out)),
                     SH_E_BAD_CERTIFICATE);
    }
    /* The right curve, spelt out instead of named. */
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(p256, "encoding", "explicit"), 1);
    cr_assert_eq(parse(forge_certificate(good, issuer, set_key, p256, &out)), SH_E_BAD_CERTIFICATE);
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(p256, "encoding", "named_curve"), 1);
    static const char *const forms[] = {"compressed", "hybrid"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(EVP_PKEY_set_utf8_string_param(p256, "point-format", forms[i]), 1);
        cr_assert_eq(parse(forge_certificate(good, issuer, set_key, p256, &out)),
                     SH_E_BAD_CERTIFICATE);
    }
}

Test(crypto_certificate, a_signature_other_than_ecdsa_with_sha256_is_refused)
{
    SH_DEFER(X509_freep) X509 *x509 = X509_dup(certificate_x509(f.pki.seats[LEAD].sign_cert));
    cr_assert_gt(X509_sign(x509, key_evp(pki_authority(&f.pki, "school")->key), EVP_sha384()), 0);
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    cr_assert_eq(parse(bytes_of(der, (size_t)len)), SH_E_BAD_CERTIFICATE);
    OPENSSL_free(der);
}

Test(crypto_certificate, every_kind_keeps_to_its_own_profile_and_to_no_other)
{
    const struct pki_seat *lead = &f.pki.seats[LEAD];
    const struct certificate *certs[] = {
        [PROFILE_ROOT] = f.pki.root,
        [PROFILE_AUTHORITY] = f.pki.authorities[0].cert,
        [PROFILE_SIGN] = lead->sign_cert,
        [PROFILE_SEAL] = lead->seal_cert,
        [PROFILE_RECOVERY] = f.pki.desks[0].recovery_cert,
        [PROFILE_DIRECTORY] = f.pki.directory_cert,
    };
    for (int i = 0; i <= PROFILE_DIRECTORY; i++) {
        for (int k = 0; k <= PROFILE_DIRECTORY; k++) {
            struct sh_why why = {{0}};
            sh_err err = certificate_check_profile(certs[i], (enum certificate_profile)k, &why);
            cr_assert_eq(err, i == k ? SH_OK : SH_E_BAD_CERTIFICATE, "%d as %d: %s", i, k,
                         why.text);
            cr_assert_eq(why.text[0] == '\0', i == k);
        }
    }
}

/* One extension other than it must be: value in OpenSSL's notation, NULL for none at all. */
struct change {
    enum certificate_profile profile;
    int nid;
    const char *value;
};

static void change_extension(X509 *x509, const void *how)
{
    const struct change *change = how;
    int at = X509_get_ext_by_NID(x509, change->nid, -1);
    X509_EXTENSION_free(at >= 0 ? X509_delete_ext(x509, at) : NULL);
    if (change->value) {
        X509V3_CTX ctx;
        X509V3_set_ctx(&ctx, x509, x509, NULL, NULL, 0);
        SH_DEFER(X509_EXTENSION_freep)
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &ctx, change->nid, change->value);
        cr_assert_not_null(made, "%s", change->value);
        cr_assert_eq(X509_add_ext(x509, made, -1), 1);
    }
}

#define CURVE_URI "URI:urn:safehand:curve:"
#define HEX64     "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct change changes[] = {
    {PROFILE_SIGN, NID_basic_constraints, NULL},
    {PROFILE_SIGN, NID_basic_constraints, "CA:FALSE"}, /* not critical */
    {PROFILE_SIGN, NID_basic_constraints, "critical,CA:TRUE"},
    {PROFILE_SIGN, NID_basic_constraints, "critical,CA:FALSE,pathlen:0"},
    {PROFILE_SIGN, NID_key_usage, NULL},
    {PROFILE_SIGN, NID_key_usage, "digitalSignature"},
    {PROFILE_SIGN, NID_key_usage, "critical,digitalSignature,nonRepudiation"},
    {PROFILE_SIGN, NID_key_usage, "critical,digitalSignature,keyAgreement"},
    {PROFILE_SIGN, NID_key_usage, "critical,keyAgreement"},
    {PROFILE_SIGN, NID_ext_key_usage, NULL},
    {PROFILE_SIGN, NID_ext_key_usage, "critical,emailProtection"},
    {PROFILE_SIGN, NID_ext_key_usage, "emailProtection,clientAuth"},
    {PROFILE_SIGN, NID_ext_key_usage, "serverAuth"},
    {PROFILE_SIGN, NID_ext_key_usage, "1.2.3.4"},
    {PROFILE_SIGN, NID_subject_alt_name, NULL},
    {PROFILE_SIGN, NID_subject_alt_name, "email:dsl@999001.school"},
    {PROFILE_SIGN, NID_subject_alt_name, CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "critical,email:dsl@999001.school," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:dsl@a.b.school," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:DSL@999001.school," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:a@b.school,email:c@d.school," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:a@b.school,DNS:b.school," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:a@b.school," CURVE_URI HEX64 "," CURVE_URI HEX64},
    {PROFILE_SIGN, NID_subject_alt_name, "email:a@b.school," CURVE_URI "00"},
    {PROFILE_SIGN, NID_subject_alt_name,
     "email:a@b.school," CURVE_URI
     "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"},
    {PROFILE_SIGN, NID_subject_alt_name, "email:a@b.school,URI:urn:safehand:directory"},
    {PROFILE_SIGN, NID_subject_key_identifier, NULL},
    {PROFILE_SIGN, NID_subject_key_identifier, "00112233"},
    {PROFILE_SIGN, NID_authority_key_identifier, NULL},
    {PROFILE_SIGN, NID_crl_distribution_points, "URI:http://example.org/list"},
    {PROFILE_SIGN, NID_certificate_policies, "DER:3007300506032a0304"},
    {PROFILE_SIGN, NID_netscape_comment, "critical,hello"},
    {PROFILE_SEAL, NID_key_usage, "critical,keyAgreement,keyEncipherment"},
    {PROFILE_SEAL, NID_subject_alt_name, "email:dsl@999001.school," CURVE_URI HEX64},
    {PROFILE_RECOVERY, NID_subject_alt_name, "email:dsl@999001.school,URI:urn:safehand:recover"},
    {PROFILE_DIRECTORY, NID_subject_alt_name, "URI:urn:safehand:directory,email:a@b.school"},
    {PROFILE_DIRECTORY, NID_ext_key_usage, "emailProtection"},
    {PROFILE_AUTHORITY, NID_basic_constraints, "critical,CA:TRUE"},
    {PROFILE_AUTHORITY, NID_basic_constraints, "critical,CA:TRUE,pathlen:1"},
    {PROFILE_AUTHORITY, NID_key_usage, "critical,keyCertSign"},
    {PROFILE_AUTHORITY, NID_name_constraints, NULL},
    {PROFILE_AUTHORITY, NID_name_constraints, "permitted;email:.school"},
    {PROFILE_AUTHORITY, NID_name_constraints, "critical,permitted;email:school"},
    {PROFILE_AUTHORITY, NID_name_constraints, "critical,permitted;email:.School"},
    {PROFILE_AUTHORITY, NID_name_constraints,
     "critical,permitted;email:.school,permitted;email:.police"},
    {PROFILE_AUTHORITY, NID_name_constraints,
     "critical,permitted;email:.school,excluded;email:.police"},
    {PROFILE_AUTHORITY, NID_name_constraints, "critical,permitted;DNS:.school"},
    {PROFILE_ROOT, NID_basic_constraints, "critical,CA:TRUE,pathlen:1"},
};

static const struct certificate *of_profile(enum certificate_profile profile)
{
    switch (profile) {
    case PROFILE_ROOT:
        return f.pki.root;
    case PROFILE_AUTHORITY:
        return pki_authority(&f.pki, "school")->cert;
    case PROFILE_SIGN:
        return f.pki.seats[LEAD].sign_cert;
    case PROFILE_SEAL:
        return f.pki.seats[LEAD].seal_cert;
    case PROFILE_RECOVERY:
        return f.pki.desks[0].recovery_cert;
    case PROFILE_DIRECTORY:
        return f.pki.directory_cert;
    }
    return NULL;
}

/* Parsing may refuse it already, for OpenSSL knows some of these for nonsense. */
static sh_err parse_and_check(struct bytes der, enum certificate_profile profile)
{
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    SH_TRY(certificate_parse(der, &cert));
    return certificate_check_profile(cert, profile, NULL);
}

Test(crypto_certificate, no_extension_may_be_missing_added_or_otherwise)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const struct change *c = &changes[i];
        struct bytes der =
            forge_certificate(of_profile(c->profile), f.pki.root_key, change_extension, c, &out);
        cr_assert_eq(parse_and_check(der, c->profile), SH_E_BAD_CERTIFICATE, "case %zu: %s", i,
                     c->value ? c->value : "none");
    }
}

Test(crypto_certificate, an_extension_replaced_by_its_like_is_still_good)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    static const struct change good[] = {
        {PROFILE_SIGN, NID_subject_alt_name, "email:dsl@999001.school," CURVE_URI HEX64},
        {PROFILE_SIGN, NID_key_usage, "critical,digitalSignature"},
        {PROFILE_SIGN, NID_ext_key_usage, "emailProtection"},
        {PROFILE_AUTHORITY, NID_name_constraints, "critical,permitted;email:.social-care"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct bytes der = forge_certificate(of_profile(good[i].profile), f.pki.root_key,
                                             change_extension, &good[i], &out);
        cr_assert_eq(parse_and_check(der, good[i].profile), SH_OK, "case %zu", i);
    }
}

static void change_serial(X509 *x509, const void *how)
{
    SH_DEFER(BN_freep) BIGNUM *number = NULL;
    cr_assert_gt(BN_hex2bn(&number, how), 0);
    cr_assert_not_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)));
}

Test(crypto_certificate, serials_are_positive_and_at_most_20_bytes)
{
    static const struct {
        const char *hex;
        sh_err want;
    } serials[] = {
        {"01", SH_OK},
        {"00112233445566778899AABBCCDDEEFF00112233", SH_OK},
        {"7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", SH_OK},
        {"010112233445566778899AABBCCDDEEFF001122334", SH_E_BAD_CERTIFICATE},
        {"0", SH_E_BAD_CERTIFICATE},
        {"-5", SH_E_BAD_CERTIFICATE},
    };
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        struct bytes der = forge_certificate(f.pki.seats[LEAD].sign_cert, f.pki.root_key,
                                             change_serial, serials[i].hex, &out);
        cr_assert_eq(parse_and_check(der, PROFILE_SIGN), serials[i].want, "%s", serials[i].hex);
    }
}

static void make_version_1(X509 *x509, const void *how)
{
    (void)how;
    cr_assert_eq(X509_set_version(x509, X509_VERSION_1), 1);
}

Test(crypto_certificate, a_version_other_than_3_is_refused)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    struct bytes der =
        forge_certificate(f.pki.seats[LEAD].sign_cert, f.pki.root_key, make_version_1, NULL, &out);
    cr_assert_eq(parse_and_check(der, PROFILE_SIGN), SH_E_BAD_CERTIFICATE);
}

Test(crypto_certificate, two_addresses_are_none)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    SH_DEFER(certificate_free) struct certificate *cert = NULL;
    struct address address;
    const struct change two = {PROFILE_SIGN, NID_subject_alt_name,
                               "email:a@b.school,email:c@d.school"};
    struct bytes der = forge_certificate(f.pki.seats[LEAD].sign_cert, f.pki.root_key,
                                         change_extension, &two, &out);
    cr_assert_eq(certificate_parse(der, &cert), SH_OK);
    cr_assert_eq(certificate_address(cert, &address), SH_E_BAD_ADDRESS);
}

static void name_after_issuer(X509 *x509, const void *how)
{
    (void)how;
    cr_assert_eq(X509_set_subject_name(x509, X509_get_issuer_name(x509)), 1);
}

Test(crypto_certificate, only_a_root_has_its_issuers_name)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_MIB);
    struct bytes der = forge_certificate(f.pki.seats[LEAD].sign_cert, f.pki.root_key,
                                         name_after_issuer, NULL, &out);
    cr_assert_eq(parse_and_check(der, PROFILE_SIGN), SH_E_BAD_CERTIFICATE);
}
