#include "relay_process.h"

#include "base/cleanup.h"
#include "base/files.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

void relay_path(const struct relay *relay, const char *name, char out[PATH_MAX])
{
    cr_assert_eq(path_join(out, PATH_MAX, relay->dir.path, name), SH_OK);
}

static void write_file(const struct relay *relay, const char *name, const char *text)
{
    char path[PATH_MAX];
    struct sh_why why = {0};
    relay_path(relay, name, path);
    cr_assert_eq(file_write_atomic(path, bytes_str(text), 0600, &why), SH_OK, "%s", why.text);
}

static void copy_program(const struct relay *relay, const char *from, const char *name)
{
    char to[PATH_MAX];
    struct sh_why why = {0};
    relay_path(relay, name, to);
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(256u << 20);
    cr_assert_eq(file_read(from, &content, &why), SH_OK, "%s", why.text);
    cr_assert_eq(file_write_atomic(to, bytes_buf(&content), 0700, &why), SH_OK, "%s", why.text);
}

static void open_notify(struct relay *relay)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    relay_path(relay, "notify", relay->notify_path);
    cr_assert_lt(strlen(relay->notify_path), sizeof address.sun_path);
    memcpy(address.sun_path, relay->notify_path, strlen(relay->notify_path));
    relay->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(relay->notify_fd, (struct sockaddr *)&address, sizeof address), 0);
}

void relay_prepare(struct relay *relay, bool fake_gate)
{
    *relay = (struct relay){.notify_fd = -1};
    temp_dir_make(&relay->dir);
    relay_path(relay, "safehand-relay", relay->program);
    relay_path(relay, "relay.yaml", relay->config);
    relay_path(relay, "output", relay->log);
    char state[PATH_MAX];
    relay_path(relay, "state", state);
    cr_assert_eq(mkdir(state, 0700), 0);
    copy_program(relay, SH_BIN_DIR "/safehand-relay", "safehand-relay");
    copy_program(relay, FAKE_CHILD, "safehand-core");
    copy_program(relay, fake_gate ? FAKE_CHILD : SH_BIN_DIR "/safehand-gate", "safehand-gate");
    write_file(relay, "passphrase", "a passphrase for a test\n");
    /* No test of the supervisor connects; the kernel's range of temporary ports is shared, so a
     * taken one is no surprise and the gate would come back, but it is unlikely enough. */
    char text[256];
    (void)snprintf(
        text, sizeof text,
        "endpoint: tcp://127.0.0.1:%d\nstate_dir: state\ncurve_key_file: curve.pem\n"
        "log_key_file: log.pem\npassphrase_file: passphrase\nlog_origin: example.org/test\n",
        20000 + (int)(getpid() % 10000));
    write_file(relay, "relay.yaml", text);
    open_notify(relay);
}

void relay_remove(struct relay *relay)
{
    if (relay->pid) {
        (void)kill(relay->pid, SIGKILL);
        (void)waitpid(relay->pid, NULL, 0);
    }
    sh_closep(&relay->notify_fd);
    temp_dir_remove(&relay->dir);
}

void relay_start(struct relay *relay, const char *const *arguments)
{
    relay->pid = fork();
    cr_assert_geq(relay->pid, 0);
    if (relay->pid != 0) {
        return;
    }
    union {
        const char *in[16];
        char *out[16];
    } words = {.in = {relay->program, "--config", relay->config}};
    for (size_t i = 0; arguments && arguments[i]; i++) {
        words.in[i + 3] = arguments[i];
    }
    int fd = open(relay->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    (void)setenv("NOTIFY_SOCKET", relay->notify_path, 1);
    (void)execv(relay->program, words.out);
    _exit(127);
}

void relay_await(struct relay *relay, const char *begin, char *out, size_t out_len)
{
    for (;;) {
        struct pollfd item = {.fd = relay->notify_fd, .events = POLLIN};
        cr_assert_eq(poll(&item, 1, PATIENCE_MS), 1, "waited in vain for %s; output: %s", begin,
                     relay_output(relay));
        char text[512];
        ssize_t len = recv(relay->notify_fd, text, sizeof text - 1, 0);
        cr_assert_geq(len, 0);
        text[len] = '\0';
        if (strncmp(text, begin, strlen(begin)) == 0) {
            if (out) {
                (void)snprintf(out, out_len, "%s", text + strlen(begin));
            }
            return;
        }
    }
}

int relay_end(struct relay *relay)
{
    int status = 0;
    cr_assert_eq(waitpid(relay->pid, &status, 0), relay->pid);
    relay->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t relay_pid_of(const struct relay *relay, const char *name)
{
    char path[PATH_MAX];
    char text[64];
    int pid = 0;
    (void)snprintf(text, sizeof text, "state/%s.pid", name);
    relay_path(relay, text, path);
    SH_DEFER(sh_fclosep) FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fscanf(file, "%d", &pid), 1);
    return pid;
}

void relay_touch(const struct relay *relay, const char *name)
{
    char text[64];
    (void)snprintf(text, sizeof text, "state/%s", name);
    write_file(relay, text, "");
}

void relay_untouch(const struct relay *relay, const char *name)
{
    char path[PATH_MAX];
    char text[64];
    (void)snprintf(text, sizeof text, "state/%s", name);
    relay_path(relay, text, path);
    cr_assert_eq(unlink(path), 0);
}

const char *relay_output(const struct relay *relay)
{
    static char text[65536];
    struct sh_why why;
    SH_DEFER(buf_wipe) struct buf content = BUF_INIT(sizeof text - 1);
    sh_err ignored = file_read(relay->log, &content, &why);
    (void)ignored;
    if (content.len) {
        memcpy(text, content.data, content.len);
    }
    text[content.len] = '\0';
    return text;
}
