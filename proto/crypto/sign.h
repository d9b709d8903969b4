/* Signatures over our own bytes: ECDSA P-256 with SHA-256 (FIPS 186-4) for envelopes, batches,
 * receipts and directories; Ed25519 (RFC 8032) for checkpoints. What is signed always begins with a
 * label, so that bytes signed for one purpose never verify for another:
 *
 *     label || 0x00 || rest
 *
 * Any thread; one struct key by one thread at a time. */
#pragma once

#include "crypto/certificate.h"
#include "crypto/key.h"

#define SIGN_LABEL_ENVELOPE  "safehand/envelope/1"
#define SIGN_LABEL_BATCH     "safehand/batch/1"
#define SIGN_LABEL_RECEIPT   "safehand/receipt/1"
#define SIGN_LABEL_DIRECTORY "safehand/directory/1"

/* Appends a DER signature of at most SH_SIGNATURE_BYTES_MAX bytes over label || 0x00 || rest. */
SH_MUST_USE sh_err sign_p256(const struct key *key, const char *label, struct bytes rest,
                             struct buf *out);
/* SH_E_BAD_SIGNATURE unless `signature` is strict DER and verifies. cert: whose key. Safe from
 * several threads on one certificate. */
SH_MUST_USE sh_err sign_verify_p256(const struct certificate *cert, const char *label,
                                    struct bytes rest, struct bytes signature);

/* Ed25519 over the bytes as they are (a signed note has its own framing). */
SH_MUST_USE sh_err sign_ed25519(const struct key *key, struct bytes text, uint8_t out[64]);
SH_MUST_USE sh_err sign_verify_ed25519(const uint8_t raw_public[32], struct bytes text,
                                       const uint8_t signature[64]);
