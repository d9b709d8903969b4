#include "fixture.h"

static struct clock_entry entry_of(enum duty duty, int64_t due_ms)
{
    return (struct clock_entry){.duty = duty,
                                .state = CLOCK_RUNNING,
                                .by = address_of("mash@999.social-care"),
                                .due_ms = due_ms,
                                .warn_ms = due_ms - 5,
                                .leaf_index = 77};
}

static void put_clock(struct fixture *f, int64_t message_seq, int64_t next_ms)
{
    const struct clock_entry entry = entry_of(DUTY_DECIDED, next_ms);
    const struct clock_row row = {message_seq, next_ms, &entry, 1};
    must(store_clocks_put(f->store, &row));
}

STORE_TEST(store_clocks, what_was_put_comes_back_whole)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    struct clock_entry put[2] = {entry_of(DUTY_ACKNOWLEDGED, 100), entry_of(DUTY_NEXT_STEP, 900)};
    put[1].by = address_of("dsl@999001.school");
    put[1].state = CLOCK_LATE;
    const struct clock_row row = {seq, 95, put, 2};
    must(store_clocks_put(f->store, &row));
    struct clock_row got;
    must(store_clocks_get(f->store, seq, f->arena, &got));
    cr_assert_eq(got.message_seq, seq);
    cr_assert_eq(got.next_ms, 95);
    cr_assert_eq(got.len, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(got.entries[i].duty, put[i].duty);
        cr_assert_eq(got.entries[i].state, put[i].state);
        cr_assert_eq(got.entries[i].due_ms, put[i].due_ms);
        cr_assert_eq(got.entries[i].warn_ms, put[i].warn_ms);
        cr_assert_eq(got.entries[i].leaf_index, 77);
        cr_assert(address_equal(&got.entries[i].by, &put[i].by));
    }
}

STORE_TEST(store_clocks, a_row_replaces_the_one_before)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_clock(f, seq, 50);
    put_clock(f, seq, STORE_CLOCK_NEVER);
    const int64_t *seqs = NULL;
    size_t len = 9;
    must(store_clocks_due(f->store, INT64_MAX, 10, f->arena, &seqs, &len));
    cr_assert_eq(len, 0, "what never comes is not due");
}

STORE_TEST(store_clocks, those_that_waited_longest_come_first_and_no_more_than_asked_for)
{
    must(store_begin(f->store));
    int64_t first = put_message(f, 1), second = put_message(f, 2), third = put_message(f, 3);
    put_clock(f, first, 300);
    put_clock(f, second, 100);
    put_clock(f, third, 100);
    const int64_t *seqs = NULL;
    size_t len = 0;
    must(store_clocks_due(f->store, 99, 10, f->arena, &seqs, &len));
    cr_assert_eq(len, 0);
    must(store_clocks_due(f->store, 300, 10, f->arena, &seqs, &len));
    cr_assert_eq(len, 3);
    cr_assert(seqs[0] == second && seqs[1] == third && seqs[2] == first);
    must(store_clocks_due(f->store, 300, 2, f->arena, &seqs, &len));
    cr_assert_eq(len, 2);
}

STORE_TEST(store_clocks, a_message_without_clocks_has_none_and_clocks_need_a_message)
{
    must(store_begin(f->store));
    struct clock_row got;
    cr_assert_eq(store_clocks_get(f->store, put_message(f, 1), f->arena, &got), SH_E_NOT_FOUND);
    const struct clock_entry entry = entry_of(DUTY_DECIDED, 1);
    const struct clock_row row = {99, 1, &entry, 1}, empty = {1, 1, &entry, 0},
                           large = {1, 1, &entry, STORE_CLOCKS_MAX + 1};
    cr_assert_eq(store_clocks_put(f->store, &empty), SH_E_TOO_BIG);
    cr_assert_eq(store_clocks_put(f->store, &large), SH_E_TOO_BIG);
    cr_assert_eq(store_clocks_put(f->store, &row), SH_E_NOT_FOUND);
}

STORE_TEST(store_clocks, they_go_with_the_transaction_that_put_them)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    must(store_commit(f->store, NULL));
    must(store_begin(f->store));
    put_clock(f, seq, 50);
    store_rollback(f->store);
    struct clock_row got;
    cr_assert_eq(store_clocks_get(f->store, seq, f->arena, &got), SH_E_NOT_FOUND);
}
