/* Hexadecimal and base64. */
#include "base/bytes.h"
#include "base/cleanup.h"

#include <criterion/criterion.h>

Test(base, hexadecimal_is_written_in_lower_case)
{
    char out[7];
    hex_encode(bytes_of("\x00\xAB\xff", 3), out);
    cr_assert_str_eq(out, "00abff");
    hex_encode((struct bytes){0}, out);
    cr_assert_str_eq(out, "");
}

Test(base, hexadecimal_is_read_in_either_case)
{
    uint8_t out[3];
    cr_assert_eq(hex_decode("00aBFf", out, 3), SH_OK);
    cr_assert_eq(memcmp(out, "\x00\xAB\xFF", 3), 0);
}

Test(base, hexadecimal_of_another_length_or_with_other_signs_is_refused)
{
    static const char *const bad[] = {"",     "00",   "000000", "00a",       "00ag",
                                      "0x00", " 000", "00a:",   "00\xC3\xA9"};
    uint8_t out[2];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(hex_decode(bad[i], out, 2), SH_E_FORMAT, "%s", bad[i]);
    }
}

/* RFC 4648, section 10. */
static const char *const PAIRS[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};
enum { PAIRS_LEN = sizeof PAIRS / sizeof PAIRS[0] };

Test(base, base64_is_that_of_the_standard)
{
    for (size_t i = 0; i < PAIRS_LEN; i++) {
        SH_DEFER(buf_wipe) struct buf text = BUF_INIT(64);
        SH_DEFER(buf_wipe) struct buf back = BUF_INIT(64);
        cr_assert_eq(base64_encode(bytes_str(PAIRS[i][0]), &text), SH_OK);
        cr_assert(bytes_equal(bytes_buf(&text), bytes_str(PAIRS[i][1])));
        cr_assert_eq(base64_decode(bytes_buf(&text), &back), SH_OK);
        cr_assert(bytes_equal(bytes_buf(&back), bytes_str(PAIRS[i][0])));
    }
}

Test(base, base64_carries_every_byte)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(1024);
    SH_DEFER(buf_wipe) struct buf back = BUF_INIT(1024);
    uint8_t all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    cr_assert_eq(base64_encode(bytes_of(all, sizeof all), &text), SH_OK);
    cr_assert_eq(base64_decode(bytes_buf(&text), &back), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&back), bytes_of(all, sizeof all)));
}

Test(base, base64_that_is_not_canonical_is_refused_and_leaves_the_buffer)
{
    static const char *const bad[] = {
        "Z",        "Zg",   "Zg=",  "Zg===", "Zh==",  "Zm9=", "Zm9v\n",   "Zm 9v===",      "Zm9-",
        "Zg==Zm9v", "====", "Z===", "=m9v",  "Zm9vZ", "Zm=v", "Zm8=Zm8=", "Zm9v\xC3\xA9=="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SH_DEFER(buf_wipe) struct buf out = BUF_INIT(64);
        cr_assert_eq(buf_append_str(&out, "kept"), SH_OK);
        cr_assert_eq(base64_decode(bytes_str(bad[i]), &out), SH_E_FORMAT, "%s", bad[i]);
        cr_assert(bytes_equal(bytes_buf(&out), bytes_str("kept")));
    }
}

Test(base, base64_with_a_nul_inside_is_refused)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(64);
    cr_assert_eq(base64_decode(bytes_of("Zm\0v", 4), &out), SH_E_FORMAT);
}

Test(base, base64_stops_at_the_maximum_of_the_buffer)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(7);
    SH_DEFER(buf_wipe) struct buf back = BUF_INIT(5);
    cr_assert_eq(base64_encode(bytes_str("foob"), &text), SH_E_TOO_BIG);
    cr_assert_eq(text.len, 0);
    cr_assert_eq(base64_decode(bytes_str("Zm9vYmFy"), &back), SH_E_TOO_BIG);
    cr_assert_eq(back.len, 0);
}
