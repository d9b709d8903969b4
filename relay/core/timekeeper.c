#include "core/timekeeper.h"

#include "base/limits.h"

#include <stdlib.h>
#include <sys/timex.h>

/* Corrections up to this size a tick are the time service doing its work. */
enum { TIME_SLEW_MS = 2000, TIME_JUMP_MS = 60 * SH_SECOND_MS };

void timekeeper_init(struct timekeeper *keeper, struct clock clock)
{
    keeper->clock = clock;
    timekeeper_trust(keeper);
}

void timekeeper_trust(struct timekeeper *keeper)
{
    keeper->offset_ms = clock_now_ms(&keeper->clock) - clock_boot_ms(&keeper->clock);
    keeper->jumped = false;
}

bool timekeeper_check(struct timekeeper *keeper)
{
    int64_t offset_ms = clock_now_ms(&keeper->clock) - clock_boot_ms(&keeper->clock);
    int64_t moved_ms = offset_ms - keeper->offset_ms;
    if (llabs(moved_ms) <= TIME_SLEW_MS && !keeper->jumped) {
        keeper->offset_ms = offset_ms;
    }
    bool was = keeper->jumped;
    /* Set right again, it is trusted again: the offset of before the jump was kept. */
    keeper->jumped = llabs(moved_ms) > TIME_JUMP_MS;
    return keeper->jumped && !was;
}

int64_t timekeeper_now_ms(const struct timekeeper *keeper, int64_t least_ms)
{
    int64_t now_ms = keeper->jumped ? clock_boot_ms(&keeper->clock) + keeper->offset_ms
                                    : clock_now_ms(&keeper->clock);
    return now_ms > least_ms ? now_ms : least_ms;
}

sh_err timekeeper_start_check(int64_t now_ms, int64_t last_ms, bool synchronised, bool checked,
                              struct sh_why *why)
{
    char last[SH_TIME_TEXT_BYTES], now[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(last_ms, last);
    time_to_rfc3339(now_ms, now);
    if (now_ms < last_ms) {
        return sh_fail(why, SH_E_CLOCK,
                       "the clock says %s, but the last entry of the log was made at %s: set the "
                       "clock right; nothing "
                       "was lost",
                       now, last);
    }
    if (last_ms && !synchronised && !checked) {
        return sh_fail(why, SH_E_CLOCK,
                       "the clock says %s and no time service vouches for it (last entry of the "
                       "log: %s): compare it "
                       "with a watch, then start with --clock-checked",
                       now, last);
    }
    return SH_OK;
}

bool timekeeper_synchronised(void)
{
    struct timex status = {0};
    int state = adjtimex(&status);
    return state >= 0 && state != TIME_ERROR && !(status.status & STA_UNSYNC);
}
