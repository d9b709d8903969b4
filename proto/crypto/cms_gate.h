/* What the gate read on its way through a SignedData, for cms_sign.c. Borrows the bytes that were
 * read. Inside crypto/ only. */
#pragma once

#include "crypto/cms.h"

struct cms_signed_view {
    struct bytes content;          /* eContent */
    struct bytes certificate;      /* the whole element */
    struct bytes certificate_hash; /* SHA-256 that signingCertificateV2 names */
    struct bytes signer_name;      /* issuer and serial, two elements in a row */
};

SH_MUST_USE sh_err cms_gate_signed_view(struct bytes signed_data, struct cms_signed_view *out,
                                        struct sh_why *why);

/* Shared by the two gates. ContentInfo is one element with this type (a whole OID element) and in
 * it one SEQUENCE, whose inside is given. */
SH_MUST_USE sh_err cms_gate_open(struct bytes in, struct bytes type, struct bytes *out);
/* SH_E_CMS_PROFILE with the reason in *why. */
sh_err cms_gate_refuse(struct sh_why *why, const char *what);
