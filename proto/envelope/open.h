/* Reading an envelope, as its recipient: every check in the order of docs/PROTOCOL.md, "Reading".
 * Nothing is given out unless all passed; the error is the code of the UNREADABLE receipt. Any
 * thread. */
#pragma once

#include "crypto/cms.h"
#include "crypto/trust.h"
#include "envelope/build.h"

/* Who reads, and what is known of the sender. Borrows all. */
struct envelope_reader {
    const struct key *seal_key;
    const struct certificate *seal_cert;
    struct sh_hash seat; /* SHA-256 of the reader's sign certificate; zero for a recovery reader */
    struct sh_hash recovery; /* SHA-256 of the recovery certificate, for such a reader; else zero */
    const struct certificate *sender_cert; /* the certificate whose SHA-256 is facts.seat */
    const struct trust *trust;
    int64_t
        accepted_at_ms; /* the time that the log proves: chain and revocation are judged at it */
    int64_t grace_ms;
};

/* The sealed bytes are those that the header names. SH_E_COMMITMENT; SH_E_NO_PARTS if they travel
 * as parts. */
SH_MUST_USE sh_err envelope_check_sealed(const struct header *header, struct bytes sealed);

struct opened {
    struct header header;
    struct content content; /* casework is owned: opened_wipe() */
    struct buf signed_data; /* the inner SignedData: for enclosures and evidence */
    struct buf plain;       /* the content bytes; content borrows them */
    struct arena *arena;
};

/* Signature, chain, commitment, recipients, header against content, content against its kind.
 * SH_E_BAD_SIGNATURE SH_E_REVOKED SH_E_EXPIRED SH_E_BAD_CHAIN SH_E_NOT_FOR_US SH_E_UNSEAL
 * SH_E_COMMITMENT SH_E_FOREIGN_CONTENT SH_E_HEADER_DISAGREES SH_E_BAD_CONTENT SH_E_CMS_PROFILE and
 * the codes of wire/. */
SH_MUST_USE sh_err envelope_open(const struct envelope *env, const struct envelope_reader *reader,
                                 struct opened *out, struct sh_why *why);
void opened_wipe(struct opened *o);

/* An enclosed message, verified like a message but for sealing: its header names its SignedData,
 * its sender signed both, the log accepted it. find_cert gives the certificate for a seat hash
 * (SH_E_UNKNOWN_SEAT if none). */
struct certificate_finder {
    sh_err (*find)(void *ctx, const struct sh_hash *seat, const struct certificate **out);
    void *ctx;
};
SH_MUST_USE sh_err enclosure_open(const struct enclosure *in,
                                  const struct certificate_finder *finder,
                                  const struct trust *trust, int64_t grace_ms, struct opened *out,
                                  struct sh_why *why);
