/* CMS in our one profile, no negotiation (RFC 5652, RFC 5083/5084, RFC 5753, RFC 5035;
 * docs/PROTOCOL.md, "Cryptographic messages").
 *
 * Signed: SignedData, DER, attached, eContentType CMS_CONTENT_OID (private), one SignerInfo, ECDSA
 * P-256 with SHA-256, named by issuer and serial, signedAttrs exactly contentType, messageDigest,
 * signingTime, signingCertificateV2; the signer's certificate, no other, no CRL, no unsignedAttrs.
 *
 * Sealed: AuthEnvelopedData, DER, AES-256-GCM, 12-byte nonce, 16-byte tag, content type id-data;
 * for each certificate one KeyAgreeRecipientInfo with an ephemeral P-256 key of its own
 * (stdDH-sha256kdf, aes256-wrap) and one recipient key, named by the 20 bytes of its
 * subjectKeyIdentifier: 182 bytes each, in DER's order; no other recipient form, no ukm, no
 * attributes, no originatorInfo.
 *
 * A gate reads the DER by itself and refuses everything else with SH_E_CMS_PROFILE before OpenSSL's
 * CMS code sees a byte of it. Any thread; one struct key by one thread at a time. */
#pragma once

#include "crypto/certificate.h"
#include "crypto/key.h"

/* A UUID arc (ITU-T X.667): needs no registration and collides with no one. */
#define CMS_CONTENT_OID "2.25.44840487605847379723746479869010540212"

/* Appends the SignedData DER over `content`. signing_time_ms: the signer's word, whole seconds. */
SH_MUST_USE sh_err cms_sign(const struct key *key, const struct certificate *cert,
                            struct bytes content, int64_t signing_time_ms, struct buf *out);

/* Gate, then signature, by exactly the certificate `signer` (its SHA-256 is compared, and the
 * embedded one must be it). Chain and revocation are the caller's (trust_verify at the time that
 * the log proves). SH_E_CMS_PROFILE, SH_E_BAD_SIGNATURE, SH_E_FOREIGN_CONTENT (another signer's
 * certificate inside). Appends the content. */
SH_MUST_USE sh_err cms_verify(struct bytes signed_data, const struct certificate *signer,
                              struct buf *out_content);
/* The embedded certificate of a SignedData that passes the gate, to look its owner up. Gives *out:
 * certificate_free(). */
SH_MUST_USE sh_err cms_signer(struct bytes signed_data, struct certificate **out);

/* Appends the AuthEnvelopedData DER, one entry per certificate. The caller has verified each
 * certificate's chain, profile and revocation. SH_E_BAD_RECIPIENTS for none, SH_E_TOO_BIG past
 * SH_SEATS_MAX + SH_DESKS_MAX entries. */
SH_MUST_USE sh_err cms_seal(struct bytes plain, const struct certificate *const *certs,
                            size_t certs_len, struct buf *out);

/* The gate alone, for the relay and for tests: form and algorithms, without any key. *out_entries:
 * how many recipients. SH_E_CMS_PROFILE with what is wrong in *why. */
SH_MUST_USE sh_err cms_gate_sealed(struct bytes sealed, size_t *out_entries, struct sh_why *why);
SH_MUST_USE sh_err cms_gate_signed(struct bytes signed_data, struct sh_why *why);

/* Gate, then decryption for `cert`. Plaintext is appended only after the tag verified. Every
 * failure behind the gate is the one code SH_E_UNSEAL. */
SH_MUST_USE sh_err cms_unseal(struct bytes sealed, const struct key *key,
                              const struct certificate *cert, struct buf *out_plain);
