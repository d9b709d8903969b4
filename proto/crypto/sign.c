/* Plain signatures, outside CMS. The label is hashed in front of the text, so no caller can forget
 * it. */
#include "crypto/sign.h"

#include "base/limits.h"
#include "crypto/der.h"
#include "crypto/ossl.h"

sh_err sign_p256(const struct key *key, const char *label, struct bytes rest, struct buf *out)
{
    SH_CHECK(key_type_of(key) == KEY_TYPE_P256 && ossl_sha256(), SH_E_BUG);
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    SH_CHECK(EVP_DigestSignInit(ctx, NULL, ossl_sha256(), NULL, key_evp(key)) == 1,
             ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestSignUpdate(ctx, label, strlen(label) + 1) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestSignUpdate(ctx, rest.data, rest.len) == 1, ossl_fail(SH_E_CRYPTO));
    uint8_t signature[SH_SIGNATURE_BYTES_MAX];
    size_t len = sizeof signature;
    SH_CHECK(EVP_DigestSignFinal(ctx, signature, &len) == 1, ossl_fail(SH_E_CRYPTO));
    return buf_append(out, bytes_of(signature, len));
}

sh_err sign_verify_p256(const struct certificate *cert, const char *label, struct bytes rest,
                        struct bytes signature)
{
    SH_CHECK(ossl_sha256(), SH_E_CRYPTO);
    SH_CHECK(der_check_ecdsa_p256(signature) == SH_OK, SH_E_BAD_SIGNATURE);
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    SH_CHECK(EVP_DigestVerifyInit(ctx, NULL, ossl_sha256(), NULL, certificate_evp(cert)) == 1,
             ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestVerifyUpdate(ctx, label, strlen(label) + 1) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestVerifyUpdate(ctx, rest.data, rest.len) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestVerifyFinal(ctx, signature.data, signature.len) == 1,
             ossl_fail(SH_E_BAD_SIGNATURE));
    return SH_OK;
}

sh_err sign_ed25519(const struct key *key, struct bytes text, uint8_t out[64])
{
    SH_CHECK(key_type_of(key) == KEY_TYPE_ED25519, SH_E_BUG);
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    SH_CHECK(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key_evp(key)) == 1, ossl_fail(SH_E_CRYPTO));
    uint8_t signature[64];
    size_t len = sizeof signature;
    SH_CHECK(EVP_DigestSign(ctx, signature, &len, text.data, text.len) == 1 &&
                 len == sizeof signature,
             ossl_fail(SH_E_CRYPTO));
    memcpy(out, signature, sizeof signature);
    return SH_OK;
}

sh_err sign_verify_ed25519(const uint8_t raw_public[32], struct bytes text,
                           const uint8_t signature[64])
{
    SH_DEFER(key_free) struct key *key = NULL;
    SH_TRY(key_from_raw_public_ed25519(raw_public, &key));
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    SH_CHECK(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key_evp(key)) == 1,
             ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_DigestVerify(ctx, signature, 64, text.data, text.len) == 1,
             ossl_fail(SH_E_BAD_SIGNATURE));
    return SH_OK;
}
