/* The transport over libzmq: a DEALER under CURVE that sets no routing id, never lingers, and is
 * watched by a socket monitor, so that a lost connection is known at once and not after a timeout.
 * Reconnecting by itself is only for the time before the first handshake: after a lost connection
 * the relay knows nothing of us, so the session begins anew. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "client/transport.h"

#include <errno.h>
#include <zmq.h>

#define MONITOR_ENDPOINT     "inproc://safehand.monitor-%u"
#define RECONNECT_MS         100
#define RECONNECT_MS_MAX     1000
#define HIGH_WATER           512
#define HEARTBEAT_MS         15000
#define HEARTBEAT_TIMEOUT_MS 45000
#define SEND_MS              10000
#define MONITOR_EVENTS                                                                             \
    (ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |    \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)

struct zmq_transport {
    void *context, *socket, *monitor;
    bool connected; /* a handshake succeeded */
    /* libzmq closes in its own time, and until then the old monitor keeps its name: each connection
     * has one of its own. */
    unsigned opened;
};

static sh_err net_failure(struct sh_why *why, const char *doing)
{
    return sh_fail(why, SH_E_NET, "%s: %s", doing, zmq_strerror(errno));
}

static sh_err set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0 ? SH_OK : SH_E_NET;
}

static sh_err set_options(void *socket, const struct transport_peer *peer)
{
    SH_TRY(set_int(socket, ZMQ_LINGER, 0)); /* first: a race in libzmq makes it stick or not */
    SH_TRY(set_int(socket, ZMQ_SNDHWM, HIGH_WATER));
    SH_TRY(set_int(socket, ZMQ_RCVHWM, HIGH_WATER));
    SH_TRY(set_int(socket, ZMQ_SNDTIMEO, SEND_MS));
    SH_TRY(set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS));
    SH_TRY(set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX));
    SH_TRY(set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS));
    SH_TRY(set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS));
    SH_TRY(set_int(socket, ZMQ_TCP_KEEPALIVE, 1));
    SH_TRY(set_int(socket, ZMQ_IPV6, 1));
    int64_t frame_max = SH_FRAME_BYTES_MAX;
    SH_CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0, SH_E_NET);
    SH_CHECK(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, peer->relay_key, 32) == 0, SH_E_NET);
    SH_CHECK(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, peer->public_key, 32) == 0, SH_E_NET);
    SH_CHECK(peer->private_key->len == 32, SH_E_BUG);
    SH_CHECK(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, peer->private_key->data, 32) == 0,
             SH_E_NET);
    return SH_OK;
}

static void close_sockets(void *ctx)
{
    struct zmq_transport *zmq = ctx;
    if (zmq->socket) {
        (void)zmq_socket_monitor(zmq->socket, NULL, 0);
        (void)zmq_close(zmq->socket);
        zmq->socket = NULL;
    }
    if (zmq->monitor) {
        (void)zmq_close(zmq->monitor);
        zmq->monitor = NULL;
    }
    zmq->connected = false;
}

static sh_err watch_socket(struct zmq_transport *zmq, struct sh_why *why)
{
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, MONITOR_ENDPOINT, ++zmq->opened);
    if (zmq_socket_monitor(zmq->socket, endpoint, MONITOR_EVENTS) != 0) {
        return net_failure(why, "cannot watch the connection");
    }
    zmq->monitor = zmq_socket(zmq->context, ZMQ_PAIR);
    if (!zmq->monitor || set_int(zmq->monitor, ZMQ_LINGER, 0) != SH_OK ||
        zmq_connect(zmq->monitor, endpoint) != 0) {
        return net_failure(why, "cannot watch the connection");
    }
    return SH_OK;
}

static sh_err open_socket(void *ctx, const struct transport_peer *peer, struct sh_why *why)
{
    struct zmq_transport *zmq = ctx;
    close_sockets(zmq);
    /* The package also speaks pgm, norm and ipc; a directory has no business there. */
    if (strncmp(peer->endpoint, "tcp://", 6) != 0) {
        return sh_fail(why, SH_E_NET, "the relay's endpoint is not of the form tcp://host:port");
    }
    zmq->socket = zmq_socket(zmq->context, ZMQ_DEALER);
    if (!zmq->socket || set_options(zmq->socket, peer) != SH_OK) {
        return net_failure(why, "cannot make a connection");
    }
    SH_TRY(watch_socket(zmq, why));
    if (zmq_connect(zmq->socket, peer->endpoint) != 0) {
        return net_failure(why, "cannot connect to the relay's endpoint");
    }
    return SH_OK;
}

static sh_err send_frame(void *ctx, struct bytes frame, struct sh_why *why)
{
    struct zmq_transport *zmq = ctx;
    SH_CHECK(zmq->socket, SH_E_NET);
    int sent = zmq_send(zmq->socket, frame.data, frame.len, 0);
    if (sent < 0 || (size_t)sent != frame.len) {
        return net_failure(why, "cannot send to the relay");
    }
    return SH_OK;
}

/* One event of the monitor: a frame of number and value, and one with the address. */
static sh_err read_event(struct zmq_transport *zmq, struct sh_why *why)
{
    uint8_t head[6], address[256];
    if (zmq_recv(zmq->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head) {
        return SH_OK;
    }
    (void)zmq_recv(zmq->monitor, address, sizeof address, ZMQ_DONTWAIT);
    uint16_t event;
    memcpy(&event, head, sizeof event);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        zmq->connected = true;
        return SH_OK;
    }
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        return sh_fail(why, SH_E_UNKNOWN_SEAT, "the relay does not let this seat in");
    }
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
        return sh_fail(why, SH_E_NET, "what answers there is not the relay of the directory");
    }
    if (event == ZMQ_EVENT_DISCONNECTED && zmq->connected) {
        return sh_fail(why, SH_E_NET, "the connection to the relay was lost");
    }
    return SH_OK;
}

static sh_err take_frame(struct zmq_transport *zmq, struct buf *out, struct sh_why *why)
{
    zmq_msg_t message;
    SH_CHECK(zmq_msg_init(&message) == 0, SH_E_NOMEM);
    sh_err result = SH_OK;
    if (zmq_msg_recv(&message, zmq->socket, ZMQ_DONTWAIT) < 0) {
        result = errno == EAGAIN ? SH_E_EMPTY : net_failure(why, "cannot receive from the relay");
    } else if (zmq_msg_more(&message)) {
        result = sh_fail(why, SH_E_NET, "the relay sent more than one frame at a time");
    } else {
        result = buf_append(out, bytes_of(zmq_msg_data(&message), zmq_msg_size(&message)));
    }
    (void)zmq_msg_close(&message);
    return result;
}

static sh_err receive_frame(void *ctx, int64_t timeout_ms, struct buf *out, struct sh_why *why)
{
    struct zmq_transport *zmq = ctx;
    SH_CHECK(zmq->socket && zmq->monitor, SH_E_NET);
    int64_t end_ms = clock_boot_ms(&clock_system) + timeout_ms;
    for (;;) {
        /* Frames first: what came in before the connection was lost still counts. */
        sh_err result = take_frame(zmq, out, why);
        if (result != SH_E_EMPTY) {
            return result;
        }
        int64_t left_ms = end_ms - clock_boot_ms(&clock_system);
        zmq_pollitem_t items[] = {{zmq->socket, 0, ZMQ_POLLIN, 0},
                                  {zmq->monitor, 0, ZMQ_POLLIN, 0}};
        int ready = zmq_poll(items, 2, left_ms > 0 ? (long)left_ms : 0);
        if (ready < 0 && errno != EINTR) {
            return net_failure(why, "cannot wait for the relay");
        }
        if (ready > 0 && (items[1].revents & ZMQ_POLLIN) && !(items[0].revents & ZMQ_POLLIN)) {
            SH_TRY(read_event(zmq, why));
        }
        if (ready <= 0 && left_ms <= 0) {
            return SH_E_TIMEOUT;
        }
    }
}

static void pause_thread(void *ctx, int64_t ms)
{
    (void)ctx;
    (void)zmq_poll(NULL, 0, (long)ms);
}

sh_err zmq_transport_new(struct zmq_transport **out)
{
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = calloc(1, sizeof *zmq);
    SH_CHECK(zmq, SH_E_NOMEM);
    zmq->context = zmq_ctx_new();
    SH_CHECK(zmq->context, SH_E_NOMEM);
    *out = zmq;
    zmq = NULL;
    return SH_OK;
}

void zmq_transport_free(struct zmq_transport **zmq)
{
    if (!*zmq) {
        return;
    }
    close_sockets(*zmq);
    if ((*zmq)->context) {
        (void)zmq_ctx_term((*zmq)->context);
    }
    free(*zmq);
    *zmq = NULL;
}

struct transport zmq_transport_view(struct zmq_transport *zmq)
{
    return (struct transport){.open = open_socket,
                              .send = send_frame,
                              .receive = receive_frame,
                              .close = close_sockets,
                              .pause = pause_thread,
                              .ctx = zmq};
}
