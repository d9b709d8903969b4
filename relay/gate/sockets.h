/* libzmq's handles with our destructors and our kind of errors; for gate/ alone. */
#pragma once

#include "base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <zmq.h>

static inline void socket_closep(void **socket)
{
    if (*socket) {
        (void)zmq_close(*socket);
        *socket = NULL;
    }
}

static inline void context_termp(void **context)
{
    if (*context) {
        (void)zmq_ctx_term(*context);
        *context = NULL;
    }
}

static inline void message_closep(zmq_msg_t *message)
{
    (void)zmq_msg_close(message);
}

/* SH_E_BUG with what libzmq said. */
static inline sh_err socket_fail(struct sh_why *why, const char *what)
{
    return sh_fail(why, SH_E_BUG, "%s: %s", what, zmq_strerror(errno));
}

/* A socket that never waits at the end: LINGER must be set before anything else (PITFALLS Z13). */
static inline sh_err socket_open(void *context, int type, void **out, struct sh_why *why)
{
    int none = 0;
    void *socket = zmq_socket(context, type);
    if (!socket || zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none) != 0) {
        socket_closep(&socket);
        return socket_fail(why, "cannot make a socket");
    }
    *out = socket;
    return SH_OK;
}

static inline sh_err socket_set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0 ? SH_OK : SH_E_BUG;
}
