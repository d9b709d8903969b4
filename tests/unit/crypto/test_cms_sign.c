#include "fixture.h"
#include "support/forge.h"

static struct fixture f;
static struct buf message = BUF_INIT(SH_MIB), out = BUF_INIT(SH_MIB);

static const struct pki_seat *lead(void)
{
    return &f.pki.seats[LEAD];
}

static void sign(const char *text)
{
    buf_reset(&message);
    cr_assert_eq(cms_sign(lead()->sign, lead()->sign_cert, bytes_str(text), f.pki.now_ms, &message),
                 SH_OK);
}

static void set_up(void)
{
    fixture_make(&f);
    sign("what was said");
}

static void tear_down(void)
{
    buf_wipe(&message);
    buf_wipe(&out);
    fixture_free(&f);
}

TestSuite(crypto_cms_sign, .init = set_up, .fini = tear_down);

static sh_err verify(struct bytes signed_data, const struct certificate *signer)
{
    buf_reset(&out);
    sh_err err = cms_verify(signed_data, signer, &out);
    cr_assert(err == SH_OK || out.len == 0, "content given out with an error");
    return err;
}

Test(crypto_cms_sign, content_comes_back_from_its_signer)
{
    cr_assert_eq(verify(bytes_buf(&message), lead()->sign_cert), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str("what was said")));
    sign("");
    cr_assert_eq(verify(bytes_buf(&message), lead()->sign_cert), SH_OK, "empty content");
    cr_assert_eq(out.len, 0);
}

Test(crypto_cms_sign, content_of_four_mebibytes_comes_back)
{
    SH_DEFER(buf_wipe) struct buf large = BUF_INIT(SH_CONTENT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf big_message = BUF_INIT(2 * SH_CONTENT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf back = BUF_INIT(SH_CONTENT_BYTES_MAX);
    uint8_t *room = NULL;
    cr_assert_eq(buf_reserve(&large, SH_CONTENT_BYTES_MAX, &room), SH_OK);
    for (size_t i = 0; i < SH_CONTENT_BYTES_MAX; i++) {
        room[i] = (uint8_t)(i * 7);
    }
    large.len = SH_CONTENT_BYTES_MAX;
    cr_assert_eq(
        cms_sign(lead()->sign, lead()->sign_cert, bytes_buf(&large), f.pki.now_ms, &big_message),
        SH_OK);
    cr_assert_eq(cms_verify(bytes_buf(&big_message), lead()->sign_cert, &back), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&large), bytes_buf(&back)));
    SH_DEFER(buf_wipe) struct buf small = BUF_INIT(SH_CONTENT_BYTES_MAX - 1);
    cr_assert_eq(cms_verify(bytes_buf(&big_message), lead()->sign_cert, &small), SH_E_TOO_BIG);
    cr_assert_eq(small.len, 0);
}

Test(crypto_cms_sign, it_appends_behind_what_the_buffer_holds)
{
    SH_DEFER(buf_wipe) struct buf both = BUF_INIT(SH_MIB);
    cr_assert_eq(buf_append_str(&both, "before"), SH_OK);
    cr_assert_eq(cms_sign(lead()->sign, lead()->sign_cert, bytes_str("x"), f.pki.now_ms, &both),
                 SH_OK);
    cr_assert_eq(memcmp(both.data, "before", 6), 0);
    cr_assert_eq(verify(bytes_of(both.data + 6, both.len - 6), lead()->sign_cert), SH_OK);
    cr_assert_eq(cms_verify(bytes_of(both.data + 6, both.len - 6), lead()->sign_cert, &out), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str("xx")));
    SH_DEFER(buf_wipe) struct buf small = BUF_INIT(600);
    cr_assert_eq(cms_sign(lead()->sign, lead()->sign_cert, bytes_str("x"), f.pki.now_ms, &small),
                 SH_E_TOO_BIG);
    cr_assert_eq(small.len, 0);
}

Test(crypto_cms_sign, another_seats_certificate_makes_it_foreign_content)
{
    cr_assert_eq(verify(bytes_buf(&message), f.pki.seats[DEPUTY].sign_cert), SH_E_FOREIGN_CONTENT);
    /* The same key under another certificate is another signer too. */
    SH_DEFER(certificate_free)
    struct certificate *renewed =
        pki_certificate(pki_authority(&f.pki, "school"), PROFILE_SIGN, "dsl@999001.school",
                        lead()->sign, lead()->curve_public, f.pki.now_ms, f.pki.now_ms + SH_DAY_MS);
    cr_assert_eq(verify(bytes_buf(&message), renewed), SH_E_FOREIGN_CONTENT);
}

Test(crypto_cms_sign, a_key_that_is_not_the_certificates_is_a_bug)
{
    buf_reset(&out);
    cr_assert_eq(cms_sign(f.pki.seats[DEPUTY].sign, lead()->sign_cert, bytes_str("x"), 0, &out),
                 SH_E_BUG);
    cr_assert_eq(cms_sign(f.pki.log_key, lead()->sign_cert, bytes_str("x"), 0, &out), SH_E_BUG);
    cr_assert_eq(out.len, 0);
}

Test(crypto_cms_sign, the_signer_is_found_by_the_certificate_inside)
{
    SH_DEFER(certificate_free) struct certificate *signer = NULL;
    SH_DEFER(certificate_free) struct certificate *none = NULL;
    cr_assert_eq(cms_signer(bytes_buf(&message), &signer), SH_OK);
    cr_assert(hash_equal(certificate_sha256(signer), &lead()->hash));
    cr_assert_eq(cms_signer(bytes_str("nothing"), &none), SH_E_CMS_PROFILE);
    cr_assert_null(none);
}

/* Each bit, and each byte turned over. A change may be refused for one reason or another, never let
 * through. */
Test(crypto_cms_sign, no_changed_byte_anywhere_verifies)
{
    struct bytes bytes = bytes_buf(&message);
    for (size_t i = 0; i < bytes.len; i++) {
        for (unsigned change = 0; change < 9; change++) {
            uint8_t mask = (uint8_t)(change < 8 ? 1u << change : 0xffu);
            message.data[i] ^= mask;
            cr_assert_neq(verify(bytes, lead()->sign_cert), SH_OK, "byte %zu mask %02x", i, mask);
            message.data[i] ^= mask;
        }
    }
    cr_assert_eq(verify(bytes, lead()->sign_cert), SH_OK);
}

Test(crypto_cms_sign, no_shortened_message_verifies)
{
    for (size_t len = 0; len < message.len; len++) {
        cr_assert_eq(verify(bytes_of(message.data, len), lead()->sign_cert), SH_E_CMS_PROFILE,
                     "%zu", len);
    }
}

/* A signature over other content, moved here. */
Test(crypto_cms_sign, content_attributes_or_signature_of_another_message_do_not_verify)
{
    SH_DEFER(buf_wipe) struct buf other = BUF_INIT(SH_MIB);
    struct signed_parts ours, theirs;
    cr_assert_eq(
        cms_sign(lead()->sign, lead()->sign_cert, bytes_str("what was sold"), f.pki.now_ms, &other),
        SH_OK);
    forge_signed_open(bytes_buf(&message), &ours);
    forge_signed_open(bytes_buf(&other), &theirs);
    for (int which = 0; which < 3; which++) {
        SH_DEFER(buf_wipe) struct buf mixed = BUF_INIT(SH_MIB);
        struct signed_parts parts = ours;
        parts.content = which == 0 ? theirs.content : ours.content;
        parts.attributes = which == 1 ? theirs.attributes : ours.attributes;
        parts.signature = which == 2 ? theirs.signature : ours.signature;
        forge_signed_close(&parts, &mixed);
        cr_assert_eq(cms_gate_signed(bytes_buf(&mixed), NULL), SH_OK, "its form is right");
        cr_assert_eq(verify(bytes_buf(&mixed), lead()->sign_cert), SH_E_BAD_SIGNATURE, "%d", which);
    }
}

/* The embedded certificate exchanged for the one that the reader expects: the signature is
 * another's. */
Test(crypto_cms_sign, an_exchanged_certificate_does_not_verify)
{
    SH_DEFER(buf_wipe) struct buf mixed = BUF_INIT(SH_MIB);
    struct signed_parts parts;
    forge_signed_open(bytes_buf(&message), &parts);
    parts.certificates = certificate_der(f.pki.seats[DEPUTY].sign_cert);
    forge_signed_close(&parts, &mixed);
    cr_assert_eq(verify(bytes_buf(&mixed), f.pki.seats[DEPUTY].sign_cert), SH_E_BAD_SIGNATURE);
    cr_assert_eq(verify(bytes_buf(&mixed), lead()->sign_cert), SH_E_FOREIGN_CONTENT);
}

/* CMS_add1_signer() takes the hash from the certificate it is given: sign with a twin of it, then
 * put the real one in. Name, key and signature fit; only signingCertificateV2 tells. */
static void change_nothing(X509 *x509, const void *how)
{
    (void)x509;
    (void)how;
}

Test(crypto_cms_sign, signing_certificate_v2_must_name_the_very_certificate)
{
    SH_DEFER(buf_wipe) struct buf der = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf mixed = BUF_INIT(SH_MIB);
    SH_DEFER(certificate_free) struct certificate *twin = NULL;
    struct bytes twin_der = forge_certificate(
        lead()->sign_cert, pki_authority(&f.pki, "school")->key, change_nothing, NULL, &der);
    cr_assert_eq(certificate_parse(twin_der, &twin), SH_OK);
    cr_assert(!hash_equal(certificate_sha256(twin), &lead()->hash),
              "ECDSA signs differently each time");
    struct signed_parts parts;
    forge_signed_open(bytes_buf(&message), &parts);
    parts.certificates = twin_der;
    forge_signed_close(&parts, &mixed);
    cr_assert(forge_openssl_verifies(bytes_buf(&mixed), twin), "OpenSSL alone does not look");
    cr_assert_eq(verify(bytes_buf(&mixed), twin), SH_E_BAD_SIGNATURE);
}

Test(crypto_cms_sign, signing_times_before_and_after_2050_verify)
{
    static const int64_t times_ms[] = {0, INT64_C(2524607999000), INT64_C(2524608000000),
                                       INT64_C(4102444800000)};
    for (size_t i = 0; i < 4; i++) {
        buf_reset(&message);
        cr_assert_eq(
            cms_sign(lead()->sign, lead()->sign_cert, bytes_str("x"), times_ms[i], &message),
            SH_OK);
        cr_assert_eq(verify(bytes_buf(&message), lead()->sign_cert), SH_OK, "case %zu", i);
    }
}
