/* One child process: started beside this program, known by a pid file, started again when it ends.
 * A child dies with its supervisor, however that ends (PITFALLS B6). */
#pragma once

#include "base/bytes.h"

#include <limits.h>
#include <sys/types.h>

#define CHILD_ARGUMENTS_MAX 8

struct child {
    const char *name; /* "core": program safehand-core, pid file core.pid */
    char program[PATH_MAX];
    char pid_path[PATH_MAX];
    pid_t pid; /* 0: not running */
    int64_t started_ms;
    int64_t restart_ms; /* while it is not running: when to start it */
    int64_t backoff_ms;
    int64_t crashes_ms[2]; /* the last two ends that nobody asked for; 0: none */
};

/* Fills the paths: the program lies in the folder of /proc/self/exe. */
SH_MUST_USE sh_err child_init(struct child *child, const char *name, const char *state_dir,
                              struct sh_why *why);

struct child_start {
    const char *arguments[CHILD_ARGUMENTS_MAX]; /* behind the program's name, NULL at the end */
    int keep_fds[2];                            /* stay open in the child; -1: none */
};
SH_MUST_USE sh_err child_start(struct child *child, const struct child_start *start, int64_t now_ms,
                               struct sh_why *why);
/* Runs the program once to its end, without pid file; *out_status as waitpid() gives it. */
SH_MUST_USE sh_err child_run(const struct child *child, const struct child_start *start,
                             int *out_status, struct sh_why *why);
/* It ended, and nobody asked it to: plans the next start. */
void child_plan_restart(struct child *child, int64_t now_ms);
/* Two crashes within a minute. */
bool child_crashes_often(const struct child *child, int64_t now_ms);
/* SIGTERM, then SIGKILL after patience_ms; returns when it is gone. */
void child_stop(struct child *child, int64_t patience_ms);
