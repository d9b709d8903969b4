#include "child.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/logline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
    BACKOFF_FIRST_MS = 20,
    BACKOFF_MAX_MS = 2000,
    /* A child that lived this long had started well; it comes back at once. */
    LIVED_MS = 1000,
};

sh_err child_init(struct child *child, const char *name, const char *state_dir, struct sh_why *why)
{
    char own[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    if (len <= 0) {
        return sh_fail(why, SH_E_IO, "cannot find the folder of this program: %s", strerror(errno));
    }
    own[len] = '\0';
    *strrchr(own, '/') = '\0';
    char file[64];
    *child = (struct child){.name = name, .backoff_ms = BACKOFF_FIRST_MS};
    (void)snprintf(file, sizeof file, "safehand-%s", name);
    SH_TRY(path_join(child->program, sizeof child->program, own, file));
    (void)snprintf(file, sizeof file, "%s.pid", name);
    SH_TRY(path_join(child->pid_path, sizeof child->pid_path, state_dir, file));
    if (access(child->program, X_OK) != 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s is missing: it belongs beside this program",
                       child->program);
    }
    return SH_OK;
}

/* Between fork and exec: nothing here may fail silently, allocate, or return. */
static _Noreturn void become(const struct child *child, const struct child_start *start,
                             pid_t parent)
{
    /* execv() takes its arguments as char *const, and changes none of them. */
    union {
        const char *in[CHILD_ARGUMENTS_MAX + 2];
        char *out[CHILD_ARGUMENTS_MAX + 2];
    } arguments = {.in = {child->program}};
    for (size_t i = 0; i < CHILD_ARGUMENTS_MAX && start->arguments[i]; i++) {
        arguments.in[i + 1] = start->arguments[i];
    }
    for (size_t i = 0; i < sizeof start->keep_fds / sizeof start->keep_fds[0]; i++) {
        if (start->keep_fds[i] >= 0) {
            (void)fcntl(start->keep_fds[i], F_SETFD, 0);
        }
    }
    sigset_t none;
    (void)sigemptyset(&none);
    /* A group of its own: Ctrl-C reaches the supervisor, which stops its children in order. */
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
                 setpgid(0, 0) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
    if (ready) {
        (void)execv(child->program, arguments.out);
    }
    _exit(127);
}

static sh_err fork_child(const struct child *child, const struct child_start *start, pid_t *out,
                         struct sh_why *why)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(child, start, parent);
    }
    if (pid < 0) {
        return sh_fail(why, SH_E_NOMEM, "cannot start %s: %s", child->program, strerror(errno));
    }
    *out = pid;
    return SH_OK;
}

sh_err child_start(struct child *child, const struct child_start *start, int64_t now_ms,
                   struct sh_why *why)
{
    SH_TRY(fork_child(child, start, &child->pid, why));
    child->started_ms = now_ms;
    log_event(LOG_LEVEL_INFO, "started", "program=%s pid=%d", child->name, (int)child->pid);
    char text[32];
    (void)snprintf(text, sizeof text, "%d\n", (int)child->pid);
    return file_write_atomic(child->pid_path, bytes_str(text), 0644, why);
}

sh_err child_run(const struct child *child, const struct child_start *start, int *out_status,
                 struct sh_why *why)
{
    pid_t pid = 0;
    SH_TRY(fork_child(child, start, &pid, why));
    while (waitpid(pid, out_status, 0) < 0) {
        SH_CHECK(errno == EINTR, SH_E_BUG);
    }
    return SH_OK;
}

void child_plan_restart(struct child *child, int64_t now_ms)
{
    bool lived = now_ms - child->started_ms >= LIVED_MS;
    if (lived) {
        child->backoff_ms = BACKOFF_FIRST_MS;
    }
    child->pid = 0;
    child->restart_ms = now_ms + child->backoff_ms;
    child->backoff_ms =
        child->backoff_ms * 2 < BACKOFF_MAX_MS ? child->backoff_ms * 2 : BACKOFF_MAX_MS;
    child->crashes_ms[0] = child->crashes_ms[1];
    child->crashes_ms[1] = now_ms;
}

bool child_crashes_often(const struct child *child, int64_t now_ms)
{
    return child->crashes_ms[0] != 0 && now_ms - child->crashes_ms[0] < SH_MINUTE_MS;
}

void child_stop(struct child *child, int64_t patience_ms)
{
    if (child->pid == 0) {
        return;
    }
    (void)kill(child->pid, SIGTERM);
    /* A pidfd is readable when the process has ended. Without one (an old kernel) patience is nil.
     */
    SH_DEFER(sh_closep) int fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    if (fd < 0 || poll(&item, 1, (int)patience_ms) != 1) {
        log_event(LOG_LEVEL_WARN, "killed", "program=%s pid=%d", child->name, (int)child->pid);
        (void)kill(child->pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
    (void)unlink(child->pid_path);
}
