/* Makes certificates and revocation lists, and nothing else: no file, no register, no clock. What a
 * certificate of each kind holds is profile.c; whether one may be issued at all (grammar, sector,
 * keys never seen before) is request.c's. So tests can also make certificates that must be refused.
 * ECDSA P-256 with SHA-256 throughout, random serials of 16 bytes. Any thread. */
#pragma once

#include "crypto/certificate.h"
#include "crypto/key.h"

/* Validities. A root outlives two generations of authorities, an authority several of seats. */
#define ISSUE_YEAR_MS          (365 * SH_DAY_MS)
#define ISSUE_ROOT_MS          (20 * ISSUE_YEAR_MS)
#define ISSUE_AUTHORITY_MS     (10 * ISSUE_YEAR_MS)
#define ISSUE_SEAT_MS          (2 * ISSUE_YEAR_MS)
#define ISSUE_RECOVERY_MS      (10 * ISSUE_YEAR_MS) /* kept off line: must outlive many seats */
#define ISSUE_DIRECTORY_KEY_MS (2 * ISSUE_YEAR_MS)
#define ISSUE_DIRECTORY_MS     (14 * SH_DAY_MS)
#define ISSUE_CRL_MS           (30 * SH_DAY_MS)
#define ISSUE_ROOT_CRL_MS      (396 * SH_DAY_MS) /* 13 months */
/* Everything starts this much earlier than it was issued, for machines whose clocks are behind. */
#define ISSUE_BACKDATE_MS SH_CREATED_AHEAD_MS

#define ISSUE_SERIAL_BYTES 16

/* Who signs. Borrows both. */
struct issuer {
    const struct key *key;
    const struct certificate *cert;
};

/* What to certify. Borrows everything. */
struct issue_order {
    enum certificate_profile profile;
    const struct key *subject_key; /* P-256; the public half is enough except for the root */
    const char *partnership;       /* root, authority, directory: in the subject */
    const char *sector;            /* authority: "school" */
    const struct address *address; /* sign, seal, recovery */
    const uint8_t *curve_key;      /* sign: 32 bytes */
    int64_t not_before_ms, not_after_ms;
};

/* Gives *out: certificate_free(). issuer: NULL for the root, which signs itself with subject_key.
 * SH_E_BUG if the order lacks what its profile needs or gives what it must not; SH_E_CRYPTO,
 * SH_E_NOMEM. Does not compare the address with the issuer's sector. */
SH_MUST_USE sh_err issue_certificate(const struct issuer *issuer, const struct issue_order *order,
                                     struct certificate **out);

/* Why a certificate was revoked: the numbers of RFC 5280 section 5.3.1. */
#define ISSUE_REASONS(X)                                                                           \
    X(UNSPECIFIED, 0, "unspecified")                                                               \
    X(KEY_COMPROMISE, 1, "key-compromise")                                                         \
    X(AFFILIATION_CHANGED, 3, "left-the-desk")                                                     \
    X(SUPERSEDED, 4, "superseded")                                                                 \
    X(CESSATION, 5, "closed")
#define X(name, number, word) REVOKED_##name = (number),
enum revoked_reason { ISSUE_REASONS(X) };
#undef X

struct revoked {
    uint8_t serial[ISSUE_SERIAL_BYTES];
    int64_t at_ms;
    enum revoked_reason reason;
};

struct crl_order {
    uint64_t number; /* goes up by one for each list of an issuer */
    int64_t this_update_ms, next_update_ms;
    const struct revoked *revoked;
    size_t revoked_len;
};

/* Appends the DER of a version 2 list. SH_E_CRYPTO, SH_E_NOMEM, SH_E_TOO_BIG. */
SH_MUST_USE sh_err issue_crl(const struct issuer *issuer, const struct crl_order *order,
                             struct buf *out);

/* The serial of a certificate that issue_certificate() made. SH_E_BAD_CERTIFICATE for any other
 * length. */
SH_MUST_USE sh_err issue_serial(const struct certificate *cert, uint8_t out[ISSUE_SERIAL_BYTES]);
/* SH_E_BAD_CODE for a word that is none. */
SH_MUST_USE sh_err issue_reason_from_word(const char *word, enum revoked_reason *out);
const char *issue_reason_word(enum revoked_reason reason);
