#include "peer.h"

#include "bench.h"

#include <errno.h>

enum { HIGH_WATER = 2048, PATIENCE_MS = 30000 };

static void set(void *socket, int option, const void *value, size_t len)
{
    if (zmq_setsockopt(socket, option, value, len) != 0) {
        bench_fail("libzmq did not take option %d: %s", option, zmq_strerror(errno));
    }
}

static void set_int(void *socket, int option, int value)
{
    set(socket, option, &value, sizeof value);
}

void *peer_open(void *context, const char *endpoint, struct bytes server_public,
                struct bytes own_public, struct bytes own_secret)
{
    void *socket = zmq_socket(context, ZMQ_DEALER);
    if (!socket) {
        bench_fail("cannot make a socket: %s", zmq_strerror(errno));
    }
    set_int(socket, ZMQ_LINGER, 0);
    set_int(socket, ZMQ_SNDHWM, HIGH_WATER);
    set_int(socket, ZMQ_RCVHWM, HIGH_WATER);
    set_int(socket, ZMQ_RCVTIMEO, PATIENCE_MS);
    set(socket, ZMQ_CURVE_SERVERKEY, server_public.data, server_public.len);
    set(socket, ZMQ_CURVE_PUBLICKEY, own_public.data, own_public.len);
    set(socket, ZMQ_CURVE_SECRETKEY, own_secret.data, own_secret.len);
    if (zmq_connect(socket, endpoint) != 0) {
        bench_fail("cannot connect to %s: %s", endpoint, zmq_strerror(errno));
    }
    return socket;
}

void peer_send(void *socket, struct bytes frame)
{
    if (zmq_send(socket, frame.data, frame.len, 0) < 0) {
        bench_fail("cannot send: %s", zmq_strerror(errno));
    }
}

void peer_receive(void *socket, zmq_msg_t *message)
{
    (void)zmq_msg_init(message);
    while (zmq_msg_recv(message, socket, 0) < 0) {
        if (errno != EINTR) {
            bench_fail("no answer came: %s", zmq_strerror(errno));
        }
    }
}

bool peer_receive_now(void *socket, zmq_msg_t *message)
{
    (void)zmq_msg_init(message);
    if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) >= 0) {
        return true;
    }
    if (errno != EAGAIN && errno != EINTR) {
        bench_fail("cannot receive: %s", zmq_strerror(errno));
    }
    (void)zmq_msg_close(message);
    return false;
}
