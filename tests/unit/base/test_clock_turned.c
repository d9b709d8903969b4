/* SAFEHAND_CLOCK, as programs of test builds read it. Criterion runs each test in a process of its
 * own, and a process reads the name once. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/limits.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum {
    EXIT_BAD_CLOCK = 78,
    SLOW_MS = 30 * SH_SECOND_MS /* more than any step of a test takes */
};

static int64_t at(const char *text)
{
    int64_t ms = -1;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

/* Between `ms` and a little later. */
static void expect_about(int64_t have_ms, int64_t ms)
{
    cr_expect(have_ms >= ms && have_ms < ms + SLOW_MS, "%lld is not just after %lld",
              (long long)have_ms, (long long)ms);
}

static void write_clock(const struct temp_dir *dir, const char *text, char *path)
{
    struct sh_why why = {0};
    cr_assert_eq(path_join(path, PATH_MAX, dir->path, "clock"), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_str(text), 0600, &why), SH_OK, "%s", why.text);
    cr_assert_eq(setenv("SAFEHAND_CLOCK", path, 1), 0);
}

Test(clock_turned, without_the_name_it_is_the_machines_clock)
{
    struct timespec now;
    cr_assert_eq(unsetenv("SAFEHAND_CLOCK"), 0);
    cr_assert_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
    expect_about(clock_now_ms(&clock_system), now.tv_sec * 1000 + now.tv_nsec / 1000000);
    cr_assert_eq(clock_gettime(CLOCK_BOOTTIME, &now), 0);
    expect_about(clock_boot_ms(&clock_system), now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

Test(clock_turned, a_time_is_where_the_clock_starts_and_it_runs_on)
{
    cr_assert_eq(setenv("SAFEHAND_CLOCK", "2026-11-20T08:00:00Z", 1), 0);
    int64_t first_ms = clock_now_ms(&clock_system), boot_ms = clock_boot_ms(&clock_system);
    expect_about(first_ms, at("2026-11-20T08:00:00Z"));
    while (clock_boot_ms(&clock_system) < boot_ms + 5) {
    }
    cr_assert_geq(clock_now_ms(&clock_system), first_ms + 4);
}

Test(clock_turned, a_file_says_what_the_clock_said_when_it_was_written)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    char path[PATH_MAX];
    temp_dir_make(&dir);
    write_clock(&dir, "2026-11-20T08:00:00Z\n", path);
    expect_about(clock_now_ms(&clock_system), at("2026-11-20T08:00:00Z"));
    /* Written an hour ago: it has run since. */
    struct timespec hour_ago[2];
    cr_assert_eq(clock_gettime(CLOCK_REALTIME, &hour_ago[0]), 0);
    hour_ago[0].tv_sec -= 3600;
    hour_ago[1] = hour_ago[0];
    cr_assert_eq(utimensat(AT_FDCWD, path, hour_ago, 0), 0);
    expect_about(clock_now_ms(&clock_system), at("2026-11-20T09:00:00Z"));
}

Test(clock_turned, a_replaced_file_moves_both_clocks_and_not_their_distance)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    char path[PATH_MAX];
    temp_dir_make(&dir);
    write_clock(&dir, "2026-11-20T08:00:00Z", path);
    int64_t boot_ms = clock_boot_ms(&clock_system);
    int64_t distance_ms = clock_now_ms(&clock_system) - clock_boot_ms(&clock_system);
    write_clock(&dir, "2026-11-23T08:00:00Z", path);
    int64_t moved_ms = clock_now_ms(&clock_system) - clock_boot_ms(&clock_system);
    expect_about(clock_now_ms(&clock_system), at("2026-11-23T08:00:00Z"));
    expect_about(clock_boot_ms(&clock_system), boot_ms + 3 * SH_DAY_MS - SLOW_MS / 2);
    cr_expect_lt(llabs(moved_ms - distance_ms), 1000, "the relay would say that its clock jumped");
}

static void *distance_of_another_thread(void *out)
{
    int64_t boot_ms = clock_boot_ms(&clock_system);
    *(int64_t *)out = clock_now_ms(&clock_system) - boot_ms;
    return NULL;
}

Test(clock_turned, a_thread_that_begins_after_a_move_has_the_same_distance)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    char path[PATH_MAX];
    temp_dir_make(&dir);
    write_clock(&dir, "2026-11-20T08:00:00Z", path);
    int64_t distance_ms = clock_now_ms(&clock_system) - clock_boot_ms(&clock_system), other_ms = 0;
    write_clock(&dir, "2026-11-23T08:00:00Z", path);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, distance_of_another_thread, &other_ms), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_lt(llabs(other_ms - distance_ms), 1000);
}

Test(clock_turned, an_empty_value_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    cr_assert_eq(setenv("SAFEHAND_CLOCK", "", 1), 0);
    (void)clock_now_ms(&clock_system);
}

Test(clock_turned, a_time_without_offset_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    cr_assert_eq(setenv("SAFEHAND_CLOCK", "2026-11-20T08:00:00", 1), 0);
    (void)clock_boot_ms(&clock_system);
}

Test(clock_turned, a_relative_path_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    cr_assert_eq(setenv("SAFEHAND_CLOCK", "clock", 1), 0);
    (void)clock_now_ms(&clock_system);
}

Test(clock_turned, a_file_that_is_not_there_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    cr_assert_eq(setenv("SAFEHAND_CLOCK", "/nowhere/clock", 1), 0);
    (void)clock_now_ms(&clock_system);
}

/* A file without a name: nothing is left behind by a process that ends at once. */
static int nameless_clock(const char *text)
{
    char path[64];
    int fd = memfd_create("clock", 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cr_assert_eq(setenv("SAFEHAND_CLOCK", path, 1), 0);
    return fd;
}

Test(clock_turned, a_file_without_a_time_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    (void)nameless_clock("tomorrow\n");
    (void)clock_now_ms(&clock_system);
}

Test(clock_turned, a_file_that_becomes_bad_ends_the_process, .exit_code = EXIT_BAD_CLOCK)
{
    int fd = nameless_clock("2026-11-20T08:00:00Z\n");
    expect_about(clock_now_ms(&clock_system), at("2026-11-20T08:00:00Z"));
    cr_assert_eq(ftruncate(fd, 0), 0);
    (void)clock_now_ms(&clock_system);
}
