/* SHA-256 and HMAC-SHA-256 over whole byte ranges. No streaming: everything that is hashed here is
 * held in memory under a limit of base/limits.h. */
#include "crypto/digest.h"

#include "crypto/ossl.h"

SH_DEFINE_FREEP(EVP_MAC_CTX, EVP_MAC_CTX_free)

sh_err digest_sha256(struct bytes in, struct sh_hash *out)
{
    return digest_sha256_parts(&in, 1, out);
}

static sh_err hash_parts(EVP_MD_CTX *ctx, const struct bytes *parts, size_t parts_len,
                         struct sh_hash *out)
{
    SH_CHECK(EVP_DigestInit_ex2(ctx, ossl_sha256(), NULL) == 1, ossl_fail(SH_E_CRYPTO));
    for (size_t i = 0; i < parts_len; i++) {
        SH_CHECK(EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1, ossl_fail(SH_E_CRYPTO));
    }
    struct sh_hash hash;
    SH_CHECK(EVP_DigestFinal_ex(ctx, hash.b, NULL) == 1, ossl_fail(SH_E_CRYPTO));
    *out = hash;
    return SH_OK;
}

sh_err digest_sha256_parts(const struct bytes *parts, size_t parts_len, struct sh_hash *out)
{
    SH_DEFER(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    return hash_parts(ctx, parts, parts_len, out);
}

struct digester {
    EVP_MD_CTX *ctx;
};

sh_err digester_new(struct digester **out)
{
    SH_DEFER(digester_free) struct digester *digester = calloc(1, sizeof *digester);
    SH_CHECK(digester, SH_E_NOMEM);
    digester->ctx = EVP_MD_CTX_new();
    SH_CHECK(digester->ctx, ossl_fail(SH_E_NOMEM));
    *out = digester;
    digester = NULL;
    return SH_OK;
}

void digester_free(struct digester **digester)
{
    if (*digester) {
        EVP_MD_CTX_free((*digester)->ctx);
        free(*digester);
        *digester = NULL;
    }
}

sh_err digester_sha256_parts(struct digester *digester, const struct bytes *parts, size_t parts_len,
                             struct sh_hash *out)
{
    return hash_parts(digester->ctx, parts, parts_len, out);
}

sh_err digest_hmac_sha256(struct bytes key, struct bytes in, struct sh_hash *out)
{
    SH_CHECK(ossl_hmac(), ossl_fail(SH_E_CRYPTO));
    SH_DEFER(EVP_MAC_CTX_freep) EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(ossl_hmac());
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string("digest", name, sizeof name - 1),
                                 OSSL_PARAM_END};
    /* With a NULL key EVP_MAC_init would take the key of a time before. */
    const uint8_t *key_data = key.len ? key.data : (const uint8_t *)"";
    SH_CHECK(EVP_MAC_init(ctx, key_data, key.len, params) == 1, ossl_fail(SH_E_CRYPTO));
    SH_CHECK(EVP_MAC_update(ctx, in.data, in.len) == 1, ossl_fail(SH_E_CRYPTO));
    struct sh_hash hash;
    size_t len = 0;
    SH_CHECK(EVP_MAC_final(ctx, hash.b, &len, sizeof hash.b) == 1 && len == sizeof hash.b,
             ossl_fail(SH_E_CRYPTO));
    *out = hash;
    return SH_OK;
}
