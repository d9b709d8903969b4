/* A witness behind HTTP (C2SP tlog-witness, add-checkpoint): POST /add-checkpoint. One thread
 * answers all connections, so requests touch the memory one after the other; what a stranger can
 * take up is bounded in bytes, connections and time. TLS is for a proxy in front of it. */
#pragma once

#include "audit/witness.h"

#include <stdbool.h>
#include <sys/socket.h>

struct witness_service; /* opaque */

struct witness_serving {
    const struct witness *witness; /* used by the service's thread alone until it is stopped */
    struct sockaddr_storage address;
    /* Told of each request that was understood. err: nothing was found out, and answer is zeroed.
     * On the service's thread. */
    void (*heard)(void *ctx, sh_err err, const struct witness_offer *offer,
                  const struct witness_answer *answer);
    void *ctx;
};

/* "PORT" (of 127.0.0.1), "ADDRESS:PORT" or "[ADDRESS]:PORT", numbers only. SH_E_USAGE. */
SH_MUST_USE sh_err witness_address(const char *text, struct sockaddr_storage *out);
/* Starts the thread; *serving is borrowed until witness_service_stop(). Gives *out and the port,
 * which counts if 0 was asked for. SH_E_NET. */
SH_MUST_USE sh_err witness_service_start(const struct witness_serving *serving,
                                         struct witness_service **out, uint16_t *out_port,
                                         struct sh_why *why);
void witness_service_stop(struct witness_service **service); /* a destructor; ends the thread */

/* The status of an answer, as the specification has it. */
unsigned witness_status(enum witness_verdict verdict);
