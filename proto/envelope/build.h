/* Making an envelope: casework JSON at one desk becomes three layers of bytes (docs/PROTOCOL.md,
 * "The message"). Pure but for randomness; any thread, one struct key by one thread at a time. */
#pragma once

#include "crypto/cms.h"
#include "wire/casework.h"
#include "wire/envelope.h"

/* Everything that a message is made of. Borrows all of it. */
struct envelope_order {
    /* Whole: ids, from, seat, recipients with seats; derived codes too. */
    const struct facts *facts;
    const json_t *casework;
    const struct enclosure *enclosures; /* in the order of facts->encloses */
    size_t enclosures_len;
    const struct key *sign_key;
    const struct certificate *sign_cert;
    /* Seal certificates, one for each seat and recovery certificate in facts->recipients. */
    const struct certificate *const *seal_certs;
    size_t seal_certs_len;
    int64_t now_ms;
};

/* Content, SignedData, sealed, header: everything but the envelope's signature. Appends header
 * bytes and sealed bytes. SH_E_JSON, SH_E_TOO_BIG, SH_E_CRYPTO; and what a reader would refuse:
 * SH_E_WRONG_SEAT SH_E_WRONG_DESK (sign_cert is not the sender), SH_E_BAD_RECIPIENTS (certificates
 * and recipients differ), SH_E_HEADER_DISAGREES SH_E_BAD_CONTENT (facts and casework differ).
 * Nothing is appended on error. */
SH_MUST_USE sh_err envelope_seal(const struct envelope_order *order, struct buf *out_header,
                                 struct buf *out_sealed, struct sh_why *why);

/* One envelope with a signature of its own. Appends the Envelope bytes. */
SH_MUST_USE sh_err envelope_sign(struct bytes header, struct bytes sealed,
                                 const struct key *sign_key, struct buf *out);

/* Many under one signature: out[i] is appended the envelope of (headers[i], sealed[i]). len 1 to
 * SH_BATCH_MAX. */
SH_MUST_USE sh_err envelope_sign_batch(const struct bytes *headers, const struct bytes *sealed,
                                       size_t len, const struct key *sign_key, struct buf *out);

/* The signature of an envelope, either form. SH_E_BAD_SIGNATURE; SH_E_BAD_BATCH for whatever is
 * wrong with the batch form, since a wrong path and a wrong signature look alike. This is all that
 * the relay verifies per message. cache may be NULL. */
struct batch_cache;
SH_MUST_USE sh_err envelope_verify(const struct envelope *env, const struct certificate *sign_cert,
                                   struct batch_cache *cache);

/* Remembers which (certificate, size, root, signature) have verified: 1,024 of them. For one
 * thread. Empty it when a directory loads. */
SH_MUST_USE sh_err batch_cache_new(struct batch_cache **out);
void batch_cache_free(struct batch_cache **cache);
void batch_cache_clear(struct batch_cache *cache);

/* SHA-256 of header bytes: how everything refers to a message. */
SH_MUST_USE sh_err header_hash(struct bytes header, struct sh_hash *out);
