/* A session with a relay: HELLO and WELCOME, questions and their answers by `ref`, what the relay
 * sends by itself kept in order meanwhile, heartbeats. It knows frames and nothing of what they
 * mean; proofs are proofs.c's. A session that returned SH_E_NET is over: close it and open another.
 * One thread. */
#pragma once

#include "base/clock.h"
#include "client/transport.h"
#include "wire/session.h"

/* Frames that may wait while one answer is waited for: all credit given, and every submission under
 * way. */
#define SESSION_QUEUE_MAX 1024u
/* What a decoded frame may take. */
#define SESSION_ARENA_BYTES (8u * SH_MIB)
#define SESSION_ARENA_COUNT 8000u

struct session; /* opaque */

/* What opening needs. Borrows all of it during the call, and the transport until session_close().
 */
struct session_order {
    const struct transport *transport;
    struct clock clock;
    const struct transport_peer *peers; /* tried in turn, beginning with a random one */
    size_t peers_len;
    uint64_t directory_version, log_size; /* what we know, for HELLO */
    int64_t connect_ms, answer_ms;
};

struct session_welcome {
    int64_t time_ms;
    uint64_t directory_version;
    struct bytes checkpoint;      /* belongs to the session */
    struct hash_list consistency; /* belongs to the session */
};

/* Connects and says HELLO, again and again with a random pause, for connect_ms. SH_E_NET if nobody
 * answered, SH_E_UNKNOWN_SEAT if the relay does not let us in, the relay's own code if it refused.
 * Gives *out: session_close(). */
SH_MUST_USE sh_err session_open(const struct session_order *order, struct session **out,
                                struct sh_why *why);
void session_close(struct session **session);
const struct session_welcome *session_welcome(const struct session *session);

/* Sends one frame; its ref is made here. SH_E_NET. */
SH_MUST_USE sh_err session_post(struct session *session, struct frame *frame, uint32_t *out_ref,
                                struct sh_why *why);
/* The answer to a frame that was posted; what else comes meanwhile is kept for session_next(). *out
 * borrows the arena. SH_E_TIMEOUT after answer_ms; then the session is not to be used any more. */
SH_MUST_USE sh_err session_answer(struct session *session, uint32_t ref, struct arena *arena,
                                  struct frame *out, struct sh_why *why);
/* Sends and waits for the answer, of type `expected`; a REFUSED or DEFER answer is its code. *out
 * borrows the arena. SH_E_TIMEOUT after answer_ms; then the session is not to be used any more. */
SH_MUST_USE sh_err session_ask(struct session *session, struct frame *frame,
                               enum frame_type expected, struct arena *arena, struct frame *out,
                               struct sh_why *why);
/* The next frame that the relay sent by itself. SH_E_TIMEOUT, SH_E_NET. */
SH_MUST_USE sh_err session_next(struct session *session, int64_t timeout_ms, struct arena *arena,
                                struct frame *out, struct sh_why *why);
int64_t session_answer_ms(const struct session *session);
/* From now on; for a question that is not worth waiting for as long as others. */
void session_set_answer_ms(struct session *session, int64_t answer_ms);
/* A code that the relay gave, as ours: SH_E_FORMAT for a number that is none. */
sh_err session_code(uint32_t code);
/* The code and the sentence ("<what>: the relay's disk is full") of a DEFER. Trouble of the relay's
 * machine is SH_E_BUSY here: SH_E_DISK_FULL, SH_E_CLOCK and the like speak of this computer. */
sh_err session_put_off(uint32_t code, const char *what, struct sh_why *why);
