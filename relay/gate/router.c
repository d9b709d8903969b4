#include "gate/router.h"

#include "base/cleanup.h"

#include <stdlib.h>

enum {
    ROUTING_ID_BYTES = 5, /* a zero and 32 bits: what libzmq makes up */
    /* Revoked seats that are connected at once; past it the oldest is forgotten here, and the core
       still refuses it. */
    DROPPED_MAX = 4096,
};

struct router {
    void *socket;
    zmq_msg_t frame; /* what the last router_receive() lent out */
    uint64_t dropped[DROPPED_MAX];
    size_t dropped_len;
    size_t dropped_next;
    struct router_counts counts;
};

sh_err router_new(void **socket_p, struct router **out)
{
    struct router *router = calloc(1, sizeof *router);
    SH_CHECK(router, SH_E_NOMEM);
    (void)zmq_msg_init(&router->frame);
    router->socket = *socket_p;
    *socket_p = NULL;
    *out = router;
    return SH_OK;
}

void router_close(struct router **router)
{
    if (*router) {
        (void)zmq_msg_close(&(*router)->frame);
        socket_closep(&(*router)->socket);
        free(*router);
        *router = NULL;
    }
}

void *router_socket(const struct router *router)
{
    return router->socket;
}

const struct router_counts *router_counts(const struct router *router)
{
    return &router->counts;
}

static bool is_dropped(const struct router *router, uint64_t connection)
{
    for (size_t i = 0; i < router->dropped_len; i++) {
        if (router->dropped[i] == connection) {
            return true;
        }
    }
    return false;
}

void router_drop(struct router *router, uint64_t connection)
{
    if (is_dropped(router, connection)) {
        return;
    }
    router->dropped[router->dropped_next] = connection;
    router->dropped_next = (router->dropped_next + 1) % DROPPED_MAX;
    if (router->dropped_len < DROPPED_MAX) {
        router->dropped_len++;
    }
}

static bool has_more(void *socket)
{
    int more = 0;
    size_t len = sizeof more;
    return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &len) == 0 && more;
}

/* Reads one message: routing id into id (its length into *out_id_len, also if it is longer than
 * id), the next frame into the router's. Frames beyond it are let go one by one as they are read;
 * *out_parts counts all but the routing id. */
static sh_err read_message(struct router *router, uint8_t id[ROUTING_ID_BYTES], size_t *out_id_len,
                           size_t *out_parts)
{
    int got = zmq_recv(router->socket, id, ROUTING_ID_BYTES, ZMQ_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? SH_E_EMPTY : SH_E_BUG;
    }
    *out_id_len = (size_t)got;
    *out_parts = 0;
    while (has_more(router->socket)) {
        SH_DEFER(message_closep) zmq_msg_t spare;
        (void)zmq_msg_init(&spare);
        zmq_msg_t *into = *out_parts == 0 ? &router->frame : &spare;
        SH_CHECK(zmq_msg_recv(into, router->socket, 0) >= 0, SH_E_BUG);
        ++*out_parts;
    }
    return SH_OK;
}

static bool pack_connection(const uint8_t *id, size_t id_len, uint64_t *out)
{
    if (id_len != ROUTING_ID_BYTES || id[0] != 0) {
        return false;
    }
    *out = be32_load(id + 1);
    return true;
}

/* Takes the message just read if it is one good frame: SH_E_EMPTY for one that is dropped. */
static sh_err judge_message(struct router *router, const uint8_t *id, size_t id_len, size_t parts,
                            struct router_frame *out)
{
    if (!pack_connection(id, id_len, &out->connection)) {
        router->counts.foreign_id++;
        return SH_E_EMPTY;
    }
    if (parts != 1) {
        router->counts.multipart++;
        return SH_E_EMPTY;
    }
    if (is_dropped(router, out->connection)) {
        router->counts.refused_frames++;
        return SH_E_EMPTY;
    }
    const char *user_id = zmq_msg_gets(&router->frame, "User-Id");
    if (!user_id || hex_decode(user_id, out->key, CURVE_KEY_BYTES) != SH_OK) {
        return SH_E_SELF_TEST;
    }
    out->frame = bytes_of(zmq_msg_data(&router->frame), zmq_msg_size(&router->frame));
    router->counts.frames_in++;
    return SH_OK;
}

sh_err router_receive(struct router *router, unsigned tries, struct router_frame *out)
{
    for (unsigned i = 0; i < tries; i++) {
        uint8_t id[ROUTING_ID_BYTES];
        size_t id_len = 0;
        size_t parts = 0;
        struct router_frame frame;
        SH_TRY(read_message(router, id, &id_len, &parts));
        sh_err err = judge_message(router, id, id_len, parts, &frame);
        if (err == SH_OK) {
            *out = frame;
        }
        if (err != SH_E_EMPTY) {
            return err;
        }
    }
    return SH_E_EMPTY;
}

sh_err router_send(struct router *router, uint64_t connection, struct bytes frame)
{
    uint8_t id[ROUTING_ID_BYTES] = {0};
    SH_CHECK(connection <= UINT32_MAX, SH_E_NET);
    be32_store(id + 1, (uint32_t)connection);
    if (is_dropped(router, connection)) {
        return SH_E_NET;
    }
    if (zmq_send(router->socket, id, sizeof id, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        SH_CHECK(errno == EHOSTUNREACH || errno == EAGAIN, SH_E_BUG);
        router->counts.unreachable++;
        return SH_E_NET;
    }
    /* High-water marks are judged with the routing id; half a message must not stay behind, so this
     * is no DEFER. */
    SH_CHECK(zmq_send(router->socket, frame.data, frame.len, ZMQ_DONTWAIT) >= 0, SH_E_BUG);
    router->counts.frames_out++;
    return SH_OK;
}
