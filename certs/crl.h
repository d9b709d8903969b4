/* Revocation lists of the authority's issuers, made from the register and kept there. */
#pragma once

#include "certs/authority.h"

/* A fresh list of one issuer ("" is the root), numbered one higher, into the register. */
SH_MUST_USE sh_err crl_renew(struct ca *ca, const struct issuer *issuer, const char *sector,
                             struct sh_why *why);
