#include "relay.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "bench.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { START_MS_MAX = 30000 };

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static void empty_folder(const struct town *town, const char *name)
{
    char path[PATH_MAX];
    MUST(path_join(path, sizeof path, town->folder, name));
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Where the supervisor says READY=1, as it would to systemd. */
static int open_notify_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)unlink(path);
    if (strlen(path) >= sizeof address.sun_path) {
        bench_fail("the path of the benchmark's folder is too long: %s", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        bench_fail("cannot listen on %s", path);
    }
    return fd;
}

static void become_supervisor(const struct town *town, const char *programs, const char *notify)
{
    char program[PATH_MAX], log[PATH_MAX];
    MUST(path_join(program, sizeof program, programs, "safehand-relay"));
    MUST(path_join(log, sizeof log, town->folder, "relay.log"));
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || setenv("NOTIFY_SOCKET", notify, 1) != 0) {
        _exit(126);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)execl(program, program, "--config", town->config_path, "--clock-checked", (char *)NULL);
    _exit(127);
}

static pid_t read_pid(const struct town *town, const char *name)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(64);
    char folder[PATH_MAX], path[PATH_MAX];
    struct sh_why why = {""};
    MUST(path_join(folder, sizeof folder, town->folder, "state"));
    MUST(path_join(path, sizeof path, folder, name));
    bench_must(file_read(path, &text, &why), why.text);
    MUST(buf_terminate(&text));
    return (pid_t)strtol((const char *)text.data, NULL, 10);
}

/* Until it says so, ends, or takes too long. */
static void wait_until_ready(const struct relay *relay, const struct town *town, int notify_fd)
{
    char word[64] = "";
    SH_DEFER(sh_closep) int ended_fd = pidfd_open(relay->supervisor, 0);
    struct pollfd items[] = {{.fd = notify_fd, .events = POLLIN},
                             {.fd = ended_fd, .events = POLLIN}};
    int ready = poll(items, 2, START_MS_MAX);
    if (ready < 1 || !items[0].revents || read(notify_fd, word, sizeof word - 1) <= 0 ||
        strncmp(word, "READY=1", 7) != 0) {
        (void)kill(relay->supervisor, SIGTERM);
        bench_fail("the relay does not serve; %s/relay.log says why", town->folder);
    }
}

void relay_start(struct relay *relay, const struct town *town, const char *programs)
{
    char notify[PATH_MAX];
    MUST(path_join(notify, sizeof notify, town->folder, "notify"));
    empty_folder(town, "state");
    empty_folder(town, "log");
    SH_DEFER(sh_closep) int notify_fd = open_notify_socket(notify);
    relay->supervisor = fork();
    if (relay->supervisor == 0) {
        become_supervisor(town, programs, notify);
    }
    if (relay->supervisor < 0) {
        bench_fail("cannot start a process");
    }
    wait_until_ready(relay, town, notify_fd);
    relay->gate = read_pid(town, "gate.pid");
    relay->core = read_pid(town, "core.pid");
}

void relay_stop(struct relay *relay)
{
    if (relay->supervisor > 0) {
        (void)kill(relay->supervisor, SIGTERM);
        (void)waitpid(relay->supervisor, NULL, 0);
        relay->supervisor = 0;
    }
}

struct relay_cpu relay_cpu(const struct relay *relay)
{
    return (struct relay_cpu){.supervisor_us = bench_cpu_us(relay->supervisor),
                              .gate_us = bench_cpu_us(relay->gate),
                              .core_us = bench_cpu_us(relay->core)};
}

struct relay_cpu relay_cpu_since(const struct relay *relay, const struct relay_cpu *before)
{
    struct relay_cpu cpu = relay_cpu(relay);
    cpu.supervisor_us -= before->supervisor_us;
    cpu.gate_us -= before->gate_us;
    cpu.core_us -= before->core_us;
    return cpu;
}

double relay_cpu_total_us(const struct relay_cpu *cpu)
{
    return cpu->supervisor_us + cpu->gate_us + cpu->core_us;
}
