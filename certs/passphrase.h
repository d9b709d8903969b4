/* Where safehand-ca gets passphrases from: a file that the environment names, or a person at the
 * terminal. */
#pragma once

#include "certs/authority.h"

/* New passphrases are at least this long: who holds the file can try as often as they like. */
#define PASSPHRASE_BYTES_MIN 8
#define PASSPHRASE_BYTES_MAX 1024

/* A ca_ask; ctx is not used. SH_E_PASSPHRASE if there is neither a file nor a terminal, if two
 * entries differ, or if a new one is too short. */
SH_MUST_USE sh_err passphrase_ask(void *ctx, enum ca_role role, bool is_new, struct secret *out,
                                  struct sh_why *why);
