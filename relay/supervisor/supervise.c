#include "supervise.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/logline.h"
#include "child.h"
#include "config/process.h"
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

enum {
    GATE_PATIENCE_MS = 5000,
    CORE_PATIENCE_MS = 20000,
    /* After a kill -9 of a supervisor its children hold the lock until they are dead too. */
    LOCK_PATIENCE_MS = 3000,
    LOCK_TRY_MS = 20,
    /* The wall clock may drift this far from the boot clock before a restarted core must judge it
       anew. */
    CLOCK_DRIFT_MS = SH_MINUTE_MS,
};

struct supervisor {
    const struct supervise_options *options;
    struct child core;
    struct child gate;
    char pid_path[PATH_MAX];
    int lock_fd;
    int signal_fd;
    int ready_fd; /* of the gate that runs now; -1: it has said so, or there is none */
    bool served;
    bool clock_trusted; /* clock_offset_ms was right once */
    int64_t clock_offset_ms;
};

static int64_t boot_now_ms(void)
{
    return clock_boot_ms(&clock_system);
}

static int64_t clock_offset_ms(void)
{
    return clock_now_ms(&clock_system) - clock_boot_ms(&clock_system);
}

/* Whether the core may take the wall clock as looked at: by a person at the start, or by a core
 * that served, if the clock was not set since. Without this a restart on a machine without time
 * service would stay down until somebody came. */
static bool clock_is_checked(const struct supervisor *s)
{
    int64_t drift = clock_offset_ms() - s->clock_offset_ms;
    return s->clock_trusted && drift <= CLOCK_DRIFT_MS && drift >= -(int64_t)CLOCK_DRIFT_MS;
}

static void trust_clock(struct supervisor *s)
{
    s->clock_trusted = true;
    s->clock_offset_ms = clock_offset_ms();
}

static sh_err start_core(struct supervisor *s, struct sh_why *why)
{
    struct child_start start = {.arguments = {"--config", s->options->config_path,
                                              clock_is_checked(s) ? "--clock-checked" : NULL},
                                .keep_fds = {s->lock_fd, -1}};
    return child_start(&s->core, &start, boot_now_ms(), why);
}

static sh_err start_gate(struct supervisor *s, struct sh_why *why)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return sh_fail(why, SH_E_IO, "cannot make a pipe: %s", strerror(errno));
    }
    sh_closep(&s->ready_fd);
    s->ready_fd = ends[0];
    char ready[16];
    (void)snprintf(ready, sizeof ready, "%d", ends[1]);
    bool cautious = child_crashes_often(&s->gate, boot_now_ms());
    struct child_start start = {.arguments = {"--config", s->options->config_path, "--ready-fd",
                                              ready, cautious ? "--cautious" : NULL},
                                .keep_fds = {s->lock_fd, ends[1]}};
    sh_err err = child_start(&s->gate, &start, boot_now_ms(), why);
    close(ends[1]);
    return err;
}

static sh_err start_who_is_due(struct supervisor *s, struct sh_why *why)
{
    if (s->core.pid == 0 && boot_now_ms() >= s->core.restart_ms) {
        SH_TRY(start_core(s, why));
    }
    if (s->gate.pid == 0 && boot_now_ms() >= s->gate.restart_ms) {
        SH_TRY(start_gate(s, why));
    }
    return SH_OK;
}

static void log_end(const struct child *child, int status)
{
    if (WIFSIGNALED(status)) {
        log_event(LOG_LEVEL_ERROR, "ended", "program=%s pid=%d signal=%d", child->name,
                  (int)child->pid, WTERMSIG(status));
    } else {
        log_event(LOG_LEVEL_ERROR, "ended", "program=%s pid=%d status=%d", child->name,
                  (int)child->pid, WEXITSTATUS(status));
    }
}

static sh_err reap(struct supervisor *s, struct sh_why *why)
{
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct child *child = pid == s->core.pid ? &s->core : pid == s->gate.pid ? &s->gate : NULL;
        if (!child) {
            continue;
        }
        log_end(child, status);
        child_plan_restart(child, boot_now_ms());
        bool hopeless = WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_EXIT_NO_RESTART;
        if (hopeless && !s->served) {
            return sh_fail(why, SH_E_CONFIG, "safehand-%s cannot start; it said why above",
                           child->name);
        }
    }
    return SH_OK;
}

/* *out_stop: somebody asked for the end. */
static sh_err take_signals(struct supervisor *s, bool *out_stop, struct sh_why *why)
{
    struct signalfd_siginfo signal;
    while (read(s->signal_fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        switch (signal.ssi_signo) {
        case SIGHUP:
            log_event(LOG_LEVEL_INFO, "reload", "program=%s", "core");
            if (s->core.pid) {
                (void)kill(s->core.pid, SIGHUP);
            }
            break;
        case SIGTERM:
        case SIGINT:
            *out_stop = true;
            break;
        default: /* SIGCHLD: several ends may share one signal */
            break;
        }
    }
    return reap(s, why);
}

static void take_ready(struct supervisor *s)
{
    char byte = 0;
    bool ready = read(s->ready_fd, &byte, 1) == 1;
    sh_closep(&s->ready_fd);
    if (!ready) {
        return; /* the gate ended first; SIGCHLD says so too */
    }
    log_event(LOG_LEVEL_INFO, s->served ? "serving_again" : "serving", "endpoint=%s",
              s->options->config->endpoint);
    s->served = true;
    trust_clock(s);
    notify_service_manager("READY=1");
}

static int next_wait_ms(const struct supervisor *s)
{
    int64_t now_ms = boot_now_ms();
    int64_t wait_ms = SH_HOUR_MS;
    const struct child *children[] = {&s->core, &s->gate};
    for (size_t i = 0; i < 2; i++) {
        int64_t until_ms = children[i]->restart_ms - now_ms;
        if (children[i]->pid == 0 && until_ms < wait_ms) {
            wait_ms = until_ms > 0 ? until_ms : 0;
        }
    }
    return (int)wait_ms;
}

static sh_err loop(struct supervisor *s, struct sh_why *why)
{
    for (bool stop = false; !stop;) {
        SH_TRY(start_who_is_due(s, why));
        struct pollfd items[] = {{.fd = s->signal_fd, .events = POLLIN},
                                 {.fd = s->ready_fd, .events = POLLIN}};
        if (poll(items, 2, next_wait_ms(s)) < 0 && errno != EINTR) {
            return sh_fail(why, SH_E_BUG, "cannot wait: %s", strerror(errno));
        }
        if (items[1].fd >= 0 && items[1].revents) {
            take_ready(s);
        }
        SH_TRY(take_signals(s, &stop, why));
    }
    return SH_OK;
}

static sh_err take_lock(struct supervisor *s, struct sh_why *why)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, s->options->config->state_dir, "relay.lock"));
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0) {
        return sh_fail(why, SH_E_IO, "cannot open %s: %s", path, strerror(errno));
    }
    int64_t until_ms = boot_now_ms() + LOCK_PATIENCE_MS;
    while (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (boot_now_ms() >= until_ms) {
            return sh_fail(why, SH_E_LOCKED, "another relay uses %s",
                           s->options->config->state_dir);
        }
        (void)poll(NULL, 0, LOCK_TRY_MS);
    }
    return SH_OK;
}

static sh_err open_signals(struct supervisor *s, struct sh_why *why)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    s->signal_fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0
                       ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
                       : -1;
    return s->signal_fd >= 0
               ? SH_OK
               : sh_fail(why, SH_E_BUG, "cannot wait for signals: %s", strerror(errno));
}

static void supervisor_close(struct supervisor *s)
{
    child_stop(&s->gate, GATE_PATIENCE_MS);
    child_stop(&s->core, CORE_PATIENCE_MS);
    if (s->pid_path[0]) {
        (void)unlink(s->pid_path);
    }
    sh_closep(&s->ready_fd);
    sh_closep(&s->signal_fd);
    sh_closep(&s->lock_fd);
}

static sh_err open_all(struct supervisor *s, struct sh_why *why)
{
    const char *state_dir = s->options->config->state_dir;
    char path[PATH_MAX];
    char text[32];
    SH_TRY(dir_make(state_dir, 0700, why));
    SH_TRY(take_lock(s, why));
    SH_TRY(open_signals(s, why));
    SH_TRY(child_init(&s->core, "core", state_dir, why));
    SH_TRY(child_init(&s->gate, "gate", state_dir, why));
    SH_TRY(path_join(path, sizeof path, state_dir, "relay.pid"));
    (void)snprintf(text, sizeof text, "%d\n", (int)getpid());
    SH_TRY(file_write_atomic(path, bytes_str(text), 0644, why));
    memcpy(s->pid_path, path, sizeof path);
    if (s->options->clock_checked) {
        trust_clock(s);
    }
    return SH_OK;
}

sh_err supervise(const struct supervise_options *options, struct sh_why *why)
{
    SH_DEFER(supervisor_close)
    struct supervisor s = {.options = options, .lock_fd = -1, .signal_fd = -1, .ready_fd = -1};
    (void)signal(SIGPIPE, SIG_IGN);
    SH_TRY(open_all(&s, why));
    sh_err err = loop(&s, why);
    notify_service_manager("STOPPING=1");
    log_event(LOG_LEVEL_INFO, "stopping", "code=%s", sh_err_word(err));
    return err;
}
