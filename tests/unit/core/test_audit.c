/* Who may read the log, how fast, and what the log says of it. */
#include "base/cleanup.h"
#include "support/relay.h"
#include "wire/log.h"

#include <criterion/criterion.h>

struct office {
    struct relay relay;
    enum post_seat auditor, colleague; /* two seats of one auditors' desk */
};

static void office_make(struct office *office, size_t messages)
{
    struct relay *relay = &office->relay;
    relay_make(relay);
    office->auditor = (enum post_seat)pki_add_seat(&relay->post.pki, "reviews@999.audit");
    office->colleague = (enum post_seat)pki_add_seat(&relay->post.pki, "reviews@999.audit");
    relay_reload(relay);
    for (size_t i = 0; i < messages; i++) {
        SH_DEFER(letter_free) struct letter letter;
        write_referral(relay, &letter);
        submit(relay, SCHOOL, &letter);
        cr_assert_not_null(sent_to(relay, SCHOOL, FRAME_ACCEPTED));
    }
}

static void office_free(struct office *office)
{
    relay_free(&office->relay);
}

static struct frame ask_for(const struct office *office, uint64_t from, uint32_t count)
{
    return (struct frame){
        .ref = 3,
        .type = FRAME_LEAVES_GET,
        .leaves_get = {.from = from, .count = count, .size = book_size(office->relay.core->book)}};
}

static uint32_t refusal(const struct relay *relay, enum post_seat seat)
{
    const struct frame *frame = sent_to(relay, seat, FRAME_REFUSED);
    return frame ? frame->refused.code : 0;
}

static size_t audit_leaves(struct office *office, struct leaf_facts *out_last, struct arena *arena)
{
    size_t found = 0;
    for (uint64_t i = 0; i < book_size(office->relay.core->book); i++) {
        struct leaf_row row;
        struct leaf leaf;
        cr_assert_eq(book_entry(office->relay.core->book, i, arena, &row), SH_OK);
        cr_assert_eq(leaf_decode(row.leaf, &leaf), SH_OK);
        if (leaf.type == LEAF_AUDIT_READ) {
            cr_assert_eq(leaf_facts_decode(row.facts, arena, out_last), SH_OK);
            found++;
        }
    }
    return found;
}

Test(audit, a_page_is_the_beginning_of_the_signed_log)
{
    SH_DEFER(office_free) struct office office;
    struct merkle_edge edge = {.size = 0};
    struct checkpoint signed_one;
    struct sh_hash root, hash;
    office_make(&office, 4);
    const struct note_verifier log = post_verifier(&office.relay.post);
    cr_assert_eq(checkpoint_verify(book_checkpoint(office.relay.core->book), &log, &signed_one),
                 SH_OK);
    const struct frame ask = ask_for(&office, 0, 3);
    relay_step(&office.relay, office.auditor, &ask);
    const struct frame *page = sent_to(&office.relay, office.auditor, FRAME_LEAVES);
    cr_assert_not_null(page);
    cr_assert(page->leaves.from == 0 && page->leaves.len == 3 &&
              page->leaves.size == signed_one.size);
    for (size_t i = 0; i < page->leaves.len; i++) {
        cr_assert(page->leaves.entries[i].has_opening);
        cr_assert_eq(merkle_leaf_hash(page->leaves.entries[i].leaf, &hash), SH_OK);
        cr_assert_eq(merkle_edge_append(&edge, &hash, NULL), SH_OK);
    }
    cr_assert_eq(merkle_edge_root(&edge, &root), SH_OK);
    cr_assert_eq(merkle_check_consistency(3, &root, signed_one.size, &signed_one.root,
                                          page->leaves.consistency.hashes,
                                          page->leaves.consistency.len),
                 SH_OK);
}

Test(audit, nobody_but_an_auditor_may_read_the_log)
{
    SH_DEFER(office_free) struct office office;
    static const enum post_seat others[] = {SCHOOL, DEPUTY, MASH, MANAGERS, NURSE};
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct leaf_facts facts;
    office_make(&office, 1);
    const struct frame ask = ask_for(&office, 0, 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        relay_step(&office.relay, others[i], &ask);
        cr_assert_eq(refusal(&office.relay, others[i]), SH_E_NOT_PERMITTED);
        cr_assert_null(sent_to(&office.relay, others[i], FRAME_LEAVES));
    }
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(audit_leaves(&office, &facts, arena), 0);
}

Test(audit, what_is_not_in_the_log_is_not_found)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office, 1);
    struct frame ask = ask_for(&office, 0, 1);
    ask.leaves_get.size++;
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_eq(refusal(&office.relay, office.auditor), SH_E_NOT_FOUND);
    ask = ask_for(&office, 0, 1);
    ask.leaves_get.from = ask.leaves_get.size;
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_eq(refusal(&office.relay, office.auditor), SH_E_NOT_FOUND);
    ask = ask_for(&office, 0, 0);
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_eq(refusal(&office.relay, office.auditor), SH_E_FORMAT);
}

Test(audit, reading_is_said_once_for_a_desk_and_day)
{
    SH_DEFER(office_free) struct office office;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct leaf_facts facts;
    office_make(&office, 1);
    cr_assert_eq(arena_new(8 * SH_MIB, 10000, &arena), SH_OK);
    uint64_t size = book_size(office.relay.core->book);
    const struct frame ask = ask_for(&office, 0, 1);
    const enum post_seat seats[] = {office.auditor, office.colleague, office.auditor};
    for (size_t i = 0; i < 3; i++) {
        office.relay.boot_ms += SH_SECOND_MS;
        relay_step(&office.relay, seats[i], &ask);
        cr_assert_not_null(sent_to(&office.relay, seats[i], FRAME_LEAVES));
    }
    cr_assert_eq(audit_leaves(&office, &facts, arena), 1);
    cr_assert_str_eq(facts.from.text, "reviews@999.audit");
    cr_assert(facts.has_count && facts.count == size);
    office.relay.now_ms += SH_DAY_MS;
    office.relay.boot_ms += SH_DAY_MS;
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_not_null(sent_to(&office.relay, office.auditor, FRAME_LEAVES));
    cr_assert_eq(audit_leaves(&office, &facts, arena), 2);
}

Test(audit, a_seat_reads_no_faster_than_the_policy_lets_it)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office, 8);
    const struct frame ask = ask_for(&office, 0, 8);
    int64_t rate = policy_audit_leaves_per_second(office.relay.core->loaded->policy);
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_not_null(sent_to(&office.relay, office.auditor, FRAME_LEAVES));
    relay_step(&office.relay, office.auditor, &ask);
    const struct frame *later = sent_to(&office.relay, office.auditor, FRAME_DEFER);
    cr_assert_not_null(later);
    cr_assert_eq(later->defer.code, SH_E_QUOTA);
    cr_assert_eq(later->defer.retry_after_ms, (8 * SH_SECOND_MS + rate - 1) / rate);
    uint32_t wait_ms = later->defer.retry_after_ms;
    relay_step(&office.relay, office.colleague, &ask);
    cr_assert_not_null(sent_to(&office.relay, office.colleague, FRAME_LEAVES),
                       "each seat has a pace of its own");
    office.relay.boot_ms += wait_ms;
    office.relay.now_ms += wait_ms;
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_not_null(sent_to(&office.relay, office.auditor, FRAME_LEAVES));
}

Test(audit, two_questions_in_one_group_count_as_two)
{
    SH_DEFER(office_free) struct office office;
    office_make(&office, 8);
    const struct frame ask = ask_for(&office, 0, 8);
    struct submission *group[] = {relay_frame(&office.relay, office.auditor, &ask),
                                  relay_frame(&office.relay, office.auditor, &ask)};
    cr_assert_eq(relay_group(&office.relay, group, 2), SH_OK);
    cr_assert_eq(count_sent(&office.relay, office.auditor, FRAME_LEAVES), 1);
    cr_assert_eq(count_sent(&office.relay, office.auditor, FRAME_DEFER), 1);
}

Test(audit, a_reader_gives_way_while_messages_wait)
{
    SH_DEFER(office_free) struct office office;
    struct submission *group[SH_GROUP_MAX];
    office_make(&office, 2);
    const struct frame ask = ask_for(&office, 0, 1);
    const struct frame ping = {.type = FRAME_PING};
    office.relay.boot_ms += SH_HOUR_MS;
    relay_step(&office.relay, office.auditor, &ask);
    cr_assert_not_null(sent_to(&office.relay, office.auditor, FRAME_LEAVES));
    office.relay.boot_ms += 100; /* long enough for its pace */
    office.relay.now_ms += 100;
    for (size_t i = 0; i < SH_GROUP_MAX; i++) {
        group[i] = relay_frame(&office.relay, i ? SCHOOL : office.auditor, i ? &ping : &ask);
    }
    cr_assert_eq(relay_group(&office.relay, group, SH_GROUP_MAX), SH_OK);
    const struct frame *later = sent_to(&office.relay, office.auditor, FRAME_DEFER);
    cr_assert_not_null(later);
    cr_assert_eq(later->defer.code, SH_E_BUSY);
    cr_assert_eq(later->defer.retry_after_ms, SH_SECOND_MS - 100);
}
