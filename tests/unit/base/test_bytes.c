#include "base/bytes.h"
#include "base/cleanup.h"

#include <criterion/criterion.h>

/* ---- views, ids, hashes ---- */

Test(base, bytes_are_equal_if_length_and_content_are)
{
    cr_assert(bytes_equal(bytes_str("abc"), bytes_str("abc")));
    cr_assert_not(bytes_equal(bytes_str("abc"), bytes_str("abd")));
    cr_assert_not(bytes_equal(bytes_str("abc"), bytes_str("ab")));
    cr_assert(bytes_equal((struct bytes){0}, bytes_str("")));
}

Test(base, bytes_are_ordered_as_memcmp_and_shorter_first)
{
    cr_assert_lt(bytes_compare(bytes_str("a"), bytes_str("b")), 0);
    cr_assert_gt(bytes_compare(bytes_str("b"), bytes_str("ab")), 0);
    cr_assert_lt(bytes_compare(bytes_str("ab"), bytes_str("abc")), 0);
    cr_assert_gt(bytes_compare(bytes_str("abc"), bytes_str("ab")), 0);
    cr_assert_eq(bytes_compare(bytes_str("ab"), bytes_str("ab")), 0);
    cr_assert_lt(bytes_compare((struct bytes){0}, bytes_str("a")), 0);
    cr_assert_gt(bytes_compare(bytes_of("\xff", 1), bytes_of("\x01", 1)), 0);
}

Test(base, a_hash_is_32_bytes_and_an_id_16)
{
    static const uint8_t bytes[33] = {1, 2, 3};
    struct sh_hash hash = {{9}};
    struct sh_id id = {{9}};
    cr_assert_eq(hash_from(bytes_of(bytes, 31), &hash), SH_E_FORMAT);
    cr_assert_eq(hash_from(bytes_of(bytes, 33), &hash), SH_E_FORMAT);
    cr_assert_eq(hash_from((struct bytes){0}, &hash), SH_E_FORMAT);
    cr_assert_eq(hash.b[0], 9);
    cr_assert_eq(hash_from(bytes_of(bytes, 32), &hash), SH_OK);
    cr_assert_eq(hash.b[2], 3);
    cr_assert_eq(id_from(bytes_of(bytes, 15), &id), SH_E_FORMAT);
    cr_assert_eq(id_from(bytes_of(bytes, 17), &id), SH_E_FORMAT);
    cr_assert_eq(id.b[0], 9);
    cr_assert_eq(id_from(bytes_of(bytes, 16), &id), SH_OK);
    cr_assert_eq(id.b[1], 2);
}

Test(base, hashes_and_ids_differ_in_their_last_byte_too)
{
    struct sh_hash a = {{0}}, b = {{0}};
    struct sh_id c = {{0}}, d = {{0}};
    cr_assert(hash_equal(&a, &b) && hash_is_zero(&a) && id_equal(&c, &d));
    b.b[31] = 1;
    d.b[15] = 1;
    cr_assert_not(hash_equal(&a, &b));
    cr_assert_not(hash_is_zero(&b));
    cr_assert_not(id_equal(&c, &d));
}

/* ---- buffers ---- */

Test(base, a_buffer_grows_and_keeps_what_it_holds)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(100000);
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(buf_append_str(&b, "0123456789"), SH_OK);
    }
    cr_assert_eq(b.len, 10000);
    for (size_t i = 0; i < b.len; i++) {
        cr_assert_eq(b.data[i], '0' + i % 10);
    }
}

Test(base, a_buffer_holds_its_maximum_and_not_a_byte_more)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(5);
    cr_assert_eq(buf_append_str(&b, "1234"), SH_OK);
    cr_assert_eq(buf_append_str(&b, "56"), SH_E_TOO_BIG);
    cr_assert_eq(b.len, 4);
    cr_assert_eq(buf_append_str(&b, "5"), SH_OK);
    cr_assert_eq(buf_append_u8(&b, '6'), SH_E_TOO_BIG);
    cr_assert(bytes_equal(bytes_buf(&b), bytes_str("12345")));
}

Test(base, a_length_that_would_wrap_is_too_big)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SIZE_MAX);
    uint8_t *room = NULL;
    cr_assert_eq(buf_append_u8(&b, 1), SH_OK);
    cr_assert_eq(buf_reserve(&b, SIZE_MAX, &room), SH_E_TOO_BIG);
    cr_assert_null(room);
}

/* AddressSanitizer ends a process that asks for so much. */
#ifndef __SANITIZE_ADDRESS__
Test(base, more_than_the_machine_has_is_out_of_memory)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(SIZE_MAX);
    uint8_t *room = NULL;
    cr_assert_eq(buf_reserve(&b, SIZE_MAX / 2, &room), SH_E_NOMEM);
    cr_assert_eq(b.len, 0);
}
#endif

Test(base, reserved_room_is_behind_what_stands_there)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(1000);
    uint8_t *room = NULL;
    cr_assert_eq(buf_append_str(&b, "abc"), SH_OK);
    cr_assert_eq(buf_reserve(&b, 997, &room), SH_OK);
    cr_assert_eq(room, b.data + 3);
    cr_assert_eq(b.len, 3);
    cr_assert_eq(memcmp(b.data, "abc", 3), 0);
    memset(room, 0, 997);
    cr_assert_eq(buf_reserve(&b, 998, &room), SH_E_TOO_BIG);
}

Test(base, appending_nothing_works_on_an_empty_buffer)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(10);
    cr_assert_eq(buf_append(&b, (struct bytes){0}), SH_OK);
    cr_assert_eq(b.len, 0);
}

Test(base, numbers_are_written_and_read_big_end_first)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(14);
    cr_assert_eq(buf_append_be16(&b, 0x0102), SH_OK);
    cr_assert_eq(buf_append_be32(&b, 0x03040506), SH_OK);
    cr_assert_eq(buf_append_be64(&b, 0x0708090A0B0C0D0E), SH_OK);
    for (uint8_t i = 0; i < 14; i++) {
        cr_assert_eq(b.data[i], i + 1);
    }
    cr_assert_eq(be16_load(b.data), 0x0102);
    cr_assert_eq(be32_load(b.data + 2), 0x03040506);
    cr_assert_eq(be64_load(b.data + 6), 0x0708090A0B0C0D0E);
    cr_assert_eq(be32_load((const uint8_t *)"\xff\xff\xff\xff"), UINT32_MAX);
    cr_assert_eq(be64_load((const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff"), UINT64_MAX);
    cr_assert_eq(buf_append_be16(&b, 1), SH_E_TOO_BIG);
    cr_assert_eq(buf_append_be32(&b, 1), SH_E_TOO_BIG);
    cr_assert_eq(buf_append_be64(&b, 1), SH_E_TOO_BIG);
}

Test(base, printing_appends_and_stops_at_the_maximum)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(8);
    cr_assert_eq(buf_printf(&b, "%d-%s", 12, "ab"), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&b), bytes_str("12-ab")));
    cr_assert_eq(buf_printf(&b, "%s", "abc"), SH_E_TOO_BIG); /* its NUL has no room */
    cr_assert_eq(b.len, 5);
    cr_assert_eq(buf_printf(&b, "%s", "ab"), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&b), bytes_str("12-abab")));
}

Test(base, a_terminated_buffer_reads_as_a_string_of_its_length)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(4);
    cr_assert_eq(buf_append_str(&b, "abc"), SH_OK);
    cr_assert_eq(buf_terminate(&b), SH_OK);
    cr_assert_str_eq((const char *)b.data, "abc");
    cr_assert_eq(b.len, 3);
    cr_assert_eq(buf_append_str(&b, "d"), SH_OK);
    cr_assert_eq(buf_terminate(&b), SH_E_TOO_BIG);
}

Test(base, a_wiped_buffer_is_empty_and_can_be_used_again)
{
    SH_DEFER(buf_wipe) struct buf b = BUF_INIT(10);
    cr_assert_eq(buf_append_str(&b, "abc"), SH_OK);
    buf_wipe(&b);
    cr_assert(b.data == NULL && b.len == 0 && b.cap == 0 && b.max == 10);
    buf_wipe(&b);
    cr_assert_eq(buf_append_str(&b, "0123456789"), SH_OK);
    buf_reset(&b);
    cr_assert(b.len == 0 && b.data != NULL);
}

/* ---- secrets ---- */

Test(base, secrets_compare_by_length_and_content)
{
    SH_DEFER(secret_wipe) struct secret a = {0};
    SH_DEFER(secret_wipe) struct secret b = {0};
    SH_DEFER(secret_wipe) struct secret c = {0};
    cr_assert_eq(secret_copy(bytes_str("correct horse"), &a), SH_OK);
    cr_assert_eq(secret_copy(bytes_str("correct horsf"), &b), SH_OK);
    cr_assert_eq(secret_copy(bytes_str("correct hors"), &c), SH_OK);
    cr_assert(secret_equal(&a, &a));
    cr_assert_not(secret_equal(&a, &b));
    cr_assert_not(secret_equal(&a, &c));
    cr_assert(bytes_equal(bytes_secret(&a), bytes_str("correct horse")));
}

Test(base, a_new_secret_is_zeros_and_an_empty_one_is_allowed)
{
    SH_DEFER(secret_wipe) struct secret a = {0};
    SH_DEFER(secret_wipe) struct secret none = {0};
    cr_assert_eq(secret_new(4, &a), SH_OK);
    cr_assert_eq(memcmp(a.data, "\0\0\0\0", 4), 0);
    cr_assert_eq(secret_new(0, &none), SH_OK);
    cr_assert(none.data != NULL && none.len == 0);
}

Test(base, a_wiped_secret_is_gone_and_may_be_wiped_again)
{
    struct secret a = {0};
    cr_assert_eq(secret_copy(bytes_str("x"), &a), SH_OK);
    secret_wipe(&a);
    cr_assert(a.data == NULL && a.len == 0);
    secret_wipe(&a);
}

Test(base, cleansing_leaves_zeros)
{
    uint8_t bytes[3] = {1, 2, 3};
    sh_cleanse(bytes, 2);
    cr_assert(bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 3);
}

/* ---- arithmetic ---- */

Test(base, sums_and_products_that_would_wrap_are_too_big)
{
    size_t out = 7;
    cr_assert_eq(size_add(SIZE_MAX, 0, &out), SH_OK);
    cr_assert_eq(out, SIZE_MAX);
    cr_assert_eq(size_add(SIZE_MAX, 1, &out), SH_E_TOO_BIG);
    cr_assert_eq(size_mul(SIZE_MAX / 2, 2, &out), SH_OK);
    cr_assert_eq(out, SIZE_MAX - 1);
    cr_assert_eq(size_mul(SIZE_MAX / 2 + 1, 2, &out), SH_E_TOO_BIG);
    cr_assert_eq(size_mul(SIZE_MAX, 0, &out), SH_OK);
    cr_assert_eq(out, 0);
}
