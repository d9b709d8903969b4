/* The relay's two private keys on disk: encrypted PKCS#8, opened by one passphrase file. The gate
 * loads its CURVE key here, the core its log key, and safehand-relay --make-keys makes both.
 * Nothing of a key or passphrase is in any error text. */
#pragma once

#include "base/bytes.h"
#include "crypto/key.h"

/* The first line of the file, without its end. SH_E_CONFIG if it is empty or the world may read it.
 * Gives *out: secret_wipe(). */
SH_MUST_USE sh_err keyfile_passphrase(const char *path, struct secret *out, struct sh_why *why);
/* Gives *out: key_free(). SH_E_NOT_FOUND, SH_E_PASSPHRASE, SH_E_CONFIG (another type, or the world
 * may read it), SH_E_FORMAT. */
SH_MUST_USE sh_err keyfile_load(const char *path, const struct secret *passphrase,
                                enum key_type type, struct key **out, struct sh_why *why);
/* Makes a key and writes it, 0600 and durable. SH_E_EXISTS if the file is there: a key is never
 * replaced. */
SH_MUST_USE sh_err keyfile_make(const char *path, const struct secret *passphrase,
                                enum key_type type, unsigned scrypt_p, struct sh_why *why);
