/* What time itself makes due, and what a new directory changes. Ledger thread, inside the
 * transaction. */
#pragma once

#include "core/core.h"

/* Once a second: clock jumps, the hourly HEARTBEAT, last hour's refusals as counts, retention, room
 * on the disk. */
SH_MUST_USE sh_err clocks_tick(struct core *core);
/* The first leaves after a start: BEGUN for a new log, STARTED, DIRECTORY, POLICY. */
SH_MUST_USE sh_err clocks_started(struct core *core);
/* Takes *fresh_p as the newest pair: leaves, sessions of revoked seats, mail that no live seat is
 * left for. */
SH_MUST_USE sh_err clocks_loaded(struct core *core, struct loaded **fresh_p);
