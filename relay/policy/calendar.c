/* When a span ends, and whether the calendar reaches far enough. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "policy/calendar_private.h"

#include <string.h>

enum { OCTOBER = 10 };

static const struct {
    int hour, minute;
} morning = {8, 30}, evening = {17, 0};

/* Past it the count of days is no longer safe to convert; nothing is due in 7000 years. */
static const char last_from[] = "9000-12-31";

typedef bool day_test(const struct calendar *calendar, int64_t day, bool *covered);

static bool day_is_any(const struct calendar *calendar, int64_t day, bool *covered)
{
    (void)calendar;
    (void)day;
    (void)covered;
    return true;
}

/* The first day from `day` on that passes. Ends: breaks and holidays are lists that end. */
static int64_t first_such_day(const struct calendar *calendar, int64_t day, day_test *test,
                              bool *covered)
{
    while (!test(calendar, day, covered)) {
        day++;
    }
    return day;
}

struct due {
    const struct calendar *calendar;
    struct local_time from;
    bool covered;
};

static struct local_time nth_day(struct due *due, uint32_t count, day_test *test)
{
    int64_t day = due->from.day;
    for (uint32_t i = 0; i < count; i++) {
        day = first_such_day(due->calendar, day + 1, test, &due->covered);
    }
    return (struct local_time){.day = day, .hour = evening.hour, .minute = evening.minute};
}

static struct local_time next_morning(struct due *due, int64_t first, day_test *test)
{
    return (struct local_time){.day = first_such_day(due->calendar, first, test, &due->covered),
                               .hour = morning.hour,
                               .minute = morning.minute};
}

/* Half past eight itself is not 'after': the school day has begun. */
static bool is_before_school(struct local_time at)
{
    return at.hour < morning.hour || (at.hour == morning.hour && at.minute < morning.minute);
}

static struct local_time due_local(struct due *due, struct span span)
{
    int64_t today = due->from.day;
    switch (span.unit) {
    case SPAN_WORKING_DAYS:
        return nth_day(due, span.count, day_is_working);
    case SPAN_SCHOOL_DAYS:
        return nth_day(due, span.count, day_is_school);
    case SPAN_NEXT_WORKING_MORNING:
        return next_morning(due, today + 1, day_is_working);
    case SPAN_NEXT_SCHOOL_DAY:
        return next_morning(due, is_before_school(due->from) ? today : today + 1, day_is_school);
    default:
        return nth_day(due, span.count, day_is_any);
    }
}

static bool span_is_valid(struct span span)
{
    if (span.unit == SPAN_NEXT_WORKING_MORNING || span.unit == SPAN_NEXT_SCHOOL_DAY) {
        return span.count == 0;
    }
    return span.unit < SPAN_NEXT_WORKING_MORNING && span.count >= 1 && span.count <= SPAN_COUNT_MAX;
}

sh_err calendar_due(const struct calendar *calendar, struct span span, int64_t from_ms,
                    int64_t *out_due_ms, bool *out_covered)
{
    int64_t last = 0, due_ms = 0;
    struct due due = {.calendar = calendar, .covered = true};
    SH_CHECK(span_is_valid(span), SH_E_FORMAT);
    SH_TRY(day_from_date(last_from, &last));
    SH_TRY(local_from_ms(from_ms, &due.from));
    SH_CHECK(due.from.day <= last, SH_E_BAD_TIME);
    if (span.unit == SPAN_MINUTES || span.unit == SPAN_HOURS) {
        int64_t unit_ms = span.unit == SPAN_HOURS ? SH_HOUR_MS : SH_MINUTE_MS;
        due_ms = from_ms + span.count * unit_ms;
    } else {
        SH_TRY(local_to_ms(due_local(&due, span), &due_ms));
    }
    *out_due_ms = due_ms;
    *out_covered = due.covered;
    return SH_OK;
}

static sh_err check_year(const struct calendar *calendar, int year, struct sh_why *why)
{
    size_t known = bank_holidays_of_year(calendar, year);
    if (known == 0) {
        return sh_fail(why, SH_E_CONFIG, "%s: has no bank holidays of England and Wales for %d",
                       calendar->bank_holidays_path, year);
    }
    if (known < BANK_HOLIDAYS_A_YEAR) {
        return sh_fail(
            why, SH_E_CONFIG,
            "%s: has %zu bank holidays of England and Wales for %d: there are at least %u",
            calendar->bank_holidays_path, known, year, BANK_HOLIDAYS_A_YEAR);
    }
    return SH_OK;
}

static sh_err check_terms(const struct calendar *calendar, int64_t today, int last_year,
                          struct sh_why *why)
{
    for (size_t i = 0; i < calendar->terms_len; i++) {
        const struct term_dates *terms = &calendar->terms[i];
        int64_t day = today;
        while (day_year(day) <= last_year && area_covers(calendar, terms, day)) {
            day++;
        }
        if (day_year(day) <= last_year) {
            char date[SH_DATE_TEXT_BYTES];
            day_to_date(day, date);
            return sh_fail(why, SH_E_CONFIG,
                           "%s: the term dates of its area must cover %d to its end, and say "
                           "nothing of %s",
                           terms->path, last_year, date);
        }
    }
    return SH_OK;
}

sh_err calendar_check(const struct calendar *calendar, int64_t now_ms, struct sh_why *why)
{
    struct local_time now;
    SH_TRY(local_from_ms(now_ms, &now));
    int year = day_year(now.day);
    int last_year = year + (day_month(now.day) >= OCTOBER);
    for (int y = year; y <= last_year; y++) {
        SH_TRY(check_year(calendar, y, why));
    }
    return check_terms(calendar, now.day, last_year, why);
}

static sh_err load_all_terms(const struct calendar_files *files, struct calendar *calendar,
                             struct sh_why *why)
{
    if (files->term_dates_len > CALENDAR_TERM_FILES_MAX) {
        return sh_fail(why, SH_E_CONFIG, "%zu term-date files: at most %u", files->term_dates_len,
                       CALENDAR_TERM_FILES_MAX);
    }
    SH_CHECK(files->term_dates_len, SH_OK);
    calendar->terms = calloc(files->term_dates_len, sizeof *calendar->terms);
    SH_CHECK(calendar->terms, SH_E_NOMEM);
    for (size_t i = 0; i < files->term_dates_len; i++) {
        SH_TRY(load_term_dates(files->term_dates[i], &calendar->terms[calendar->terms_len++], why));
    }
    return SH_OK;
}

sh_err calendar_load(const struct calendar_files *files, struct calendar **out, struct sh_why *why)
{
    SH_DEFER(calendar_free) struct calendar *calendar = calloc(1, sizeof *calendar);
    SH_CHECK(calendar, SH_E_NOMEM);
    calendar->bank_holidays_path = strdup(files->bank_holidays);
    SH_CHECK(calendar->bank_holidays_path, SH_E_NOMEM);
    SH_TRY(load_bank_holidays(files->bank_holidays, calendar, why));
    SH_TRY(load_all_terms(files, calendar, why));
    *out = calendar;
    calendar = NULL;
    return SH_OK;
}

void calendar_free(struct calendar **calendar_p)
{
    struct calendar *calendar = *calendar_p;
    if (!calendar) {
        return;
    }
    for (size_t i = 0; i < calendar->terms_len; i++) {
        free(calendar->terms[i].path);
        free(calendar->terms[i].area);
        free(calendar->terms[i].breaks);
    }
    free(calendar->terms);
    free(calendar->bank_holidays);
    free(calendar->bank_holidays_path);
    free(calendar);
    *calendar_p = NULL;
}
