/* The supervisor's life: one relay a state folder, core and gate kept running, stopped in order
 * (the gate first, so that nothing comes in that the core cannot answer). It opens no socket to the
 * world, no database and no key. */
#pragma once

#include "config/config.h"

struct supervise_options {
    const char *config_path;
    const struct config *config;
    bool clock_checked; /* a person has looked at the clock; told to the core */
};

/* Runs until SIGTERM or SIGINT: SH_OK. SH_E_LOCKED: another relay uses the state folder.
 * SH_E_CONFIG: a child says, before the relay ever served, that only a person can mend it. */
SH_MUST_USE sh_err supervise(const struct supervise_options *options, struct sh_why *why);
