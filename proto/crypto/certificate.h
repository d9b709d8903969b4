/* Certificates: parsed once, with the facts that the rest of the system asks for, and held to their
 * profile exactly (docs/PROTOCOL.md, "Certificates"; RFC 5280, RFC 8550). Immutable after parsing,
 * so any number of threads may read one; counted references. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"

struct certificate; /* opaque */

enum certificate_profile {
    PROFILE_ROOT,      /* CA, self-signed, keyCertSign cRLSign */
    PROFILE_AUTHORITY, /* CA, pathlen 0, critical name constraint permitted;email:.SECTOR */
    PROFILE_SIGN,      /* digitalSignature only, emailProtection, one rfc822Name, one CURVE URI */
    PROFILE_SEAL,      /* keyAgreement only, emailProtection, one rfc822Name */
    PROFILE_RECOVERY,  /* as SEAL, with the URI urn:safehand:recovery */
    PROFILE_DIRECTORY, /* digitalSignature only, URI urn:safehand:directory, issued by the root */
};

/* Parses one DER certificate and nothing behind it. SH_E_BAD_CERTIFICATE if it is not one, or its
 * key is not P-256, or its signature algorithm is not ecdsa-with-SHA256. Gives *out:
 * certificate_free(). */
SH_MUST_USE sh_err certificate_parse(struct bytes der, struct certificate **out);
struct certificate *certificate_ref(struct certificate *cert); /* one more owner */
void certificate_free(struct certificate **cert);

/* SH_OK if every extension is as the profile says, no more and no fewer critical ones; else
 * SH_E_BAD_CERTIFICATE with what differs in *why. */
SH_MUST_USE sh_err certificate_check_profile(const struct certificate *cert,
                                             enum certificate_profile profile, struct sh_why *why);

struct bytes certificate_der(const struct certificate *cert);
/* SHA-256 of the DER: how a seat is named. */
const struct sh_hash *certificate_sha256(const struct certificate *cert);
/* The one rfc822Name; SH_E_NOT_FOUND if there is none, SH_E_BAD_ADDRESS outside the grammar or if
 * there are several. */
SH_MUST_USE sh_err certificate_address(const struct certificate *cert, struct address *out);
/* The CURVE key of a sign certificate; SH_E_NOT_FOUND if there is none. */
SH_MUST_USE sh_err certificate_curve_key(const struct certificate *cert, uint8_t out[32]);
/* The sector of an authority's name constraint, without the full stop: into out, SH_E_NOT_FOUND. */
SH_MUST_USE sh_err certificate_sector(const struct certificate *cert, char *out, size_t out_len);
int64_t certificate_not_before_ms(const struct certificate *cert);
int64_t certificate_not_after_ms(const struct certificate *cert);
/* SHA-256 of the SubjectPublicKeyInfo: the same key in two certificates has the same. */
const struct sh_hash *certificate_key_sha256(const struct certificate *cert);
/* Issuer-and-serial as one comparable string of bytes (SHA-256 of both). */
const struct sh_hash *certificate_serial_sha256(const struct certificate *cert);
/* PEM <-> DER for files that people hold. Appends. */
SH_MUST_USE sh_err certificate_to_pem(const struct certificate *cert, struct buf *out);
SH_MUST_USE sh_err certificate_from_pem(struct bytes pem, struct certificate **out);
