/* The real transport against a real CURVE socket on loopback, in one thread: libzmq's own threads
 * do the handshakes. */
#include "base/cleanup.h"
#include "client/transport.h"
#include "crypto/key.h"

#include <criterion/criterion.h>
#include <zmq.h>

struct server {
    void *context, *router, *zap;
    char endpoint[128];
    uint8_t public_key[32];
    uint8_t client_public[32];
    struct secret client_private;
    bool deny;
};

static void make_keys(uint8_t public_key[32], struct secret *out_private)
{
    SH_DEFER(key_free) struct key *key = NULL;
    cr_assert_eq(key_generate(KEY_TYPE_X25519, &key), SH_OK);
    cr_assert_eq(key_raw_public(key, public_key), SH_OK);
    cr_assert_eq(key_raw_private(key, out_private), SH_OK);
}

static void bind_router(struct server *server)
{
    SH_DEFER(secret_wipe) struct secret private_key = {NULL, 0};
    int one = 1, none = 0;
    size_t len = sizeof server->endpoint;
    make_keys(server->public_key, &private_key);
    server->router = zmq_socket(server->context, ZMQ_ROUTER);
    cr_assert_eq(zmq_setsockopt(server->router, ZMQ_LINGER, &none, sizeof none), 0);
    cr_assert_eq(zmq_setsockopt(server->router, ZMQ_CURVE_SERVER, &one, sizeof one), 0);
    cr_assert_eq(zmq_setsockopt(server->router, ZMQ_CURVE_SECRETKEY, private_key.data, 32), 0);
    cr_assert_eq(zmq_setsockopt(server->router, ZMQ_ZAP_DOMAIN, "test", 4), 0);
    cr_assert_eq(zmq_bind(server->router, "tcp://127.0.0.1:*"), 0);
    cr_assert_eq(zmq_getsockopt(server->router, ZMQ_LAST_ENDPOINT, server->endpoint, &len), 0);
}

static void server_make(struct server *server)
{
    memset(server, 0, sizeof *server);
    server->context = zmq_ctx_new();
    server->zap = zmq_socket(server->context, ZMQ_REP);
    cr_assert_eq(zmq_bind(server->zap, "inproc://zeromq.zap.01"), 0);
    make_keys(server->client_public, &server->client_private);
    bind_router(server);
}

static void server_stop(struct server *server)
{
    if (server->router) {
        (void)zmq_close(server->router);
        server->router = NULL;
    }
}

static void server_wipe(struct server *server)
{
    server_stop(server);
    int none = 0;
    (void)zmq_setsockopt(server->zap, ZMQ_LINGER, &none, sizeof none);
    (void)zmq_close(server->zap);
    (void)zmq_ctx_term(server->context);
    secret_wipe(&server->client_private);
}

/* Answers one question of ZAP, if there is one. */
static void answer_zap(struct server *server)
{
    char parts[8][256];
    int more = 1;
    size_t len = sizeof more;
    for (size_t i = 0; more && i < 8; i++) {
        if (zmq_recv(server->zap, parts[i], sizeof parts[i], ZMQ_DONTWAIT) < 0) {
            return;
        }
        cr_assert_eq(zmq_getsockopt(server->zap, ZMQ_RCVMORE, &more, &len), 0);
    }
    const char *answer[] = {"1.0", parts[1], server->deny ? "400" : "200", "", "", ""};
    const size_t lens[] = {3, strnlen(parts[1], 1), 3, 0, 0, 0};
    for (size_t i = 0; i < 6; i++) {
        (void)zmq_send(server->zap, answer[i], lens[i], i < 5 ? ZMQ_SNDMORE : 0);
    }
}

/* Sends back what came, as it came. */
static void echo(struct server *server)
{
    char id[256], frame[1024];
    int id_len = zmq_recv(server->router, id, sizeof id, ZMQ_DONTWAIT);
    if (id_len < 0) {
        return;
    }
    int frame_len = zmq_recv(server->router, frame, sizeof frame, 0);
    cr_assert_geq(frame_len, 0);
    (void)zmq_send(server->router, id, (size_t)id_len, ZMQ_SNDMORE);
    (void)zmq_send(server->router, frame, (size_t)frame_len, 0);
}

static struct transport_peer peer_of(const struct server *server)
{
    struct transport_peer peer = {.endpoint = server->endpoint,
                                  .private_key = &server->client_private};
    memcpy(peer.relay_key, server->public_key, 32);
    memcpy(peer.public_key, server->client_public, 32);
    return peer;
}

/* Waits in small steps, in which the server gets its turn. */
static sh_err receive(struct server *server, const struct transport *transport, struct buf *out,
                      int tries)
{
    struct sh_why why = {{0}};
    sh_err result = SH_E_TIMEOUT;
    for (int i = 0; i < tries && result == SH_E_TIMEOUT; i++) {
        answer_zap(server);
        if (server->router) {
            echo(server);
        }
        result = transport->receive(transport->ctx, 20, out, &why);
    }
    return result;
}

Test(transport, frames_go_out_and_come_back_under_curve)
{
    SH_DEFER(server_wipe) struct server server;
    server_make(&server);
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = NULL;
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(1024);
    struct sh_why why = {{0}};
    cr_assert_eq(zmq_transport_new(&zmq), SH_OK);
    struct transport transport = zmq_transport_view(zmq);
    struct transport_peer peer = peer_of(&server);
    cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_OK, "%s", why.text);
    cr_assert_eq(transport.send(transport.ctx, bytes_str("hello"), &why), SH_OK);
    cr_assert_eq(receive(&server, &transport, &frame, 200), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&frame), bytes_str("hello")));
}

Test(transport, a_relay_with_another_key_is_never_connected_to)
{
    SH_DEFER(server_wipe) struct server server;
    server_make(&server);
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = NULL;
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(1024);
    struct sh_why why = {{0}};
    cr_assert_eq(zmq_transport_new(&zmq), SH_OK);
    struct transport transport = zmq_transport_view(zmq);
    struct transport_peer peer = peer_of(&server);
    peer.relay_key[0] ^= 1;
    cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_OK);
    cr_assert_eq(transport.send(transport.ctx, bytes_str("hello"), &why), SH_OK);
    cr_assert_neq(receive(&server, &transport, &frame, 25), SH_OK);
    cr_assert_eq(frame.len, 0);
}

Test(transport, a_key_that_the_relay_does_not_let_in_is_told_so)
{
    SH_DEFER(server_wipe) struct server server;
    server_make(&server);
    server.deny = true;
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = NULL;
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(1024);
    struct sh_why why = {{0}};
    cr_assert_eq(zmq_transport_new(&zmq), SH_OK);
    struct transport transport = zmq_transport_view(zmq);
    struct transport_peer peer = peer_of(&server);
    cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_OK);
    cr_assert_eq(receive(&server, &transport, &frame, 200), SH_E_UNKNOWN_SEAT);
}

Test(transport, a_lost_connection_is_known_at_once_and_another_can_be_opened)
{
    SH_DEFER(server_wipe) struct server server;
    server_make(&server);
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = NULL;
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(1024);
    struct sh_why why = {{0}};
    cr_assert_eq(zmq_transport_new(&zmq), SH_OK);
    struct transport transport = zmq_transport_view(zmq);
    struct transport_peer peer = peer_of(&server);
    cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_OK);
    cr_assert_eq(transport.send(transport.ctx, bytes_str("hello"), &why), SH_OK);
    cr_assert_eq(receive(&server, &transport, &frame, 200), SH_OK);
    server_stop(&server);
    cr_assert_eq(receive(&server, &transport, &frame, 200), SH_E_NET);

    bind_router(&server);
    peer = peer_of(&server);
    buf_reset(&frame);
    cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_OK);
    cr_assert_eq(transport.send(transport.ctx, bytes_str("again"), &why), SH_OK);
    cr_assert_eq(receive(&server, &transport, &frame, 200), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&frame), bytes_str("again")));
}

Test(transport, only_tcp_endpoints_are_taken)
{
    SH_DEFER(zmq_transport_free) struct zmq_transport *zmq = NULL;
    SH_DEFER(secret_wipe) struct secret private_key = {NULL, 0};
    static const char *const endpoints[] = {"ipc:///tmp/x", "pgm://eth0;239.0.0.1:5555",
                                            "inproc://x", "127.0.0.1:1"};
    struct transport_peer peer = {.private_key = &private_key};
    struct sh_why why = {{0}};
    cr_assert_eq(zmq_transport_new(&zmq), SH_OK);
    struct transport transport = zmq_transport_view(zmq);
    make_keys(peer.public_key, &private_key);
    for (size_t i = 0; i < 4; i++) {
        peer.endpoint = endpoints[i];
        cr_assert_eq(transport.open(transport.ctx, &peer, &why), SH_E_NET, "%s", endpoints[i]);
    }
}
