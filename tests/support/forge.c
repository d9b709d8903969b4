#include "support/forge.h"

#include "crypto/der.h"

#include <stdio.h>
#include <stdlib.h>

/* No Criterion here: programs that are no tests forge too. */
static void must(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "forge: %s\n", what);
        abort();
    }
}
#define MUST(call)      must((call) == SH_OK, #call)
#define MUST_HOLD(cond) must((cond), #cond)

void forge_wrap(uint8_t tag, const struct bytes *parts, size_t parts_len, struct buf *out)
{
    size_t len = 0;
    for (size_t i = 0; i < parts_len; i++) {
        len += parts[i].len;
    }
    MUST(buf_append_u8(out, tag));
    if (len >= 0x80) {
        uint8_t octets = len > 0xffff ? 3 : len > 0xff ? 2 : 1;
        MUST(buf_append_u8(out, (uint8_t)(0x80 | octets)));
        for (unsigned i = octets; i > 0; i--) {
            MUST(buf_append_u8(out, (uint8_t)(len >> (8 * (i - 1)))));
        }
    } else {
        MUST(buf_append_u8(out, (uint8_t)len));
    }
    for (size_t i = 0; i < parts_len; i++) {
        MUST(buf_append(out, parts[i]));
    }
}

/* A whole element, whatever it is. */
static struct bytes take(struct bytes *in)
{
    struct bytes element, value;
    MUST(der_take_any(in, &element, &value));
    return element;
}

static struct bytes inside(struct bytes *in)
{
    struct bytes element, value;
    MUST(der_take_any(in, &element, &value));
    return value;
}

void forge_sealed_open(struct bytes sealed, struct sealed_parts *out)
{
    *out = (struct sealed_parts){0};
    struct bytes info = inside(&sealed);
    (void)take(&info);
    struct bytes wrapped = inside(&info);
    struct bytes data = inside(&wrapped);
    out->version = take(&data);
    out->recipients = inside(&data);
    struct bytes content_info = inside(&data);
    out->content_type = take(&content_info);
    struct bytes algorithm = inside(&content_info);
    out->algorithm = take(&algorithm);
    struct bytes parameters = inside(&algorithm);
    out->nonce = take(&parameters);
    out->icv_len = take(&parameters);
    out->content = take(&content_info);
    out->tag = take(&data);
}

/* ContentInfo around one SEQUENCE, and whatever is to stand behind it. */
static void close_info(struct bytes type, const struct buf *data, struct bytes behind,
                       struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf wrapped = BUF_INIT(SH_MIB);
    struct bytes inner = bytes_buf(data);
    forge_wrap(DER_CONTEXT_0, &inner, 1, &wrapped);
    struct bytes parts[] = {type, bytes_buf(&wrapped)};
    forge_wrap(DER_SEQUENCE, parts, 2, out);
    MUST(buf_append(out, behind));
}

static const uint8_t sealed_type[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                      0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
static const uint8_t signed_type[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                      0xf7, 0x0d, 0x01, 0x07, 0x02};

void forge_sealed_close(const struct sealed_parts *p, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf recipients = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf parameters = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf algorithm = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf info = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf data = BUF_INIT(SH_MIB);
    forge_wrap(DER_SET, &p->recipients, 1, &recipients);
    struct bytes parameter_parts[] = {p->nonce, p->icv_len};
    forge_wrap(DER_SEQUENCE, parameter_parts, 2, &parameters);
    struct bytes algorithm_parts[] = {p->algorithm, bytes_buf(&parameters)};
    forge_wrap(DER_SEQUENCE, algorithm_parts, 2, &algorithm);
    struct bytes info_parts[] = {p->content_type, bytes_buf(&algorithm), p->content};
    forge_wrap(DER_SEQUENCE, info_parts, 3, &info);
    struct bytes parts[] = {p->version,          p->originator_info, bytes_buf(&recipients),
                            bytes_buf(&info),    p->auth_attributes, p->tag,
                            p->unauth_attributes};
    forge_wrap(DER_SEQUENCE, parts, 7, &data);
    close_info(bytes_of(sealed_type, sizeof sealed_type), &data, p->behind, out);
}

void forge_signed_open(struct bytes signed_data, struct signed_parts *out)
{
    *out = (struct signed_parts){0};
    struct bytes info = inside(&signed_data);
    (void)take(&info);
    struct bytes wrapped = inside(&info);
    struct bytes data = inside(&wrapped);
    out->version = take(&data);
    out->digests = take(&data);
    struct bytes content_info = inside(&data);
    out->content_type = take(&content_info);
    out->content = inside(&content_info);
    out->certificates = inside(&data);
    struct bytes signers = inside(&data);
    struct bytes signer = inside(&signers);
    out->signer_version = take(&signer);
    out->signer_name = take(&signer);
    out->signer_digest = take(&signer);
    out->attributes = inside(&signer);
    out->signature_algorithm = take(&signer);
    out->signature = take(&signer);
}

void forge_signed_close(const struct signed_parts *p, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf info = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf certificates = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf attributes = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf signer = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf signers = BUF_INIT(SH_MIB);
    SH_DEFER(buf_wipe) struct buf data = BUF_INIT(SH_MIB);
    forge_wrap(DER_CONTEXT_0, &p->content, 1, &content);
    struct bytes info_parts[] = {p->content_type, bytes_buf(&content)};
    forge_wrap(DER_SEQUENCE, info_parts, 2, &info);
    forge_wrap(DER_CONTEXT_0, &p->certificates, 1, &certificates);
    if (p->attributes.len) {
        forge_wrap(DER_CONTEXT_0, &p->attributes, 1, &attributes);
    }
    struct bytes signer_parts[] = {p->signer_version,      p->signer_name,         p->signer_digest,
                                   bytes_buf(&attributes), p->signature_algorithm, p->signature,
                                   p->unsigned_attributes};
    forge_wrap(DER_SEQUENCE, signer_parts, 7, &signer);
    struct bytes signers_parts[] = {bytes_buf(&signer), p->second_signer};
    forge_wrap(DER_SET, signers_parts, 2, &signers);
    struct bytes parts[] = {
        p->version, p->digests,          bytes_buf(&info), bytes_buf(&certificates),
        p->crls,    bytes_buf(&signers), p->after_signers};
    forge_wrap(DER_SEQUENCE, parts, 7, &data);
    close_info(bytes_of(signed_type, sizeof signed_type), &data, p->behind, out);
}

static void append_cms(CMS_ContentInfo *cms, struct buf *out)
{
    uint8_t *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    MUST_HOLD(len > 0);
    MUST(buf_append(out, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);
}

static void add_signer(CMS_ContentInfo *cms, const struct pki_seat *seat,
                       const struct forge_sign *wish, unsigned flags)
{
    CMS_SignerInfo *signer = CMS_add1_signer(cms, certificate_x509(seat->sign_cert),
                                             key_evp(seat->sign), wish->digest, flags);
    MUST_HOLD(signer);
    if (wish->unsigned_attribute) {
        MUST_HOLD(CMS_unsigned_add1_attr_by_txt(signer, "1.2.3.4", V_ASN1_OCTET_STRING, "x", 1) ==
                  1);
    }
}

void forge_sign(const struct forge_sign *wish, struct bytes content, struct buf *out)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | wish->flags;
    flags |= wish->keep_defaults ? 0 : CMS_NOSMIMECAP;
    flags |= wish->keep_defaults || (wish->flags & CMS_NOATTR) ? 0 : CMS_CADES;
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    MUST(ossl_reader(content, &reader));
    SH_DEFER(CMS_ContentInfo_freep) CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    MUST_HOLD(cms);
    if (wish->content_type) {
        SH_DEFER(ASN1_OBJECT_freep) ASN1_OBJECT *oid = OBJ_txt2obj(wish->content_type, 1);
        MUST_HOLD(CMS_set1_eContentType(cms, oid) == 1);
    }
    add_signer(cms, wish->seat, wish, flags);
    if (wish->second) {
        add_signer(cms, wish->second, wish, flags);
    }
    if (wish->crl) {
        const unsigned char *at = wish->crl->data;
        SH_DEFER(X509_CRL_freep) X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)wish->crl->len);
        MUST_HOLD(CMS_add1_crl(cms, crl) == 1);
    }
    if (wish->extra) {
        MUST_HOLD(CMS_add1_cert(cms, certificate_x509(wish->extra)) == 1);
    }
    MUST_HOLD(CMS_final(cms, reader, NULL, CMS_BINARY) == 1);
    append_cms(cms, out);
}

bool forge_openssl_verifies(struct bytes signed_data, const struct certificate *signer)
{
    const unsigned char *at = signed_data.data;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)signed_data.len);
    STACK_OF(X509) *signers = sk_X509_new_null();
    MUST_HOLD(sk_X509_push(signers, certificate_x509(signer)) > 0);
    SH_DEFER(BIO_free_allp) BIO *content = BIO_new(BIO_s_mem());
    bool ok = cms && CMS_verify(cms, signers, NULL, NULL, content,
                                CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    sk_X509_free(signers);
    return ok;
}

bool forge_openssl_decrypts(struct bytes sealed, const struct pki_seat *seat, struct buf *out)
{
    const unsigned char *at = sealed.data;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)sealed.len);
    SH_DEFER(BIO_free_allp) BIO *plain = BIO_new(BIO_s_mem());
    bool ok = cms && CMS_decrypt(cms, key_evp(seat->seal), certificate_x509(seat->seal_cert), NULL,
                                 plain, CMS_BINARY) == 1;
    MUST(ossl_drain(plain, out));
    return ok;
}

static void add_agreement(CMS_ContentInfo *cms, const struct forge_seal *wish)
{
    CMS_RecipientInfo *recipient =
        CMS_add1_recipient_cert(cms, certificate_x509(wish->seat->seal_cert),
                                CMS_KEY_PARAM | (wish->by_issuer ? 0u : CMS_USE_KEYID));
    MUST_HOLD(recipient);
    EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    if (wish->kdf) {
        MUST_HOLD(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, wish->kdf) == 1);
    }
    if (wish->wrap) {
        EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_kari_get0_ctx(recipient);
        EVP_CIPHER_CTX_set_flags(wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        MUST_HOLD(EVP_EncryptInit_ex(wrap, wish->wrap, NULL, NULL, NULL) == 1);
    }
}

void forge_seal(const struct forge_seal *wish, struct bytes plain, struct buf *out)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    MUST(ossl_reader(plain, &reader));
    bool aead = (EVP_CIPHER_get_flags(wish->cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms =
        aead ? CMS_AuthEnvelopedData_create(wish->cipher) : CMS_EnvelopedData_create(wish->cipher);
    MUST_HOLD(cms);
    if (wish->password) {
        unsigned char *password = OPENSSL_zalloc(8);
        MUST_HOLD(CMS_add0_recipient_password(cms, -1, NID_undef, NID_undef, password, 8, NULL));
    } else if (wish->key_wrap) {
        unsigned char *key = OPENSSL_zalloc(32), *id = OPENSSL_zalloc(4);
        MUST_HOLD(CMS_add0_recipient_key(cms, NID_undef, key, 32, id, 4, NULL, NULL, NULL));
    } else {
        add_agreement(cms, wish);
    }
    MUST_HOLD(CMS_set_detached(cms, 0) == 1);
    MUST_HOLD(CMS_final(cms, reader, NULL, CMS_BINARY) == 1);
    append_cms(cms, out);
}

struct bytes forge_certificate(const struct certificate *cert, const struct key *issuer,
                               forge_change change, const void *how, struct buf *out)
{
    SH_DEFER(X509_freep) X509 *x509 = X509_dup(certificate_x509(cert));
    change(x509, how);
    MUST_HOLD(X509_sign(x509, key_evp(issuer), EVP_sha256()) > 0);
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    MUST_HOLD(len > 0);
    buf_reset(out);
    MUST(buf_append(out, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);
    return bytes_buf(out);
}
