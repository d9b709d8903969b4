/* What a client holds, shared by the files of this library and by their tests. The public face is
 * include/safehand/client.h; face.c turns what these files return into codes and sentences. One
 * thread. */
#pragma once

#include "base/cleanup.h"
#include "client/keyring.h"
#include "client/session.h"
#include "client/vault.h"

#include <jansson.h>
#include <safehand/client.h>

struct sh_client {
    struct clock clock;
    struct keyring *keyring;
    struct vault *vault;
    struct zmq_transport *zmq; /* NULL in tests that bring their own transport */
    struct transport transport;
    struct session *session; /* NULL until something needs the relay */
    json_t *warnings;        /* sentences, for the answers of sync and status */
    sh_client_progress progress;
    void *progress_ctx;
    int64_t connect_ms, answer_ms;
    int64_t ahead_ms; /* our clock against the relay's, when the session began; 0 before */
};

/* Arenas for lists over the whole vault, and for one message. */
#define CLIENT_LIST_BYTES    (256u * SH_MIB)
#define CLIENT_LIST_COUNT    4000000u
#define CLIENT_MESSAGE_BYTES (16u * SH_MIB)
#define CLIENT_MESSAGE_COUNT 100000u

/* As sh_client_open(), with a transport and a clock of the caller's. transport, clock: NULL for the
 * real ones. */
SH_MUST_USE sh_err client_open(const struct sh_client_options *options,
                               const struct transport *transport, const struct clock *clock,
                               struct sh_client **out, struct sh_why *why);

static inline int64_t client_now_ms(const struct sh_client *client)
{
    return clock_now_ms(&client->clock);
}
void client_tell_progress(struct sh_client *client, const char *what, uint64_t done,
                          uint64_t total);
/* One more sentence for "warnings"; the same one only once. */
void client_warn(struct sh_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The directory, for looking up and sending. SH_E_EXPIRED if it ran out past the grace. */
SH_MUST_USE sh_err client_directory(struct sh_client *client, struct directory **out,
                                    struct sh_why *why);
/* The same at any age: to reach a relay, and to verify what was signed long ago. */
SH_MUST_USE sh_err client_directory_any(struct sh_client *client, struct directory **out,
                                        struct sh_why *why);

static inline void json_freep(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}
