#include "fixture.h"

static void equals(const struct message_row *got, const struct message_row *put)
{
    cr_assert(id_equal(&got->message_id, &put->message_id));
    cr_assert(id_equal(&got->thread_id, &put->thread_id));
    cr_assert(hash_equal(&got->header_sha256, &put->header_sha256));
    cr_assert_str_eq(got->from.text, put->from.text);
    cr_assert_eq(got->accepted_ms, put->accepted_ms);
    cr_assert_eq(got->leaf_index, put->leaf_index);
    cr_assert(bytes_equal(got->header, put->header));
}

STORE_TEST(store_messages, what_was_put_is_found_by_id_and_seq_and_header)
{
    const struct message_row put = message_of(f, 7);
    int64_t seq = 0;
    must(store_begin(f->store));
    must(store_message_put(f->store, &put, &seq));
    must(store_commit(f->store, NULL));
    struct message_row got[3];
    must(store_message_by_id(f->store, &put.from, &put.message_id, f->arena, &got[0]));
    must(store_message_by_seq(f->store, seq, f->arena, &got[1]));
    must(store_message_by_header(f->store, &put.header_sha256, f->arena, &got[2]));
    for (size_t i = 0; i < 3; i++) {
        equals(&got[i], &put);
        cr_assert_eq(got[i].seq, seq);
        cr_assert(bytes_equal(got[i].envelope, put.envelope));
    }
}

STORE_TEST(store_messages, an_envelope_that_does_not_hold_its_header_comes_back_whole)
{
    struct message_row put = message_of(f, 7), got;
    put.envelope = bytes_str("nothing of the kind");
    int64_t seq = 0;
    must(store_begin(f->store));
    must(store_message_put(f->store, &put, &seq));
    must(store_message_by_seq(f->store, seq, f->arena, &got));
    cr_assert(bytes_equal(got.envelope, put.envelope));
    cr_assert(bytes_equal(got.header, put.header));
}

STORE_TEST(store_messages, seqs_ascend)
{
    must(store_begin(f->store));
    int64_t first = put_message(f, 1);
    cr_assert_gt(first, 0);
    cr_assert_gt(put_message(f, 2), first);
}

STORE_TEST(store_messages, what_was_never_put_is_not_found)
{
    struct message_row got;
    must(store_begin(f->store));
    put_message(f, 1);
    const struct address known = address_of("dsl@999001.school"),
                         stranger = address_of("dsl@999009.school");
    const struct sh_id id = id_of(1), other = id_of(2);
    const struct sh_hash header = hash_of(2);
    cr_assert_eq(store_message_by_id(f->store, &known, &other, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_message_by_id(f->store, &stranger, &id, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_message_by_seq(f->store, 99, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_message_by_seq(f->store, 0, f->arena, &got), SH_E_NOT_FOUND);
    cr_assert_eq(store_message_by_header(f->store, &header, f->arena, &got), SH_E_NOT_FOUND);
}

STORE_TEST(store_messages, headers_that_begin_alike_are_told_apart)
{
    must(store_begin(f->store));
    struct message_row first = message_of(f, 1), second = message_of(f, 2), got;
    second.header_sha256 = first.header_sha256;
    second.header_sha256.b[31] ^= 0xff;
    int64_t seq = 0;
    must(store_message_put(f->store, &first, &seq));
    must(store_message_put(f->store, &second, &seq));
    must(store_message_by_header(f->store, &second.header_sha256, f->arena, &got));
    cr_assert(id_equal(&got.message_id, &second.message_id));
}

STORE_TEST(store_messages, a_message_id_is_taken_once_from_each_sender)
{
    must(store_begin(f->store));
    put_message(f, 1);
    struct message_row again = message_of(f, 1);
    int64_t seq = -1;
    cr_assert_eq(store_message_put(f->store, &again, &seq), SH_E_EXISTS);
    cr_assert_eq(seq, -1);
    again.from = address_of("dsl@999002.school");
    must(store_message_put(f->store, &again, &seq));
}

STORE_TEST(store_messages, a_refused_message_leaves_the_transaction_usable)
{
    must(store_begin(f->store));
    put_message(f, 1);
    struct message_row again = message_of(f, 1);
    int64_t seq = 0;
    cr_assert_eq(store_message_put(f->store, &again, &seq), SH_E_EXISTS);
    put_message(f, 2);
    must(store_commit(f->store, NULL));
    struct message_row got;
    const struct sh_hash second = hash_of(2);
    must(store_message_by_header(f->store, &second, f->arena, &got));
}

static int64_t put_answer(struct fixture *f, unsigned n, unsigned thread)
{
    struct message_row row = message_of(f, n);
    row.thread_id = id_of(thread);
    int64_t seq = 0;
    must(store_message_put(f->store, &row, &seq));
    return seq;
}

STORE_TEST(store_messages, a_thread_comes_in_order_of_acceptance_without_envelopes)
{
    must(store_begin(f->store));
    put_message(f, 5);
    put_message(f, 6);
    put_answer(f, 7, 5);
    put_answer(f, 3, 5);
    const struct message_row *rows = NULL;
    size_t len = 0;
    const struct sh_id thread = id_of(5);
    must(store_thread(f->store, &thread, 3, f->arena, &rows, &len));
    cr_assert_eq(len, 3);
    const unsigned order[] = {5, 7, 3};
    for (size_t i = 0; i < 3; i++) {
        struct message_row put = message_of(f, order[i]);
        put.thread_id = thread;
        equals(&rows[i], &put);
        cr_assert_eq(rows[i].envelope.len, 0);
    }
}

STORE_TEST(store_messages, a_thread_longer_than_the_caller_takes_is_too_big)
{
    must(store_begin(f->store));
    put_message(f, 1);
    put_answer(f, 2, 1);
    const struct message_row *rows = NULL;
    size_t len = 0;
    const struct sh_id thread = id_of(1);
    cr_assert_eq(store_thread(f->store, &thread, 1, f->arena, &rows, &len), SH_E_TOO_BIG);
    must(store_thread(f->store, &thread, 2, f->arena, &rows, &len));
}

STORE_TEST(store_messages, a_thread_that_nobody_began_is_empty_and_takes_no_answer)
{
    must(store_begin(f->store));
    put_message(f, 1);
    put_answer(f, 2, 1);
    const struct message_row *rows = NULL;
    size_t len = 9;
    /* 2 is a message, but no thread */
    const struct sh_id thread = id_of(2);
    must(store_thread(f->store, &thread, 10, f->arena, &rows, &len));
    cr_assert_eq(len, 0);
    struct message_row lost = message_of(f, 3);
    lost.thread_id = thread;
    int64_t seq = 0;
    cr_assert_eq(store_message_put(f->store, &lost, &seq), SH_E_UNKNOWN_THREAD);
}

STORE_TEST(store_messages, the_largest_message_is_stored_and_one_byte_more_is_refused)
{
    uint8_t *bytes = arena_alloc(f->arena, SH_ENVELOPE_BYTES_MAX + 1);
    cr_assert(bytes);
    struct message_row row = message_of(f, 1), got;
    int64_t seq = 0;
    must(store_begin(f->store));
    row.envelope = bytes_of(bytes, SH_ENVELOPE_BYTES_MAX + 1);
    cr_assert_eq(store_message_put(f->store, &row, &seq), SH_E_TOO_BIG);
    row.envelope = bytes_of(bytes, SH_ENVELOPE_BYTES_MAX);
    row.header = bytes_of(bytes, SH_HEADER_BYTES_MAX + 1);
    cr_assert_eq(store_message_put(f->store, &row, &seq), SH_E_TOO_BIG);
    row.header = bytes_of(bytes, SH_HEADER_BYTES_MAX);
    must(store_message_put(f->store, &row, &seq));
    must(store_message_by_seq(f->store, seq, f->arena, &got));
    cr_assert(bytes_equal(got.envelope, row.envelope));
    cr_assert(bytes_equal(got.header, row.header));
}

/* ---- retention ---- */

static size_t expire(struct fixture *f, int64_t before_ms, size_t len_max, int64_t *out_first)
{
    const int64_t *seqs = NULL;
    size_t len = 0;
    must(store_messages_expire(f->store, before_ms, len_max, f->arena, &seqs, &len));
    *out_first = len ? seqs[0] : 0;
    return len;
}

STORE_TEST(store_messages, ciphertext_goes_when_everybody_has_it_and_the_first_delivery_is_old)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1), first = 0;
    const struct sh_hash seat = hash_of(9);
    uint64_t item = put_queued(f, seq, 9);
    put_receipt(f, seq, 9, put_leaf(f, 5000));
    cr_assert_eq(expire(f, 6000, 10, &first), 0, "somebody waits");
    must(store_queue_done(f->store, &seat, item));
    cr_assert_eq(expire(f, 5000, 10, &first), 0, "the delivery is not older than 5000");
    cr_assert_eq(expire(f, 5001, 10, &first), 1);
    cr_assert_eq(first, seq);
    struct message_row got;
    const struct message_row put = message_of(f, 1);
    must(store_message_by_seq(f->store, seq, f->arena, &got));
    equals(&got, &put);
    cr_assert_eq(got.envelope.len, 0);
    cr_assert_eq(expire(f, 9000, 10, &first), 0, "once only");
}

STORE_TEST(store_messages, the_first_of_several_deliveries_counts)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1), first = 0;
    put_receipt(f, seq, 8, put_leaf(f, 5000));
    put_receipt(f, seq, 9, put_leaf(f, 90000));
    cr_assert_eq(expire(f, 6000, 10, &first), 1);
}

STORE_TEST(store_messages, what_was_never_delivered_is_never_deleted)
{
    must(store_begin(f->store));
    int64_t first = 0;
    put_message(f, 1);
    cr_assert_eq(expire(f, INT64_MAX, 10, &first), 0);
}

STORE_TEST(store_messages, what_is_held_for_cover_keeps_nothing_and_goes_too)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1), first = 0;
    const struct sh_hash cover = hash_of(8);
    struct queue_row row = {.seat = cover, .kind = QUEUE_MESSAGE, .message_seq = seq, .held = true};
    uint64_t item = 0;
    must(store_queue_put(f->store, &row, &item));
    put_receipt(f, seq, 9, put_leaf(f, 5000));
    cr_assert_eq(expire(f, 6000, 10, &first), 1);
    bool done = false;
    cr_assert_eq(store_queue_find(f->store, &cover, seq, &row, &done), SH_E_NOT_FOUND);
}

STORE_TEST(store_messages, at_most_as_many_as_asked_for_expire_at_once)
{
    must(store_begin(f->store));
    for (unsigned n = 1; n <= 3; n++) {
        int64_t seq = put_message(f, n);
        put_receipt(f, seq, 9, put_leaf(f, 5000));
    }
    int64_t first = 0;
    cr_assert_eq(expire(f, 6000, 2, &first), 2);
    cr_assert_eq(expire(f, 6000, 2, &first), 1);
}

STORE_TEST(store_messages, an_id_is_used_whoever_used_it)
{
    const struct sh_id id = id_of(1), other = id_of(2);
    bool used = true;
    must(store_message_id_used(f->store, &id, &used));
    cr_assert(!used);
    must(store_begin(f->store));
    put_message(f, 1);
    must(store_message_id_used(f->store, &id, &used));
    cr_assert(used);
    must(store_message_id_used(f->store, &other, &used));
    cr_assert(!used);
    must(store_commit(f->store, NULL));
    must(store_message_id_used(f->store, &id, &used));
    cr_assert(used);
}
