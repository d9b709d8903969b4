/* The ROUTER in service: frames in with the key that ZAP vouched for, frames out to a connection. A
 * connection number is the routing id that libzmq made up, packed; it is never logged and means
 * nothing outside (PITFALLS Z3 to Z5). What breaks the shape of one frame a message is dropped here
 * and counted. One thread. */
#pragma once

#include "base/bytes.h"
#include "gate/key_list.h"
#include "gate/sockets.h"

struct router; /* opaque */

struct router_frame {
    uint64_t connection;
    uint8_t key[CURVE_KEY_BYTES];
    struct bytes frame; /* borrows the router until the next router_receive() */
};

/* What was counted since the start. */
struct router_counts {
    uint64_t frames_in;
    uint64_t frames_out;
    uint64_t unreachable;    /* sends that the peer was gone for, or too slow for */
    uint64_t multipart;      /* messages of more than one frame */
    uint64_t foreign_id;     /* peers that chose a routing id for themselves */
    uint64_t refused_frames; /* of dropped connections */
};

/* Takes *socket_p, from server_socket_open(). Gives *out: router_close(). SH_E_NOMEM. */
SH_MUST_USE sh_err router_new(void **socket_p, struct router **out);
void router_close(struct router **router);
void *router_socket(const struct router *router); /* for polling and binding */

/* The next good frame; bad messages before it are dropped, at most `tries` of them. SH_E_EMPTY:
 * nothing now. SH_E_SELF_TEST: a frame came from somebody whom ZAP did not vouch for; the process
 * must end. SH_E_BUG. */
SH_MUST_USE sh_err router_receive(struct router *router, unsigned tries, struct router_frame *out);
/* Never waits. SH_E_NET: that peer is gone, was dropped, or does not read. SH_E_BUG. */
SH_MUST_USE sh_err router_send(struct router *router, uint64_t connection, struct bytes frame);
/* From now on nothing goes to or comes from this connection. */
void router_drop(struct router *router, uint64_t connection);
const struct router_counts *router_counts(const struct router *router);
