/* Receipts and statements: what a seat and what the log vouch for, and nothing beside it. */
#include "base/cleanup.h"
#include "crypto/sign.h"
#include "support/post.h"

#include <criterion/criterion.h>

struct signed_one {
    struct receipt receipt;
    struct buf bytes;
    struct signed_receipt whole;
};

static void sign_one(struct post *post, struct signed_one *s, enum post_seat by)
{
    const struct pki_seat *seat = &post->pki.seats[by];
    memset(s, 0, sizeof *s);
    s->bytes.max = 2 * SH_RECEIPT_BYTES_MAX;
    s->receipt = (struct receipt){
        .type = RECEIPT_OPENED, .by = seat->address, .seat = seat->hash, .at_ms = post->pki.now_ms};
    memset(s->receipt.message_id.b, 5, SH_ID_BYTES);
    memset(s->receipt.header_sha256.b, 6, SH_HASH_BYTES);
}

static void finish(struct post *post, struct signed_one *s, enum post_seat signer)
{
    buf_reset(&s->bytes);
    cr_assert_eq(receipt_sign(&s->receipt, post->pki.seats[signer].sign, &s->bytes), SH_OK);
    cr_assert_eq(signed_receipt_decode(bytes_buf(&s->bytes), post->arena, &s->whole), SH_OK);
}

static void signed_wipe(struct signed_one *s)
{
    buf_wipe(&s->bytes);
}

Test(envelope, a_receipt_comes_back_as_it_was_signed)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(signed_wipe) struct signed_one s;
    struct receipt out;
    post_make(&post);
    sign_one(&post, &s, MASH);
    finish(&post, &s, MASH);
    cr_assert_eq(receipt_verify(&s.whole, post.pki.seats[MASH].sign_cert, &out), SH_OK);
    cr_assert_eq(out.type, RECEIPT_OPENED);
    cr_assert(id_equal(&out.message_id, &s.receipt.message_id));
    cr_assert(hash_equal(&out.header_sha256, &s.receipt.header_sha256));
    cr_assert(hash_equal(&out.seat, &s.receipt.seat));
    cr_assert_eq(out.at_ms, s.receipt.at_ms);
    cr_assert_eq(out.code, 0);
}

Test(envelope, a_receipt_of_an_unreadable_message_carries_its_code)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(signed_wipe) struct signed_one s;
    struct receipt out;
    post_make(&post);
    sign_one(&post, &s, MASH);
    s.receipt.type = RECEIPT_UNREADABLE;
    s.receipt.code = SH_E_HEADER_DISAGREES;
    finish(&post, &s, MASH);
    cr_assert_eq(receipt_verify(&s.whole, post.pki.seats[MASH].sign_cert, &out), SH_OK);
    cr_assert_eq(out.code, SH_E_HEADER_DISAGREES);
}

Test(envelope, a_receipt_is_refused_after_any_one_bit_change)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(signed_wipe) struct signed_one s;
    uint8_t bytes[SH_RECEIPT_BYTES_MAX];
    struct receipt out = {.at_ms = 77};
    post_make(&post);
    sign_one(&post, &s, MASH);
    finish(&post, &s, MASH);
    struct signed_receipt changed = s.whole;
    memcpy(bytes, s.whole.receipt.data, s.whole.receipt.len);
    changed.receipt.data = bytes;
    for (size_t bit = 0; bit < 8 * changed.receipt.len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(receipt_verify(&changed, post.pki.seats[MASH].sign_cert, &out), SH_OK);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    changed.signature.len--;
    cr_expect_eq(receipt_verify(&changed, post.pki.seats[MASH].sign_cert, &out),
                 SH_E_BAD_SIGNATURE);
    cr_assert_eq(out.at_ms, 77);
}

Test(envelope, a_receipt_signed_by_another_than_it_names_is_refused)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(signed_wipe) struct signed_one s;
    struct receipt out;
    post_make(&post);
    const struct pki_seat *mash = &post.pki.seats[MASH];
    sign_one(&post, &s, MASH);
    finish(&post, &s, MANAGERS);
    cr_expect_eq(receipt_verify(&s.whole, mash->sign_cert, &out), SH_E_BAD_SIGNATURE);
    cr_expect_eq(receipt_verify(&s.whole, post.pki.seats[MANAGERS].sign_cert, &out),
                 SH_E_WRONG_SEAT);
    s.receipt.by = post.pki.seats[MANAGERS].address;
    finish(&post, &s, MASH);
    cr_expect_eq(receipt_verify(&s.whole, mash->sign_cert, &out), SH_E_WRONG_DESK);
}

Test(envelope, a_receipt_verifies_under_its_own_label_and_no_other)
{
    SH_DEFER(post_free) struct post post;
    SH_DEFER(signed_wipe) struct signed_one s;
    SH_DEFER(buf_wipe) struct buf other = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    struct receipt out;
    post_make(&post);
    const struct pki_seat *mash = &post.pki.seats[MASH];
    sign_one(&post, &s, MASH);
    finish(&post, &s, MASH);
    /* docs/PROTOCOL.md: label, NUL, the bytes of the receipt. */
    cr_assert_eq(
        sign_verify_p256(mash->sign_cert, "safehand/receipt/1", s.whole.receipt, s.whole.signature),
        SH_OK);
    cr_assert_eq(sign_p256(mash->sign, SIGN_LABEL_ENVELOPE, s.whole.receipt, &other), SH_OK);
    s.whole.signature = bytes_buf(&other);
    cr_assert_eq(receipt_verify(&s.whole, mash->sign_cert, &out), SH_E_BAD_SIGNATURE);
}

/* ---- statements ---- */

static void state_one(struct post *post, struct statement *out)
{
    struct leaf_facts about = {.from = post->pki.seats[SCHOOL].address, .code = SH_E_QUOTA};
    memset(about.message_id.b, 3, SH_ID_BYTES);
    post_state(post, LEAF_REFUSED, post->pki.now_ms, &about, out);
}

Test(envelope, a_statement_that_checks_out_gives_leaf_facts_and_checkpoint)
{
    SH_DEFER(post_free) struct post post;
    struct statement s;
    struct verified_statement out;
    post_make(&post);
    state_one(&post, &s);
    const struct note_verifier log = post_verifier(&post);
    cr_assert_eq(statement_verify(&s, &log, post.arena, &out), SH_OK);
    cr_assert_eq(out.leaf.type, LEAF_REFUSED);
    cr_assert_eq(out.leaf.time_ms, post.pki.now_ms);
    cr_assert_eq(out.facts.code, SH_E_QUOTA);
    cr_assert_str_eq(out.facts.from.text, "dsl@999001.school");
    cr_assert_eq(out.index, s.index);
    cr_assert_eq(out.checkpoint.size, 5);
}

Test(envelope, an_opening_commits_to_salt_and_facts)
{
    struct opening opening = {.facts = bytes_str("facts")};
    uint8_t text[SH_HASH_BYTES + 5] = {0};
    struct sh_hash found, expected;
    memcpy(text + SH_HASH_BYTES, "facts", 5);
    cr_assert_eq(opening_commitment(&opening, &found), SH_OK);
    cr_assert_eq(header_hash(bytes_of(text, sizeof text), &expected), SH_OK);
    cr_assert(hash_equal(&found, &expected));
}

Test(envelope, a_statement_is_refused_when_any_of_its_parts_is_anothers)
{
    SH_DEFER(post_free) struct post post;
    struct statement s, other;
    struct verified_statement out = {.index = 77};
    post_make(&post);
    state_one(&post, &s);
    state_one(&post, &other);
    const struct note_verifier log = post_verifier(&post);
    struct statement bad = s;
    bad.opening.salt.b[0] ^= 1;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.opening = other.opening;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.leaf = other.leaf;
    bad.opening = other.opening;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.index = 3;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.index = 5;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.proof_len--;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    bad = s;
    bad.checkpoint = other.checkpoint;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
    cr_expect_eq(out.index, 77);
    cr_expect_eq(statement_verify(&s, &log, post.arena, &out), SH_OK);
}

Test(envelope, a_statement_under_another_logs_checkpoint_is_refused)
{
    SH_DEFER(post_free) struct post post;
    struct statement s;
    struct verified_statement out;
    post_make(&post);
    state_one(&post, &s);
    struct note_verifier log = post_verifier(&post);
    log.key_id ^= 1;
    cr_expect_eq(statement_verify(&s, &log, post.arena, &out), SH_E_BAD_CHECKPOINT);
    log = post_verifier(&post);
    log.public_key[7] ^= 1;
    cr_expect_eq(statement_verify(&s, &log, post.arena, &out), SH_E_BAD_CHECKPOINT);
}

Test(envelope, bytes_that_are_no_leaf_or_no_facts_are_refused)
{
    SH_DEFER(post_free) struct post post;
    struct statement s;
    struct verified_statement out;
    post_make(&post);
    state_one(&post, &s);
    const struct note_verifier log = post_verifier(&post);
    struct statement bad = s;
    bad.leaf.len--;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_FORMAT);
    bad = s;
    bad.opening.facts.len--;
    cr_expect_eq(statement_verify(&bad, &log, post.arena, &out), SH_E_PROOF);
}
