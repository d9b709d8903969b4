/* Enrolment: how a home comes to be. Keys are made here and stay; certificates, root and directory
 * come from the partnership's authority, and the root is believed only for a fingerprint that a
 * person was told by another way. */
#pragma once

#include "client/state.h"

/* Gives *out. SH_E_BAD_ADDRESS, SH_E_USAGE, SH_E_EXISTS, SH_E_PASSPHRASE, SH_E_IO. */
SH_MUST_USE sh_err enrol_request(const struct sh_client_enrol *enrol, json_t **out,
                                 struct sh_why *why);
/* SH_E_BAD_CHAIN for another fingerprint, SH_E_BAD_CERTIFICATE if a certificate is not ours, and
 * the codes of directory_load(). clock: what "now" is. */
SH_MUST_USE sh_err enrol_install(const struct sh_client_enrol *enrol, const struct clock *clock,
                                 json_t **out, struct sh_why *why);
