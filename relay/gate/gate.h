/* The gate: clients on one side, the core on the other, and nothing between them that either could
 * not see. It waits for the core's list of keys before it binds; when the core goes, clients stay
 * connected and what they send is let go until there is a core again (they send it again). It knows
 * no database, no seat and no message. */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "config/config.h"

struct gate_options {
    const struct config *config;
    struct bytes curve_secret; /* 32 raw bytes */
    bool cautious;             /* two crashes within a minute: see recent.h */
    int stop_fd;               /* the gate ends when this becomes readable */
    int ready_fd; /* gets one byte when clients can come, and is closed; -1: nobody asks */
    const struct clock *clock;
};

/* Runs until stop_fd says so: SH_OK. SH_E_SELF_TEST: ZAP is not in force, nothing was or nothing
 * stays bound. SH_E_CONFIG: the endpoint cannot be. SH_E_LOCKED: somebody else has the port.
 * SH_E_NOMEM: memory grew past its limit. */
SH_MUST_USE sh_err gate_run(const struct gate_options *options, struct sh_why *why);
