/* SignedData: making it and checking it, with OpenSSL behind our gate. Chains and revocation are
 * trust.c's; no certificate and no CRL out of a message is ever believed. */
#include "base/limits.h"
#include "crypto/cms_gate.h"
#include "crypto/der.h"
#include "crypto/ossl.h"

static sh_err set_content_type(CMS_ContentInfo *cms)
{
    SH_DEFER(ASN1_OBJECT_freep) ASN1_OBJECT *oid = OBJ_txt2obj(CMS_CONTENT_OID, 1);
    SH_CHECK(oid && CMS_set1_eContentType(cms, oid) == 1, ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

/* Set by hand, since OpenSSL would take the machine's clock. */
static sh_err add_signing_time(CMS_SignerInfo *signer, int64_t signing_time_ms)
{
    SH_DEFER(ASN1_TIME_freep)
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)(signing_time_ms / SH_SECOND_MS));
    SH_CHECK(time, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(time),
                                         time, -1) == 1,
             ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err append_der(CMS_ContentInfo *cms, struct buf *out)
{
    int len = i2d_CMS_ContentInfo(cms, NULL);
    SH_CHECK(len > 0, ossl_fail(SH_E_CRYPTO));
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out, (size_t)len, &room));
    SH_CHECK(i2d_CMS_ContentInfo(cms, &room) == len, ossl_fail(SH_E_CRYPTO));
    out->len += (size_t)len;
    return SH_OK;
}

sh_err cms_sign(const struct key *key, const struct certificate *cert, struct bytes content,
                int64_t signing_time_ms, struct buf *out)
{
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_CADES;
    SH_CHECK(X509_check_private_key(certificate_x509(cert), key_evp(key)) == 1,
             ossl_fail(SH_E_BUG));
    SH_CHECK(ossl_sha256(), ossl_fail(SH_E_CRYPTO));
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_TRY(ossl_reader(content, &reader));
    SH_DEFER(CMS_ContentInfo_freep) CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    SH_CHECK(cms, ossl_fail(SH_E_CRYPTO));
    SH_TRY(set_content_type(cms));
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, certificate_x509(cert), key_evp(key), ossl_sha256(), flags);
    SH_CHECK(signer, ossl_fail(SH_E_CRYPTO));
    SH_TRY(add_signing_time(signer, signing_time_ms));
    SH_CHECK(CMS_final(cms, reader, NULL, CMS_BINARY) == 1, ossl_fail(SH_E_CRYPTO));
    size_t start = out->len;
    SH_TRY(append_der(cms, out));
    /* What we would refuse from others must not leave here: another OpenSSL may write another form.
     */
    sh_err err = cms_gate_signed(bytes_of(out->data + start, out->len - start), NULL);
    if (err != SH_OK) {
        out->len = start;
    }
    return err;
}

/* The name of the signer stands outside what is signed, and OpenSSL compares names without regard
 * to capitals and spaces. Here it is the certificate's own bytes or nothing. */
static sh_err check_signer_name(struct bytes name, const struct certificate *signer)
{
    X509 *x509 = certificate_x509(signer);
    const unsigned char *issuer = NULL;
    size_t issuer_len = 0;
    SH_CHECK(X509_NAME_get0_der(X509_get_issuer_name(x509), &issuer, &issuer_len) == 1,
             ossl_fail(SH_E_CRYPTO));
    SH_CHECK(der_take_exact(&name, bytes_of(issuer, issuer_len)) == SH_OK, SH_E_BAD_SIGNATURE);
    uint8_t *serial = NULL;
    int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &serial);
    SH_CHECK(serial_len > 0, ossl_fail(SH_E_CRYPTO));
    bool same = bytes_equal(name, bytes_of(serial, (size_t)serial_len));
    OPENSSL_free(serial);
    return same ? SH_OK : SH_E_BAD_SIGNATURE;
}

static sh_err check_signer(const struct cms_signed_view *view, const struct certificate *signer)
{
    SH_CHECK(bytes_equal(view->certificate, certificate_der(signer)), SH_E_FOREIGN_CONTENT);
    SH_CHECK(bytes_equal(view->certificate_hash, BYTES_FIXED(*certificate_sha256(signer))),
             SH_E_BAD_SIGNATURE);
    return check_signer_name(view->signer_name, signer);
}

static sh_err verify(struct bytes signed_data, const struct certificate *signer, BIO *content)
{
    /* NOINTERN: only the certificate that the caller gives; NOCRL: no list out of the message. */
    const unsigned flags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY | CMS_NOCRL;
    const unsigned char *at = signed_data.data;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)signed_data.len);
    SH_CHECK(cms && at == signed_data.data + signed_data.len, ossl_fail(SH_E_CMS_PROFILE));
    STACK_OF(X509) *signers = sk_X509_new_null();
    bool ok = signers && sk_X509_push(signers, certificate_x509(signer)) > 0 &&
              CMS_verify(cms, signers, NULL, NULL, content, flags) == 1;
    sk_X509_free(signers);
    return ok ? SH_OK : ossl_fail(SH_E_BAD_SIGNATURE);
}

sh_err cms_verify(struct bytes signed_data, const struct certificate *signer,
                  struct buf *out_content)
{
    struct cms_signed_view view;
    SH_TRY(cms_gate_signed_view(signed_data, &view, NULL));
    SH_TRY(check_signer(&view, signer));
    SH_DEFER(BIO_free_allp) BIO *content = BIO_new(BIO_s_mem());
    SH_CHECK(content, ossl_fail(SH_E_NOMEM));
    SH_TRY(verify(signed_data, signer, content));
    return ossl_drain(content, out_content);
}

sh_err cms_signer(struct bytes signed_data, struct certificate **out)
{
    struct cms_signed_view view;
    SH_TRY(cms_gate_signed_view(signed_data, &view, NULL));
    SH_CHECK(certificate_parse(view.certificate, out) == SH_OK, SH_E_CMS_PROFILE);
    return SH_OK;
}
