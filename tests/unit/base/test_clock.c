#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

static int64_t at(const char *text)
{
    int64_t ms = -1;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

Test(base, known_moments_are_read)
{
    cr_assert_eq(at("1970-01-01T00:00:00Z"), 0);
    cr_assert_eq(at("2026-11-20T17:00:00Z"), 1795194000000);
    cr_assert_eq(at("2026-11-20T17:00:00.5Z"), 1795194000500);
    cr_assert_eq(at("2026-11-20T17:00:00.123456789Z"), 1795194000123);
    cr_assert_eq(at("2026-11-20T18:00:00+01:00"), 1795194000000);
    cr_assert_eq(at("2026-11-20T11:30:00-05:30"), 1795194000000);
    cr_assert_eq(at("2028-02-29T00:00:00Z"), 1835395200000);
    cr_assert_eq(at("1969-12-31T23:59:59Z"), -1000);
}

Test(base, what_is_no_moment_is_refused)
{
    static const char *const bad[] = {
        "",
        "2026-11-20",
        "2026-11-20T17:00:00", /* no offset */
        "2026-11-20T17:00Z",   /* no seconds */
        "2026-11-20 17:00:00Z",
        "2026-11-20t17:00:00Z",
        "2026-11-20T17:00:00z",
        "2026-11-20T17:00:00Z ",
        "2026-11-20T17:00:00.Z",
        "2026-11-20T17:00:00.1234567890Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T17:60:00Z",
        "2026-11-20T17:00:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "1899-12-31T00:00:00Z",
        "2026-11-20T17:00:00+24:00",
        "2026-11-20T17:00:00+01:60",
        "2026-11-20T17:00:00+0100",
        "2026-11-20T17:00:00+01",
        "26-11-20T17:00:00Z",
        "+2026-11-20T17:00:00Z",
        "2026-11-20T17:00:00ZZ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms = 42;
        cr_assert_eq(time_from_rfc3339(bad[i], &ms), SH_E_BAD_TIME, "%s", bad[i]);
        cr_assert_eq(ms, 42);
    }
}

Test(base, moments_are_written_in_utc_with_milliseconds)
{
    char text[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(1795194000123, text);
    cr_assert_str_eq(text, "2026-11-20T17:00:00.123Z");
    time_to_rfc3339(0, text);
    cr_assert_str_eq(text, "1970-01-01T00:00:00.000Z");
    time_to_rfc3339(253402300799999, text);
    cr_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
}

Test(base, what_is_written_is_read_back)
{
    static const int64_t moments[] = {0, 1, 999, 951782400000, 1795194000123, 253402300799999};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char text[SH_TIME_TEXT_BYTES];
        time_to_rfc3339(moments[i], text);
        cr_assert_eq(at(text), moments[i]);
    }
}

Test(base, moments_outside_the_calendar_are_a_dash)
{
    char text[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(-1, text);
    cr_assert_str_eq(text, "-");
    time_to_rfc3339(253402300800000, text);
    cr_assert_str_eq(text, "-");
    time_to_rfc3339(INT64_MAX, text);
    cr_assert_str_eq(text, "-");
    time_to_local(-1, text, sizeof text);
    cr_assert_str_eq(text, "-");
}

struct local {
    const char *utc;
    const char *london;
};

static void assert_local(const struct local *cases, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char text[SH_TIME_TEXT_BYTES];
        time_to_local(at(cases[i].utc), text, sizeof text);
        cr_assert_str_eq(text, cases[i].london, "%s: %s", cases[i].utc, text);
    }
}

Test(base, local_time_is_that_of_london)
{
    static const struct local cases[] = {
        {"2026-11-20T17:00:00Z", "Fri 20 Nov 2026, 17:00"},
        {"2026-07-01T17:00:00Z", "Wed 1 Jul 2026, 18:00"},
        {"2026-07-31T23:30:00Z", "Sat 1 Aug 2026, 00:30"},
        {"2026-01-01T00:00:59.999Z", "Thu 1 Jan 2026, 00:00"},
    };
    assert_local(cases, sizeof cases / sizeof cases[0]);
}

Test(base, the_night_when_summer_time_begins_has_no_hour_from_one_to_two)
{
    static const struct local cases[] = {
        {"2026-03-29T00:59:59.999Z", "Sun 29 Mar 2026, 00:59"},
        {"2026-03-29T01:00:00Z", "Sun 29 Mar 2026, 02:00"},
        {"2025-03-30T00:59:59Z", "Sun 30 Mar 2025, 00:59"}, /* the 31st is a Monday */
        {"2025-03-30T01:00:00Z", "Sun 30 Mar 2025, 02:00"},
        {"2024-03-31T00:59:59Z", "Sun 31 Mar 2024, 00:59"}, /* the 31st is the Sunday */
        {"2024-03-31T01:00:00Z", "Sun 31 Mar 2024, 02:00"},
        {"2029-03-25T00:59:59Z", "Sun 25 Mar 2029, 00:59"}, /* the 31st is a Saturday */
        {"2029-03-25T01:00:00Z", "Sun 25 Mar 2029, 02:00"},
    };
    assert_local(cases, sizeof cases / sizeof cases[0]);
}

Test(base, the_night_when_summer_time_ends_has_the_hour_from_one_to_two_twice)
{
    static const struct local cases[] = {
        {"2026-10-25T00:30:00Z", "Sun 25 Oct 2026, 01:30"},
        {"2026-10-25T00:59:59.999Z", "Sun 25 Oct 2026, 01:59"},
        {"2026-10-25T01:00:00Z", "Sun 25 Oct 2026, 01:00"},
        {"2026-10-25T01:30:00Z", "Sun 25 Oct 2026, 01:30"},
        {"2026-10-25T02:00:00Z", "Sun 25 Oct 2026, 02:00"},
        {"2027-10-31T00:59:59Z", "Sun 31 Oct 2027, 01:59"},
        {"2027-10-31T01:00:00Z", "Sun 31 Oct 2027, 01:00"},
    };
    assert_local(cases, sizeof cases / sizeof cases[0]);
}

Test(base, local_time_does_not_ask_the_environment)
{
    static const struct local cases[] = {{"2026-07-01T17:00:00Z", "Wed 1 Jul 2026, 18:00"}};
    cr_assert_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
    assert_local(cases, 1);
    cr_assert_eq(setenv("TZ", "Nowhere/Nothing", 1), 0);
    assert_local(cases, 1);
}

Test(base, local_time_that_does_not_fit_is_a_dash)
{
    char text[8];
    time_to_local(1795194000000, text, sizeof text);
    cr_assert_str_eq(text, "-");
}

Test(base, days_are_real_days)
{
    static const char *const good[] = {"2026-11-20", "2028-02-29", "2000-02-29",
                                       "1900-01-01", "9999-12-31", "2026-01-31"};
    static const char *const bad[] = {"",           "2026-02-29",  "1900-02-29", "2100-02-29",
                                      "2026-04-31", "2026-13-01",  "2026-00-01", "2026-01-00",
                                      "2026-1-01",  "2026-01-1",   "20260101",   "2026-01-01T",
                                      "2026/01/01", " 2026-01-01", "1899-12-31", "2026-01-32"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert(date_is_valid(good[i]), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(date_is_valid(bad[i]), "%s", bad[i]);
    }
}

Test(base, the_machines_clocks_run)
{
    int64_t now_ms = clock_now_ms(&clock_system), boot_ms = clock_boot_ms(&clock_system);
    cr_assert_gt(now_ms, at("2024-01-01T00:00:00Z"));
    cr_assert_gt(boot_ms, 0);
    cr_assert_geq(clock_boot_ms(&clock_system), boot_ms);
}

static int64_t fixed(void *ctx)
{
    return *(const int64_t *)ctx;
}

Test(base, a_clock_of_a_test_says_what_the_test_says)
{
    int64_t ms = 77;
    const struct clock clock = {.now_ms = fixed, .boot_ms = fixed, .ctx = &ms};
    cr_assert_eq(clock_now_ms(&clock), 77);
    ms = 78;
    cr_assert_eq(clock_boot_ms(&clock), 78);
}

static int64_t day_of(const char *date)
{
    int64_t day = -1;
    cr_assert_eq(day_from_date(date, &day), SH_OK, "%s", date);
    return day;
}

Test(base, a_moment_and_its_local_minute_give_each_other)
{
    static const struct {
        const char *moment, *date;
        int hour, minute;
    } rows[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01", 0, 0},
        {"2026-11-20T17:00:00Z", "2026-11-20", 17, 0},
        {"2026-06-30T23:30:00Z", "2026-07-01", 0, 30},
        {"2026-10-24T23:59:00Z", "2026-10-25", 0, 59},
        {"2026-10-25T00:30:00Z", "2026-10-25", 1, 30}, /* the first of two */
        {"2026-10-25T02:00:00Z", "2026-10-25", 2, 0},
        {"2027-03-28T00:59:00Z", "2027-03-28", 0, 59},
        {"2027-03-28T01:00:00Z", "2027-03-28", 2, 0},
        {"2028-02-29T23:59:00Z", "2028-02-29", 23, 59},
        {"9999-12-31T23:59:00Z", "9999-12-31", 23, 59},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct local_time local;
        int64_t ms = -1;
        cr_assert_eq(local_from_ms(at(rows[i].moment) + 59999, &local), SH_OK);
        cr_expect_eq(local.day, day_of(rows[i].date), "%s", rows[i].moment);
        cr_expect(local.hour == rows[i].hour && local.minute == rows[i].minute, "%s: %d:%d",
                  rows[i].moment, local.hour, local.minute);
        cr_expect_eq(local_to_ms(local, &ms), SH_OK);
        cr_expect_eq(ms, at(rows[i].moment), "%s", rows[i].moment);
    }
}

Test(base, a_local_time_that_is_twice_is_the_first_and_one_that_is_not_is_the_next_that_is)
{
    int64_t ms = -1;
    struct local_time local = {.day = day_of("2026-10-25"), .hour = 1, .minute = 30};
    cr_assert_eq(local_to_ms(local, &ms), SH_OK);
    cr_assert_eq(ms, at("2026-10-25T00:30:00Z"));
    cr_assert_eq(local_from_ms(at("2026-10-25T01:30:00Z"), &local), SH_OK);
    cr_assert(local.hour == 1 && local.minute == 30);
    local = (struct local_time){.day = day_of("2027-03-28"), .hour = 1, .minute = 0};
    cr_assert_eq(local_to_ms(local, &ms), SH_OK);
    cr_assert_eq(ms, at("2027-03-28T01:00:00Z"));
    local.minute = 59;
    cr_assert_eq(local_to_ms(local, &ms), SH_OK);
    cr_assert_eq(ms, at("2027-03-28T01:00:00Z"), "02:00 in summer time is the first after the gap");
}

Test(base, local_times_out_of_range_are_refused)
{
    static const struct local_time bad[] = {
        {.day = -1},    {.day = SH_DAY_NUMBER_MAX + 1}, {.hour = 24}, {.hour = -1}, {.minute = 60},
        {.minute = -1},
    };
    int64_t ms = 42;
    struct local_time local = {.day = 42};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(local_to_ms(bad[i], &ms), SH_E_BAD_TIME, "row %zu", i);
    }
    cr_expect_eq(local_from_ms(-1, &local), SH_E_BAD_TIME);
    cr_expect_eq(local_from_ms(INT64_MAX, &local), SH_E_BAD_TIME);
    cr_expect(ms == 42 && local.day == 42);
}

Test(base, days_have_numbers_dates_and_weekdays)
{
    char date[SH_DATE_TEXT_BYTES];
    int64_t day = 42;
    cr_assert_eq(day_of("1970-01-01"), 0);
    cr_assert_eq(day_of("9999-12-31"), SH_DAY_NUMBER_MAX);
    cr_assert_eq(day_weekday(day_of("2026-11-20")), 4, "a Friday");
    cr_assert_eq(day_weekday(day_of("2026-11-23")), 0, "a Monday");
    cr_assert_eq(day_year(day_of("2027-01-01")), 2027);
    cr_assert_eq(day_year(day_of("2026-12-31")), 2026);
    cr_assert_eq(day_month(day_of("2026-10-01")), 10);
    day_to_date(day_of("2028-02-29") + 1, date);
    cr_assert_str_eq(date, "2028-03-01");
    cr_assert_eq(day_from_date("2027-02-29", &day), SH_E_BAD_TIME);
    cr_assert_eq(day_from_date("1969-12-31", &day), SH_E_BAD_TIME);
    cr_assert_eq(day_from_date("2026-11-20T00:00:00Z", &day), SH_E_BAD_TIME);
    cr_assert_eq(day, 42);
}

/* The C library's own count is the check: every day of 1970 to 2170 and leap days far off, each at
 * the hours around a change of the clock. */
static bool is_last_sunday_behind(struct tm tm)
{
    return tm.tm_mday - tm.tm_wday > 24;
}

static bool summer_by_libc(time_t seconds)
{
    struct tm tm;
    gmtime_r(&seconds, &tm);
    bool sunday = tm.tm_wday == 0 && tm.tm_mday > 24;
    bool behind = sunday ? tm.tm_hour >= 1 : is_last_sunday_behind(tm);
    bool april_to_september = tm.tm_mon > 2 && tm.tm_mon < 9;
    return april_to_september || (tm.tm_mon == 2 && behind) || (tm.tm_mon == 9 && !behind);
}

Test(base, years_and_summer_time_are_those_of_the_c_library)
{
    for (time_t seconds = 0; seconds < (time_t)200 * 365 * 86400; seconds += 3600) {
        struct tm tm;
        struct local_time local;
        gmtime_r(&seconds, &tm);
        cr_assert_eq(local_from_ms((int64_t)seconds * 1000, &local), SH_OK);
        int hour = (tm.tm_hour + summer_by_libc(seconds)) % 24;
        cr_assert_eq(local.hour, hour, "at %lld", (long long)seconds);
        cr_assert_eq(day_year(seconds / 86400), tm.tm_year + 1900);
    }
    cr_assert_eq(day_year(SH_DAY_NUMBER_MAX), 9999);
    cr_assert_eq(day_year(0), 1970);
    cr_assert_eq(day_year(58), 1970);
    cr_assert_eq(day_year(59), 1970);
}
