/* safehand-relay --make-keys: the two keys of a relay, made once. */
#pragma once

#include "config/config.h"

/* Makes curve_key_file and log_key_file unless they are there, and prints their public halves, a
 * line each: curve-key HEX log-vkey NAME+ID+KEY
 */
SH_MUST_USE sh_err make_keys(const struct config *config, unsigned scrypt_p, FILE *to,
                             struct sh_why *why);
