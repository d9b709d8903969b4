/* A core, or a gate, for the supervisor's tests: as safehand-core it gives the gate its keys and
 * echoes every frame; as safehand-gate it says that it is ready and waits. What happens to it, it
 * tells the test in datagrams to $NOTIFY_SOCKET, where the test waits for the supervisor too. Files
 * in the state folder make it misbehave: "refuse" (exit 78), "fail" (exit 1). */
#include "base/cleanup.h"
#include "config/config.h"
#include "config/process.h"
#include "link/link.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

struct fake {
    const char *name; /* "core" or "gate" */
    struct config config;
    const char *ready_fd;
    bool check;
    int signal_fd;
    int listen_fd;
    struct link *link;
};

static void tell(const char *name, const char *what)
{
    char text[512];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path) {
        return;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int len = snprintf(text, sizeof text, "%s %s", name, what);
    SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)sendto(fd, text, (size_t)len, 0, (struct sockaddr *)&address, sizeof address);
}

static bool has_file(const struct fake *fake, const char *name)
{
    char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/%s", fake->config.state_dir, name);
    return access(path, F_OK) == 0;
}

static void misbehave(const struct fake *fake)
{
    if (has_file(fake, "refuse")) {
        exit(PROCESS_EXIT_NO_RESTART);
    }
    if (has_file(fake, "fail")) {
        exit(1);
    }
}

static void parse(struct fake *fake, int argc, char **argv)
{
    char words[400] = "start";
    struct sh_why why;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 &&
            config_load(argv[i + 1], &fake->config, &why) != SH_OK) {
            exit(PROCESS_EXIT_NO_RESTART);
        }
        if (strcmp(argv[i], "--ready-fd") == 0) {
            fake->ready_fd = argv[i + 1];
        }
        fake->check |= strcmp(argv[i], "--check-config") == 0;
        if (strncmp(argv[i], "--", 2) == 0) {
            strncat(words, " ", sizeof words - strlen(words) - 1);
            strncat(words, argv[i], sizeof words - strlen(words) - 1);
        }
    }
    tell(fake->name, words);
}

/* Before anything else: the supervisor may be told to stop before we have read our configuration.
 */
static void block_signals(struct fake *fake)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    fake->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
}

/* As the real gate, which is ready when the core has let it in: so the core has always spoken
 * before the supervisor says that it is ready. */
static void await_core(const struct fake *fake)
{
    for (int tries = 0; tries < 10000 && !has_file(fake, "link.sock"); tries++) {
        (void)poll(NULL, 0, 1);
    }
}

static void open_all(struct fake *fake)
{
    char path[PATH_MAX + 16];
    struct sh_why why;
    fake->listen_fd = -1;
    (void)snprintf(path, sizeof path, "%s/link.sock", fake->config.state_dir);
    if (strcmp(fake->name, "core") == 0 && link_listen(path, &fake->listen_fd, &why) != SH_OK) {
        exit(1);
    }
    if (fake->ready_fd) {
        await_core(fake);
        (void)!write(atoi(fake->ready_fd), "1", 1);
    }
}

static void take_signal(const struct fake *fake)
{
    struct signalfd_siginfo info;
    if (read(fake->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        exit(1);
    }
    if (info.ssi_signo == SIGHUP) {
        tell(fake->name, "hup");
        return;
    }
    tell(fake->name, has_file(fake, "gate.pid") ? "stop, gate is there" : "stop, gate is gone");
    exit(0);
}

static void echo(struct fake *fake)
{
    struct link_record record;
    sh_err err = link_read(fake->link);
    if (err == SH_E_NET) {
        link_close(&fake->link);
        return;
    }
    while (link_next(fake->link, &record) == SH_OK) {
        if (record.type == LINK_FRAME) {
            struct bytes frame = bytes_of(record.payload.data + 32, record.payload.len - 32);
            (void)!link_write(fake->link, LINK_SEND, record.connection, frame, bytes_of(NULL, 0));
        }
    }
    (void)!link_flush(fake->link);
}

static void take_gate(struct fake *fake)
{
    link_close(&fake->link);
    if (link_accept(fake->listen_fd, &fake->link) == SH_OK) {
        static const uint8_t key[32] = {1};
        (void)!link_write(fake->link, LINK_KEYS, 0, bytes_of(key, sizeof key), bytes_of(NULL, 0));
        (void)!link_flush(fake->link);
    }
}

int main(int argc, char **argv)
{
    static struct fake fake;
    fake.name = strstr(argv[0], "safehand-gate") ? "gate" : "core";
    block_signals(&fake);
    parse(&fake, argc, argv);
    misbehave(&fake);
    if (fake.check) {
        return 0;
    }
    open_all(&fake);
    for (;;) {
        struct pollfd items[] = {{.fd = fake.signal_fd, .events = POLLIN},
                                 {.fd = fake.listen_fd, .events = POLLIN},
                                 {.fd = fake.link ? link_fd(fake.link) : -1, .events = POLLIN}};
        (void)poll(items, 3, -1);
        if (items[0].revents) {
            take_signal(&fake);
        }
        if (items[2].revents) {
            echo(&fake);
        }
        if (items[1].revents) {
            take_gate(&fake);
        }
    }
}
