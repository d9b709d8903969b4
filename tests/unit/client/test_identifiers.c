#include "base/cleanup.h"
#include "base/limits.h"
#include "client/event_time.h"
#include "client/identifiers.h"

#include <criterion/criterion.h>

struct example {
    enum identifier_kind kind;
    const char *text;
    enum identifier_state state;
};

static enum identifier_state state_of(enum identifier_kind kind, const char *text)
{
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_KIB);
    cr_assert_eq(identifier_normal(kind, text, &normal), SH_OK);
    cr_assert_eq(buf_terminate(&normal), SH_OK);
    return identifier_check(kind, (const char *)normal.data);
}

/* H801200001001 and A123456789012 are the examples in use for UPNs; U80120000100A is the first with
 * a temporary ending, by hand: 8*2 + 1*4 + 2*5 + 1*10 + 0*13 = 40, remainder 17 by 23, the letter
 * U. 943 476 5919 and 401 023 2137 are those of the NHS data dictionary and of its guidance. */
Test(identifiers, check_letters_and_digits_of_published_examples_hold)
{
    static const struct example examples[] = {
        {IDENTIFIER_UPN, "H801200001001", IDENTIFIER_HOLDS},
        {IDENTIFIER_UPN, " h801 2000-01001 ", IDENTIFIER_HOLDS},
        {IDENTIFIER_UPN, "A123456789012", IDENTIFIER_HOLDS},
        {IDENTIFIER_UPN, "U80120000100A", IDENTIFIER_HOLDS},
        {IDENTIFIER_UPN, "H801200001002", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "I801200001001", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "H80120000A001", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "H80120000100O", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "H80120000100", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "H8012000010011", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_UPN, "", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_NHS, "943 476 5919", IDENTIFIER_HOLDS},
        {IDENTIFIER_NHS, "401-023-2137", IDENTIFIER_HOLDS},
        {IDENTIFIER_NHS, "9434765918", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_NHS, "9434765191", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_NHS, "0000000000", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_NHS, "94347659190", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_NHS, "943476591X", IDENTIFIER_DOUBTFUL},
        {IDENTIFIER_LOCAL, "whatever it is", IDENTIFIER_UNCHECKED},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        cr_expect_eq(state_of(examples[i].kind, examples[i].text), examples[i].state, "%s",
                     examples[i].text);
    }
}

Test(identifiers, an_nhs_number_whose_check_digit_would_be_ten_never_holds)
{
    /* 123456788x: the sum of weights leaves 1, so that no digit fits. */
    char number[] = "1234567880";
    for (char digit = '0'; digit <= '9'; digit++) {
        number[9] = digit;
        uint32_t sum = 0;
        for (uint32_t i = 0; i < 9; i++) {
            sum += (uint32_t)(number[i] - '0') * (10 - i);
        }
        bool right = (11 - sum % 11) % 11 == (uint32_t)(digit - '0');
        cr_expect_eq(state_of(IDENTIFIER_NHS, number) == IDENTIFIER_HOLDS, right, "%c", digit);
    }
}

struct name {
    const char *written, *normal;
};

Test(identifiers, names_that_are_written_differently_compare_alike)
{
    static const struct name names[] = {
        {"O'Neil-Smith ", "oneil smith"},
        {"  O\xe2\x80\x99NEIL   SMITH", "oneil smith"},
        {"\xc3\x89lo\xc3\xafse", "\xc3\xa9lo\xc3\xafse"},
        {"\xc5\x81ukasz \xc5\xbb\xc3\x93\xc5\x81\xc4\x86",
         "\xc5\x82ukasz \xc5\xbc\xc3\xb3\xc5\x82\xc4\x87"},
        {"\xd9\x85\xd9\x86", "\xd9\x85\xd9\x86"},
        {"St. John", "st john"},
        {"-", ""},
        {"", ""},
        {"\xc3", "\xc3"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_KIB);
        cr_assert_eq(identifier_normal_name(names[i].written, &normal), SH_OK);
        cr_assert_eq(buf_terminate(&normal), SH_OK);
        cr_expect_str_eq((const char *)normal.data, names[i].normal, "%s", names[i].written);
    }
}

Test(identifiers, more_than_fits_is_too_big)
{
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(4);
    cr_assert_eq(identifier_normal(IDENTIFIER_LOCAL, "12345", &normal), SH_E_TOO_BIG);
    buf_reset(&normal);
    cr_assert_eq(identifier_normal(IDENTIFIER_LOCAL, " 1 2 ", &normal), SH_OK);
    cr_assert_eq(normal.len, 3, "spaces within a local identifier are part of it");
}

/* ---- days ---- */

static int64_t day_of(const char *text)
{
    struct event_time time;
    cr_assert_eq(event_time_from(text, &time), SH_OK, "%s", text);
    return time.day;
}

Test(event_time, a_day_is_that_of_london)
{
    cr_expect_eq(day_of("1970-01-01"), 0);
    cr_expect_eq(day_of("2000-03-01") - day_of("2000-02-28"), 2);
    cr_expect_eq(day_of("2026-06-01T23:30:00Z"), day_of("2026-06-02"), "summer time");
    cr_expect_eq(day_of("2026-12-01T23:30:00Z"), day_of("2026-12-01"));
    cr_expect_eq(day_of("2026-06-02T00:30:00+01:00"), day_of("2026-06-02"));
    struct event_time day, time;
    cr_assert_eq(event_time_from("2026-06-02", &day), SH_OK);
    cr_assert_eq(event_time_from("2026-06-02T00:00:00+01:00", &time), SH_OK);
    cr_expect_eq(day.ms, time.ms, "a day begins when it begins in London");
    cr_expect_eq(event_time_from("2026-02-30", &day), SH_E_BAD_TIME);
    cr_expect_eq(event_time_from("yesterday", &day), SH_E_BAD_TIME);
}

struct months {
    const char *day;
    int months;
    const char *later;
};

Test(event_time, months_end_with_the_last_day_of_a_shorter_month)
{
    static const struct months table[] = {
        {"2026-11-20", 12, "2027-11-20"}, {"2004-02-29", 12, "2005-02-28"},
        {"2003-02-28", 12, "2004-02-28"}, {"2026-08-31", 1, "2026-09-30"},
        {"2026-12-31", 2, "2027-02-28"},  {"1999-12-31", 2, "2000-02-29"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[16];
        event_day_text(event_day_add_months(day_of(table[i].day), table[i].months), text,
                       sizeof text);
        cr_expect_str_eq(text, table[i].later, "%s", table[i].day);
    }
}
