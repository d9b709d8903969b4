/* When something happened, as people write it: a day, or a day and a time. Days are those of
 * Europe/London, counted from 1970-01-01, so that "within 30 days" is said in days and not in
 * hours. Pure; any thread. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct event_time {
    int64_t ms; /* of a day alone: its first moment, so that it stands before the day's times */
    int64_t day;
};

/* YYYY-MM-DD, or RFC 3339 with an offset. SH_E_BAD_TIME. */
SH_MUST_USE sh_err event_time_from(const char *text, struct event_time *out);
struct event_time event_time_of(int64_t ms);
/* The same day of the month so many months later; of a shorter month the last day. */
int64_t event_day_add_months(int64_t day, int months);
/* "2016-05-21". out: 11 bytes at least. */
void event_day_text(int64_t day, char *out, size_t out_len);
