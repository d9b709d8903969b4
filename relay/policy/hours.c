#include "base/clock.h"
#include "base/limits.h"
#include "policy/calendar_private.h"

#include <string.h>

enum { DAYS = 7, SUNDAY = 6, DAY_MINUTES = 24 * 60 };

static const char day_names[DAYS][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static bool read_mark(const char **at, const char *mark)
{
    size_t len = strlen(mark);
    if (strncmp(*at, mark, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

static bool read_day(const char **at, unsigned *out)
{
    for (unsigned i = 0; i < DAYS; i++) {
        if (read_mark(at, day_names[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* "Mon" or "Mon-Fri". A week that ends before it begins ("Sat-Mon") is taken for a slip. */
static bool read_days(const char **at, uint8_t *weekdays)
{
    unsigned first = 0;
    if (!read_day(at, &first)) {
        return false;
    }
    unsigned last = first;
    if (read_mark(at, "-") && (!read_day(at, &last) || last <= first)) {
        return false;
    }
    for (unsigned i = first; i <= last; i++) {
        *weekdays = (uint8_t)(*weekdays | 1u << i);
    }
    return true;
}

static bool read_two_digits(const char **at, unsigned *out)
{
    const char *text = *at;
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return false;
    }
    *out = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    *at += 2;
    return true;
}

static bool read_minute(const char **at, uint16_t *out)
{
    unsigned hour = 0, minute = 0;
    if (!read_two_digits(at, &hour) || !read_mark(at, ":") || !read_two_digits(at, &minute) ||
        minute > 59 || hour * 60 + minute > DAY_MINUTES) {
        return false;
    }
    *out = (uint16_t)(hour * 60 + minute);
    return true;
}

static bool read_row(const char **at, struct hours_row *out)
{
    do {
        if (!read_days(at, &out->weekdays)) {
            return false;
        }
    } while (read_mark(at, ","));
    return read_mark(at, " ") && read_minute(at, &out->from_minute) && read_mark(at, "-") &&
           read_minute(at, &out->to_minute) && out->from_minute < out->to_minute;
}

sh_err hours_from_words(const char *text, struct week_hours *out)
{
    struct week_hours hours = {.always = strcmp(text, "always") == 0};
    const char *at = text;
    if (!hours.always) {
        do {
            SH_CHECK(hours.len < HOURS_ROWS_MAX, SH_E_FORMAT);
            SH_CHECK(read_row(&at, &hours.rows[hours.len++]), SH_E_FORMAT);
        } while (read_mark(&at, "; "));
        SH_CHECK(*at == '\0', SH_E_FORMAT);
    }
    *out = hours;
    return SH_OK;
}

struct week_hours hours_of_desk(const char *text)
{
    struct week_hours hours = {.always = true};
    if (text && hours_from_words(text, &hours) != SH_OK) {
        hours = (struct week_hours){.always = true};
    }
    return hours;
}

static bool row_is_open(const struct hours_row *row, int weekday, unsigned minute)
{
    return (row->weekdays >> weekday & 1u) && minute >= row->from_minute && minute < row->to_minute;
}

bool calendar_in_hours(const struct calendar *calendar, const struct week_hours *hours,
                       int64_t at_ms)
{
    struct local_time at;
    if (hours->always || local_from_ms(at_ms, &at) != SH_OK) {
        return hours->always;
    }
    int weekday = day_is_bank_holiday(calendar, at.day) ? SUNDAY : day_weekday(at.day);
    for (size_t i = 0; i < hours->len; i++) {
        if (row_is_open(&hours->rows[i], weekday, (unsigned)(at.hour * 60 + at.minute))) {
            return true;
        }
    }
    return false;
}

int64_t calendar_cover_due(const struct calendar *calendar, const struct week_hours *hours,
                           int64_t wait_ms, int64_t from_ms)
{
    int64_t due_ms = from_ms + wait_ms;
    if (hours->always) {
        return due_ms;
    }
    if (!calendar_in_hours(calendar, hours, from_ms)) {
        return from_ms;
    }
    /* Desks open and close on the minute. */
    int64_t at_ms = from_ms - from_ms % SH_MINUTE_MS + SH_MINUTE_MS;
    while (at_ms < due_ms && calendar_in_hours(calendar, hours, at_ms)) {
        at_ms += SH_MINUTE_MS;
    }
    return at_ms < due_ms ? at_ms : due_ms;
}
