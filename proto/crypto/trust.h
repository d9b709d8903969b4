/* Trust: one root, the sectors' authorities under it, and their CRLs, as one directory gives them.
 * Immutable after it is built; any number of threads may ask it. Chain, name constraint, validity
 * and revocation are OpenSSL's X509_verify_cert with CRL_CHECK_ALL at a stated time; CRLs come from
 * here and never from a message (docs/PROTOCOL.md, "Certificates"). */
#pragma once

#include "crypto/certificate.h"

struct trust; /* opaque */

/* Borrows the arrays during the call. authorities must chain to root; each CRL must be signed by
 * root or one of them, and there must be exactly one for each. SH_E_BAD_CHAIN, SH_E_BAD_CERTIFICATE
 * (off its profile), SH_E_STALE_CRL (missing), SH_E_FORMAT (not a CRL of ours, or two of one
 * issuer); detail in *why. Gives *out: trust_free(). */
SH_MUST_USE sh_err trust_new(struct certificate *root, struct certificate *const *authorities,
                             size_t authorities_len, const struct bytes *crls, size_t crls_len,
                             struct trust **out, struct sh_why *why);
void trust_free(struct trust **trust);

/* Full path validation as of at_ms, of a certificate that follows one of the profiles and stands
 * where that profile belongs (seats under an authority, the directory's key and authorities under
 * the root). at_ms may lie before the CRLs were issued: what was accepted before a revocation stays
 * good, so a revocation counts from the second after its date. Whoever asks about a seat of today
 * asks trust_is_listed() as well. grace_ms: how long past its nextUpdate a CRL still counts (0: not
 * at all). SH_OK, SH_E_EXPIRED, SH_E_REVOKED, SH_E_STALE_CRL, SH_E_WRONG_SECTOR (name constraint),
 * SH_E_BAD_CERTIFICATE (follows no profile), SH_E_BAD_CHAIN. */
SH_MUST_USE sh_err trust_verify(const struct trust *trust, const struct certificate *cert,
                                int64_t at_ms, int64_t grace_ms, struct sh_why *why);
/* True if a CRL of the certificate's issuer lists it, with whatever date: it is nobody's seat any
 * more. */
bool trust_is_listed(const struct trust *trust, const struct certificate *cert);
/* When the first CRL reaches its nextUpdate, and when it was issued: for warnings from half of a
 * validity. */
int64_t trust_crl_next_update_ms(const struct trust *trust);
int64_t trust_crl_this_update_ms(const struct trust *trust);
const struct certificate *trust_root(const struct trust *trust);
/* The authority that issued cert, and root, and both CRLs, as PEM, for evidence folders. Appends.
 */
SH_MUST_USE sh_err trust_chain_pem(const struct trust *trust, const struct certificate *cert,
                                   struct buf *out);
