#include "gate/server_socket.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "gate/sockets.h"
#include "gate/zap.h"

enum {
    /* Whole messages that wait per connection: what a client may have unanswered, twice over, on
     * the way out; on the way in a frame is up to SH_FRAME_BYTES_MAX of memory, so few, and TCP
     * holds the rest back. */
    SEND_MESSAGES_MAX = 1024,
    RECEIVE_MESSAGES_MAX = 64,
    BACKLOG = 512,
};

struct int_option {
    const char *name;
    int option;
    int value;
    bool readable; /* libzmq 4.3 has no getsockopt for it */
};

static const struct int_option int_options[] = {
    {"LINGER", ZMQ_LINGER, 0, true},
    {"CURVE_SERVER", ZMQ_CURVE_SERVER, 1, true},
    {"ZAP_ENFORCE_DOMAIN", SOCKET_ZAP_ENFORCE_DOMAIN, 1, true},
    {"ROUTER_HANDOVER", ZMQ_ROUTER_HANDOVER, 0, false},
    {"ROUTER_MANDATORY", ZMQ_ROUTER_MANDATORY, 1, false},
    {"HANDSHAKE_IVL", ZMQ_HANDSHAKE_IVL, 5 * SH_SECOND_MS, true},
    {"HEARTBEAT_IVL", ZMQ_HEARTBEAT_IVL, 15 * SH_SECOND_MS, true},
    {"HEARTBEAT_TIMEOUT", ZMQ_HEARTBEAT_TIMEOUT, 45 * SH_SECOND_MS, true},
    {"HEARTBEAT_TTL", ZMQ_HEARTBEAT_TTL, 60 * SH_SECOND_MS, true},
    {"TCP_KEEPALIVE", ZMQ_TCP_KEEPALIVE, 1, true},
    {"SNDHWM", ZMQ_SNDHWM, SEND_MESSAGES_MAX, true},
    {"RCVHWM", ZMQ_RCVHWM, RECEIVE_MESSAGES_MAX, true},
    {"BACKLOG", ZMQ_BACKLOG, BACKLOG, true},
};
enum { INT_OPTIONS = sizeof int_options / sizeof int_options[0] };

static sh_err not_taken(struct sh_why *why, const char *name)
{
    return sh_fail(why, SH_E_SELF_TEST, "libzmq did not take the option %s", name);
}

static sh_err check_domain(void *socket, struct sh_why *why)
{
    char domain[64] = "";
    size_t len = sizeof domain;
    bool same = zmq_getsockopt(socket, ZMQ_ZAP_DOMAIN, domain, &len) == 0 &&
                strncmp(domain, ZAP_DOMAIN, sizeof domain) == 0;
    return same ? SH_OK : not_taken(why, "ZAP_DOMAIN");
}

sh_err server_socket_check(void *socket, struct sh_why *why)
{
    for (size_t i = 0; i < INT_OPTIONS; i++) {
        int value = -1;
        size_t len = sizeof value;
        bool same = !int_options[i].readable ||
                    (zmq_getsockopt(socket, int_options[i].option, &value, &len) == 0 &&
                     value == int_options[i].value);
        if (!same) {
            return not_taken(why, int_options[i].name);
        }
    }
    int64_t most = 0;
    size_t len = sizeof most;
    if (zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &most, &len) != 0 || most != SH_FRAME_BYTES_MAX) {
        return not_taken(why, "MAXMSGSIZE");
    }
    return check_domain(socket, why);
}

static sh_err set_options(void *socket, struct bytes curve_secret, struct sh_why *why)
{
    for (size_t i = 0; i < INT_OPTIONS; i++) {
        if (socket_set_int(socket, int_options[i].option, int_options[i].value) != SH_OK) {
            return not_taken(why, int_options[i].name);
        }
    }
    /* The budget of a stranger before authentication, so per connection and small (PITFALLS Z7). */
    int64_t most = SH_FRAME_BYTES_MAX;
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most) != 0) {
        return not_taken(why, "MAXMSGSIZE");
    }
    if (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) != 0) {
        return not_taken(why, "ZAP_DOMAIN");
    }
    if (curve_secret.len != CURVE_KEY_BYTES ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, curve_secret.data, curve_secret.len) != 0) {
        return not_taken(why, "CURVE_SECRETKEY");
    }
    return SH_OK;
}

sh_err server_socket_open(void *context, struct bytes curve_secret, void **out, struct sh_why *why)
{
    SH_DEFER(socket_closep) void *socket = NULL;
    SH_TRY(socket_open(context, ZMQ_ROUTER, &socket, why));
    SH_TRY(set_options(socket, curve_secret, why));
    SH_TRY(server_socket_check(socket, why));
    *out = socket;
    socket = NULL;
    return SH_OK;
}
