#include "bench.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void bench_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void bench_must(sh_err err, const char *doing)
{
    if (err != SH_OK) {
        bench_fail("%s: %s", doing, sh_err_word(err));
    }
}

static double read_clock(clockid_t id)
{
    struct timespec time;
    if (clock_gettime(id, &time) != 0) {
        bench_fail("a clock cannot be read");
    }
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

double bench_now_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* The kernel's own count for the process, as in /proc/PID/stat, but in nanoseconds and not in ticks
 * of 10 ms. */
double bench_cpu_us(pid_t pid)
{
    clockid_t id;
    if (clock_getcpuclockid(pid, &id) != 0) {
        bench_fail("process %d is gone", (int)pid);
    }
    return read_clock(id);
}

double bench_thread_cpu_us(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_percentile(double *values, size_t len, double share)
{
    if (len == 0) {
        bench_fail("nothing was measured");
    }
    qsort(values, len, sizeof *values, compare_numbers);
    size_t at = (size_t)(share * (double)len);
    return values[at < len ? at : len - 1];
}

int bench_free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        bench_fail("no free port on loopback");
    }
    close(fd);
    return ntohs(address.sin_port);
}
