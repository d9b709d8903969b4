/* Private and public keys: P-256 for seats and authorities, Ed25519 for the log, X25519 for CURVE.
 * Private keys leave this module only as encrypted PKCS#8 (PBES2, scrypt, AES-256-CBC). A struct
 * key is used by one thread at a time; the functions themselves may be called from any. */
#pragma once

#include "base/bytes.h"

struct key; /* opaque; holds an EVP_PKEY */

enum key_type {
    KEY_TYPE_P256,
    KEY_TYPE_ED25519,
    KEY_TYPE_X25519,
};

/* Gives *out: key_free(). SH_E_CRYPTO. */
SH_MUST_USE sh_err key_generate(enum key_type type, struct key **out);
void key_free(struct key **key);
enum key_type key_type_of(const struct key *key);

/* scrypt cost: N=16384 r=8, and p of 1 to 8 (libcrypto refuses more memory). Appends PEM. */
SH_MUST_USE sh_err key_to_pem(const struct key *key, const struct secret *passphrase,
                              unsigned scrypt_p, struct buf *out);
/* SH_E_PASSPHRASE if it does not open; SH_E_FORMAT if it is not an encrypted key of one of our
 * types. */
SH_MUST_USE sh_err key_from_pem(struct bytes pem, const struct secret *passphrase,
                                struct key **out);

/* 32 raw bytes of an Ed25519 or X25519 key: what vkeys and CURVE use. SH_E_BUG for P-256. */
SH_MUST_USE sh_err key_raw_public(const struct key *key, uint8_t out[32]);
SH_MUST_USE sh_err key_raw_private(const struct key *key, struct secret *out);
/* A public-only Ed25519 key from its 32 bytes. */
SH_MUST_USE sh_err key_from_raw_public_ed25519(const uint8_t raw[32], struct key **out);
