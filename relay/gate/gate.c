#include "base/cleanup.h"
#include "base/files.h"
#include "base/logline.h"
#include "gate/gate_private.h"
#include "gate/self_test.h"
#include "gate/server_socket.h"

#include <inttypes.h>

enum {
    TICK_MS = 1000,
    TICKS_PER_REPORT = 60,
    /* Frames read in one turn before the core and the signals get theirs. */
    FRAMES_PER_TURN = 256,
    CLOSE_SECONDS = 3,
};

static void report(const struct gate *gate)
{
    const struct router_counts *counts = router_counts(gate->router);
    log_event(LOG_LEVEL_INFO, "counts",
              "connections=%" PRIu64 " frames_in=%" PRIu64 " frames_out=%" PRIu64
              " unreachable=%" PRIu64 " multipart=%" PRIu64 " foreign_id=%" PRIu64
              " refused_frames=%" PRIu64 " let_go=%" PRIu64,
              gate->connections, counts->frames_in, counts->frames_out, counts->unreachable,
              counts->multipart, counts->foreign_id, counts->refused_frames, gate->frames_let_go);
}

static sh_err read_clients(struct gate *gate, int64_t now_ms)
{
    for (unsigned i = 0; i < FRAMES_PER_TURN && upstream_has_room(gate); i++) {
        struct router_frame frame;
        sh_err err = router_receive(gate->router, FRAMES_PER_TURN, &frame);
        if (err == SH_E_EMPTY) {
            return SH_OK;
        }
        SH_TRY(err);
        upstream_frame(gate, &frame, now_ms);
    }
    return SH_OK;
}

enum {
    POLL_STOP = 0,
    POLL_MONITOR = 1,
    POLL_ROUTER = 2,
    POLL_LINK = 3,
    POLL_ITEMS = 4,
};

static sh_err wait_for_work(const struct gate *gate, int64_t wait_ms,
                            zmq_pollitem_t items[POLL_ITEMS])
{
    items[POLL_STOP] = (zmq_pollitem_t){.fd = gate->options->stop_fd, .events = ZMQ_POLLIN};
    items[POLL_MONITOR] = (zmq_pollitem_t){.socket = gate->monitor, .events = ZMQ_POLLIN};
    items[POLL_ROUTER] = (zmq_pollitem_t){.socket = router_socket(gate->router)};
    items[POLL_ROUTER].events = upstream_has_room(gate) ? ZMQ_POLLIN : 0;
    int len = POLL_LINK;
    if (gate->link) {
        short writing = link_pending(gate->link) ? ZMQ_POLLOUT : 0;
        items[POLL_LINK] =
            (zmq_pollitem_t){.fd = link_fd(gate->link), .events = (short)(ZMQ_POLLIN | writing)};
        len = POLL_ITEMS;
    }
    if (zmq_poll(items, len, (long)(wait_ms > 0 ? wait_ms : 0)) < 0) {
        SH_CHECK(errno == EINTR, SH_E_BUG);
        for (int i = 0; i < POLL_ITEMS; i++) {
            items[i].revents = 0;
        }
    }
    return SH_OK;
}

static sh_err work(struct gate *gate, const zmq_pollitem_t items[POLL_ITEMS], int64_t now_ms,
                   struct sh_why *why)
{
    if (items[POLL_MONITOR].revents) {
        listener_count_event(gate);
    }
    if (gate->link && items[POLL_LINK].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) {
        SH_TRY(upstream_read(gate, now_ms, why));
    }
    if (items[POLL_ROUTER].revents) {
        sh_err err = read_clients(gate, now_ms);
        if (err == SH_E_SELF_TEST) {
            return sh_fail(why, err, "a frame came in that ZAP did not vouch for");
        }
        SH_TRY(err);
    }
    upstream_connect(gate, now_ms);
    upstream_flush(gate, now_ms);
    return SH_OK;
}

static sh_err loop(struct gate *gate, struct sh_why *why)
{
    int64_t next_tick_ms = 0;
    unsigned ticks = 0;
    for (;;) {
        int64_t now_ms = clock_boot_ms(gate->options->clock);
        if (now_ms >= next_tick_ms) {
            SH_TRY(listener_tick(gate, why));
            next_tick_ms = now_ms + TICK_MS;
            if (++ticks % TICKS_PER_REPORT == 0) {
                report(gate);
            }
        }
        bool connecting = !gate->link && gate->next_connect_ms < next_tick_ms;
        zmq_pollitem_t items[POLL_ITEMS] = {0};
        SH_TRY(wait_for_work(gate, (connecting ? gate->next_connect_ms : next_tick_ms) - now_ms,
                             items));
        if (items[POLL_STOP].revents) {
            return SH_OK;
        }
        SH_TRY(work(gate, items, clock_boot_ms(gate->options->clock), why));
    }
}

/* libzmq has hung at the end before (PITFALLS Z13). Nobody waits for it: the alarm ends the
 * process. */
static void gate_close(struct gate *gate)
{
    (void)alarm(CLOSE_SECONDS);
    sh_err ignored = gate->link ? link_flush(gate->link) : SH_OK;
    (void)ignored;
    link_close(&gate->link);
    listener_close(gate);
    router_close(&gate->router);
    zap_stop(&gate->zap);
    context_termp(&gate->context);
    (void)alarm(0);
}

static sh_err start_zap(struct gate *gate, struct sh_why *why)
{
    char recent_path[PATH_MAX];
    SH_TRY(path_join(recent_path, sizeof recent_path, gate->options->config->state_dir,
                     "gate.recent"));
    struct zap_options options = {.context = gate->context,
                                  .recent_path = recent_path,
                                  .cautious = gate->options->cautious,
                                  .clock = gate->options->clock};
    SH_TRY(zap_start(&options, &gate->zap, why));
    return self_test_zap(gate->context, gate->zap, why);
}

static sh_err gate_open(struct gate *gate, struct sh_why *why)
{
    SH_TRY(path_join(gate->link_path, sizeof gate->link_path, gate->options->config->state_dir,
                     "link.sock"));
    gate->context = zmq_ctx_new();
    SH_CHECK(gate->context, SH_E_NOMEM);
    SH_TRY(start_zap(gate, why));
    void *socket = NULL;
    SH_TRY(server_socket_open(gate->context, gate->options->curve_secret, &socket, why));
    sh_err err = router_new(&socket, &gate->router);
    socket_closep(&socket);
    SH_TRY(err);
    return listener_open(gate, why);
}

sh_err gate_run(const struct gate_options *options, struct sh_why *why)
{
    SH_DEFER(gate_close) struct gate gate = {.options = options};
    SH_TRY(gate_open(&gate, why));
    sh_err err = loop(&gate, why);
    report(&gate);
    return err;
}
