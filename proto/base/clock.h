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

/* The machine's own clocks. A constant; never freed. */
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
/* RFC 3339 with a mandatory offset ("2026-11-20T17:00:00Z", "...+01:00", fraction allowed), real
 * calendar dates only. SH_E_BAD_TIME otherwise. */
SH_MUST_USE sh_err time_from_rfc3339(const char *text, int64_t *out_ms);
/* True for a real day written YYYY-MM-DD. */
bool date_is_valid(const char *text);
