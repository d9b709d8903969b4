/* The ZAP handler: a thread of its own that answers every CURVE handshake from the list of keys
 * that it was last given. libzmq lets strangers in when nobody answers (PITFALLS Z1), so if this
 * thread ends by anything but zap_stop() it takes the process with it. Keys go to it by message; no
 * memory is shared. One thread calls the functions here. */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"

#define ZAP_DOMAIN "safehand"

struct zap; /* opaque: the thread, and a socket to give it orders */

struct zap_options {
    void *context;           /* of libzmq; a context has one handler */
    const char *recent_path; /* where recent.h keeps its keys */
    bool cautious;           /* two crashes in a minute */
    const struct clock *clock;
};

/* Returns when the handler is bound; it lets nobody in until it has keys. Borrows what options
 * points at until zap_stop(). Gives *out: zap_stop(). SH_E_IO, SH_E_BUG, SH_E_TIMEOUT. */
SH_MUST_USE sh_err zap_start(const struct zap_options *options, struct zap **out,
                             struct sh_why *why);
/* Replaces the list; when it returns SH_OK, the handler answers from the new one. SH_E_FORMAT: not
 * whole keys, the old list stands. SH_E_TIMEOUT, SH_E_BUG: the handler does not answer; the caller
 * must end the process. */
SH_MUST_USE sh_err zap_set_keys(struct zap *zap, struct bytes keys);
void zap_stop(struct zap **zap);
