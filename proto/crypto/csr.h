/* A seat's request for its certificates: two PKCS#10 requests (RFC 2986) in one PEM file, which the
 * seat makes and safehand-ca reads.
 *     1. for the sign key: SAN rfc822Name=address, URI urn:safehand:curve:<64 hexadecimal digits>
 *     2. for the seal key: SAN rfc822Name=address
 * Each is signed by its own key (proof of possession; ECDSA P-256 with SHA-256), has an empty
 * subject and no other extension. Private halves never leave the seat. Any thread. */
#pragma once

#include "base/address.h"
#include "crypto/key.h"

/* Two requests are under 1 KiB. */
#define CSR_BYTES_MAX (8u * SH_KIB)

/* What a request says, and proved. */
struct csr_pair {
    struct address address;
    uint8_t curve_key[32];
    struct key *sign, *seal; /* public halves */
};
void csr_pair_wipe(struct csr_pair *pair); /* a destructor */

/* Appends the PEM. sign and seal: P-256 with their private halves. SH_E_CRYPTO, SH_E_NOMEM,
 * SH_E_TOO_BIG. */
SH_MUST_USE sh_err csr_pair_make(const struct address *address, const struct key *sign,
                                 const struct key *seal, const uint8_t curve_key[32],
                                 struct buf *out);

/* Gives *out: csr_pair_wipe(). SH_E_TOO_BIG past CSR_BYTES_MAX; SH_E_BAD_SIGNATURE if a request is
 * not signed by its own key; SH_E_BAD_ADDRESS outside the grammar; SH_E_DUPLICATE_KEY if both name
 * one key; SH_E_FORMAT for everything else: a key that is not P-256, a CURVE key missing or given
 * twice, two addresses, another extension. Which, and in which of the two, stands in *why. */
SH_MUST_USE sh_err csr_pair_parse(struct bytes pem, struct csr_pair *out, struct sh_why *why);
