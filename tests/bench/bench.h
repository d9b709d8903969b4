/* What all files of the benchmark use: a step that must succeed, and clocks. A failed step ends the
 * program with a sentence; a figure that was not measured is never printed. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Ends the program unless err is SH_OK. */
void bench_must(sh_err err, const char *doing);
/* Says what went wrong and ends the program. */
void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
#define MUST(call) bench_must((call), #call)

double bench_now_us(void);
/* CPU time, user and system, of all threads of a process; of our own for pid 0. */
double bench_cpu_us(pid_t pid);
double bench_thread_cpu_us(void);

/* The value below which `share` of the values lie: 0 the least, 1 the greatest. Sorts them. */
double bench_percentile(double *values, size_t len, double share);

/* A TCP port of 127.0.0.1 that was free a moment ago. */
int bench_free_port(void);
