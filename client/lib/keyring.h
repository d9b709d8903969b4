/* The keyring: a home's keys, certificates, pinned root and directory file. Private keys are opened
 * one by one, when first needed, since each costs half a second of scrypt on purpose. Enrolment
 * makes a home (enrol.c); this reads it. One thread. */
#pragma once

#include "crypto/certificate.h"
#include "crypto/key.h"
#include "directory/directory.h"

/* How long a directory or CRL that ran out still counts for seats that are known. A client's own
 * figure: the relay has its own from policy. */
#define KEYRING_GRACE_MS         (14 * SH_DAY_MS)
#define KEYRING_PATH_BYTES       4096
#define KEYRING_ENDPOINT_BYTES   256
#define KEYRING_PASSPHRASE_BYTES 1024

/* Names of files in a home. */
#define HOME_ADDRESS   "address"
#define HOME_SIGN_KEY  "sign.key"
#define HOME_SEAL_KEY  "seal.key"
#define HOME_CURVE_KEY "curve.key"
#define HOME_SIGN_PEM  "sign.pem"
#define HOME_SEAL_PEM  "seal.pem"
#define HOME_ROOT_PEM  "root.pem"
#define HOME_DIRECTORY "directory"
#define HOME_VAULT     "vault.db"
#define HOME_ENDPOINT  "endpoint"

struct keyring; /* opaque */

/* As in the public header: writes a NUL-terminated passphrase, 0 on success. */
struct keyring_asker {
    int (*ask)(void *ctx, char *out, size_t out_len);
    void *ctx;
};

/* SH_E_NOT_FOUND if there is no enrolled home; SH_E_BAD_CERTIFICATE, SH_E_IO. Gives *out:
 * keyring_close(). */
SH_MUST_USE sh_err keyring_open(const char *home, const struct keyring_asker *asker,
                                struct keyring **out, struct sh_why *why);
void keyring_close(struct keyring **keyring);

/* What they give belongs to the keyring. */
const struct address *keyring_address(const struct keyring *keyring);
const struct sh_hash *
keyring_seat(const struct keyring *keyring); /* SHA-256 of the sign certificate */
const struct certificate *keyring_sign_cert(const struct keyring *keyring);
const struct certificate *keyring_seal_cert(const struct keyring *keyring);
struct certificate *keyring_root(const struct keyring *keyring);
const char *keyring_home(const struct keyring *keyring);
const char *
keyring_endpoint(const struct keyring *keyring); /* "" unless the home overrides the directory */

/* Asks for the passphrase once. SH_E_PASSPHRASE. */
SH_MUST_USE sh_err keyring_sign_key(struct keyring *keyring, const struct key **out,
                                    struct sh_why *why);
SH_MUST_USE sh_err keyring_seal_key(struct keyring *keyring, const struct key **out,
                                    struct sh_why *why);
SH_MUST_USE sh_err keyring_curve(struct keyring *keyring, uint8_t out_public[32],
                                 const struct secret **out_private, struct sh_why *why);
/* A key for keyed hashes in the vault, derived from the CURVE key, so that it is as secret as that.
 */
SH_MUST_USE sh_err keyring_vault_key(struct keyring *keyring, struct sh_hash *out,
                                     struct sh_why *why);

/* The directory, loaded and verified once. One that ran out past the grace is still given (to reach
 * a relay with it), and *out_stale says so. Belongs to the keyring until a newer one is installed:
 * directory_ref() to keep it. */
SH_MUST_USE sh_err keyring_directory(struct keyring *keyring, int64_t now_ms,
                                     struct directory **out, bool *out_stale, struct sh_why *why);
/* Verifies a newer one, writes it durably and uses it from then on. SH_E_ROLLBACK and the codes of
 * directory_load(). */
SH_MUST_USE sh_err keyring_install_directory(struct keyring *keyring, struct bytes signed_file,
                                             int64_t now_ms, struct sh_why *why);
/* One PEM certificate of a file in a folder. Gives *out. */
SH_MUST_USE sh_err keyring_read_certificate(const char *dir, const char *name,
                                            struct certificate **out, struct sh_why *why);
/* A key file of a folder, opened with the passphrase. Gives *out. */
SH_MUST_USE sh_err keyring_read_key(const char *dir, const char *name,
                                    const struct secret *passphrase, struct key **out,
                                    struct sh_why *why);
/* Asks; gives *out: secret_wipe(). SH_E_PASSPHRASE. */
SH_MUST_USE sh_err keyring_ask(const struct keyring_asker *asker, struct secret *out,
                               struct sh_why *why);
