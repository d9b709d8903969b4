/* Accepting: the answer and its proof, repeats, refusals and who is told of them. */
#include "base/cleanup.h"
#include "support/relay.h"

#include <criterion/criterion.h>

static uint32_t refused_code(const struct relay *relay, enum post_seat seat)
{
    const struct frame *frame = sent_to(relay, seat, FRAME_REFUSED);
    return frame ? frame->refused.code : 0;
}

Test(core, a_referral_is_accepted_with_a_proof_that_verifies)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    const struct frame *frame = sent_to(&relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(frame);
    cr_assert_eq(frame->ref, 7);
    cr_assert(id_equal(&frame->accepted.message_id, &letter.facts.message_id));
    struct verified_statement verified =
        must_verify(&relay, &frame->accepted.statement, LEAF_ACCEPTED);
    cr_assert(id_equal(&verified.facts.message_id, &letter.facts.message_id));
    cr_assert(address_equal(&verified.facts.from, &letter.facts.from));
    cr_assert_eq(verified.facts.to_len, letter.facts.recipients_len);
    cr_assert_eq(verified.checkpoint.size, book_size(relay.core->book));
}

Test(core, a_repeat_gets_the_original_place_in_the_log_and_is_kept_once)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    uint64_t index = sent_to(&relay, SCHOOL, FRAME_ACCEPTED)->accepted.statement.index;
    uint64_t size = book_size(relay.core->book);
    relay.now_ms += 40 * SH_DAY_MS;
    relay.boot_ms += 40 * SH_DAY_MS;
    submit(&relay, SCHOOL, &letter);
    const struct frame *again = sent_to(&relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(again, "a repeat is answered even when it would be too old to be new");
    cr_assert_eq(again->accepted.statement.index, index);
    cr_assert_eq(book_size(relay.core->book), size);
}

Test(core, the_same_id_over_other_bytes_is_refused_and_logged)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter first;
    SH_DEFER(letter_free) struct letter second;
    relay_make(&relay);
    write_referral(&relay, &first);
    letter_write(&relay.post, &second, SCHOOL, POST_REFERRAL, 0);
    second.facts.message_id = second.facts.thread_id = first.facts.message_id;
    second.inside = second.facts;
    letter_seal(&relay.post, &second);
    submit(&relay, SCHOOL, &first);
    submit(&relay, SCHOOL, &second);
    cr_assert_eq(refused_code(&relay, SCHOOL), SH_E_ID_REUSED);
    const struct frame *frame = sent_to(&relay, SCHOOL, FRAME_REFUSED);
    cr_assert(frame->refused.has_statement);
    struct verified_statement verified =
        must_verify(&relay, &frame->refused.statement, LEAF_REFUSED);
    cr_assert_eq(verified.facts.code, SH_E_ID_REUSED);
}

Test(core, another_seat_cannot_send_what_a_colleague_signed)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, DEPUTY, &letter);
    cr_assert_eq(refused_code(&relay, DEPUTY), SH_E_WRONG_SEAT);
    submit(&relay, MASH, &letter);
    cr_assert_eq(refused_code(&relay, MASH), SH_E_WRONG_SEAT);
}

Test(core, two_messages_of_one_group_see_each_other)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter decision;
    relay_make(&relay);
    write_referral(&relay, &referral);
    letter_write(&relay.post, &decision, MASH, POST_DECISION, 2);
    decision.facts.thread_id = referral.facts.thread_id;
    decision.facts.has_parent = true;
    cr_assert_eq(header_hash(referral.env.header, &decision.facts.parent), SH_OK);
    decision.inside = decision.facts;
    letter_seal(&relay.post, &decision);
    struct frame first = {.ref = 1, .type = FRAME_SUBMIT},
                 second = {.ref = 2, .type = FRAME_SUBMIT};
    first.submit.envelope = referral.env;
    second.submit.envelope = decision.env;
    struct submission *group[] = {relay_frame(&relay, SCHOOL, &first),
                                  relay_frame(&relay, MASH, &second)};
    cr_assert_eq(relay_group(&relay, group, 2), SH_OK);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED));
    cr_assert_not_null(sent_to(&relay, MASH, FRAME_ACCEPTED), "code %u",
                       refused_code(&relay, MASH));
}

Test(core, a_seat_that_was_revoked_after_verification_is_refused)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    struct frame frame = {.ref = 3, .type = FRAME_SUBMIT};
    frame.submit.envelope = letter.env;
    struct submission *verified_before = relay_frame(&relay, SCHOOL, &frame);
    relay.post.pki.seats[SCHOOL].revoked = true;
    relay_reload(&relay);
    cr_assert_eq(relay_group(&relay, &verified_before, 1), SH_OK);
    cr_assert_eq(refused_code(&relay, SCHOOL), SH_E_UNKNOWN_SEAT);
}

Test(core, sealing_to_fewer_seats_than_the_desk_has_is_stale)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    (void)pki_add_seat(&relay.post.pki, "mash@999.social-care");
    relay_reload(&relay);
    submit(&relay, SCHOOL, &letter);
    cr_assert_eq(refused_code(&relay, SCHOOL), SH_E_STALE_SEATS);
}

Test(core, messages_from_the_future_and_the_distant_past_are_refused)
{
    static const int64_t offsets[] = {-SH_CREATED_AHEAD_MS - 1, SH_CREATED_BEHIND_MS + 1};
    for (size_t i = 0; i < 2; i++) {
        SH_DEFER(relay_free) struct relay relay;
        SH_DEFER(letter_free) struct letter letter;
        relay_make(&relay);
        write_referral(&relay, &letter);
        int64_t created_ms = letter.facts.created_at_ms;
        int64_t move_ms = created_ms + offsets[i] - relay.now_ms;
        relay.now_ms += move_ms;
        relay.boot_ms += move_ms;
        if (offsets[i] < 0) {
            continue; /* the log's clock never runs backwards: the future is tested by a sender
                         ahead of it, below */
        }
        submit(&relay, SCHOOL, &letter);
        cr_assert_eq(refused_code(&relay, SCHOOL), SH_E_BAD_TIME);
    }
}

Test(core, the_eleventh_refusal_of_an_hour_is_counted_and_not_logged)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    for (int i = 0; i < 10; i++) {
        submit(&relay, DEPUTY, &letter);
        cr_assert(sent_to(&relay, DEPUTY, FRAME_REFUSED)->refused.has_statement);
    }
    uint64_t size = book_size(relay.core->book);
    submit(&relay, DEPUTY, &letter);
    cr_assert_eq(refused_code(&relay, DEPUTY), SH_E_WRONG_SEAT);
    cr_assert(!sent_to(&relay, DEPUTY, FRAME_REFUSED)->refused.has_statement);
    cr_assert_eq(book_size(relay.core->book), size);
    relay.now_ms += SH_HOUR_MS;
    relay.boot_ms += SH_HOUR_MS;
    relay_tick(&relay);
    cr_assert_eq(book_size(relay.core->book), size + 2, "one count, one heartbeat");
}

Test(core, a_clock_that_jumped_defers_and_decides_nothing)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    relay.now_ms += 2 * SH_HOUR_MS;
    relay_tick(&relay);
    uint64_t size = book_size(relay.core->book);
    submit(&relay, SCHOOL, &letter);
    const struct frame *frame = sent_to(&relay, SCHOOL, FRAME_DEFER);
    cr_assert_not_null(frame);
    cr_assert_eq(frame->defer.code, SH_E_CLOCK);
    cr_assert_eq(book_size(relay.core->book), size);
    relay.now_ms -= 2 * SH_HOUR_MS;
    relay_tick(&relay);
    submit(&relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED));
}

Test(core, bytes_that_are_no_frame_are_refused_and_the_core_goes_on)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    struct submission *sub = relay_raw(&relay, SCHOOL, bytes_str("not a frame"));
    cr_assert_eq(relay_group(&relay, &sub, 1), SH_OK);
    cr_assert_eq(refused_code(&relay, SCHOOL), SH_E_FORMAT);
    submit(&relay, SCHOOL, &letter);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED));
}

/* Of one desk's entry: the first seat alone, and not the key that the desk shares. */
static void keep_to_first_seat(struct relay *relay, struct letter *letter, const char *desk)
{
    for (size_t i = 0; i < letter->facts.recipients_len; i++) {
        struct recipient *to = &letter->recipients[i];
        if (strcmp(to->address.text, desk) == 0) {
            to->seats = &relay->post.pki.seats[SCHOOL].hash;
            to->seats_len = 1;
            memset(&to->recovery, 0, sizeof to->recovery);
        }
    }
    letter->inside = letter->facts;
    letter_forge(&relay->post, letter);
}

Test(core, an_answer_to_what_colleagues_must_not_see_is_taken_for_the_one_seat_alone)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter wide;
    SH_DEFER(letter_free) struct letter narrow;
    relay_make(&relay);
    letter_write(&relay.post, &referral, SCHOOL, POST_REFERRAL, 0);
    referral.facts.not_to_own_desk = true;
    (void)json_object_set_new(referral.casework, "not_to_own_desk", json_true());
    keep_to_first_seat(&relay, &referral, "dsl@999001.school");
    submit(&relay, SCHOOL, &referral);
    cr_assert_not_null(sent_to(&relay, SCHOOL, FRAME_ACCEPTED), "code %u",
                       refused_code(&relay, SCHOOL));
    struct letter *const answers[] = {&wide, &narrow};
    for (size_t i = 0; i < 2; i++) {
        letter_write(&relay.post, answers[i], MASH, POST_DECISION, 2);
        answers[i]->facts.thread_id = referral.facts.thread_id;
        answers[i]->facts.has_parent = true;
        cr_assert_eq(header_hash(referral.env.header, &answers[i]->facts.parent), SH_OK);
    }
    wide.inside = wide.facts;
    letter_seal(&relay.post, &wide);
    submit(&relay, MASH, &wide);
    cr_assert_eq(refused_code(&relay, MASH), SH_E_BAD_RECIPIENTS);
    keep_to_first_seat(&relay, &narrow, "dsl@999001.school");
    submit(&relay, MASH, &narrow);
    cr_assert_not_null(sent_to(&relay, MASH, FRAME_ACCEPTED), "code %u",
                       refused_code(&relay, MASH));
    ready(&relay, DEPUTY, 8);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_DELIVER), 0);
    cr_assert_eq(count_sent(&relay, DEPUTY, FRAME_NOTICE), 0);
    ready(&relay, SCHOOL, 8);
    cr_assert_eq(count_sent(&relay, SCHOOL, FRAME_DELIVER), 1);
}
