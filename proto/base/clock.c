#include "base/clock.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void time_to_rfc3339(int64_t ms, char *out)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms < 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 8099) {
        memcpy(out, "-", 2);
        return;
    }
    (void)snprintf(out, SH_TIME_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                   tm.tm_sec, (int)(ms % 1000));
}

/* ---- years ----
 * Counted from 1 March, so that a leap day is a year's last. Each accepted message asks some dozen
 * times; the C library's way, over time zones and locks, took most of the time of its clocks. */

enum {
    DAY_SECONDS = 24 * 3600,
    MARCH_1_OF_YEAR_0 = -719468, /* in days from 1970 */
    MARCH_31 = 30,               /* days behind 1 March */
    OCTOBER_31 = 244,
    JANUARY_1 = 306,
};

static int64_t first_of_march(int64_t year)
{
    return year * 365 + year / 4 - year / 100 + year / 400 + MARCH_1_OF_YEAR_0;
}

/* The year whose 1 March was the last one. day: 0 to SH_DAY_NUMBER_MAX. */
static int64_t march_year(int64_t day)
{
    int64_t year = 1969 + day / 366; /* no later than the right one, by five at most */
    while (first_of_march(year + 1) <= day) {
        year++;
    }
    return year;
}

int day_year(int64_t day)
{
    int64_t year = march_year(day);
    return (int)(year + (day - first_of_march(year) >= JANUARY_1));
}

/* British Summer Time begins and ends on the last Sundays of March and October (Summer Time Order
 * 2002), at 01:00 UTC. Day 0 was a Thursday. */
static time_t change_on_last_sunday(int64_t last_day_of_month)
{
    return (last_day_of_month - (last_day_of_month + 4) % 7) * DAY_SECONDS + 3600;
}

static bool is_summer_time(time_t seconds)
{
    if (seconds < 0 || seconds / DAY_SECONDS > SH_DAY_NUMBER_MAX) {
        return false;
    }
    int64_t march = first_of_march(day_year(seconds / DAY_SECONDS));
    return seconds >= change_on_last_sunday(march + MARCH_31) &&
           seconds < change_on_last_sunday(march + OCTOBER_31);
}

int64_t time_local_offset_ms(int64_t ms)
{
    return is_summer_time((time_t)(ms / 1000)) ? 3600 * 1000 : 0;
}

void time_to_local(int64_t ms, char *out, size_t out_len)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (is_summer_time(seconds)) {
        seconds += 3600;
    }
    if (ms < 0 || !gmtime_r(&seconds, &tm) ||
        strftime(out, out_len, "%a %-d %b %Y, %H:%M", &tm) == 0) {
        (void)snprintf(out, out_len, "-");
    }
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Exactly `count` digits; advances *at. */
static bool read_digits(const char **at, int count, int *out)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *at += count;
    *out = value;
    return true;
}

static bool read_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool read_date(const char **at, struct tm *tm)
{
    int year = 0, month = 0, day = 0;
    if (!read_digits(at, 4, &year) || !read_char(at, '-') || !read_digits(at, 2, &month) ||
        !read_char(at, '-') || !read_digits(at, 2, &day)) {
        return false;
    }
    if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

bool date_is_valid(const char *text)
{
    struct tm tm = {0};
    return read_date(&text, &tm) && *text == '\0';
}

static bool read_fraction(const char **at, int64_t *out_ms)
{
    *out_ms = 0;
    if (!read_char(at, '.')) {
        return true;
    }
    int64_t unit = 100;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10) {
        *out_ms += unit * (**at - '0');
    }
    return *at > start && *at - start <= 9;
}

static bool read_offset(const char **at, int64_t *out_ms)
{
    *out_ms = 0;
    if (read_char(at, 'Z')) {
        return true;
    }
    int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;
    int hours = 0, minutes = 0;
    if (sign == 0) {
        return false;
    }
    (*at)++;
    if (!read_digits(at, 2, &hours) || !read_char(at, ':') || !read_digits(at, 2, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *out_ms = sign * (int64_t)(hours * 60 + minutes) * 60000;
    return true;
}

sh_err time_from_rfc3339(const char *text, int64_t *out_ms)
{
    struct tm tm = {0};
    int64_t fraction_ms = 0, offset_ms = 0;
    const char *at = text;
    bool ok = read_date(&at, &tm) && read_char(&at, 'T') && read_digits(&at, 2, &tm.tm_hour) &&
              read_char(&at, ':') && read_digits(&at, 2, &tm.tm_min) && read_char(&at, ':') &&
              read_digits(&at, 2, &tm.tm_sec) && tm.tm_hour < 24 && tm.tm_min < 60 &&
              tm.tm_sec < 60 && read_fraction(&at, &fraction_ms) && read_offset(&at, &offset_ms) &&
              *at == '\0';
    SH_CHECK(ok, SH_E_BAD_TIME);
    *out_ms = (int64_t)timegm(&tm) * 1000 + fraction_ms - offset_ms;
    return SH_OK;
}

/* ---- days and minutes of Europe/London ---- */

sh_err local_from_ms(int64_t ms, struct local_time *out)
{
    SH_CHECK(ms >= 0 && ms / SH_DAY_MS <= SH_DAY_NUMBER_MAX, SH_E_BAD_TIME);
    time_t seconds = (time_t)(ms / SH_SECOND_MS);
    if (is_summer_time(seconds)) {
        seconds += 3600;
    }
    int minute = (int)(seconds % DAY_SECONDS) / 60;
    *out = (struct local_time){
        .day = seconds / DAY_SECONDS, .hour = minute / 60, .minute = minute % 60};
    return SH_OK;
}

sh_err local_to_ms(struct local_time local, int64_t *out_ms)
{
    SH_CHECK(local.day >= 0 && local.day <= SH_DAY_NUMBER_MAX, SH_E_BAD_TIME);
    SH_CHECK(local.hour >= 0 && local.hour < 24 && local.minute >= 0 && local.minute < 60,
             SH_E_BAD_TIME);
    time_t winter = (time_t)local.day * DAY_SECONDS + local.hour * 3600 + local.minute * 60;
    time_t summer = winter - 3600;
    /* Read as summer time first: of an hour that comes twice, that is the first. In the hour that
     * does not exist, the clocks change at the hour's start. */
    if (is_summer_time(summer)) {
        *out_ms = (int64_t)summer * SH_SECOND_MS;
    } else if (is_summer_time(winter)) {
        *out_ms = (int64_t)(winter - local.minute * 60) * SH_SECOND_MS;
    } else {
        *out_ms = (int64_t)winter * SH_SECOND_MS;
    }
    return SH_OK;
}

sh_err day_from_date(const char *text, int64_t *out_day)
{
    struct tm tm = {0};
    SH_CHECK(read_date(&text, &tm) && *text == '\0' && tm.tm_year >= 70, SH_E_BAD_TIME);
    *out_day = timegm(&tm) / DAY_SECONDS;
    return SH_OK;
}

static struct tm day_to_tm(int64_t day)
{
    time_t seconds = (time_t)day * DAY_SECONDS;
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    return tm;
}

void day_to_date(int64_t day, char *out)
{
    struct tm tm = day_to_tm(day);
    if (strftime(out, SH_DATE_TEXT_BYTES, "%Y-%m-%d", &tm) == 0) {
        *out = '\0';
    }
}

int day_month(int64_t day)
{
    return day_to_tm(day).tm_mon + 1;
}

int day_weekday(int64_t day)
{
    return (int)((day + 3) % 7); /* day 0 was a Thursday */
}
