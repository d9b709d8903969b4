/* What a client may ask, and what it is not told. */
#include "base/cleanup.h"
#include "support/relay.h"

#include <criterion/criterion.h>

static uint32_t refusal(const struct relay *relay, enum post_seat seat)
{
    const struct frame *frame = sent_to(relay, seat, FRAME_REFUSED);
    return frame ? frame->refused.code : 0;
}

static void grow(struct relay *relay, size_t messages)
{
    for (size_t i = 0; i < messages; i++) {
        SH_DEFER(letter_free) struct letter letter;
        write_referral(relay, &letter);
        submit(relay, SCHOOL, &letter);
        cr_assert_not_null(sent_to(relay, SCHOOL, FRAME_ACCEPTED));
    }
}

Test(core, hello_gives_a_checkpoint_and_proves_that_it_continues_the_one_known)
{
    SH_DEFER(relay_free) struct relay relay;
    struct checkpoint before, after;
    struct note_verifier log;
    relay_make(&relay);
    log = post_verifier(&relay.post);
    grow(&relay, 2);
    cr_assert_eq(checkpoint_verify(book_checkpoint(relay.core->book), &log, &before), SH_OK);
    grow(&relay, 3);
    struct frame hello = {.ref = 5, .type = FRAME_HELLO};
    hello.hello.log_size = before.size;
    relay_step(&relay, NURSE, &hello);
    const struct frame *welcome = sent_to(&relay, NURSE, FRAME_WELCOME);
    cr_assert_not_null(welcome);
    cr_assert_eq(welcome->welcome.directory_version, directory_serial(relay.post.directory));
    cr_assert_eq(checkpoint_verify(welcome->welcome.checkpoint, &log, &after), SH_OK);
    cr_assert_eq(merkle_check_consistency(before.size, &before.root, after.size, &after.root,
                                          welcome->welcome.consistency.hashes,
                                          welcome->welcome.consistency.len),
                 SH_OK);
}

Test(core, consistency_is_proved_between_any_two_sizes_and_no_further)
{
    SH_DEFER(relay_free) struct relay relay;
    relay_make(&relay);
    grow(&relay, 2);
    struct frame ask = {.ref = 6, .type = FRAME_CONSISTENCY_GET};
    ask.consistency_get.from_size = 1;
    ask.consistency_get.to_size = book_size(relay.core->book);
    relay_step(&relay, SCHOOL, &ask);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_CONSISTENCY));
    ask.consistency_get.to_size++;
    relay_step(&relay, SCHOOL, &ask);
    cr_assert_eq(refusal(&relay, SCHOOL), SH_E_NOT_FOUND);
    ask.consistency_get.from_size = 0;
    ask.consistency_get.to_size = 1;
    relay_step(&relay, SCHOOL, &ask);
    cr_assert_eq(refusal(&relay, SCHOOL), SH_E_NOT_FOUND);
}

Test(core, an_opening_is_given_to_the_desks_it_names_and_to_no_other)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    struct frame ask = {.ref = 6, .type = FRAME_PROOF_GET};
    ask.proof_get.index = sent_to(&relay, SCHOOL, FRAME_ACCEPTED)->accepted.statement.index;
    static const enum post_seat parties[] = {SCHOOL, DEPUTY, MASH, MANAGERS};
    for (size_t i = 0; i < 4; i++) {
        relay_step(&relay, parties[i], &ask);
        const struct frame *proof = sent_to(&relay, parties[i], FRAME_PROOF);
        cr_assert_not_null(proof);
        (void)must_verify(&relay, &proof->proof.statement, LEAF_ACCEPTED);
    }
    relay_step(&relay, NURSE, &ask);
    cr_assert_eq(refusal(&relay, NURSE), SH_E_NOT_FOUND);
    ask.proof_get.index = 1u << 30;
    relay_step(&relay, SCHOOL, &ask);
    cr_assert_eq(refusal(&relay, SCHOOL), SH_E_NOT_FOUND);
}

Test(core, the_directory_comes_in_pieces_that_make_the_signed_file)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(buf_wipe) struct buf whole = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    relay_make(&relay);
    for (bool more = true; more;) {
        struct frame ask = {.ref = 8, .type = FRAME_DIRECTORY_GET};
        ask.directory_get.offset = whole.len;
        relay_step(&relay, SCHOOL, &ask);
        const struct frame *piece = sent_to(&relay, SCHOOL, FRAME_DIRECTORY);
        cr_assert_not_null(piece);
        cr_assert_eq(buf_append(&whole, piece->directory.bytes), SH_OK);
        more = whole.len < piece->directory.total_bytes;
    }
    cr_assert(bytes_equal(bytes_buf(&whole), directory_signed_bytes(relay.post.directory)));
    struct frame old = {.ref = 8, .type = FRAME_DIRECTORY_GET};
    old.directory_get.version = 99;
    relay_step(&relay, SCHOOL, &old);
    cr_assert_eq(refusal(&relay, SCHOOL), SH_E_NOT_FOUND);
}

Test(core, when_a_desk_last_collected_its_mail_is_known_once_it_did)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    struct frame ask = {.ref = 2, .type = FRAME_DESK_GET};
    cr_assert_eq(address_from("mash@999.social-care", &ask.desk_get.address), SH_OK);
    relay_step(&relay, SCHOOL, &ask);
    cr_assert(!sent_to(&relay, SCHOOL, FRAME_DESK)->desk.has_last_collected);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &letter);
    relay_step(&relay, SCHOOL, &ask);
    cr_assert(sent_to(&relay, SCHOOL, FRAME_DESK)->desk.has_last_collected);
    cr_assert_eq(sent_to(&relay, SCHOOL, FRAME_DESK)->desk.last_collected_ms, relay.now_ms);
    cr_assert_eq(address_from("nobody@999.social-care", &ask.desk_get.address), SH_OK);
    relay_step(&relay, SCHOOL, &ask);
    cr_assert_eq(refusal(&relay, SCHOOL), SH_E_UNKNOWN_DESK);
}

Test(core, ping_is_answered_with_the_newest_checkpoint)
{
    SH_DEFER(relay_free) struct relay relay;
    relay_make(&relay);
    struct frame ping = {.ref = 77, .type = FRAME_PING};
    relay_step(&relay, SCHOOL, &ping);
    const struct frame *pong = sent_to(&relay, SCHOOL, FRAME_PONG);
    cr_assert_not_null(pong);
    cr_assert_eq(pong->ref, 77);
    cr_assert(bytes_equal(pong->pong.checkpoint, book_checkpoint(relay.core->book)));
}
