/* When somebody is at a desk, from the words that the directory has for it, and when cover is
 * called for urgent mail that nobody opened there. Pure; any thread. */
#pragma once

#include "policy/calendar.h"

#define HOURS_ROWS_MAX 16u

/* One opening: these weekdays, from a minute of the day up to another. */
struct hours_row {
    uint8_t weekdays; /* bits: 1 Monday ... 64 Sunday */
    uint16_t from_minute, to_minute;
};

/* The hours of a week. On a bank holiday Sunday's hold. Any struct of zeroes is a desk that is
 * never open; `always` stands above the rows. */
struct week_hours {
    bool always;
    size_t len;
    struct hours_row rows[HOURS_ROWS_MAX];
};

/* "Mon-Fri 08:30-17:00", "Mon,Wed-Fri 09:00-12:00; Sat 10:00-24:00", "always". Exactly so: English
 * three-letter days, 24 hours, "; " between openings, an opening ends on its own day.
 * SH_E_FORMAT otherwise. */
SH_MUST_USE sh_err hours_from_words(const char *text, struct week_hours *out);
/* For a desk as the directory has it: no text (NULL) or one for people ("term time only") means
 * that the hours are not known, and such a desk counts as always open. */
struct week_hours hours_of_desk(const char *text);

/* Whether the desk is open at that moment. */
bool calendar_in_hours(const struct calendar *calendar, const struct week_hours *hours,
                       int64_t at_ms);
/* When cover is called: after wait_ms (an hour, by default) in the desk's hours; at their end if
 * that comes before; at once (from_ms) outside them. */
int64_t calendar_cover_due(const struct calendar *calendar, const struct week_hours *hours,
                           int64_t wait_ms, int64_t from_ms);
