/* What each kind of certificate holds: subject and extensions, exactly those that
 * certificate_check_profile() asks for (docs/PROTOCOL.md, "Certificates"). Inside certs/ only,
 * since it speaks OpenSSL's types. */
#pragma once

#include "certs/issue.h"
#include "crypto/ossl.h"

SH_DEFINE_FREEP(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
SH_DEFINE_FREEP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
SH_DEFINE_FREEP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)
SH_DEFINE_FREEP(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
SH_DEFINE_FREEP(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
SH_DEFINE_FREEP(ASN1_ENUMERATED, ASN1_ENUMERATED_free)
SH_DEFINE_FREEP(X509_NAME, X509_NAME_free)
SH_DEFINE_FREEP(X509_REVOKED, X509_REVOKED_free)

/* SH_E_BUG unless the order gives what its profile needs and no more. */
SH_MUST_USE sh_err profile_check_order(const struct issue_order *order);
/* Sets the subject. */
SH_MUST_USE sh_err profile_set_subject(X509 *cert, const struct issue_order *order);
/* Adds every extension. cert has its public key already; issuer is cert itself for the root. */
SH_MUST_USE sh_err profile_add_extensions(X509 *cert, X509 *issuer,
                                          const struct issue_order *order);
/* The keyid form of AuthorityKeyIdentifier, from the issuer's SubjectKeyIdentifier. Gives *out. */
SH_MUST_USE sh_err profile_authority_keyid(X509 *issuer, AUTHORITY_KEYID **out);
