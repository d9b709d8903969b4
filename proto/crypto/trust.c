/* Path validation over one set of CRLs. OpenSSL builds and checks the path; what is decided here is
 * when a CRL and a revocation count, and where in the tree each profile may stand. */
#include "crypto/trust.h"

#include "base/clock.h"
#include "crypto/ossl.h"

/* One certificate that issues others, and the CRL it issued. */
struct issuing {
    struct certificate *cert;
    X509_CRL *crl;
    int64_t this_update_ms, next_update_ms;
};

struct trust {
    struct issuing *issuers; /* [0] is the root */
    size_t issuers_len;
    X509_STORE *store; /* the root, and every CRL */
    STACK_OF(X509) *
        authorities;        /* borrows from issuers; they lead to the root, but are no anchors */
    size_t first_to_expire; /* whose CRL */
};

/* What the callback needs to know. */
struct judgement {
    const struct trust *trust;
    int64_t at_ms, grace_ms;
};

static sh_err check_crl_form(X509_CRL *crl, struct issuing *issuing)
{
    SH_CHECK(X509_CRL_get_version(crl) == X509_CRL_VERSION_2, SH_E_FORMAT);
    SH_CHECK(X509_CRL_get_signature_nid(crl) == NID_ecdsa_with_SHA256, SH_E_FORMAT);
    /* No delta lists, no lists for some reasons or some certificates only: a list says all or is
     * refused. */
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(crl, i)));
        SH_CHECK(nid == NID_crl_number || nid == NID_authority_key_identifier, SH_E_FORMAT);
    }
    SH_TRY(ossl_time_ms(X509_CRL_get0_lastUpdate(crl), &issuing->this_update_ms));
    SH_TRY(ossl_time_ms(X509_CRL_get0_nextUpdate(crl), &issuing->next_update_ms));
    return SH_OK;
}

static struct issuing *issuer_of_crl(struct trust *trust, X509_CRL *crl)
{
    for (size_t i = 0; i < trust->issuers_len; i++) {
        const struct certificate *cert = trust->issuers[i].cert;
        if (X509_NAME_cmp(X509_get_subject_name(certificate_x509(cert)),
                          X509_CRL_get_issuer(crl)) == 0 &&
            X509_CRL_verify(crl, certificate_evp(cert)) == 1) {
            return &trust->issuers[i];
        }
    }
    return NULL;
}

static sh_err add_crl(struct trust *trust, struct bytes der, struct sh_why *why)
{
    const unsigned char *at = der.data;
    SH_DEFER(X509_CRL_freep) X509_CRL *crl = NULL;
    if (der.len <= SH_CRL_BYTES_MAX) {
        crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    }
    if (!crl || at != der.data + der.len) {
        return sh_fail(why, ossl_fail(SH_E_FORMAT),
                       "a list of revoked certificates cannot be read");
    }
    struct issuing *issuing = issuer_of_crl(trust, crl);
    if (!issuing) {
        return sh_fail(why, ossl_fail(SH_E_FORMAT),
                       "a list of revoked certificates has an unknown signer");
    }
    if (issuing->crl) {
        return sh_fail(why, SH_E_FORMAT, "two lists of revoked certificates from one issuer");
    }
    if (check_crl_form(crl, issuing) != SH_OK) {
        return sh_fail(why, ossl_fail(SH_E_FORMAT),
                       "a list of revoked certificates has an unknown form");
    }
    SH_CHECK(X509_STORE_add_crl(trust->store, crl) == 1, ossl_fail(SH_E_NOMEM));
    issuing->crl = crl;
    crl = NULL;
    return SH_OK;
}

static sh_err add_crls(struct trust *trust, const struct bytes *crls, size_t crls_len,
                       struct sh_why *why)
{
    for (size_t i = 0; i < crls_len; i++) {
        SH_TRY(add_crl(trust, crls[i], why));
    }
    for (size_t i = 0; i < trust->issuers_len; i++) {
        if (!trust->issuers[i].crl) {
            return sh_fail(why, SH_E_STALE_CRL,
                           "an issuer's list of revoked certificates is missing");
        }
        if (trust->issuers[i].next_update_ms <
            trust->issuers[trust->first_to_expire].next_update_ms) {
            trust->first_to_expire = i;
        }
    }
    return SH_OK;
}

/* Validity is not judged here: it depends on the time that is asked for. */
static sh_err check_issuer(const struct certificate *cert, const struct certificate *root,
                           enum certificate_profile profile, struct sh_why *why)
{
    SH_TRY(certificate_check_profile(cert, profile, why));
    if (X509_check_issued(certificate_x509(root), certificate_x509(cert)) != X509_V_OK ||
        X509_verify(certificate_x509(cert), certificate_evp(root)) != 1) {
        return sh_fail(why, ossl_fail(SH_E_BAD_CHAIN),
                       "an issuing certificate is not signed by the root");
    }
    return SH_OK;
}

static sh_err add_issuer(struct trust *trust, struct certificate *cert)
{
    trust->issuers[trust->issuers_len++].cert = certificate_ref(cert);
    if (trust->issuers_len == 1) {
        SH_CHECK(X509_STORE_add_cert(trust->store, certificate_x509(cert)) == 1,
                 ossl_fail(SH_E_NOMEM));
    } else {
        SH_CHECK(sk_X509_push(trust->authorities, certificate_x509(cert)) > 0,
                 ossl_fail(SH_E_NOMEM));
    }
    return SH_OK;
}

/* NULL: out of memory. */
static struct trust *new_empty(size_t issuers_max)
{
    struct trust *trust = calloc(1, sizeof *trust);
    if (!trust) {
        return NULL;
    }
    trust->issuers = calloc(issuers_max, sizeof *trust->issuers);
    trust->store = X509_STORE_new();
    trust->authorities = sk_X509_new_null();
    if (!trust->issuers || !trust->store || !trust->authorities) {
        trust_free(&trust);
    }
    return trust;
}

sh_err trust_new(struct certificate *root, struct certificate *const *authorities,
                 size_t authorities_len, const struct bytes *crls, size_t crls_len,
                 struct trust **out, struct sh_why *why)
{
    size_t issuers_max = 0;
    SH_TRY(size_add(authorities_len, 1, &issuers_max));
    SH_TRY(check_issuer(root, root, PROFILE_ROOT, why));
    SH_DEFER(trust_free) struct trust *trust = new_empty(issuers_max);
    SH_CHECK(trust, ossl_fail(SH_E_NOMEM));
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it knows nothing of SH_DEFER */
    SH_TRY(add_issuer(trust, root));
    for (size_t i = 0; i < authorities_len; i++) {
        SH_TRY(check_issuer(authorities[i], root, PROFILE_AUTHORITY, why));
        SH_TRY(add_issuer(trust, authorities[i]));
    }
    SH_TRY(add_crls(trust, crls, crls_len, why));
    *out = trust;
    trust = NULL;
    return SH_OK;
}

void trust_free(struct trust **trust_p)
{
    struct trust *trust = *trust_p;
    *trust_p = NULL;
    if (!trust) {
        return;
    }
    for (size_t i = 0; i < trust->issuers_len; i++) {
        certificate_free(&trust->issuers[i].cert);
        X509_CRL_free(trust->issuers[i].crl);
    }
    free(trust->issuers);
    sk_X509_free(trust->authorities);
    X509_STORE_free(trust->store);
    free(trust);
}

static const struct issuing *issuer_of(const struct trust *trust, X509 *x509)
{
    for (size_t i = 0; i < trust->issuers_len; i++) {
        if (X509_check_issued(certificate_x509(trust->issuers[i].cert), x509) == X509_V_OK) {
            return &trust->issuers[i];
        }
    }
    return NULL;
}

/* OpenSSL takes whatever a CRL lists as revoked for all time. A message that was accepted before
 * its sender's seat was revoked stays good: the log proves when it was accepted. Dates have whole
 * seconds, hence the rest of the second in which the revocation fell is still the time before it.
 */
static bool is_before_revocation(const struct issuing *issuing, X509 *x509, int64_t at_ms)
{
    X509_REVOKED *entry = NULL;
    int64_t revoked_ms = 0;
    return X509_CRL_get0_by_cert(issuing->crl, &entry, x509) == 1 &&
           ossl_time_ms(X509_REVOKED_get0_revocationDate(entry), &revoked_ms) == SH_OK &&
           at_ms < revoked_ms + SH_SECOND_MS;
}

/* RFC 5280 counts notAfter in; OpenSSL lets go one second before. */
static bool is_last_second(X509 *x509, int64_t at_ms)
{
    int64_t not_after_ms = 0;
    return ossl_time_ms(X509_get0_notAfter(x509), &not_after_ms) == SH_OK &&
           at_ms < not_after_ms + SH_SECOND_MS;
}

/* Called by OpenSSL for each error it finds. 1: go on as if it were none. The CRL is looked up
 * here, since OpenSSL 3.0 has forgotten its current one by the time it reports a revocation by a
 * list that is not of its time. */
static int judge_error(int ok, X509_STORE_CTX *ctx)
{
    const struct judgement *judgement = X509_STORE_CTX_get_app_data(ctx);
    X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);
    const struct issuing *issuing = x509 ? issuer_of(judgement->trust, x509) : NULL;
    if (ok == 1 || !issuing) {
        return ok;
    }
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return 1; /* issued after the time asked for, so it knows all that one of that time knew */
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return judgement->at_ms - judgement->grace_ms <= issuing->next_update_ms ? 1 : 0;
    case X509_V_ERR_CERT_REVOKED:
        return is_before_revocation(issuing, x509, judgement->at_ms) ? 1 : 0;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return is_last_second(x509, judgement->at_ms) ? 1 : 0;
    default:
        return 0;
    }
}

static sh_err code_of_error(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return SH_E_EXPIRED;
    case X509_V_ERR_CERT_REVOKED:
        return SH_E_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return SH_E_STALE_CRL;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
        return SH_E_WRONG_SECTOR;
    case X509_V_ERR_OUT_OF_MEM:
        return SH_E_NOMEM;
    default:
        return SH_E_BAD_CHAIN;
    }
}

/* A sector's authority could put the directory's URI into a certificate, for which there is no name
 * constraint; so each profile has its distance from the root. */
static int chain_len_of(enum certificate_profile profile)
{
    switch (profile) {
    case PROFILE_ROOT:
        return 1;
    case PROFILE_AUTHORITY:
    case PROFILE_DIRECTORY:
        return 2;
    case PROFILE_SIGN:
    case PROFILE_SEAL:
    case PROFILE_RECOVERY:
        return 3;
    }
    return 0;
}

/* The usual reason is not the certificate but the clock it was judged by, so that is told. */
static sh_err not_yet_valid(X509_STORE_CTX *ctx, struct sh_why *why)
{
    const struct judgement *judgement = X509_STORE_CTX_get_app_data(ctx);
    char at[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(judgement->at_ms, at);
    return sh_fail(why, ossl_fail(SH_E_EXPIRED),
                   "certificate: not yet valid (by the clock it is %s: is that right?)", at);
}

static sh_err run(X509_STORE_CTX *ctx, enum certificate_profile profile, struct sh_why *why)
{
    if (X509_verify_cert(ctx) != 1) {
        int error = X509_STORE_CTX_get_error(ctx);
        if (error == X509_V_ERR_CERT_NOT_YET_VALID) {
            return not_yet_valid(ctx, why);
        }
        return sh_fail(why, ossl_fail(code_of_error(error)), "certificate: %s",
                       X509_verify_cert_error_string(error));
    }
    if (sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) != chain_len_of(profile)) {
        return sh_fail(why, SH_E_BAD_CHAIN,
                       "certificate: issued by one who may not issue its kind");
    }
    return SH_OK;
}

sh_err trust_verify(const struct trust *trust, const struct certificate *cert, int64_t at_ms,
                    int64_t grace_ms, struct sh_why *why)
{
    enum certificate_profile profile;
    SH_TRY(certificate_claimed_profile(cert, &profile, why));
    SH_DEFER(X509_STORE_CTX_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    SH_CHECK(ctx, ossl_fail(SH_E_NOMEM));
    SH_CHECK(X509_STORE_CTX_init(ctx, trust->store, certificate_x509(cert), trust->authorities) ==
                 1,
             ossl_fail(SH_E_NOMEM));
    struct judgement judgement = {.trust = trust, .at_ms = at_ms, .grace_ms = grace_ms};
    SH_CHECK(X509_STORE_CTX_set_app_data(ctx, &judgement) == 1, ossl_fail(SH_E_NOMEM));
    X509_STORE_CTX_set_verify_cb(ctx, judge_error);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)(at_ms / SH_SECOND_MS));
    SH_CHECK(
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1,
        ossl_fail(SH_E_CRYPTO));
    /* No S/MIME purpose takes a key that only agrees on keys; the profile has said more than a
     * purpose could. */
    int purpose = profile == PROFILE_SIGN ? X509_PURPOSE_SMIME_SIGN : X509_PURPOSE_ANY;
    SH_CHECK(X509_VERIFY_PARAM_set_purpose(param, purpose) == 1, ossl_fail(SH_E_CRYPTO));
    return run(ctx, profile, why);
}

bool trust_is_listed(const struct trust *trust, const struct certificate *cert)
{
    const struct issuing *issuing = issuer_of(trust, certificate_x509(cert));
    X509_REVOKED *entry = NULL;
    return issuing && X509_CRL_get0_by_cert(issuing->crl, &entry, certificate_x509(cert)) != 0;
}

int64_t trust_crl_next_update_ms(const struct trust *trust)
{
    return trust->issuers[trust->first_to_expire].next_update_ms;
}

int64_t trust_crl_this_update_ms(const struct trust *trust)
{
    return trust->issuers[trust->first_to_expire].this_update_ms;
}

const struct certificate *trust_root(const struct trust *trust)
{
    return trust->issuers[0].cert;
}

static sh_err append_issuing_pem(const struct issuing *issuing, struct buf *out)
{
    SH_TRY(certificate_to_pem(issuing->cert, out));
    SH_DEFER(BIO_free_allp) BIO *memory = BIO_new(BIO_s_mem());
    SH_CHECK(memory, ossl_fail(SH_E_NOMEM));
    SH_CHECK(PEM_write_bio_X509_CRL(memory, issuing->crl) == 1, ossl_fail(SH_E_CRYPTO));
    return ossl_drain(memory, out);
}

sh_err trust_chain_pem(const struct trust *trust, const struct certificate *cert, struct buf *out)
{
    const struct issuing *issuing = issuer_of(trust, certificate_x509(cert));
    SH_CHECK(issuing, SH_E_BAD_CHAIN);
    if (issuing != &trust->issuers[0]) {
        SH_TRY(append_issuing_pem(issuing, out));
    }
    return append_issuing_pem(&trust->issuers[0], out);
}
