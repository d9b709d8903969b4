/* The clocks of test builds (SH_TESTING or SH_TEST_CLOCK): the machine's, unless SAFEHAND_CLOCK
 * turns them. It is a time in RFC 3339, at which the clock starts with the process, or the absolute
 * path of a file with one such time: what the clock said when the file was written. It runs on in
 * either case, and follows the file when that is replaced. A bad value ends the process: a test
 * that went on by another clock would prove nothing. Whoever can set the environment of an
 * installed program must not be able to set its time, so release builds have clock_system.c and do
 * not know the name. */
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* sysexits.h's EX_CONFIG: the relay's supervisor does not start such a child again. */
enum { EXIT_BAD_CLOCK = 78, LINE_BYTES_MAX = 100 };

/* Written once, before the first answer. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *path;       /* NULL: no file to follow */
static int64_t first_shift_ms; /* what the machine's clock lacked at the start */

/* How far this thread's clocks are ahead of the machine's. Only now_ms() looks for a move, and both
 * clocks of a thread then move together: whoever compares the two, as the relay does to find out
 * that somebody set the clock, sees a machine that slept. */
static _Thread_local bool asked;
static _Thread_local int64_t shift_ms;

static _Noreturn void end(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void end(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fputs("SAFEHAND_CLOCK: ", stderr);
    (void)vfprintf(stderr, format, list);
    (void)fputc('\n', stderr);
    va_end(list);
    /* Other threads run: no exit handlers. */
    _exit(EXIT_BAD_CLOCK);
}

static int64_t to_ms(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t machine_ms(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0) {
        end("the machine has no such clock: %s", strerror(errno));
    }
    return to_ms(now);
}

/* Time and line from one descriptor, so that they belong together while the file is replaced. */
static int64_t shift_of_file(void)
{
    char line[LINE_BYTES_MAX + 1] = {0};
    struct stat status;
    int64_t ms = 0;
    SH_DEFER(sh_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, line, LINE_BYTES_MAX) < 0 || fstat(fd, &status) != 0) {
        end("cannot read %s: %s", path, strerror(errno));
    }
    line[strcspn(line, "\n")] = '\0';
    if (time_from_rfc3339(line, &ms) != SH_OK || ms < 0) {
        end("%s does not hold a time such as 2026-11-20T08:00:00Z in its one line", path);
    }
    return ms - to_ms(status.st_mtim);
}

static void start(void)
{
    int64_t ms = 0;
    const char *value = getenv("SAFEHAND_CLOCK");
    if (!value) {
        return;
    }
    if (*value == '/') {
        path = value;
        first_shift_ms = shift_of_file();
    } else if (time_from_rfc3339(value, &ms) == SH_OK && ms >= 0) {
        first_shift_ms = ms - machine_ms(CLOCK_REALTIME);
    } else {
        end("\"%s\" is neither a time such as 2026-11-20T08:00:00Z nor the absolute path of a file "
            "with one",
            value);
    }
}

static void look(void)
{
    (void)pthread_once(&once, start);
    shift_ms = path ? shift_of_file() : first_shift_ms;
    asked = true;
}

static int64_t turned_now_ms(void *ctx)
{
    (void)ctx;
    look();
    return machine_ms(CLOCK_REALTIME) + shift_ms;
}

static int64_t turned_boot_ms(void *ctx)
{
    (void)ctx;
    if (!asked) {
        look();
    }
    return machine_ms(CLOCK_BOOTTIME) + shift_ms - first_shift_ms;
}

const struct clock clock_system = {.now_ms = turned_now_ms, .boot_ms = turned_boot_ms};
