/* Receipts, signed by the recipient's seat, and statements, vouched for by the log. Any thread. */
#pragma once

#include "crypto/sign.h"
#include "tlog/note.h"
#include "wire/envelope.h"
#include "wire/log.h"

/* Appends the SignedReceipt bytes. */
SH_MUST_USE sh_err receipt_sign(const struct receipt *in, const struct key *sign_key,
                                struct buf *out);
/* SH_E_BAD_SIGNATURE; SH_E_WRONG_SEAT, SH_E_WRONG_DESK if it names another signer than the
 * certificate; the codes of wire/. On SH_OK *out is what was signed. */
SH_MUST_USE sh_err receipt_verify(const struct signed_receipt *in,
                                  const struct certificate *sign_cert, struct receipt *out);

/* The one type of leaf that a receipt of this type is logged as. */
enum leaf_type leaf_of_receipt(enum receipt_type type);

/* A statement that checks out: the opening opens the leaf, the leaf is in the tree, the tree is
 * signed. */
struct verified_statement {
    struct leaf leaf;
    struct leaf_facts facts; /* borrows the arena */
    uint64_t index;
    struct checkpoint checkpoint;
};
/* SH_E_PROOF, SH_E_BAD_CHECKPOINT, and the codes of wire/. */
SH_MUST_USE sh_err statement_verify(const struct statement *in, const struct note_verifier *log,
                                    struct arena *arena, struct verified_statement *out);
/* SHA-256(salt || facts) */
SH_MUST_USE sh_err opening_commitment(const struct opening *in, struct sh_hash *out);
