/* Randomness for ids, salts and jitter, from the kernel's generator (getrandom). Any thread. */
#pragma once

#include "base/bytes.h"

/* SH_E_CRYPTO (FATAL) if the kernel gives none: nothing may go on without it. */
SH_MUST_USE sh_err random_fill(uint8_t *out, size_t len);
SH_MUST_USE sh_err random_id(struct sh_id *out);
SH_MUST_USE sh_err random_hash(struct sh_hash *out);
