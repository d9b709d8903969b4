/* What a session speaks through: whole frames, in order, to one relay at a time. transport_zmq.c is
 * the real one (DEALER under CURVE); tests have one that answers by itself. One thread. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

struct transport_peer {
    const char *endpoint; /* tcp://host:port */
    uint8_t relay_key[32];
    uint8_t public_key[32]; /* ours */
    const struct secret *private_key;
};

struct transport {
    /* Begins to connect; an open connection is closed first. SH_E_NET with the reason in *why. */
    sh_err (*open)(void *ctx, const struct transport_peer *peer, struct sh_why *why);
    /* SH_E_NET: it did not go and will not. SH_OK promises nothing. */
    sh_err (*send)(void *ctx, struct bytes frame, struct sh_why *why);
    /* Appends one frame. SH_E_TIMEOUT after timeout_ms (0: only what is there); SH_E_NET: the
     * connection is gone; SH_E_UNKNOWN_SEAT: the relay does not let this key in. */
    sh_err (*receive)(void *ctx, int64_t timeout_ms, struct buf *out, struct sh_why *why);
    void (*close)(void *ctx);
    /* Waits before the next try. */
    void (*pause)(void *ctx, int64_t ms);
    void *ctx;
};

struct zmq_transport; /* opaque */

/* Gives *out: zmq_transport_free(). SH_E_NOMEM, SH_E_NET. */
SH_MUST_USE sh_err zmq_transport_new(struct zmq_transport **out);
void zmq_transport_free(struct zmq_transport **zmq);
/* A view of it; borrows. */
struct transport zmq_transport_view(struct zmq_transport *zmq);
