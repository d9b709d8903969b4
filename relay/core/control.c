#include "core/control.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "link/link.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct control {
    int fd;
    struct ring *ring; /* NULL: no requests */
};

sh_err control_open(const char *path, struct control **out, struct sh_why *why)
{
    struct control *control = calloc(1, sizeof *control);
    SH_CHECK(control, SH_E_NOMEM);
    sh_err err = link_listen(path, &control->fd, why);
    if (err != SH_OK) {
        free(control);
        return err;
    }
    *out = control;
    return SH_OK;
}

void control_close(struct control **control)
{
    if (*control) {
        close((*control)->fd);
        free(*control);
        *control = NULL;
    }
}

void control_requests_to(struct control *control, struct ring *ring)
{
    control->ring = ring;
}

int control_fd(const struct control *control)
{
    return control->fd;
}

static sh_err write_metrics(const struct stats *stats, struct buf *out)
{
#define X(name, type, help)                                                                        \
    SH_TRY(buf_printf(out, "# TYPE safehand_" #name " " #type "\n# HELP safehand_" #name " " help  \
                           "\n"));                                                                 \
    SH_TRY(buf_printf(out, "safehand_" #name "%s %llu\n", #type[0] == 'c' ? "_total" : "",         \
                      (unsigned long long)stats->name));
    CORE_STATS(X)
#undef X
    return buf_append_str(out, "# EOF\n");
}

static sh_err write_health(const struct stats *stats, bool gate_connected, struct buf *out)
{
    bool well = gate_connected && !stats->clock_alarm && !stats->restoring;
    return buf_printf(out, "%s\ngate %s\nclock %s\nlog %llu\n%s", well ? "ok" : "not serving",
                      gate_connected ? "connected" : "missing",
                      stats->clock_alarm ? "not trusted" : "trusted",
                      (unsigned long long)stats->leaves,
                      stats->restoring ? "restoring: safehand-relay restore status\n" : "");
}

/* A copy or a rebuild is the ledger thread's to make; it takes the connection over. */
static void pass_on(struct ring *ring, struct bytes request, int *fd)
{
    static const char busy[] = "failed busy too much is waiting; try again\n";
    SH_DEFER(submission_free) struct submission *sub = NULL;
    if (submission_new(WORK_OPERATOR, request, &sub) != SH_OK) {
        return;
    }
    sub->operator_fd = *fd;
    *fd = -1;
    if (!ring || ring_put(ring, &sub) != SH_OK) {
        (void)send(sub->operator_fd, busy, sizeof busy - 1, MSG_NOSIGNAL);
    }
}

static void answer(int fd, const char *line, const struct stats *stats, bool gate_connected)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(64 * SH_KIB);
    bool health = strncmp(line, "health", 6) == 0;
    sh_err err = health ? write_health(stats, gate_connected, &text) : write_metrics(stats, &text);
    if (err == SH_OK && send(fd, text.data, text.len, MSG_NOSIGNAL) < 0) {
        return; /* it has gone away */
    }
}

void control_serve(struct control *control, const struct stats *stats, bool gate_connected)
{
    SH_DEFER(sh_closep) int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    struct timeval second = {.tv_sec = 1};
    char line[PATH_MAX + 64] = {0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    ssize_t got = recv(fd, line, sizeof line - 1, 0);
    if (got < 0) {
        return;
    }
    if (strncmp(line, "backup ", 7) == 0 || strncmp(line, "rebuild", 7) == 0 ||
        strncmp(line, "restore ", 8) == 0) {
        pass_on(control->ring, bytes_of(line, (size_t)got), &fd);
        return;
    }
    answer(fd, line, stats, gate_connected);
}
