/* AuthEnvelopedData: sealing for certificates and unsealing with one key, with OpenSSL behind our
 * gate. Says one and the same about every failure behind the gate, so that nobody learns from it.
 */
#include "base/limits.h"
#include "crypto/cms_gate.h"
#include "crypto/ossl.h"

#define ENTRIES_MAX (SH_SEATS_MAX + SH_DESKS_MAX)

/* OpenSSL's default for the key derivation is SHA-1, and builds of 3.0 have ignored the wish for
 * another; what came of it is read back by the gate in cms_seal(). */
static sh_err add_recipient(CMS_ContentInfo *cms, const struct certificate *cert)
{
    CMS_RecipientInfo *recipient =
        CMS_add1_recipient_cert(cms, certificate_x509(cert), CMS_KEY_PARAM | CMS_USE_KEYID);
    SH_CHECK(recipient, ossl_fail(SH_E_BAD_CERTIFICATE));
    EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    SH_CHECK(ctx && ossl_sha256(), ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, ossl_sha256()) == 1, ossl_fail(SH_E_CRYPTO));
    return SH_OK;
}

static sh_err encrypt(struct bytes plain, const struct certificate *const *certs, size_t certs_len,
                      CMS_ContentInfo **out)
{
    SH_DEFER(BIO_free_allp) BIO *reader = NULL;
    SH_TRY(ossl_reader(plain, &reader));
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
    SH_CHECK(cms, ossl_fail(SH_E_CRYPTO));
    for (size_t i = 0; i < certs_len; i++) {
        SH_TRY(add_recipient(cms, certs[i]));
    }
    /* Without this CMS_final() says 1 and writes no ciphertext (3.0.22). */
    SH_CHECK(CMS_set_detached(cms, 0) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(CMS_final(cms, reader, NULL, CMS_BINARY) == 1, ossl_fail(SH_E_CRYPTO));
    *out = cms;
    cms = NULL;
    return SH_OK;
}

sh_err cms_seal(struct bytes plain, const struct certificate *const *certs, size_t certs_len,
                struct buf *out)
{
    SH_CHECK(certs_len >= 1, SH_E_BAD_RECIPIENTS);
    SH_CHECK(certs_len <= ENTRIES_MAX, SH_E_TOO_BIG);
    SH_DEFER(CMS_ContentInfo_freep) CMS_ContentInfo *cms = NULL;
    SH_TRY(encrypt(plain, certs, certs_len, &cms));
    int len = i2d_CMS_ContentInfo(cms, NULL);
    SH_CHECK(len > 0, ossl_fail(SH_E_CRYPTO));
    uint8_t *room = NULL;
    SH_TRY(buf_reserve(out, (size_t)len, &room));
    uint8_t *at = room;
    SH_CHECK(i2d_CMS_ContentInfo(cms, &at) == len, ossl_fail(SH_E_CRYPTO));
    size_t entries = 0;
    SH_TRY(cms_gate_sealed(bytes_of(room, (size_t)len), &entries, NULL));
    SH_CHECK(entries == certs_len, SH_E_CRYPTO);
    out->len += (size_t)len;
    return SH_OK;
}

static sh_err decrypt(struct bytes sealed, const struct key *key, const struct certificate *cert,
                      BIO *plain)
{
    const unsigned char *at = sealed.data;
    SH_DEFER(CMS_ContentInfo_freep)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)sealed.len);
    SH_CHECK(cms && at == sealed.data + sealed.len, ossl_fail(SH_E_UNSEAL));
    SH_CHECK(CMS_decrypt(cms, key_evp(key), certificate_x509(cert), NULL, plain, CMS_BINARY) == 1,
             ossl_fail(SH_E_UNSEAL));
    return SH_OK;
}

sh_err cms_unseal(struct bytes sealed, const struct key *key, const struct certificate *cert,
                  struct buf *out_plain)
{
    size_t entries = 0;
    SH_TRY(cms_gate_sealed(sealed, &entries, NULL));
    SH_DEFER(BIO_free_allp) BIO *plain = BIO_new(BIO_s_mem());
    SH_CHECK(plain, ossl_fail(SH_E_NOMEM));
    SH_TRY(decrypt(sealed, key, cert, plain));
    return ossl_drain(plain, out_plain);
}
