/* Time: wall clock in milliseconds since 1970 (UTC), a clock that runs through suspend for jumps,
 * and RFC 3339 text. Everything that needs "now" takes it as a parameter or a struct clock, so that
 * tests turn it by hand. Any thread. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*now_ms)(void *ctx);  /* CLOCK_REALTIME */
    int64_t (*boot_ms)(void *ctx); /* CLOCK_BOOTTIME: never set, never stops */
    void *ctx;
};

/* The machine's own clocks. A constant; never freed. In test builds (SH_TEST_CLOCK) SAFEHAND_CLOCK
 * can turn them: clock_turned.c. */
extern const struct clock clock_system;

static inline int64_t clock_now_ms(const struct clock *c)
{
    return c->now_ms(c->ctx);
}
static inline int64_t clock_boot_ms(const struct clock *c)
{
    return c->boot_ms(c->ctx);
}

/* 24 are used; the rest lets the compiler prove that no year can overrun it. */
#define SH_TIME_TEXT_BYTES 72
/* "2026-11-20T17:00:00.000Z". out has SH_TIME_TEXT_BYTES. */
void time_to_rfc3339(int64_t ms, char *out);
/* "Fri 20 Nov 2026, 17:00" in Europe/London, whatever TZ says; seconds are left out. */
void time_to_local(int64_t ms, char *out, size_t out_len);
/* How far Europe/London is ahead of UTC at that time: nothing, or an hour. */
int64_t time_local_offset_ms(int64_t ms);
/* RFC 3339 with a mandatory offset ("2026-11-20T17:00:00Z", "...+01:00", fraction allowed), real
 * calendar dates only. SH_E_BAD_TIME otherwise. */
SH_MUST_USE sh_err time_from_rfc3339(const char *text, int64_t *out_ms);
/* True for a real day written YYYY-MM-DD. */
bool date_is_valid(const char *text);

/* A minute on the clocks and calendars of Europe/London, whatever TZ says. Days are counted from
 * 1970-01-01 (day 0), so that days add up without months. */
struct local_time {
    int64_t day;
    int hour, minute; /* 0 to 23, 0 to 59 */
};

/* 1970-01-01 to 9999-12-31, as far as the conversions below go. */
#define SH_DAY_NUMBER_MAX INT64_C(2932896)

/* Seconds are dropped. SH_E_BAD_TIME outside the years 1970 to 9999. */
SH_MUST_USE sh_err local_from_ms(int64_t ms, struct local_time *out);
/* On the night when the clocks go forward, a time that does not exist gives the first moment after
 * the gap; when they go back, a time that comes twice gives the first. SH_E_BAD_TIME for a day,
 * hour or minute out of range. */
SH_MUST_USE sh_err local_to_ms(struct local_time local, int64_t *out_ms);
/* From and to YYYY-MM-DD. SH_E_BAD_TIME: no real day, or before 1970. */
SH_MUST_USE sh_err day_from_date(const char *text, int64_t *out_day);
#define SH_DATE_TEXT_BYTES 16
/* day: 0 to SH_DAY_NUMBER_MAX. out has SH_DATE_TEXT_BYTES. */
void day_to_date(int64_t day, char *out);
int day_year(int64_t day);    /* 2026 */
int day_month(int64_t day);   /* 1 to 12 */
int day_weekday(int64_t day); /* 0 Monday to 6 Sunday */
