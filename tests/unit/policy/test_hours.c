#include "base/clock.h"
#include "base/limits.h"
#include "policy/hours.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t at(const char *text)
{
    int64_t ms = -1;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

static struct calendar *load(void)
{
    struct calendar_files files = {.bank_holidays = SH_SOURCE_DIR "/relay/dist/bank-holidays.json"};
    struct calendar *calendar = NULL;
    struct sh_why why = {0};
    cr_assert_eq(calendar_load(&files, &calendar, &why), SH_OK, "%s", why.text);
    return calendar;
}

Test(policy, hours_are_read_row_by_row)
{
    struct week_hours hours;
    cr_assert_eq(hours_from_words("Mon,Wed-Fri 08:30-17:00; Sun 00:00-24:00", &hours), SH_OK);
    cr_assert_not(hours.always);
    cr_assert_eq(hours.len, 2);
    cr_assert_eq(hours.rows[0].weekdays, 1 + 4 + 8 + 16);
    cr_assert_eq(hours.rows[0].from_minute, 510);
    cr_assert_eq(hours.rows[0].to_minute, 1020);
    cr_assert_eq(hours.rows[1].weekdays, 64);
    cr_assert_eq(hours.rows[1].from_minute, 0);
    cr_assert_eq(hours.rows[1].to_minute, 1440);
    cr_assert_eq(hours_from_words("always", &hours), SH_OK);
    cr_assert(hours.always);
}

Test(policy, words_that_are_no_hours_are_refused_and_a_desk_with_them_is_always_open)
{
    static const char *const bad[] = {
        "",
        " ",
        "out of hours",
        "term time only",
        "Always",
        "always ",
        "Mon-Fri",
        "Mon-Fri ",
        "Mon-Fri 08:30",
        "Mon-Fri 08:30-",
        "Mon-Fri 8:30-17:00",
        "Mon-Fri 08.30-17.00",
        "Mon-Fri 08:30-17:00;",
        "Mon-Fri 08:30-17:00; ",
        "Mon-Fri 08:30-17:00;Sat 09:00-12:00",
        "Mon-Fri 08:30-17:00, Sat 09:00-12:00",
        "Mon-Fri  08:30-17:00",
        "Mon - Fri 08:30-17:00",
        "Mon, Tue 08:30-17:00",
        "Mon, 08:30-17:00",
        "Fri-Mon 08:30-17:00",
        "Mon-Mon 08:30-17:00",
        "mon-fri 08:30-17:00",
        "Monday-Friday 08:30-17:00",
        "Mon-Fri 17:00-08:30",
        "Mon-Fri 08:30-08:30",
        "Mon-Fri 08:30-24:01",
        "Mon-Fri 08:30-25:00",
        "Mon-Fri 08:60-17:00",
        "Mon-Fri 08:30-17:00 except holidays",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct week_hours hours = {.len = 7};
        cr_expect_eq(hours_from_words(bad[i], &hours), SH_E_FORMAT, "\"%s\"", bad[i]);
        cr_expect_eq(hours.len, 7);
        cr_expect(hours_of_desk(bad[i]).always, "\"%s\"", bad[i]);
    }
    cr_expect(hours_of_desk(NULL).always);
    cr_expect_not(hours_of_desk("Mon-Fri 08:30-17:00").always);
}

Test(policy, sixteen_openings_are_read_and_seventeen_are_not)
{
    char text[HOURS_ROWS_MAX * 20 + 20] = "Mon 00:00-00:01";
    struct week_hours hours;
    for (size_t i = 1; i < HOURS_ROWS_MAX; i++) {
        strcat(text, "; Mon 00:00-00:01");
    }
    cr_assert_eq(hours_from_words(text, &hours), SH_OK);
    cr_assert_eq(hours.len, HOURS_ROWS_MAX);
    strcat(text, "; Mon 00:00-00:01");
    cr_assert_eq(hours_from_words(text, &hours), SH_E_FORMAT);
}

static const char office[] = "Mon-Fri 08:30-17:00";

Test(policy, a_desk_is_open_in_its_hours_and_not_on_bank_holidays)
{
    static const struct {
        const char *hours, *at;
        bool open;
    } rows[] = {
        {office, "2026-11-20T08:29:59Z", false},
        {office, "2026-11-20T08:30:00Z", true},
        {office, "2026-11-20T16:59:59Z", true},
        {office, "2026-11-20T17:00:00Z", false},
        {office, "2026-11-21T12:00:00Z", false},
        {office, "2026-06-16T07:30:00Z", true}, /* 08:30 in summer time */
        {office, "2026-06-16T16:00:00Z", false},
        {office, "2026-12-25T12:00:00Z", false},
        {office, "2026-12-28T12:00:00Z", false},
        {office, "2026-12-29T12:00:00Z", true},
        {"always", "2026-12-25T03:00:00Z", true},
        {"Mon-Fri 08:30-17:00; Sun 10:00-12:00", "2026-12-28T11:00:00Z", true}, /* as on Sunday */
        {"Mon-Fri 08:30-17:00; Sun 10:00-12:00", "2026-12-28T12:00:00Z", false},
        {"Mon-Sun 00:00-24:00", "2026-12-25T23:59:59Z", true},
        {"Mon 08:30-12:00; Mon 13:00-17:00", "2026-11-23T12:30:00Z", false},
        {"Mon 08:30-12:00; Mon 13:00-17:00", "2026-11-23T13:00:00Z", true},
    };
    struct calendar *calendar = load();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct week_hours hours = hours_of_desk(rows[i].hours);
        cr_expect_eq(calendar_in_hours(calendar, &hours, at(rows[i].at)), rows[i].open, "%s at %s",
                     rows[i].hours, rows[i].at);
    }
    struct week_hours never = {0};
    cr_expect_not(calendar_in_hours(calendar, &never, at("2026-11-20T12:00:00Z")));
    calendar_free(&calendar);
}

Test(policy, cover_is_called_after_an_hour_in_hours_at_their_end_or_at_once)
{
    static const struct {
        const char *hours, *from, *due;
    } rows[] = {
        {office, "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"},
        {office, "2026-11-20T10:00:30.5Z", "2026-11-20T11:00:30.5Z"},
        {office, "2026-11-20T16:00:00Z", "2026-11-20T17:00:00Z"},
        {office, "2026-11-20T16:40:00Z", "2026-11-20T17:00:00Z"}, /* nobody is there any more */
        {office, "2026-11-20T16:59:59Z", "2026-11-20T17:00:00Z"},
        {office, "2026-11-20T17:00:00Z", "2026-11-20T17:00:00Z"},
        {office, "2026-11-20T23:00:00Z", "2026-11-20T23:00:00Z"},
        {office, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"},
        {office, "2026-11-23T08:29:59Z", "2026-11-23T08:29:59Z"},
        {office, "2026-11-23T08:30:00Z", "2026-11-23T09:30:00Z"},
        {office, "2026-12-28T10:00:00Z", "2026-12-28T10:00:00Z"}, /* a bank holiday */
        {"always", "2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"},
        {"out of hours", "2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"}, /* not known */
        {"Mon-Sun 00:00-24:00", "2026-11-20T23:30:00Z", "2026-11-21T00:30:00Z"},
        {"Fri 08:30-12:00; Fri 12:00-17:00", "2026-11-20T11:30:00Z", "2026-11-20T12:30:00Z"},
        /* the hour that comes twice */
        {"Sun 00:00-02:00", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
    };
    struct calendar *calendar = load();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct week_hours hours = hours_of_desk(rows[i].hours);
        cr_expect_eq(calendar_cover_due(calendar, &hours, SH_HOUR_MS, at(rows[i].from)),
                     at(rows[i].due), "%s from %s", rows[i].hours, rows[i].from);
    }
    calendar_free(&calendar);
}
