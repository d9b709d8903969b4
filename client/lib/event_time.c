/* See event_time.h. */
#include "client/event_time.h"

#include "base/clock.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 3600 * (int64_t)1000)

struct civil {
    int64_t year;
    int month, day;
};

/* The proleptic Gregorian calendar by eras of 400 years, which begin in March so that the day that
 * comes and goes is the last of its year. */
static int64_t day_of_civil(const struct civil *civil)
{
    int64_t year = civil->month <= 2 ? civil->year - 1 : civil->year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year =
        (153 * (civil->month + (civil->month > 2 ? -3 : 9)) + 2) / 5 + civil->day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_of_day(int64_t day)
{
    int64_t shifted = day + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct civil civil = {.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
                          .month = (int)(month < 10 ? month + 3 : month - 9)};
    civil.year = year_of_era + era * 400 + (civil.month <= 2);
    return civil;
}

struct event_time event_time_of(int64_t ms)
{
    int64_t local = ms + time_local_offset_ms(ms);
    int64_t day = local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
    return (struct event_time){.ms = ms, .day = day};
}

sh_err event_time_from(const char *text, struct event_time *out)
{
    int64_t ms = 0;
    if (date_is_valid(text)) {
        const struct civil civil = {.year = strtol(text, NULL, 10),
                                    .month = (int)strtol(text + 5, NULL, 10),
                                    .day = (int)strtol(text + 8, NULL, 10)};
        out->day = day_of_civil(&civil);
        out->ms = out->day * DAY_MS - time_local_offset_ms(out->day * DAY_MS);
        return SH_OK;
    }
    SH_TRY(time_from_rfc3339(text, &ms));
    *out = event_time_of(ms);
    return SH_OK;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

int64_t event_day_add_months(int64_t day, int months)
{
    struct civil civil = civil_of_day(day);
    int64_t month = civil.year * 12 + civil.month - 1 + months;
    civil.year = month / 12;
    civil.month = (int)(month % 12) + 1;
    int last = days_in_month(civil.year, civil.month);
    civil.day = civil.day < last ? civil.day : last;
    return day_of_civil(&civil);
}

void event_day_text(int64_t day, char *out, size_t out_len)
{
    struct civil civil = civil_of_day(day);
    (void)snprintf(out, out_len, "%04lld-%02d-%02d", (long long)civil.year, civil.month, civil.day);
}
