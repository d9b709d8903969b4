/* Cryptographic messages in other forms than our one: taken apart and put together differently, or
 * made as other programs would. Each stands alone for the gates; the telling ones also stand inside
 * a whole envelope, where a reader must give the same word. */
#include "base/cleanup.h"
#include "certs/issue.h"
#include "crypto/der.h"
#include "crypto/digest.h"
#include "studio.h"
#include "support/forge.h"

#include <stdio.h>

#define DER(...) bytes_of((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static void add(struct studio *s, const char *reader, const char *name, const char *what,
                struct bytes message)
{
    const struct entry e = {.reader = reader,
                            .name = name,
                            .expected = strncmp(name, "good", 4) == 0 ? SH_OK : SH_E_CMS_PROFILE,
                            .what = what};
    studio_add(s, &e, message);
}

/* An envelope that seals these signed bytes, read by MASH. */
static void add_inside(struct studio *s, const char *name, const char *what, struct bytes inner)
{
    SH_DEFER(letter_free) struct letter l;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    l.signed_data = inner;
    letter_forge(&s->post, &l);
    const struct entry e = {.reader = "reader-open",
                            .name = name,
                            .by = "mash",
                            .expected = SH_E_CMS_PROFILE,
                            .what = what};
    studio_add(s, &e, bytes_buf(&l.bytes));
}

/* An envelope whose sealed bytes are these. */
static void add_around(struct studio *s, const char *name, const char *what, struct bytes sealed)
{
    SH_DEFER(letter_free) struct letter l;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(SH_HEADER_BYTES_MAX);
    struct header h;
    studio_write(s, &l, SCHOOL, POST_REFERRAL);
    letter_seal(&s->post, &l);
    MUST(header_decode(l.env.header, s->post.arena, &h));
    h.sealed_bytes = sealed.len;
    MUST(digest_sha256(sealed, &h.sealed_sha256));
    MUST(header_encode(&h, &header));
    MUST(envelope_sign(bytes_buf(&header), sealed, l.sealer->sign, &bytes));
    const struct entry e = {.reader = "reader-open",
                            .name = name,
                            .by = "mash",
                            .expected = SH_E_CMS_PROFILE,
                            .what = what};
    studio_add(s, &e, bytes_buf(&bytes));
}

/* ---- signed ---- */

static void make_stale_crl(struct studio *s, struct buf *out)
{
    const struct pki_authority *by = pki_authority(&s->post.pki, "school");
    const struct issuer issuer = {.key = by->key, .cert = by->cert};
    const struct crl_order order = {.number = 1,
                                    .this_update_ms = PKI_NOW_MS - 90 * SH_DAY_MS,
                                    .next_update_ms = PKI_NOW_MS - 60 * SH_DAY_MS};
    MUST(issue_crl(&issuer, &order, out));
}

static void signed_elsewhere(struct studio *s, struct bytes text)
{
    SH_DEFER(buf_wipe) struct buf crl = BUF_INIT(SH_CRL_BYTES_MAX);
    make_stale_crl(s, &crl);
    const struct bytes crl_bytes = bytes_buf(&crl);
    const struct pki_seat *seats = s->post.pki.seats;
    const struct forge_sign base = {
        .seat = &seats[SCHOOL], .digest = EVP_sha256(), .content_type = CMS_CONTENT_OID};
    struct {
        const char *name, *what;
        struct forge_sign wish;
    } rows[] = {
        {"sha1", "digest and signature with SHA-1", base},
        {"sha384", "digest and signature with SHA-384", base},
        {"stale-crl-inside", "a stale list of revoked certificates inside", base},
        {"two-signers", "two signers", base},
        {"unsigned-attributes", "an unsigned attribute", base},
        {"no-signed-attributes", "no signed attributes", base},
        {"named-by-key-id", "the signer named by key id", base},
        {"content-type-data", "plain content type", base},
        {"extra-certificate", "a colleague's certificate beside the signer's", base},
        {"capabilities", "S/MIME capabilities, no signingCertificateV2", base},
        {"no-certificate", "no certificate", base},
    };
    rows[0].wish.digest = EVP_sha1();
    rows[1].wish.digest = EVP_sha384();
    rows[2].wish.crl = &crl_bytes;
    rows[3].wish.second = &seats[DEPUTY];
    rows[4].wish.unsigned_attribute = true;
    rows[5].wish.flags = CMS_NOATTR;
    rows[6].wish.flags = CMS_USE_KEYID;
    rows[7].wish.content_type = NULL;
    rows[8].wish.extra = seats[DEPUTY].sign_cert;
    rows[9].wish.keep_defaults = true;
    rows[10].wish.flags = CMS_NOCERTS;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(buf_wipe) struct buf message = BUF_INIT(SH_MIB);
        char inside[48];
        (void)snprintf(inside, sizeof inside, "signed-%s", rows[i].name);
        forge_sign(&rows[i].wish, text, &message);
        add(s, "signed-gate", rows[i].name, rows[i].what, bytes_buf(&message));
        add_inside(s, inside, rows[i].what, bytes_buf(&message));
    }
    SH_DEFER(buf_wipe) struct buf message = BUF_INIT(SH_MIB);
    forge_sign(&base, text, &message);
    add(s, "signed-gate", "good-from-elsewhere", "our form, made with OpenSSL's functions alone",
        bytes_buf(&message));
}

static void signed_apart(struct studio *s, struct bytes text)
{
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_MIB);
    const struct pki_seat *seat = &s->post.pki.seats[SCHOOL];
    struct signed_parts p;
    MUST(cms_sign(seat->sign, seat->sign_cert, text, PKI_NOW_MS, &good));
    add(s, "signed-gate", "good", "our form", bytes_buf(&good));
    add(s, "signed-gate", "cut", "without its last byte", bytes_of(good.data, good.len - 1));
    forge_signed_open(bytes_buf(&good), &p);
    const struct {
        const char *name, *what;
        struct bytes *part;
        struct bytes value;
    } rows[] = {
        {"version-1", "SignedData of version 1", &p.version, DER(0x02, 0x01, 0x01)},
        {"no-digests", "an empty set of digests", &p.digests, DER(0x31, 0x00)},
        {"digest-with-null", "a digest with NULL for parameters", &p.digests,
         DER(0x31, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
             0x01, 0x05, 0x00)},
        {"content-in-pieces", "content as a constructed string", &p.content,
         DER(0x24, 0x06, 0x04, 0x04, 't', 'e', 'x', 't')},
        {"detached", "no content", &p.content, bytes_of(NULL, 0)},
        {"empty-crls", "an empty set of lists", &p.crls, DER(0xa1, 0x00)},
        {"something-behind", "a NULL behind it", &p.behind, DER(0x05, 0x00)},
        {"signer-version-3", "a signer of version 3", &p.signer_version, DER(0x02, 0x01, 0x03)},
        {"signature-with-sha384", "ECDSA with SHA-384", &p.signature_algorithm,
         DER(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03)},
        {"signature-not-der", "a signature with a zero too many", &p.signature,
         DER(0x04, 0x09, 0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01)},
        {"empty-unsigned-attributes", "an empty set of unsigned attributes", &p.unsigned_attributes,
         DER(0xa1, 0x00)},
        {"attribute-certificate", "an attribute certificate", &p.certificates,
         DER(0xa1, 0x03, 0x02, 0x01, 0x01)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_MIB);
        const struct bytes before = *rows[i].part;
        *rows[i].part = rows[i].value;
        forge_signed_close(&p, &bad);
        *rows[i].part = before;
        add(s, "signed-gate", rows[i].name, rows[i].what, bytes_buf(&bad));
    }
}

/* Indefinite lengths, as a streaming program writes them. */
static void signed_in_ber(struct studio *s, struct bytes text)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    SH_DEFER(buf_wipe) struct buf ber = BUF_INIT(SH_MIB);
    const struct pki_seat *seat = &s->post.pki.seats[SCHOOL];
    const unsigned flags = CMS_BINARY | CMS_STREAM | CMS_NOSMIMECAP;
    MUST(ossl_reader(text, &reader));
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms =
        CMS_sign(certificate_x509(seat->sign_cert), key_evp(seat->sign), NULL, reader, flags);
    MUST_HOLD(cms && i2d_CMS_bio_stream(memory, cms, reader, (int)flags) == 1);
    MUST(ossl_drain(memory, &ber));
    add(s, "signed-gate", "ber", "indefinite lengths", bytes_buf(&ber));
}

/* ---- sealed ---- */

static void sealed_elsewhere(struct studio *s)
{
    const struct pki_seat *mash = &s->post.pki.seats[MASH];
    const EVP_CIPHER *gcm = EVP_aes_256_gcm();
    const struct {
        const char *name, *what;
        struct forge_seal wish;
    } rows[] = {
        {"kdf-sha1", "keys derived with SHA-1, OpenSSL's default", {.seat = mash, .cipher = gcm}},
        {"kdf-sha384",
         "keys derived with SHA-384",
         {.seat = mash, .cipher = gcm, .kdf = EVP_sha384()}},
        {"named-by-issuer",
         "a recipient named by issuer and serial",
         {.seat = mash, .cipher = gcm, .kdf = EVP_sha256(), .by_issuer = true}},
        {"aes-128",
         "AES-128-GCM",
         {.seat = mash, .cipher = EVP_aes_128_gcm(), .kdf = EVP_sha256()}},
        {"wrap-aes-128",
         "keys wrapped with AES-128",
         {.seat = mash, .cipher = gcm, .kdf = EVP_sha256(), .wrap = EVP_aes_128_wrap()}},
        {"cbc",
         "EnvelopedData with AES-256-CBC, which nothing authenticates",
         {.seat = mash, .cipher = EVP_aes_256_cbc(), .kdf = EVP_sha256()}},
        {"password",
         "a recipient who has a password",
         {.seat = mash, .cipher = EVP_aes_256_cbc(), .password = true}},
        {"shared-key",
         "a recipient who has a shared key",
         {.seat = mash, .cipher = gcm, .key_wrap = true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(buf_wipe) struct buf message = BUF_INIT(SH_MIB);
        char around[48];
        (void)snprintf(around, sizeof around, "sealed-%s", rows[i].name);
        forge_seal(&rows[i].wish, bytes_str("text"), &message);
        add(s, "sealed-gate", rows[i].name, rows[i].what, bytes_buf(&message));
        add_around(s, around, rows[i].what, bytes_buf(&message));
    }
}

/* KeyTransRecipientInfo: version 2, a key id of 20 bytes, rsaEncryption, 16 bytes for a key. */
static const uint8_t key_transport[] = {
    0x30, 0x3a, 0x02, 0x01, 0x02, 0x80, 0x14, 1,    1,    1,    1,    1,    1,    1,    1,
    1,    1,    1,    1,    1,    1,    1,    1,    1,    1,    1,    1,    0x30, 0x0d, 0x06,
    0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04, 0x10, 2,
    2,    2,    2,    2,    2,    2,    2,    2,    2,    2,    2,    2,    2,    2,    2};

static void sealed_apart(struct studio *s)
{
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_MIB);
    const struct pki_seat *seats = s->post.pki.seats;
    const struct certificate *certs[] = {seats[MASH].seal_cert, seats[MANAGERS].seal_cert};
    struct sealed_parts p;
    MUST(cms_seal(bytes_str("text"), certs, 2, &good));
    add(s, "sealed-gate", "good", "our form, for two recipients", bytes_buf(&good));
    add(s, "sealed-gate", "cut", "without its last byte", bytes_of(good.data, good.len - 1));
    forge_sealed_open(bytes_buf(&good), &p);
    uint8_t tag[14] = {DER_OCTET_STRING, 12};
    uint8_t swapped[2 * FORGE_RECIPIENT_BYTES];
    uint8_t twice[2 * FORGE_RECIPIENT_BYTES];
    MUST_HOLD(p.recipients.len == sizeof swapped);
    memcpy(tag + 2, p.tag.data + 2, 12);
    memcpy(swapped, p.recipients.data + FORGE_RECIPIENT_BYTES, FORGE_RECIPIENT_BYTES);
    memcpy(swapped + FORGE_RECIPIENT_BYTES, p.recipients.data, FORGE_RECIPIENT_BYTES);
    memcpy(twice, p.recipients.data, FORGE_RECIPIENT_BYTES);
    memcpy(twice + FORGE_RECIPIENT_BYTES, p.recipients.data, FORGE_RECIPIENT_BYTES);
    const struct {
        const char *name, *what;
        struct bytes *part;
        struct bytes value;
    } rows[] = {
        {"short-tag", "a tag of 12 bytes", &p.tag, bytes_of(tag, sizeof tag)},
        {"short-icv-length", "a tag length of 12, and 16 bytes", &p.icv_len, DER(0x02, 0x01, 0x0c)},
        {"icv-length-left-out", "no tag length, which means 12", &p.icv_len, bytes_of(NULL, 0)},
        {"nonce-of-11", "a nonce of 11 bytes", &p.nonce,
         DER(0x04, 0x0b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)},
        {"nonce-of-16", "a nonce of 16 bytes", &p.nonce,
         DER(0x04, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)},
        {"content-type-signed", "signed data as its content type", &p.content_type,
         DER(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02)},
        {"version-2", "version 2", &p.version, DER(0x02, 0x01, 0x02)},
        {"authenticated-attributes", "authenticated attributes", &p.auth_attributes,
         DER(0xa1, 0x0a, 0x30, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00)},
        {"unauthenticated-attributes", "unauthenticated attributes", &p.unauth_attributes,
         DER(0xa2, 0x0a, 0x30, 0x08, 0x06, 0x02, 0x2a, 0x03, 0x31, 0x02, 0x05, 0x00)},
        {"originator-info", "originator information", &p.originator_info, DER(0xa0, 0x00)},
        {"byte-behind", "a byte behind it", &p.behind, DER(0x00)},
        {"no-content", "no content", &p.content, bytes_of(NULL, 0)},
        {"recipients-out-of-order", "the recipients out of order", &p.recipients,
         bytes_of(swapped, sizeof swapped)},
        {"recipient-twice", "one recipient twice", &p.recipients, bytes_of(twice, sizeof twice)},
        {"no-recipients", "no recipients", &p.recipients, bytes_of(NULL, 0)},
        {"key-transport", "a recipient by key transport", &p.recipients,
         bytes_of(key_transport, sizeof key_transport)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_MIB);
        const struct bytes before = *rows[i].part;
        *rows[i].part = rows[i].value;
        forge_sealed_close(&p, &bad);
        *rows[i].part = before;
        add(s, "sealed-gate", rows[i].name, rows[i].what, bytes_buf(&bad));
        if (i == 0) {
            add_around(s, "sealed-short-tag", rows[i].what, bytes_buf(&bad));
        }
    }
}

void make_messages(struct studio *s)
{
    signed_elsewhere(s, bytes_str("text"));
    signed_apart(s, bytes_str("text"));
    signed_in_ber(s, bytes_str("text"));
    sealed_elsewhere(s);
    sealed_apart(s);
}
