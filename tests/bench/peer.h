/* One client's connection: a DEALER under CURVE, as docs/PROTOCOL.md has it, without the client's
 * vault and checks, so that the generator costs as little as it can. */
#pragma once

#include "base/bytes.h"

#include <zmq.h>

/* Keys are 32 raw bytes. Gives a socket: zmq_close(). */
void *peer_open(void *context, const char *endpoint, struct bytes server_public,
                struct bytes own_public, struct bytes own_secret);
void peer_send(void *socket, struct bytes frame);
/* Waits for at most 30 s, then ends the program. *message is initialised; zmq_msg_close(). */
void peer_receive(void *socket, zmq_msg_t *message);
/* False if nothing is there now. */
bool peer_receive_now(void *socket, zmq_msg_t *message);
