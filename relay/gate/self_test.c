#include "gate/self_test.h"

#include "base/cleanup.h"
#include "gate/key_list.h"
#include "gate/server_socket.h"
#include "gate/sockets.h"

enum { PATIENCE_MS = 5000 };

#define MONITOR_ENDPOINT "inproc://gate-self-test"

struct pair {
    uint8_t public_key[CURVE_KEY_BYTES];
    uint8_t secret_key[CURVE_KEY_BYTES];
};

struct bench {
    void *context;
    void *server;
    void *monitor;
    struct pair server_keys;
    char endpoint[128];
};

static sh_err make_pair(struct pair *out, struct sh_why *why)
{
    char public_text[41];
    char secret_text[41];
    bool made = zmq_curve_keypair(public_text, secret_text) == 0 &&
                zmq_z85_decode(out->public_key, public_text) &&
                zmq_z85_decode(out->secret_key, secret_text);
    sh_cleanse(secret_text, sizeof secret_text);
    return made ? SH_OK : sh_fail(why, SH_E_SELF_TEST, "libzmq cannot make CURVE keys");
}

static void bench_close(struct bench *bench)
{
    if (bench->server) {
        (void)zmq_socket_monitor(bench->server, NULL, 0);
    }
    socket_closep(&bench->monitor);
    socket_closep(&bench->server);
    sh_cleanse(&bench->server_keys, sizeof bench->server_keys);
}

static sh_err bench_open(struct bench *bench, struct sh_why *why)
{
    SH_TRY(make_pair(&bench->server_keys, why));
    SH_TRY(server_socket_open(bench->context,
                              bytes_of(bench->server_keys.secret_key, CURVE_KEY_BYTES),
                              &bench->server, why));
    SH_TRY(socket_open(bench->context, ZMQ_PAIR, &bench->monitor, why));
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    size_t len = sizeof bench->endpoint;
    bool ready = zmq_socket_monitor(bench->server, MONITOR_ENDPOINT, events) == 0 &&
                 zmq_connect(bench->monitor, MONITOR_ENDPOINT) == 0 &&
                 socket_set_int(bench->monitor, ZMQ_RCVTIMEO, PATIENCE_MS) == SH_OK &&
                 socket_set_int(bench->server, ZMQ_RCVTIMEO, PATIENCE_MS) == SH_OK &&
                 zmq_bind(bench->server, "tcp://127.0.0.1:*") == 0 &&
                 zmq_getsockopt(bench->server, ZMQ_LAST_ENDPOINT, bench->endpoint, &len) == 0;
    return ready ? SH_OK : socket_fail(why, "cannot set up the ZAP self-test on loopback");
}

/* A client whose one frame waits for the handshake. */
static sh_err client_open(const struct bench *bench, const struct pair *keys, void **out,
                          struct sh_why *why)
{
    SH_DEFER(socket_closep) void *client = NULL;
    SH_TRY(socket_open(bench->context, ZMQ_DEALER, &client, why));
    bool sent =
        zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, bench->server_keys.public_key,
                       CURVE_KEY_BYTES) == 0 &&
        zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, keys->public_key, CURVE_KEY_BYTES) == 0 &&
        zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, keys->secret_key, CURVE_KEY_BYTES) == 0 &&
        zmq_connect(client, bench->endpoint) == 0 && zmq_send(client, "?", 1, 0) == 1;
    if (!sent) {
        return socket_fail(why, "cannot set up a client for the ZAP self-test");
    }
    *out = client;
    client = NULL;
    return SH_OK;
}

/* The next event of the server's monitor; 0 if none comes in time. */
static uint16_t next_event(void *monitor)
{
    uint8_t event[6];
    char endpoint[128];
    if (zmq_recv(monitor, event, sizeof event, 0) != (int)sizeof event ||
        zmq_recv(monitor, endpoint, sizeof endpoint, 0) < 0) {
        return 0;
    }
    uint16_t number = 0;
    memcpy(&number, event, sizeof number);
    return number;
}

static sh_err try_known(const struct bench *bench, const struct pair *keys, struct sh_why *why)
{
    SH_DEFER(socket_closep) void *client = NULL;
    SH_TRY(client_open(bench, keys, &client, why));
    char expected[2 * CURVE_KEY_BYTES + 1];
    hex_encode(bytes_of(keys->public_key, CURVE_KEY_BYTES), expected);
    uint8_t routing_id[256];
    SH_DEFER(message_closep) zmq_msg_t message;
    (void)zmq_msg_init(&message);
    bool came = zmq_recv(bench->server, routing_id, sizeof routing_id, 0) > 0 &&
                zmq_msg_recv(&message, bench->server, 0) == 1;
    const char *user_id = came ? zmq_msg_gets(&message, "User-Id") : NULL;
    if (!user_id || strcmp(user_id, expected) != 0) {
        return sh_fail(why, SH_E_SELF_TEST, "a key that is listed did not come in under its name");
    }
    if (next_event(bench->monitor) != ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        return sh_fail(why, SH_E_SELF_TEST, "a handshake that succeeded was not reported");
    }
    return SH_OK;
}

static sh_err try_stranger(const struct bench *bench, struct sh_why *why)
{
    struct pair keys;
    SH_TRY(make_pair(&keys, why));
    SH_DEFER(socket_closep) void *client = NULL;
    SH_TRY(client_open(bench, &keys, &client, why));
    if (next_event(bench->monitor) != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        return sh_fail(why, SH_E_SELF_TEST, "a stranger was not refused: ZAP is not in force");
    }
    return SH_OK;
}

sh_err self_test_zap(void *context, struct zap *zap, struct sh_why *why)
{
    SH_DEFER(bench_close) struct bench bench = {.context = context};
    struct pair known;
    SH_TRY(make_pair(&known, why));
    SH_TRY(zap_set_keys(zap, bytes_of(known.public_key, CURVE_KEY_BYTES)));
    SH_TRY(bench_open(&bench, why));
    SH_TRY(try_known(&bench, &known, why));
    SH_TRY(try_stranger(&bench, why));
    return zap_set_keys(zap, bytes_of(NULL, 0));
}
