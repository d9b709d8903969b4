/* What time itself makes due, and what a new directory changes. Ledger thread, inside the
 * transaction. */
#pragma once

#include "core/core.h"

/* Before a group: its accept time, and whether the clock jumped since the last one. A tick a second
 * would let a message in between take a time that the log could never go back behind. */
SH_MUST_USE sh_err clocks_begin_group(struct core *core);
/* The same while the relay is closed: no word goes into a log that was lost. */
SH_MUST_USE sh_err clocks_begin_closed(struct core *core);
/* Once a second: the hourly HEARTBEAT, last hour's refusals as counts, retention, room
 * on the disk. */
SH_MUST_USE sh_err clocks_tick(struct core *core);
/* At the start: SH_E_ROLLBACK if the directory is older than one that this relay has used. */
SH_MUST_USE sh_err clocks_check_directory(struct core *core, struct sh_why *why);
/* The first leaves after a start: BEGUN for a new log, STARTED, DIRECTORY, POLICY. */
SH_MUST_USE sh_err clocks_started(struct core *core);
/* Takes *fresh_p as the newest pair: leaves, sessions of revoked seats, mail that no live seat is
 * left for. */
SH_MUST_USE sh_err clocks_loaded(struct core *core, struct loaded **fresh_p);
/* A calendar has ended, or will too soon: said once, by a leaf, a line of the log and a gauge,
 * until the next reload. */
SH_MUST_USE sh_err clocks_calendar_alarm(struct core *core, const char *why);
