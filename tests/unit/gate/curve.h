/* CURVE clients and raw servers for the gate's tests: libzmq as a stranger, a seat or an attacker
 * would use it. */
#pragma once

#include "base/bytes.h"
#include "gate/sockets.h"

#include <pthread.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

/* Everything a test waits for comes within this, or the test fails. */
#define PATIENCE_MS 5000

struct curve_pair {
    uint8_t public_key[32];
    uint8_t secret_key[32];
};

struct curve_client {
    const uint8_t *server_public; /* 32 bytes */
    const struct curve_pair *keys;
    const char *endpoint;
    const void *routing_id; /* NULL: none, as our clients */
    size_t routing_id_len;
};

void curve_pair_make(struct curve_pair *out);
/* A DEALER that connects; LINGER 0, RCVTIMEO PATIENCE_MS. */
void *curve_connect(void *context, const struct curve_client *client);
/* Binds to a free port of loopback and writes what libzmq calls it. */
void bind_loopback(void *socket, char *out, size_t out_len);
/* The events of `socket`'s handshakes, for next_event(). */
void *watch_handshakes(void *context, void *socket, const char *name);
/* 0 if none came in PATIENCE_MS. */
uint16_t next_event(void *monitor);
void send_text(void *socket, const char *text);
/* Receives one single frame and compares. */
bool receives_text(void *socket, const char *text);
/* A port of loopback that nobody listens on. */
unsigned free_port(void);
/* A ZAP handler that gives everybody the same status (a literal), with the key's name if that is
 * 200. Join the thread after the context was ended: that ends it. */
pthread_t start_zap_handler(void *context, const char *status);
