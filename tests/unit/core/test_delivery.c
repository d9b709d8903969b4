/* Delivering: who gets what, what is told to whom, and what happens when a seat is revoked. */
#include "base/cleanup.h"
#include "support/relay.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

static void accept_referral(struct relay *relay, struct letter *letter)
{
    write_referral(relay, letter);
    submit(relay, SCHOOL, letter);
    cr_assert_not_null(sent_to(relay, SCHOOL, FRAME_ACCEPTED));
}

Test(core, each_seat_but_the_sending_one_is_delivered_a_copy_with_its_proof)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    accept_referral(&relay, &letter);
    static const enum post_seat receivers[] = {DEPUTY, MASH, MANAGERS};
    for (size_t i = 0; i < 3; i++) {
        ready(&relay, receivers[i], 10);
        const struct frame *frame = sent_to(&relay, receivers[i], FRAME_DELIVER);
        cr_assert_not_null(frame);
        cr_assert(bytes_equal(frame->deliver.envelope.header, letter.env.header));
        cr_assert(bytes_equal(frame->deliver.envelope.sealed, letter.env.sealed));
        (void)must_verify(&relay, &frame->deliver.accepted, LEAF_ACCEPTED);
        cr_assert_not_null(sent_to(&relay, receivers[i], FRAME_CAUGHT_UP));
    }
    ready(&relay, SCHOOL, 10);
    cr_assert_null(sent_to(&relay, SCHOOL, FRAME_DELIVER));
    ready(&relay, NURSE, 10);
    cr_assert_null(sent_to(&relay, NURSE, FRAME_DELIVER));
}

Test(core, a_connected_seat_is_delivered_to_in_the_group_that_accepted)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, MASH, 10);
    accept_referral(&relay, &letter);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 1);
}

Test(core, credit_bounds_what_is_sent_and_more_credit_goes_on_where_it_stopped)
{
    SH_DEFER(relay_free) struct relay relay;
    struct letter letters[3];
    relay_make(&relay);
    for (size_t i = 0; i < 3; i++) {
        accept_referral(&relay, &letters[i]);
    }
    ready(&relay, MASH, 2);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 2);
    cr_assert_null(sent_to(&relay, MASH, FRAME_CAUGHT_UP));
    ready(&relay, MASH, 2);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 1);
    const struct frame *last = sent_to(&relay, MASH, FRAME_DELIVER);
    cr_assert(bytes_equal(last->deliver.envelope.header, letters[2].env.header));
    for (size_t i = 0; i < 3; i++) {
        letter_free(&letters[i]);
    }
}

Test(core, what_has_no_receipt_is_delivered_again_to_a_new_connection)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    accept_referral(&relay, &letter);
    ready(&relay, MASH, 10);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 1);
    ready(&relay, MASH, 10);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 0, "not twice on one connection");
    struct submission *gone = relay_command(&relay, WORK_GONE, connection_of(MASH));
    cr_assert_eq(relay_group(&relay, &gone, 1), SH_OK);
    ready(&relay, MASH, 10);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 1);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &letter);
    gone = relay_command(&relay, WORK_GONE, connection_of(MASH));
    cr_assert_eq(relay_group(&relay, &gone, 1), SH_OK);
    ready(&relay, MASH, 10);
    cr_assert_eq(count_sent(&relay, MASH, FRAME_DELIVER), 0);
}

Test(core, a_receipt_is_logged_answered_and_told_to_every_seat_of_the_sender)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, SCHOOL, 10);
    ready(&relay, DEPUTY, 10);
    accept_referral(&relay, &letter);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &letter);
    const struct frame *stored = sent_to(&relay, MASH, FRAME_RECEIPT_STORED);
    cr_assert_not_null(stored);
    (void)must_verify(&relay, &stored->receipt_stored.statement, LEAF_DELIVERED);
    static const enum post_seat told[] = {SCHOOL, DEPUTY};
    for (size_t i = 0; i < 2; i++) {
        const struct frame *notice = sent_to(&relay, told[i], FRAME_NOTICE);
        struct receipt receipt;
        cr_assert_not_null(notice);
        struct verified_statement verified =
            must_verify(&relay, &notice->notice.statement, LEAF_DELIVERED);
        cr_assert_str_eq(verified.facts.by.text, "mash@999.social-care");
        cr_assert(notice->notice.has_receipt);
        cr_assert_eq(
            receipt_verify(&notice->notice.receipt, relay.post.pki.seats[MASH].sign_cert, &receipt),
            SH_OK);
        cr_assert(id_equal(&receipt.message_id, &letter.facts.message_id));
    }
}

Test(core, the_same_receipt_again_is_answered_as_before_and_logged_once)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    accept_referral(&relay, &letter);
    give_receipt(&relay, MASH, RECEIPT_OPENED, &letter);
    uint64_t index = sent_to(&relay, MASH, FRAME_RECEIPT_STORED)->receipt_stored.statement.index;
    uint64_t size = book_size(relay.core->book);
    give_receipt(&relay, MASH, RECEIPT_OPENED, &letter);
    cr_assert_eq(sent_to(&relay, MASH, FRAME_RECEIPT_STORED)->receipt_stored.statement.index,
                 index);
    cr_assert_eq(book_size(relay.core->book), size);
}

Test(core, a_receipt_by_a_seat_that_was_sent_nothing_is_refused)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    accept_referral(&relay, &letter);
    static const enum post_seat strangers[] = {NURSE, SCHOOL};
    for (size_t i = 0; i < 2; i++) {
        give_receipt(&relay, strangers[i], RECEIPT_DELIVERED, &letter);
        const struct frame *frame = sent_to(&relay, strangers[i], FRAME_REFUSED);
        cr_assert_not_null(frame);
        cr_assert_eq(frame->refused.code, SH_E_BAD_RECEIPT);
    }
}

Test(core, a_notice_that_was_seen_does_not_come_again)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, SCHOOL, 10);
    accept_referral(&relay, &letter);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &letter);
    struct frame seen = {.ref = 4, .type = FRAME_NOTICE_SEEN};
    seen.notice_seen.item = sent_to(&relay, SCHOOL, FRAME_NOTICE)->notice.item;
    relay_step(&relay, SCHOOL, &seen);
    struct submission *clear = relay_command(&relay, WORK_CLEAR, 2);
    cr_assert_eq(relay_group(&relay, &clear, 1), SH_OK);
    cr_assert_eq(relay.sent[0].type, LINK_KEYS, "a new gate is given its keys first");
    cr_assert_eq(relay.sent[0].payload.len, 32 * relay.post.pki.seats_len);
    ready(&relay, SCHOOL, 10);
    cr_assert_null(sent_to(&relay, SCHOOL, FRAME_NOTICE));
}

Test(core, a_revoked_seat_gets_nothing_new_on_its_live_connection)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter first;
    SH_DEFER(letter_free) struct letter second;
    relay_make(&relay);
    ready(&relay, DEPUTY, 10);
    accept_referral(&relay, &first);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_DELIVER), 1);
    relay.post.pki.seats[DEPUTY].revoked = true;
    relay_reload(&relay);
    bool dropped = false;
    for (size_t i = 0; i < relay.sent_len; i++) {
        dropped |=
            relay.sent[i].type == LINK_DROP && relay.sent[i].connection == connection_of(DEPUTY);
    }
    cr_assert(dropped);
    accept_referral(&relay, &second);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_DELIVER), 0);
    ready(&relay, DEPUTY, 10);
    cr_assert_eq(sent_to(&relay, DEPUTY, FRAME_REFUSED)->refused.code, SH_E_UNKNOWN_SEAT);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_DELIVER), 0);
}

Test(core, mail_that_no_live_seat_is_left_for_is_told_to_its_sender)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, SCHOOL, 10);
    accept_referral(&relay, &letter);
    relay.post.pki.seats[MASH].revoked = true;
    relay_reload(&relay);
    const struct frame *notice = sent_to(&relay, SCHOOL, FRAME_NOTICE);
    cr_assert_not_null(notice);
    struct verified_statement verified =
        must_verify(&relay, &notice->notice.statement, LEAF_UNDELIVERABLE);
    cr_assert_str_eq(verified.facts.by.text, "mash@999.social-care");
    cr_assert(id_equal(&verified.facts.message_id, &letter.facts.message_id));
}

Test(core, ciphertext_goes_when_retention_ends_and_the_log_says_so)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    accept_referral(&relay, &letter);
    static const enum post_seat receivers[] = {DEPUTY, MASH, MANAGERS};
    for (size_t i = 0; i < 3; i++) {
        give_receipt(&relay, receivers[i], RECEIPT_DELIVERED, &letter);
    }
    int64_t kept_ms = policy_retention_ms(relay.core->loaded->policy) + 2 * SH_HOUR_MS;
    relay.now_ms += kept_ms;
    relay.boot_ms += kept_ms;
    uint64_t size = book_size(relay.core->book);
    relay_tick(&relay);
    cr_assert_eq(book_size(relay.core->book), size + 5,
                 "one EXPIRED, one HEARTBEAT, an ALARM for the directory that ran "
                 "out, two OVERDUE: nobody took it, nobody decided");
    submit(&relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED), "a repeat is still answered");
}
