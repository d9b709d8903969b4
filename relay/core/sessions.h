/* Sessions: which connections collect mail, for which seat, and how much more each has asked for. A
 * connection becomes a session with its first READY and ends when the gate says so, when its seat
 * is revoked, or when the gate is new. Nothing here is durable: what was sent and not receipted is
 * sent again to the next session. Ledger thread only. */
#pragma once

#include "base/bytes.h"

struct session {
    uint64_t connection;
    struct sh_hash seat;
    uint8_t curve_key[32];
    uint32_t credit;    /* items that it will still take */
    uint64_t last_item; /* the newest item sent to it */
    uint64_t sent;      /* items since READY, for CAUGHT_UP */
    bool woken;         /* something may be due */
    bool caught_up;     /* was told that all is sent, and nothing came since */
    struct session *next_in_bucket;
    struct session *next, *previous; /* all of them */
};

#define SESSIONS_OF_SEAT_MAX 4u

struct sessions; /* opaque */

SH_MUST_USE sh_err sessions_new(struct sessions **out);
void sessions_free(struct sessions **sessions);

/* The session of a connection, NULL if it has none. */
struct session *sessions_find(struct sessions *sessions, uint64_t connection);
/* Makes one. A seat keeps its newest SESSIONS_OF_SEAT_MAX: nobody says when a connection that is
 * sent nothing has ended, and each holds its credit's worth of memory in the gate. SH_E_NOMEM. */
SH_MUST_USE sh_err sessions_add(struct sessions *sessions, uint64_t connection,
                                const struct sh_hash *seat, const uint8_t curve_key[32],
                                struct session **out);
void sessions_remove(struct sessions *sessions, uint64_t connection);
void sessions_clear(struct sessions *sessions);
size_t sessions_count(const struct sessions *sessions);
/* Marks every session of a seat. */
void sessions_wake(struct sessions *sessions, const struct sh_hash *seat);
/* All of them in turn: NULL gives the first; do not remove the one in hand before asking for the
 * next. */
struct session *sessions_next(struct sessions *sessions, struct session *after);
