#include "crypto/der.h"
#include "fixture.h"
#include "support/forge.h"

static struct fixture f;
static struct buf good = BUF_INIT(SH_MIB), bad = BUF_INIT(SH_MIB), out = BUF_INIT(SH_MIB);

#define DER(...) bytes_of((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static const struct pki_seat *lead(void)
{
    return &f.pki.seats[LEAD];
}

static void set_up(void)
{
    fixture_make(&f);
}

static void tear_down(void)
{
    buf_wipe(&good);
    buf_wipe(&bad);
    buf_wipe(&out);
    fixture_free(&f);
}

TestSuite(crypto_cms_gate_signed, .init = set_up, .fini = tear_down);

static void make_signed(struct signed_parts *parts)
{
    buf_reset(&good);
    cr_assert_eq(cms_sign(lead()->sign, lead()->sign_cert, bytes_str("text"), f.pki.now_ms, &good),
                 SH_OK);
    forge_signed_open(bytes_buf(&good), parts);
}

static void signed_is_refused(struct bytes signed_data, const char *what)
{
    struct sh_why why = {{0}};
    cr_assert_eq(cms_gate_signed(signed_data, &why), SH_E_CMS_PROFILE, "%s", what);
    cr_assert(why.text[0] != '\0');
    buf_reset(&out);
    cr_assert_eq(cms_verify(signed_data, lead()->sign_cert, &out), SH_E_CMS_PROFILE, "%s", what);
    cr_assert_eq(out.len, 0);
}

static void signed_parts_are_refused(const struct signed_parts *parts, const char *what)
{
    buf_reset(&bad);
    forge_signed_close(parts, &bad);
    signed_is_refused(bytes_buf(&bad), what);
}

Test(crypto_cms_gate_signed, what_is_taken_apart_and_put_together_again_passes)
{
    struct signed_parts parts;
    make_signed(&parts);
    buf_reset(&bad);
    forge_signed_close(&parts, &bad);
    cr_assert(bytes_equal(bytes_buf(&good), bytes_buf(&bad)));
    cr_assert_eq(cms_gate_signed(bytes_buf(&bad), NULL), SH_OK);
}

Test(crypto_cms_gate_signed, it_knows_our_content_type)
{
    struct signed_parts parts;
    make_signed(&parts);
    const unsigned char *at = parts.content_type.data;
    SH_DEFER(ASN1_OBJECT_freep)
    ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &at, (long)parts.content_type.len);
    char text[128];
    cr_assert_gt(OBJ_obj2txt(text, sizeof text, oid, 1), 0);
    cr_assert_str_eq(text, CMS_CONTENT_OID);
}

#define STRANGE_LEN 12

static const char *const strange_names[STRANGE_LEN] = {"SHA-1",
                                                       "SHA-384",
                                                       "SHA-512",
                                                       "embedded CRL",
                                                       "two signers",
                                                       "unsignedAttrs",
                                                       "no attributes",
                                                       "named by keyid",
                                                       "id-data",
                                                       "a second certificate",
                                                       "no signingCertificateV2",
                                                       "no certificate"};

static struct forge_sign strange_wish(size_t which, const struct bytes *crl)
{
    struct forge_sign wish = {
        .seat = lead(), .digest = EVP_sha256(), .content_type = CMS_CONTENT_OID};
    static const unsigned flags[STRANGE_LEN] = {
        [6] = CMS_NOATTR, [7] = CMS_USE_KEYID, [11] = CMS_NOCERTS};
    wish.digest = which == 0   ? EVP_sha1()
                  : which == 1 ? EVP_sha384()
                  : which == 2 ? EVP_sha512()
                               : wish.digest;
    wish.crl = which == 3 ? crl : NULL;
    wish.second = which == 4 ? &f.pki.seats[DEPUTY] : NULL;
    wish.unsigned_attribute = which == 5;
    wish.content_type = which == 8 ? NULL : wish.content_type;
    wish.extra = which == 9 ? f.pki.seats[DEPUTY].sign_cert : NULL;
    wish.keep_defaults = which == 10;
    wish.flags = which < STRANGE_LEN ? flags[which] : 0;
    return wish;
}

Test(crypto_cms_gate_signed, what_other_programs_sign_is_refused)
{
    SH_DEFER(buf_wipe) struct buf crl = BUF_INIT(SH_MIB);
    const struct crl_wish fresh = CRL_FRESH;
    fixture_crl(&f, pki_authority(&f.pki, "school"), &fresh, &crl);
    const struct bytes crl_bytes = bytes_buf(&crl);
    for (size_t i = 0; i < STRANGE_LEN; i++) {
        struct forge_sign wish = strange_wish(i, &crl_bytes);
        buf_reset(&bad);
        forge_sign(&wish, bytes_str("text"), &bad);
        signed_is_refused(bytes_buf(&bad), strange_names[i]);
        cr_assert(forge_openssl_verifies(bytes_buf(&bad), lead()->sign_cert), "OpenSSL takes %s",
                  strange_names[i]);
    }
    struct forge_sign ours = strange_wish(STRANGE_LEN, NULL);
    buf_reset(&bad);
    forge_sign(&ours, bytes_str("text"), &bad);
    buf_reset(&out);
    cr_assert_eq(cms_verify(bytes_buf(&bad), lead()->sign_cert, &out), SH_OK,
                 "the same form passes");
}

Test(crypto_cms_gate_signed, the_outside_of_a_signed_message_has_one_form)
{
    struct signed_parts parts;
    make_signed(&parts);
    struct signed_parts p = parts;
    p.version = DER(0x02, 0x01, 0x01);
    signed_parts_are_refused(&p, "version 1");
    p = parts;
    p.digests = DER(0x31, 0x00);
    signed_parts_are_refused(&p, "no digests");
    p = parts;
    p.digests = DER(0x31, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                    0x02, 0x01, 0x05, 0x00);
    signed_parts_are_refused(&p, "NULL parameters");
    p = parts;
    p.content = DER(0x24, 0x06, 0x04, 0x04, 't', 'e', 'x', 't');
    signed_parts_are_refused(&p, "content in pieces");
    p = parts;
    p.content = bytes_of(NULL, 0);
    signed_parts_are_refused(&p, "detached");
    p = parts;
    p.certificates = bytes_of(NULL, 0);
    signed_parts_are_refused(&p, "no certificate");
    p = parts;
    p.crls = DER(0xa1, 0x00);
    signed_parts_are_refused(&p, "an empty set of CRLs");
    p = parts;
    p.behind = DER(0x05, 0x00);
    signed_parts_are_refused(&p, "something behind it");
    p = parts;
    p.second_signer = DER(0x30, 0x00);
    signed_parts_are_refused(&p, "a second signer");
    p = parts;
    p.after_signers = DER(0x05, 0x00);
    signed_parts_are_refused(&p, "something behind the signers");
}

Test(crypto_cms_gate_signed, a_certificate_of_more_than_4_kib_or_other_choice_is_refused)
{
    struct signed_parts parts;
    make_signed(&parts);
    static uint8_t huge[SH_CERTIFICATE_BYTES_MAX + 1] = {
        0x30, 0x82, (SH_CERTIFICATE_BYTES_MAX - 3) >> 8, (SH_CERTIFICATE_BYTES_MAX - 3) & 0xff};
    struct signed_parts p = parts;
    p.certificates = bytes_of(huge, sizeof huge);
    signed_parts_are_refused(&p, "too big");
    huge[3]--;
    p.certificates = bytes_of(huge, sizeof huge - 1);
    buf_reset(&bad);
    forge_signed_close(&p, &bad);
    cr_assert_eq(cms_gate_signed(bytes_buf(&bad), NULL), SH_OK,
                 "its size is right, its bytes are not looked at");
    cr_assert_eq(cms_verify(bytes_buf(&bad), lead()->sign_cert, &out), SH_E_FOREIGN_CONTENT);
    SH_DEFER(certificate_free) struct certificate *signer = NULL;
    cr_assert_eq(cms_signer(bytes_buf(&bad), &signer), SH_E_CMS_PROFILE);
    p.certificates = DER(0xa1, 0x03, 0x02, 0x01, 0x01);
    signed_parts_are_refused(&p, "an attribute certificate");
}

Test(crypto_cms_gate_signed, the_signer_has_one_form)
{
    struct signed_parts parts;
    make_signed(&parts);
    struct signed_parts p = parts;
    p.signer_version = DER(0x02, 0x01, 0x03);
    signed_parts_are_refused(&p, "version 3");
    p = parts;
    p.signer_digest = DER(0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a);
    signed_parts_are_refused(&p, "SHA-1");
    p = parts;
    p.signer_name = DER(0x30, 0x05, 0x30, 0x00, 0x02, 0x01, 0x00);
    signed_parts_are_refused(&p, "serial zero");
    p = parts;
    p.attributes = bytes_of(NULL, 0);
    signed_parts_are_refused(&p, "no attributes");
    p = parts;
    p.signature_algorithm =
        DER(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03);
    signed_parts_are_refused(&p, "ECDSA with SHA-384");
    p = parts;
    p.signature = DER(0x04, 0x09, 0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01);
    signed_parts_are_refused(&p, "a signature with a zero too many");
    p = parts;
    p.unsigned_attributes = DER(0xa1, 0x00);
    signed_parts_are_refused(&p, "an empty set of unsigned attributes");
}

/* The four attributes of a good message, in its order. */
static void split_attributes(struct bytes in, struct bytes out_four[4])
{
    for (size_t i = 0; i < 4; i++) {
        struct bytes value;
        cr_assert_eq(der_take_any(&in, &out_four[i], &value), SH_OK);
    }
    cr_assert_eq(in.len, 0);
}

static void attributes_are_refused(const struct signed_parts *parts, const struct bytes *list,
                                   size_t len, const char *what)
{
    SH_DEFER(buf_wipe) struct buf all = BUF_INIT(SH_MIB);
    for (size_t i = 0; i < len; i++) {
        cr_assert_eq(buf_append(&all, list[i]), SH_OK);
    }
    struct signed_parts p = *parts;
    p.attributes = bytes_buf(&all);
    signed_parts_are_refused(&p, what);
}

Test(crypto_cms_gate_signed, signed_attributes_are_the_four_in_order)
{
    struct signed_parts parts;
    struct bytes four[4], list[5];
    make_signed(&parts);
    split_attributes(parts.attributes, four);
    for (size_t leave = 0; leave < 4; leave++) {
        size_t len = 0;
        for (size_t i = 0; i < 4; i++) {
            if (i != leave) {
                list[len++] = four[i];
            }
        }
        attributes_are_refused(&parts, list, 3, "one is missing");
        list[3] = list[2];
        attributes_are_refused(&parts, list, 4, "one twice");
        list[3] = DER(0x30, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00);
        attributes_are_refused(&parts, list, 4, "another instead");
    }
    for (size_t i = 0; i + 1 < 4; i++) {
        memcpy(list, four, sizeof four);
        list[i] = four[i + 1];
        list[i + 1] = four[i];
        attributes_are_refused(&parts, list, 4, "out of order");
    }
    memcpy(list, four, sizeof four);
    list[4] = DER(0x30, 0x81, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00);
    attributes_are_refused(&parts, list, 5, "a fifth");
}

Test(crypto_cms_gate_signed, attributes_hold_what_they_must)
{
    struct signed_parts parts;
    struct bytes four[4], list[4];
    make_signed(&parts);
    split_attributes(parts.attributes, four); /* signingTime is the shortest, so the first */
    const struct bytes times[] = {
        DER(0x30, 0x1c, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05, 0x31,
            0x0f, 0x17, 0x0d, '2', '6', '1', '1', '2', '0', '1', '0', '0', '0', '0', '0', 'A'),
        DER(0x30, 0x1c, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05, 0x31,
            0x0f, 0x17, 0x0d, '2', '6', '1', '1', '2', '0', '1', '0', '0', '0', '-', '0', 'Z'),
        DER(0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05, 0x31,
            0x0d, 0x17, 0x0b, '2', '6', '1', '1', '2', '0', '1', '0', '0', '0', 'Z'),
        DER(0x30, 0x1e, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05, 0x31,
            0x11, 0x18, 0x0f, '2', '0', '2', '6', '1', '1', '2', '0', '1', '0', '0', '0', '0', '0',
            'Z'),
        DER(0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05, 0x31,
            0x00),
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        memcpy(list, four, sizeof four);
        list[0] = times[i];
        attributes_are_refused(&parts, list, 4, "a strange signing time");
    }
    /* Put where DER sorts it, so that nothing but its value is wrong. */
    memcpy(list, four, sizeof four);
    list[0] = DER(0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03,
                  0x31, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);
    list[1] = four[0];
    attributes_are_refused(&parts, list, 4, "contentType id-data");
    uint8_t digest[48];
    memcpy(list, four, sizeof four);
    memcpy(digest, four[2].data, sizeof digest);
    digest[1]--;
    digest[14]--;
    digest[16]--;
    list[2] = bytes_of(digest, sizeof digest);
    attributes_are_refused(&parts, list, 4, "a digest of 31 bytes");
}

/* signingCertificateV2 around a hash of so many bytes. */
static void wrap_hash(size_t len, struct buf *attribute)
{
    static const uint8_t oid[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                  0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f};
    uint8_t hash[2 + SH_HASH_BYTES] = {DER_OCTET_STRING, (uint8_t)len};
    struct buf layers[4] = {BUF_INIT(256), BUF_INIT(256), BUF_INIT(256), BUF_INIT(256)};
    struct bytes id[] = {bytes_of(hash, 2 + len), DER(0x30, 0x00)};
    forge_wrap(DER_SEQUENCE, id, 2, &layers[0]);
    struct bytes inner = bytes_buf(&layers[0]);
    forge_wrap(DER_SEQUENCE, &inner, 1, &layers[1]);
    inner = bytes_buf(&layers[1]);
    forge_wrap(DER_SEQUENCE, &inner, 1, &layers[2]);
    inner = bytes_buf(&layers[2]);
    forge_wrap(DER_SET, &inner, 1, &layers[3]);
    struct bytes whole[] = {bytes_of(oid, sizeof oid), bytes_buf(&layers[3])};
    forge_wrap(DER_SEQUENCE, whole, 2, attribute);
    for (size_t i = 0; i < 4; i++) {
        buf_wipe(&layers[i]);
    }
}

Test(crypto_cms_gate_signed, signing_certificate_v2_holds_a_sha256)
{
    struct signed_parts parts;
    struct bytes four[4], list[4];
    make_signed(&parts);
    split_attributes(parts.attributes, four);
    for (size_t len = SH_HASH_BYTES - 1; len <= SH_HASH_BYTES; len++) {
        SH_DEFER(buf_wipe) struct buf attribute = BUF_INIT(256);
        SH_DEFER(buf_wipe) struct buf all = BUF_INIT(SH_MIB);
        wrap_hash(len, &attribute);
        memcpy(list, four, sizeof four);
        list[3] = bytes_buf(&attribute);
        for (size_t i = 0; i < 4; i++) {
            cr_assert_eq(buf_append(&all, list[i]), SH_OK);
        }
        struct signed_parts p = parts;
        p.attributes = bytes_buf(&all);
        buf_reset(&bad);
        forge_signed_close(&p, &bad);
        cr_assert_eq(cms_gate_signed(bytes_buf(&bad), NULL),
                     len == SH_HASH_BYTES ? SH_OK : SH_E_CMS_PROFILE);
    }
}

Test(crypto_cms_gate_signed, a_message_in_ber_with_indefinite_lengths_is_refused)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    cr_assert_eq(ossl_reader(bytes_str("text"), &reader), SH_OK);
    const unsigned flags = CMS_BINARY | CMS_STREAM | CMS_NOSMIMECAP;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms =
        CMS_sign(certificate_x509(lead()->sign_cert), key_evp(lead()->sign), NULL, reader, flags);
    cr_assert_not_null(cms);
    cr_assert_eq(i2d_CMS_bio_stream(memory, cms, reader, (int)flags), 1);
    buf_reset(&bad);
    cr_assert_eq(ossl_drain(memory, &bad), SH_OK);
    cr_assert_eq(bad.data[1], 0x80);
    signed_is_refused(bytes_buf(&bad), "indefinite lengths");
}

Test(crypto_cms_gate_signed, nothing_and_messages_of_the_other_kind_are_refused)
{
    struct signed_parts parts;
    make_signed(&parts);
    size_t entries = 0;
    cr_assert_eq(cms_gate_sealed(bytes_buf(&good), &entries, NULL), SH_E_CMS_PROFILE);
    buf_reset(&bad);
    const struct certificate *cert = lead()->seal_cert;
    cr_assert_eq(cms_seal(bytes_str("text"), &cert, 1, &bad), SH_OK);
    signed_is_refused(bytes_buf(&bad), "a sealed message");
    signed_is_refused(bytes_of(NULL, 0), "nothing");
    signed_is_refused(bytes_str("not a message"), "text");
}
