#include "fixture.h"

/* Something in every table. */
static void put_some_of_everything(struct fixture *f, unsigned n)
{
    int64_t seq = put_message(f, n);
    put_queued(f, seq, n);
    put_notice(f, n, n);
    put_receipt(f, seq, n, put_leaf(f, n));
    const struct address desk = address_of("mash@999.social-care");
    must(store_collected_put(f->store, &desk, n));
    must(store_meta_put(f->store, "name", bytes_of(&n, sizeof n)));
    must(store_tile_put(f->store, 0, n, bytes_of(&n, sizeof n)));
}

static void holds(struct fixture *f, unsigned n, sh_err expected)
{
    struct message_row message;
    struct bytes tile;
    const struct queue_row *rows = NULL;
    size_t len = 0;
    const struct sh_hash hash = hash_of(n);
    cr_assert_eq(store_message_by_header(f->store, &hash, f->arena, &message), expected);
    cr_assert_eq(store_tile_get(f->store, 0, n, f->arena, &tile), expected);
    must(store_queue_next(f->store, &hash, 0, 9, f->arena, &rows, &len));
    cr_assert_eq(len, expected == SH_OK ? 2 : 0);
}

static unsigned meta_number(struct fixture *f)
{
    SH_DEFER(buf_wipe) struct buf value = BUF_INIT(64);
    must(store_meta_get(f->store, "name", &value));
    cr_assert_eq(value.len, sizeof(unsigned));
    unsigned n = 0;
    memcpy(&n, value.data, sizeof n);
    return n;
}

STORE_TEST(store_transactions, a_rollback_leaves_no_trace_in_any_table)
{
    must(store_begin(f->store));
    put_some_of_everything(f, 1);
    must(store_commit(f->store, NULL));
    must(store_begin(f->store));
    put_some_of_everything(f, 2);
    holds(f, 2, SH_OK);
    store_rollback(f->store);
    holds(f, 1, SH_OK);
    holds(f, 2, SH_E_NOT_FOUND);
    cr_assert_eq(meta_number(f), 1);
    uint64_t leaves = 0, messages = 0, notices = 0;
    must(store_leaves_count(f->store, &leaves));
    must(store_queue_waiting(f->store, &messages, &notices));
    cr_assert(leaves == 1 && messages == 1 && notices == 1);
    int64_t at_ms = 0;
    const struct address desk = address_of("mash@999.social-care");
    must(store_collected_get(f->store, &desk, &at_ms));
    cr_assert_eq(at_ms, 1);
}

STORE_TEST(store_transactions, after_a_rollback_the_same_can_be_put_again)
{
    must(store_begin(f->store));
    put_some_of_everything(f, 1);
    store_rollback(f->store);
    must(store_begin(f->store));
    put_some_of_everything(f, 1);
    must(store_commit(f->store, NULL));
    holds(f, 1, SH_OK);
}

STORE_TEST(store_transactions, a_write_outside_a_transaction_is_a_bug)
{
    cr_assert_eq(store_meta_put(f->store, "name", bytes_str("x")), SH_E_BUG);
}

STORE_TEST(store_transactions, a_commit_without_a_beginning_is_a_bug)
{
    cr_assert_eq(store_commit(f->store, NULL), SH_E_BUG);
}

STORE_TEST(store_transactions, a_transaction_in_a_transaction_is_a_bug)
{
    must(store_begin(f->store));
    cr_assert_eq(store_begin(f->store), SH_E_BUG);
}

STORE_TEST(store_transactions, a_checkpoint_in_a_transaction_is_a_bug)
{
    must(store_begin(f->store));
    cr_assert_eq(store_checkpoint(f->store), SH_E_BUG);
}

STORE_TEST(store_transactions, a_rollback_without_a_beginning_does_nothing)
{
    store_rollback(f->store);
    must(store_begin(f->store));
    put_message(f, 1);
    must(store_commit(f->store, NULL));
    store_rollback(f->store);
    struct message_row got;
    const struct sh_hash header = hash_of(1);
    must(store_message_by_header(f->store, &header, f->arena, &got));
}

STORE_TEST(store_transactions, what_could_not_be_put_for_want_of_memory_is_not_committed)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_queued(f, seq, 1);
    SH_DEFER(arena_free) struct arena *tiny = NULL;
    must(arena_new(1, 1, &tiny));
    const int64_t *seqs = NULL;
    size_t len = 0;
    const struct sh_hash seat = hash_of(1);
    cr_assert_eq(store_queue_drop_seat(f->store, &seat, tiny, &seqs, &len), SH_E_NOMEM);
    cr_assert_eq(store_meta_put(f->store, "name", bytes_str("x")), SH_E_NOMEM);
    cr_assert_eq(store_commit(f->store, NULL), SH_E_NOMEM);
    store_rollback(f->store);
    struct message_row got;
    const struct sh_hash header = hash_of(1);
    cr_assert_eq(store_message_by_header(f->store, &header, f->arena, &got), SH_E_NOT_FOUND);
    must(store_begin(f->store));
    put_message(f, 1);
    must(store_commit(f->store, NULL));
}

STORE_TEST(store_transactions, meta_values_are_replaced_and_missing_ones_not_found)
{
    SH_DEFER(buf_wipe) struct buf value = BUF_INIT(16), small = BUF_INIT(2);
    must(store_begin(f->store));
    must(store_meta_put(f->store, "origin", bytes_str("first")));
    must(store_meta_put(f->store, "origin", bytes_str("second")));
    must(store_meta_put(f->store, "empty", bytes_str("")));
    must(store_commit(f->store, NULL));
    must(store_meta_get(f->store, "origin", &value));
    cr_assert(bytes_equal(bytes_buf(&value), bytes_str("second")));
    cr_assert_eq(store_meta_get(f->store, "nothing", &value), SH_E_NOT_FOUND);
    cr_assert_eq(store_meta_get(f->store, "origin", &small), SH_E_TOO_BIG);
    must(store_meta_get(f->store, "empty", &small));
    cr_assert_eq(small.len, 0);
}

STORE_TEST(store_transactions, room_and_checkpoints_can_be_asked_for)
{
    must(store_begin(f->store));
    put_some_of_everything(f, 1);
    must(store_commit(f->store, NULL));
    must(store_checkpoint(f->store));
    uint64_t used = 0, room = 0;
    must(store_room(f->store, &used, &room));
    cr_assert_gt(used, 0);
    holds(f, 1, SH_OK);
}
