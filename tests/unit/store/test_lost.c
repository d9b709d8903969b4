#include "fixture.h"

static struct lost_row lost_of(int64_t number)
{
    return (struct lost_row){.number = number,
                             .vkey = bytes_str("relay.example.org+1+a"),
                             .size = 40,
                             .known = bytes_str("a signed note")};
}

static void put_missing(struct fixture *f, uint64_t index)
{
    const struct missing_row row = {
        .lost = 1, .index = index, .statement = bytes_str("a statement")};
    must(store_missing_put(f->store, &row));
}

STORE_TEST(store_lost, what_was_put_comes_back_whole_and_replaces_the_one_before)
{
    struct lost_row got, put = lost_of(1);
    must(store_begin(f->store));
    cr_assert_eq(store_lost_get(f->store, 1, f->arena, &got), SH_E_NOT_FOUND);
    must(store_lost_put(f->store, &put));
    put_missing(f, 41);
    put.opened = true;
    put.known = bytes_str("a newer note");
    must(store_lost_put(f->store, &put));
    must(store_lost_get(f->store, 1, f->arena, &got));
    cr_assert(got.number == 1 && got.size == 40 && got.opened);
    cr_assert(bytes_equal(got.vkey, put.vkey) && bytes_equal(got.known, put.known));
    cr_assert_eq(store_lost_get(f->store, 2, f->arena, &got), SH_E_NOT_FOUND);
}

STORE_TEST(store_lost, missing_entries_come_in_order_of_their_index)
{
    struct missing_row got;
    const struct lost_row one = lost_of(1), two = lost_of(2);
    must(store_begin(f->store));
    must(store_lost_put(f->store, &one));
    must(store_lost_put(f->store, &two));
    put_missing(f, 50);
    put_missing(f, 43);
    must(store_missing_next(f->store, 1, 0, f->arena, &got));
    cr_assert(got.index == 43 && !got.has_again);
    cr_assert(bytes_equal(got.statement, bytes_str("a statement")));
    must(store_missing_next(f->store, 1, 44, f->arena, &got));
    cr_assert_eq(got.index, 50);
    cr_assert_eq(store_missing_next(f->store, 1, 51, f->arena, &got), SH_E_EMPTY);
    cr_assert_eq(store_missing_next(f->store, 2, 0, f->arena, &got), SH_E_EMPTY);
}

STORE_TEST(store_lost, what_was_offered_again_says_where_it_stands_now)
{
    struct missing_row got;
    const struct lost_row lost = lost_of(1);
    must(store_begin(f->store));
    must(store_lost_put(f->store, &lost));
    put_missing(f, 43);
    const struct missing_row again = {
        .lost = 1, .index = 43, .has_again = true, .again = 0, .statement = bytes_str("s")};
    must(store_missing_put(f->store, &again));
    must(store_missing_next(f->store, 1, 43, f->arena, &got));
    cr_assert(got.has_again && got.again == 0);
    cr_assert_eq(store_missing_next(f->store, 1, 44, f->arena, &got), SH_E_EMPTY);
}

STORE_TEST(store_lost, an_entry_of_a_log_that_was_never_lost_is_refused)
{
    const struct missing_row row = {.lost = 7, .index = 1, .statement = bytes_str("s")};
    must(store_begin(f->store));
    cr_assert_eq(store_missing_put(f->store, &row), SH_E_NOT_FOUND);
}

STORE_TEST(store_lost, too_much_is_refused_and_a_rollback_forgets)
{
    static uint8_t much[17 * 1024];
    struct lost_row got, lost = lost_of(1);
    struct missing_row row = {.lost = 1, .index = 1, .statement = bytes_of(much, sizeof much)};
    must(store_begin(f->store));
    must(store_lost_put(f->store, &lost));
    cr_assert_eq(store_missing_put(f->store, &row), SH_E_TOO_BIG);
    lost.known = bytes_of(much, sizeof much);
    cr_assert_eq(store_lost_put(f->store, &lost), SH_E_TOO_BIG);
    store_rollback(f->store);
    cr_assert_eq(store_lost_get(f->store, 1, f->arena, &got), SH_E_NOT_FOUND);
}
