#include "base/cleanup.h"
#include "base/logline.h"
#include "gate/gate_private.h"
#include "gate/sockets.h"

#include <dirent.h>
#include <stdlib.h>

#define MONITOR_ENDPOINT "inproc://gate-monitor"

enum {
    /* An authenticated client can make libzmq hold a message of many frames (PITFALLS Z6); past
     * this the gate ends and comes back empty. 2,048 idle connections take 80 MiB, a full link 72
     * MiB. */
    RSS_MIB_MAX = 1024,
};

sh_err listener_open(struct gate *gate, struct sh_why *why)
{
    SH_TRY(socket_open(gate->context, ZMQ_PAIR, &gate->monitor, why));
    bool ready = zmq_socket_monitor(router_socket(gate->router), MONITOR_ENDPOINT,
                                    ZMQ_EVENT_ACCEPTED) == 0 &&
                 zmq_connect(gate->monitor, MONITOR_ENDPOINT) == 0;
    return ready ? SH_OK : socket_fail(why, "cannot watch the socket");
}

void listener_close(struct gate *gate)
{
    if (gate->router) {
        (void)zmq_socket_monitor(router_socket(gate->router), NULL, 0);
    }
    socket_closep(&gate->monitor);
}

/* Open files of this process: the one count of connections that cannot drift. */
static uint64_t count_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    while (folder && readdir(folder)) {
        count++;
    }
    if (folder) {
        (void)closedir(folder);
    }
    return count;
}

static sh_err bind_endpoint(struct gate *gate, struct sh_why *why)
{
    const char *endpoint = gate->options->config->endpoint;
    void *socket = router_socket(gate->router);
    if (zmq_bind(socket, endpoint) != 0) {
        sh_err code = errno == EADDRINUSE ? SH_E_LOCKED : SH_E_CONFIG;
        return sh_fail(why, code, "cannot listen on %s: %s", endpoint, zmq_strerror(errno));
    }
    size_t len = sizeof gate->bound_endpoint;
    SH_CHECK(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, gate->bound_endpoint, &len) == 0, SH_E_BUG);
    return SH_OK;
}

sh_err listener_start(struct gate *gate, struct sh_why *why)
{
    if (gate->serving) {
        return SH_OK;
    }
    gate->files_at_start = count_files();
    SH_TRY(bind_endpoint(gate, why));
    gate->serving = true;
    log_event(LOG_LEVEL_INFO, "serving", "endpoint=%s", gate->bound_endpoint);
    int ready_fd = gate->options->ready_fd;
    if (ready_fd >= 0) {
        ssize_t put = write(ready_fd, "1", 1);
        (void)put; /* a supervisor that is gone takes us with it anyway */
        close(ready_fd);
    }
    return SH_OK;
}

static void stop_listening(struct gate *gate)
{
    log_event(LOG_LEVEL_ERROR, "connections_full", "connections=%llu",
              (unsigned long long)gate->connections + gate->accepted_since);
    if (zmq_unbind(router_socket(gate->router), gate->bound_endpoint) == 0) {
        gate->bound_endpoint[0] = '\0';
    }
}

static bool is_full(const struct gate *gate)
{
    return gate->connections + gate->accepted_since >=
           (uint64_t)gate->options->config->connections_max;
}

void listener_count_event(struct gate *gate)
{
    uint8_t event[6];
    char endpoint[256];
    while (zmq_recv(gate->monitor, event, sizeof event, ZMQ_DONTWAIT) >= 0) {
        (void)zmq_recv(gate->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
        gate->accepted_since++;
    }
    /* At the limit the port is closed, not the process's table of files: libzmq spins when that is
     * full (PITFALLS Z8). */
    if (gate->bound_endpoint[0] && is_full(gate)) {
        stop_listening(gate);
    }
}

static uint64_t resident_mib(void)
{
    SH_DEFER(sh_fclosep) FILE *file = fopen("/proc/self/statm", "re");
    char line[128];
    if (!file || !fgets(line, sizeof line, file)) {
        return 0;
    }
    char *resident = NULL;
    (void)strtoull(line, &resident, 10);
    return strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / SH_MIB;
}

static void count_connections(struct gate *gate)
{
    uint64_t files = count_files();
    uint64_t most = (uint64_t)gate->options->config->connections_max;
    gate->connections = files > gate->files_at_start ? files - gate->files_at_start : 0;
    gate->accepted_since = 0;
    bool near = gate->connections * 10 >= most * 8;
    if (near && !gate->near_limit) {
        log_event(LOG_LEVEL_WARN, "connections_near_limit", "connections=%llu limit=%llu",
                  (unsigned long long)gate->connections, (unsigned long long)most);
    }
    gate->near_limit = near;
}

sh_err listener_tick(struct gate *gate, struct sh_why *why)
{
    uint64_t mib = resident_mib();
    if (mib > RSS_MIB_MAX) {
        return sh_fail(why, SH_E_NOMEM, "memory grew to %llu MiB", (unsigned long long)mib);
    }
    if (!gate->serving) {
        return SH_OK;
    }
    count_connections(gate);
    struct sh_why ignored;
    /* An unbound port may take a moment to be free; the next second tries again. */
    if (!gate->bound_endpoint[0] && !gate->near_limit && bind_endpoint(gate, &ignored) == SH_OK) {
        log_event(LOG_LEVEL_INFO, "serving_again", "endpoint=%s", gate->bound_endpoint);
    }
    return SH_OK;
}
