/* The gate's insides, shared by gate.c (sockets and the loop), upstream.c (the core) and listener.c
 * (the port). */
#pragma once

#include "gate/gate.h"
#include "gate/router.h"
#include "gate/zap.h"
#include "link/link.h"

struct gate {
    const struct gate_options *options;
    void *context;
    struct zap *zap;
    struct router *router;

    /* upstream.c */
    char link_path[PATH_MAX];
    struct link *link;       /* NULL: no core at the moment */
    bool keyed;              /* this link has brought its list of keys */
    int64_t next_connect_ms; /* while there is no link */
    int64_t backoff_ms;
    uint64_t frames_let_go; /* for want of a core */

    /* listener.c */
    void *monitor;
    char bound_endpoint[256]; /* as libzmq names it; "" while nothing listens */
    bool serving;             /* was bound once */
    bool near_limit;          /* said so in the journal */
    uint64_t files_at_start;
    uint64_t connections;    /* when they were last counted */
    uint64_t accepted_since; /* and who came since */
};

/* ---- upstream.c: the link to the core ---- */
/* Tries to connect if it is time to; a core that is not there is no error. */
void upstream_connect(struct gate *gate, int64_t now_ms);
/* Reads what the core says and does it. Errors end the gate; a core that is gone or talks nonsense
 * does not. */
SH_MUST_USE sh_err upstream_read(struct gate *gate, int64_t now_ms, struct sh_why *why);
/* Hands a client's frame on, or lets it go if there is no core. */
void upstream_frame(struct gate *gate, const struct router_frame *frame, int64_t now_ms);
void upstream_flush(struct gate *gate, int64_t now_ms);
/* Whether clients are to be read: not while the core is far behind. */
bool upstream_has_room(const struct gate *gate);

/* ---- listener.c: the port, the number of connections, the memory ---- */
SH_MUST_USE sh_err listener_open(struct gate *gate, struct sh_why *why);
void listener_close(struct gate *gate);
/* Binds and tells ready_fd, the first time that the core has given keys. */
SH_MUST_USE sh_err listener_start(struct gate *gate, struct sh_why *why);
void listener_count_event(struct gate *gate);
/* Once a second: counts, stops or resumes listening, looks at the memory. SH_E_NOMEM. */
SH_MUST_USE sh_err listener_tick(struct gate *gate, struct sh_why *why);
