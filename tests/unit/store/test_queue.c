#include "fixture.h"

static const struct queue_row *next(struct fixture *f, unsigned seat, uint64_t after,
                                    size_t *out_len)
{
    const struct queue_row *rows = NULL;
    const struct sh_hash hash = hash_of(seat);
    must(store_queue_next(f->store, &hash, after, 100, f->arena, &rows, out_len));
    return rows;
}

static size_t next_len(struct fixture *f, unsigned seat)
{
    size_t len = 0;
    (void)next(f, seat, 0, &len);
    return len;
}

static uint64_t put_held(struct fixture *f, int64_t message_seq, unsigned seat)
{
    const struct queue_row row = {
        .seat = hash_of(seat), .kind = QUEUE_MESSAGE, .message_seq = message_seq, .held = true};
    uint64_t item = 0;
    must(store_queue_put(f->store, &row, &item));
    return item;
}

STORE_TEST(store_queue, a_seat_gets_its_messages_and_notices_in_order_and_no_others)
{
    must(store_begin(f->store));
    int64_t first = put_message(f, 1), second = put_message(f, 2);
    uint64_t items[] = {put_queued(f, first, 1), put_notice(f, 77, 1), put_queued(f, second, 1)};
    put_queued(f, second, 2);
    size_t len = 0;
    const struct queue_row *rows = next(f, 1, 0, &len);
    cr_assert_eq(len, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct sh_hash seat = hash_of(1);
        cr_assert_eq(rows[i].item, items[i]);
        cr_assert(hash_equal(&rows[i].seat, &seat));
        cr_assert_not(rows[i].held);
    }
    cr_assert_eq(rows[0].kind, QUEUE_MESSAGE);
    cr_assert_eq(rows[0].message_seq, first);
    cr_assert_eq(rows[1].kind, QUEUE_NOTICE);
    cr_assert_eq(rows[1].leaf_index, 77);
    cr_assert_eq(rows[2].message_seq, second);
}

STORE_TEST(store_queue, reading_goes_on_behind_an_item_and_stops_at_the_most)
{
    must(store_begin(f->store));
    uint64_t first = put_notice(f, 1, 1);
    uint64_t second = put_notice(f, 2, 1);
    put_notice(f, 3, 1);
    size_t len = 0;
    const struct queue_row *rows = next(f, 1, first, &len);
    cr_assert_eq(len, 2);
    cr_assert_eq(rows[0].item, second);
    const struct sh_hash seat = hash_of(1);
    must(store_queue_next(f->store, &seat, 0, 1, f->arena, &rows, &len));
    cr_assert_eq(len, 1);
    cr_assert_eq(rows[0].item, first);
    must(store_queue_next(f->store, &seat, 0, 0, f->arena, &rows, &len));
    cr_assert_eq(len, 0);
    must(store_queue_next(f->store, &seat, UINT64_MAX, 9, f->arena, &rows, &len));
    cr_assert_eq(len, 0);
}

STORE_TEST(store_queue, items_ascend_over_all_seats)
{
    must(store_begin(f->store));
    uint64_t before = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t item = put_notice(f, i, 20 - i);
        cr_assert_gt(item, before);
        before = item;
    }
}

STORE_TEST(store_queue, a_message_is_queued_once_for_a_seat)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_queued(f, seq, 1);
    const struct queue_row again = {.seat = hash_of(1), .kind = QUEUE_MESSAGE, .message_seq = seq};
    uint64_t item = 0;
    cr_assert_eq(store_queue_put(f->store, &again, &item), SH_E_EXISTS);
    cr_assert_eq(next_len(f, 1), 1);
}

STORE_TEST(store_queue, a_message_that_is_not_there_is_not_queued)
{
    must(store_begin(f->store));
    const struct queue_row row = {.seat = hash_of(1), .kind = QUEUE_MESSAGE, .message_seq = 5};
    uint64_t item = 0;
    cr_assert_eq(store_queue_put(f->store, &row, &item), SH_E_NOT_FOUND);
    cr_assert_eq(next_len(f, 1), 0);
}

STORE_TEST(store_queue, what_is_done_is_not_given_again_but_still_found)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    uint64_t item = put_queued(f, seq, 1);
    const struct sh_hash seat = hash_of(1);
    struct queue_row row;
    bool done = true;
    must(store_queue_find(f->store, &seat, seq, &row, &done));
    cr_assert_not(done);
    cr_assert_eq(row.item, item);
    must(store_queue_done(f->store, &seat, item));
    cr_assert_eq(next_len(f, 1), 0);
    must(store_queue_find(f->store, &seat, seq, &row, &done));
    cr_assert(done);
    cr_assert_eq(row.message_seq, seq);
}

STORE_TEST(store_queue, done_twice_is_fine_for_messages_and_notices)
{
    must(store_begin(f->store));
    const struct sh_hash seat = hash_of(1);
    uint64_t message = put_queued(f, put_message(f, 1), 1), notice = put_notice(f, 1, 1);
    for (int i = 0; i < 2; i++) {
        must(store_queue_done(f->store, &seat, message));
        must(store_queue_done(f->store, &seat, notice));
    }
    cr_assert_eq(next_len(f, 1), 0);
}

STORE_TEST(store_queue, a_seat_cannot_finish_what_is_another_seats)
{
    must(store_begin(f->store));
    const struct sh_hash thief = hash_of(2), stranger = hash_of(3);
    int64_t seq = put_message(f, 1);
    uint64_t message = put_queued(f, seq, 1), notice = put_notice(f, 1, 1);
    put_notice(f, 2, 2);
    cr_assert_eq(store_queue_done(f->store, &thief, message), SH_E_NOT_FOUND);
    cr_assert_eq(store_queue_done(f->store, &thief, notice), SH_E_NOT_FOUND);
    cr_assert_eq(store_queue_done(f->store, &stranger, notice), SH_E_NOT_FOUND);
    cr_assert_eq(next_len(f, 1), 2);
    cr_assert_eq(next_len(f, 2), 1);
}

STORE_TEST(store_queue, an_item_that_was_never_given_is_not_found)
{
    must(store_begin(f->store));
    const struct sh_hash seat = hash_of(1);
    uint64_t item = put_notice(f, 1, 1);
    cr_assert_eq(store_queue_done(f->store, &seat, 0), SH_E_NOT_FOUND);
    cr_assert_eq(store_queue_done(f->store, &seat, UINT64_MAX), SH_E_NOT_FOUND);
    cr_assert_eq(store_queue_done(f->store, &seat, item + (UINT64_C(1) << 30)), SH_E_NOT_FOUND);
}

STORE_TEST(store_queue, what_was_never_queued_is_not_found)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_queued(f, seq, 1);
    put_notice(f, 1, 2);
    struct queue_row row;
    bool done = false;
    const struct sh_hash other = hash_of(2), stranger = hash_of(3);
    cr_assert_eq(store_queue_find(f->store, &other, seq, &row, &done), SH_E_NOT_FOUND);
    cr_assert_eq(store_queue_find(f->store, &stranger, seq, &row, &done), SH_E_NOT_FOUND);
}

STORE_TEST(store_queue, held_rows_wait_until_they_are_released)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_held(f, seq, 1);
    put_held(f, seq, 2);
    cr_assert_eq(next_len(f, 1), 0);
    struct queue_row row;
    bool done = false;
    const struct sh_hash seats[] = {hash_of(1), hash_of(7)};
    must(store_queue_find(f->store, &seats[0], seq, &row, &done));
    cr_assert(row.held);
    must(store_queue_release(f->store, seq, seats, 2));
    cr_assert_eq(next_len(f, 1), 1);
    cr_assert_eq(next_len(f, 2), 0, "not in the list");
    must(store_queue_find(f->store, &seats[0], seq, &row, &done));
    cr_assert_not(row.held);
}

STORE_TEST(store_queue, a_released_row_comes_behind_what_the_seat_has_read)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_held(f, seq, 1);
    uint64_t read = put_notice(f, 1, 1);
    const struct sh_hash seat = hash_of(1);
    must(store_queue_release(f->store, seq, &seat, 1));
    size_t len = 0;
    const struct queue_row *rows = next(f, 1, read, &len);
    cr_assert_eq(len, 1);
    cr_assert_eq(rows[0].message_seq, seq);
    must(store_queue_done(f->store, &seat, rows[0].item));
    cr_assert_eq(next_len(f, 1), 1);
}

STORE_TEST(store_queue, releasing_twice_or_what_is_not_held_changes_nothing)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    uint64_t item = put_queued(f, seq, 1);
    const struct sh_hash seat = hash_of(1);
    must(store_queue_release(f->store, seq, &seat, 1));
    struct queue_row row;
    bool done = false;
    must(store_queue_find(f->store, &seat, seq, &row, &done));
    cr_assert_eq(row.item, item);
    cr_assert_eq(next_len(f, 1), 1);
}

STORE_TEST(store_queue, a_dropped_seat_waits_for_nothing_and_its_messages_are_named)
{
    must(store_begin(f->store));
    int64_t first = put_message(f, 1), second = put_message(f, 2), third = put_message(f, 3);
    put_queued(f, first, 1);
    put_notice(f, 5, 1);
    put_held(f, second, 1);
    uint64_t done_item = put_queued(f, third, 1);
    put_queued(f, first, 2);
    const struct sh_hash seat = hash_of(1);
    must(store_queue_done(f->store, &seat, done_item));
    const int64_t *seqs = NULL;
    size_t len = 0;
    must(store_queue_drop_seat(f->store, &seat, f->arena, &seqs, &len));
    cr_assert_eq(len, 2);
    cr_assert_eq(seqs[0], first);
    cr_assert_eq(seqs[1], second);
    cr_assert_eq(next_len(f, 1), 0);
    cr_assert_eq(next_len(f, 2), 1);
    struct queue_row row;
    bool done = false;
    cr_assert_eq(store_queue_find(f->store, &seat, first, &row, &done), SH_E_NOT_FOUND);
    must(store_queue_find(f->store, &seat, third, &row, &done));
    cr_assert(done);
}

STORE_TEST(store_queue, dropping_a_seat_that_waits_for_nothing_gives_nothing)
{
    must(store_begin(f->store));
    const struct sh_hash seat = hash_of(1);
    const int64_t *seqs = NULL;
    size_t len = 9;
    must(store_queue_drop_seat(f->store, &seat, f->arena, &seqs, &len));
    cr_assert_eq(len, 0);
}

STORE_TEST(store_queue, every_seat_that_waits_is_listed_once)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    uint64_t done = put_notice(f, 1, 4);
    put_queued(f, seq, 1);
    put_notice(f, 2, 1);
    put_held(f, seq, 2);
    put_notice(f, 3, 3);
    const struct sh_hash fourth = hash_of(4);
    must(store_queue_done(f->store, &fourth, done));
    const struct sh_hash *seats = NULL;
    size_t len = 0;
    must(store_queue_seats(f->store, f->arena, &seats, &len));
    cr_assert_eq(len, 3);
    bool seen[5] = {false};
    for (size_t i = 0; i < len; i++) {
        uint32_t n = be32_load(seats[i].b + 4);
        cr_assert(n >= 1 && n <= 3 && !seen[n]);
        seen[n] = true;
    }
}

STORE_TEST(store_queue, what_waits_is_counted_without_what_is_held)
{
    must(store_begin(f->store));
    const struct sh_hash first = hash_of(1), second = hash_of(2);
    int64_t seq = put_message(f, 1);
    put_queued(f, seq, 1);
    put_held(f, seq, 2);
    uint64_t notice = put_notice(f, 1, 1);
    put_notice(f, 2, 1);
    uint64_t messages = 9, notices = 9;
    must(store_queue_waiting(f->store, &messages, &notices));
    cr_assert(messages == 1 && notices == 2);
    must(store_queue_done(f->store, &first, notice));
    must(store_queue_done(f->store, &first, notice));
    must(store_queue_release(f->store, seq, &second, 1));
    must(store_queue_waiting(f->store, &messages, &notices));
    cr_assert(messages == 2 && notices == 1);
    const int64_t *seqs = NULL;
    size_t len = 0;
    must(store_queue_drop_seat(f->store, &first, f->arena, &seqs, &len));
    must(store_queue_waiting(f->store, &messages, &notices));
    cr_assert(messages == 1 && notices == 0);
}
