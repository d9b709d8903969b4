/* What kind of day a day is. */
#include "base/clock.h"
#include "policy/calendar_private.h"

#include <stdlib.h>
#include <string.h>

enum { SATURDAY = 5 };

static int compare_day(const void *wanted, const void *entry)
{
    int64_t left = *(const int64_t *)wanted, right = ((const struct bank_holiday *)entry)->day;
    return (left > right) - (left < right);
}

bool day_is_bank_holiday(const struct calendar *calendar, int64_t day)
{
    return bsearch(&day, calendar->bank_holidays, calendar->bank_holidays_len,
                   sizeof *calendar->bank_holidays, compare_day) != NULL;
}

size_t bank_holidays_of_year(const struct calendar *calendar, int year)
{
    size_t count = 0;
    for (size_t i = 0; i < calendar->bank_holidays_len; i++) {
        count += calendar->bank_holidays[i].year == year;
    }
    return count;
}

bool day_is_working(const struct calendar *calendar, int64_t day, bool *covered)
{
    *covered &= bank_holidays_of_year(calendar, day_year(day)) >= BANK_HOLIDAYS_A_YEAR;
    return day_weekday(day) < SATURDAY && !day_is_bank_holiday(calendar, day);
}

static bool range_has(const struct day_range *range, int64_t day)
{
    return day >= range->first && day <= range->last;
}

static bool is_break(const struct term_dates *terms, int64_t day)
{
    for (size_t i = 0; i < terms->breaks_len; i++) {
        if (range_has(&terms->breaks[i], day)) {
            return true;
        }
    }
    return false;
}

bool area_covers(const struct calendar *calendar, const struct term_dates *terms, int64_t day)
{
    for (size_t i = 0; i < calendar->terms_len; i++) {
        const struct term_dates *other = &calendar->terms[i];
        if (strcmp(other->area, terms->area) == 0 && range_has(&other->covers, day)) {
            return true;
        }
    }
    return false;
}

/* Areas may differ. A day is a break only if each file that knows of it says so: of two possible
 * times the earlier is due, since what comes too early can be explained and what comes too late
 * cannot be mended. */
bool day_is_school(const struct calendar *calendar, int64_t day, bool *covered)
{
    bool open = false, known = false;
    for (size_t i = 0; i < calendar->terms_len; i++) {
        const struct term_dates *terms = &calendar->terms[i];
        *covered &= area_covers(calendar, terms, day);
        if (range_has(&terms->covers, day)) {
            known = true;
            open |= !is_break(terms, day);
        }
    }
    return day_is_working(calendar, day, covered) && (open || !known);
}
