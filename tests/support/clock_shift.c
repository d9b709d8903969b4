/* A wrong clock for one program: LD_PRELOAD=clock_shift.so CLOCK_SHIFT_SECONDS=-86400 safehand ...
 * The clock on the wall is moved; those that only count on are not, as with a computer whose date
 * was set wrong before it was started. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t shift(void)
{
    const char *seconds = getenv("CLOCK_SHIFT_SECONDS");
    return seconds ? (time_t)strtoll(seconds, NULL, 10) : 0;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, id, out);
    if (result == 0 && id == CLOCK_REALTIME) {
        out->tv_sec += shift();
    }
    return result;
}

/* OpenSSL looks at this one. */
__attribute__((visibility("default"))) time_t time(time_t *out)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
