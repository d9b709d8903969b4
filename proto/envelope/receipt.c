/* Receipts and statements: who vouches for what happened to a message. A receipt is a seat's word
 * about itself, a statement the relay's word, which counts only from inside the signed tree.
 * Whether the statement is about the message in hand, and whether the signer's certificate was good
 * at the time, is for the caller to ask. */
#include "envelope/receipt.h"

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "tlog/merkle.h"

sh_err receipt_sign(const struct receipt *in, const struct key *sign_key, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf receipt = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    SH_TRY(receipt_encode(in, &receipt));
    SH_TRY(sign_p256(sign_key, SIGN_LABEL_RECEIPT, bytes_buf(&receipt), &signature));
    const struct signed_receipt whole = {bytes_buf(&receipt), bytes_buf(&signature)};
    return signed_receipt_encode(&whole, out);
}

sh_err receipt_verify(const struct signed_receipt *in, const struct certificate *sign_cert,
                      struct receipt *out)
{
    struct receipt found;
    struct address address;
    SH_TRY(receipt_decode(in->receipt, &found));
    SH_TRY(sign_verify_p256(sign_cert, SIGN_LABEL_RECEIPT, in->receipt, in->signature));
    SH_CHECK(hash_equal(&found.seat, certificate_sha256(sign_cert)), SH_E_WRONG_SEAT);
    SH_TRY(certificate_address(sign_cert, &address));
    SH_CHECK(address_equal(&found.by, &address), SH_E_WRONG_DESK);
    *out = found;
    return SH_OK;
}

enum leaf_type leaf_of_receipt(enum receipt_type type)
{
    switch (type) {
    case RECEIPT_DELIVERED:
        return LEAF_DELIVERED;
    case RECEIPT_OPENED:
        return LEAF_OPENED;
    case RECEIPT_UNREADABLE:
        break;
    }
    return LEAF_UNREADABLE;
}

sh_err opening_commitment(const struct opening *in, struct sh_hash *out)
{
    const struct bytes parts[] = {BYTES_FIXED(in->salt), in->facts};
    return digest_sha256_parts(parts, 2, out);
}

/* The leaf stands at its index in the tree that the log signed. */
static sh_err verify_place(const struct statement *in, const struct note_verifier *log,
                           struct checkpoint *out)
{
    struct checkpoint checkpoint;
    struct sh_hash hash;
    SH_TRY(checkpoint_verify(in->checkpoint, log, &checkpoint));
    SH_TRY(merkle_leaf_hash(in->leaf, &hash));
    SH_TRY(merkle_check_inclusion(&hash, in->index, checkpoint.size, in->proof, in->proof_len,
                                  &checkpoint.root));
    *out = checkpoint;
    return SH_OK;
}

sh_err statement_verify(const struct statement *in, const struct note_verifier *log,
                        struct arena *arena, struct verified_statement *out)
{
    struct verified_statement found = {.index = in->index};
    struct sh_hash commitment;
    SH_TRY(leaf_decode(in->leaf, &found.leaf));
    SH_TRY(opening_commitment(&in->opening, &commitment));
    SH_CHECK(hash_equal(&commitment, &found.leaf.commitment), SH_E_PROOF);
    SH_TRY(verify_place(in, log, &found.checkpoint));
    SH_TRY(leaf_facts_decode(in->opening.facts, arena, &found.facts));
    *out = found;
    return SH_OK;
}
