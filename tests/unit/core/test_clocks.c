/* Clocks in the core: what a message starts stands in its leaf, what runs out is said, and only a
 * signed fact stops it. */
#include "base/cleanup.h"
#include "support/relay.h"

#include <criterion/criterion.h>

static void move_on(struct relay *relay, int64_t ms)
{
    relay->now_ms += ms;
    relay->boot_ms += ms;
    relay_tick(relay);
}

static void accept(struct relay *relay, enum post_seat from, struct letter *letter)
{
    submit(relay, from, letter);
    cr_assert_not_null(sent_to(relay, from, FRAME_ACCEPTED));
}

/* The notice of this type that a seat is sent, and what it says. */
static struct verified_statement notice_of(struct relay *relay, enum post_seat seat,
                                           enum leaf_type type)
{
    for (size_t i = 0; i < relay->sent_len; i++) {
        const struct frame *frame = &relay->sent[i].frame;
        struct leaf leaf;
        bool notice = relay->sent[i].type == LINK_SEND &&
                      relay->sent[i].connection == connection_of(seat) &&
                      frame->type == FRAME_NOTICE &&
                      leaf_decode(frame->notice.statement.leaf, &leaf) == SH_OK;
        if (notice && leaf.type == type) {
            return must_verify(relay, &frame->notice.statement, type);
        }
    }
    return (struct verified_statement){.index = UINT64_MAX};
}

#define assert_told(relay, seat, type, duty)                                                       \
    do {                                                                                           \
        struct verified_statement told_ = notice_of((relay), (seat), (type));                      \
        cr_assert_neq(told_.index, UINT64_MAX, "nobody was told");                                 \
        cr_assert_eq(told_.facts.clock, (duty), "%s", duty_word(told_.facts.clock));               \
    } while (0)

static const int64_t LONG_MS = 5 * SH_DAY_MS;

Test(core_clocks, the_acceptance_says_which_clocks_it_started)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    write_referral(&relay, &letter);
    submit(&relay, SCHOOL, &letter);
    const struct frame *frame = sent_to(&relay, SCHOOL, FRAME_ACCEPTED);
    cr_assert_not_null(frame);
    const struct leaf_facts facts =
        must_verify(&relay, &frame->accepted.statement, LEAF_ACCEPTED).facts;
    uint64_t duties = 0;
    for (size_t i = 0; i < facts.clocks_len; i++) {
        duties |= UINT64_C(1) << facts.clocks[i].duty;
        cr_assert_gt(facts.clocks[i].due_ms, relay.now_ms);
    }
    cr_assert_eq(duties, UINT64_C(1) << DUTY_DELIVERED | UINT64_C(1) << DUTY_ACKNOWLEDGED |
                             UINT64_C(1) << DUTY_DECIDED);
}

Test(core_clocks, a_referral_that_nobody_decides_is_overdue_and_both_sides_are_told)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, SCHOOL, 100);
    write_referral(&relay, &letter);
    accept(&relay, SCHOOL, &letter);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &letter);
    give_receipt(&relay, MASH, RECEIPT_OPENED, &letter);
    ready(&relay, MASH, 100);
    move_on(&relay, LONG_MS);
    assert_told(&relay, SCHOOL, LEAF_OVERDUE, DUTY_ACKNOWLEDGED);
    assert_told(&relay, MASH, LEAF_OVERDUE, DUTY_ACKNOWLEDGED);
    cr_assert_eq(relay.core->stats.overdue, 2);
    move_on(&relay, LONG_MS);
    cr_assert_eq(relay.core->stats.overdue, 2, "once said is said");
}

Test(core_clocks, the_due_time_is_the_true_one_when_the_relay_was_down_meanwhile)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter letter;
    relay_make(&relay);
    ready(&relay, SCHOOL, 100);
    write_referral(&relay, &letter);
    accept(&relay, SCHOOL, &letter);
    const struct frame *frame = sent_to(&relay, SCHOOL, FRAME_ACCEPTED);
    const struct leaf_facts facts =
        must_verify(&relay, &frame->accepted.statement, LEAF_ACCEPTED).facts;
    int64_t due_ms = 0;
    for (size_t i = 0; i < facts.clocks_len; i++) {
        due_ms = facts.clocks[i].duty == DUTY_DELIVERED ? facts.clocks[i].due_ms : due_ms;
    }
    move_on(&relay, LONG_MS);
    struct verified_statement late = notice_of(&relay, SCHOOL, LEAF_NOT_YET_DELIVERED);
    cr_assert_eq(late.facts.due_ms, due_ms);
    cr_assert_gt(late.leaf.time_ms, due_ms + SH_DAY_MS);
}

Test(core_clocks, a_decision_in_time_stops_both_clocks_and_leaves_nothing_to_say)
{
    SH_DEFER(relay_free) struct relay relay;
    SH_DEFER(letter_free) struct letter referral;
    SH_DEFER(letter_free) struct letter decision;
    relay_make(&relay);
    write_referral(&relay, &referral);
    accept(&relay, SCHOOL, &referral);
    give_receipt(&relay, MASH, RECEIPT_DELIVERED, &referral);
    letter_write(&relay.post, &decision, MASH, POST_DECISION, 2);
    decision.facts.thread_id = decision.inside.thread_id = referral.facts.thread_id;
    decision.facts.has_parent = decision.inside.has_parent = true;
    cr_assert_eq(header_hash(referral.env.header, &decision.facts.parent), SH_OK);
    decision.inside.parent = decision.facts.parent;
    letter_seal(&relay.post, &decision);
    accept(&relay, MASH, &decision);
    give_receipt(&relay, SCHOOL, RECEIPT_OPENED, &decision);
    move_on(&relay, LONG_MS);
    cr_assert_eq(relay.core->stats.overdue, 0);
}
