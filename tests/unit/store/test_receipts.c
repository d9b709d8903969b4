#include "fixture.h"

static struct receipt_row receipt_of(int64_t message_seq, unsigned seat, uint64_t leaf_index)
{
    return (struct receipt_row){.message_seq = message_seq,
                                .seat = hash_of(seat),
                                .type = RECEIPT_OPENED,
                                .leaf_index = leaf_index,
                                .signed_receipt = bytes_str("signed")};
}

STORE_TEST(store_receipts, what_was_put_is_found_by_message_and_by_leaf)
{
    must(store_begin(f->store));
    const struct receipt_row put = receipt_of(put_message(f, 1), 4, 12);
    must(store_receipt_put(f->store, &put));
    struct receipt_row got[2];
    must(
        store_receipt_get(f->store, put.message_seq, &put.seat, RECEIPT_OPENED, f->arena, &got[0]));
    must(store_receipt_by_leaf(f->store, 12, f->arena, &got[1]));
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(got[i].message_seq, put.message_seq);
        cr_assert(hash_equal(&got[i].seat, &put.seat));
        cr_assert_eq(got[i].type, RECEIPT_OPENED);
        cr_assert_eq(got[i].leaf_index, 12);
        cr_assert(bytes_equal(got[i].signed_receipt, put.signed_receipt));
    }
}

STORE_TEST(store_receipts, one_of_each_type_is_taken_from_a_seat)
{
    must(store_begin(f->store));
    struct receipt_row row = receipt_of(put_message(f, 1), 4, 12);
    must(store_receipt_put(f->store, &row));
    row.leaf_index = 13;
    cr_assert_eq(store_receipt_put(f->store, &row), SH_E_EXISTS);
    row.type = RECEIPT_DELIVERED;
    must(store_receipt_put(f->store, &row));
    row.seat = hash_of(5);
    cr_assert_eq(store_receipt_put(f->store, &row), SH_E_EXISTS, "a leaf is of one receipt");
    row.leaf_index = 14;
    must(store_receipt_put(f->store, &row));
}

STORE_TEST(store_receipts, a_receipt_for_no_message_is_refused)
{
    must(store_begin(f->store));
    const struct receipt_row row = receipt_of(3, 4, 12);
    cr_assert_eq(store_receipt_put(f->store, &row), SH_E_NOT_FOUND);
}

STORE_TEST(store_receipts, what_was_never_put_is_not_found)
{
    must(store_begin(f->store));
    const struct receipt_row row = receipt_of(put_message(f, 1), 4, 12);
    must(store_receipt_put(f->store, &row));
    struct receipt_row got;
    const struct sh_hash other = hash_of(5);
    cr_assert_eq(
        store_receipt_get(f->store, row.message_seq, &other, RECEIPT_OPENED, f->arena, &got),
        SH_E_NOT_FOUND);
    cr_assert_eq(
        store_receipt_get(f->store, row.message_seq, &row.seat, RECEIPT_UNREADABLE, f->arena, &got),
        SH_E_NOT_FOUND);
    cr_assert_eq(store_receipt_get(f->store, 99, &row.seat, RECEIPT_OPENED, f->arena, &got),
                 SH_E_NOT_FOUND);
    cr_assert_eq(store_receipt_by_leaf(f->store, 13, f->arena, &got), SH_E_NOT_FOUND);
}

STORE_TEST(store_receipts, all_of_a_message_come_by_leaf_index)
{
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1), other = put_message(f, 2);
    const struct receipt_row rows[] = {receipt_of(seq, 9, 30), receipt_of(other, 9, 20),
                                       receipt_of(seq, 3, 10)};
    for (size_t i = 0; i < 3; i++) {
        must(store_receipt_put(f->store, &rows[i]));
    }
    const struct receipt_row *got = NULL;
    size_t len = 0;
    must(store_receipts(f->store, seq, f->arena, &got, &len));
    cr_assert_eq(len, 2);
    cr_assert_eq(got[0].leaf_index, 10);
    cr_assert_eq(got[1].leaf_index, 30);
    must(store_receipts(f->store, 99, f->arena, &got, &len));
    cr_assert_eq(len, 0);
}

STORE_TEST(store_receipts, the_last_collection_of_a_desk_is_kept)
{
    const struct address desk = address_of("mash@999.social-care"),
                         other = address_of("dsl@999001.school");
    int64_t at_ms = 0;
    must(store_begin(f->store));
    cr_assert_eq(store_collected_get(f->store, &desk, &at_ms), SH_E_NOT_FOUND);
    must(store_collected_put(f->store, &desk, 5));
    must(store_collected_put(f->store, &desk, 8));
    must(store_collected_get(f->store, &desk, &at_ms));
    cr_assert_eq(at_ms, 8);
    cr_assert_eq(store_collected_get(f->store, &other, &at_ms), SH_E_NOT_FOUND);
}
