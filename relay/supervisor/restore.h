/* safehand-relay restore: an older copy of the database put in place, what is known to be missing
 * from it, and the word of a person that the loss is accepted (decision 25). What needs the
 * database is the core's. */
#pragma once

#include "config/config.h"

/* Copies `file` into a state folder that has no database, has its log verified, and marks it. The
 * relay is not running and does not start meanwhile. SH_E_EXISTS, SH_E_LOCKED, SH_E_IO,
 * SH_E_DISK_FULL; SH_E_CORRUPT: the core said above what is wrong with it. */
SH_MUST_USE sh_err restore_copy(const struct config *config, const char *config_path,
                                const char *file, struct sh_why *why);
/* Of a relay that runs: prints the report. */
SH_MUST_USE sh_err restore_status(const struct config *config, bool json, struct sh_why *why);
/* Of a relay that is closed: begins the new log. */
SH_MUST_USE sh_err restore_accept(const struct config *config, const char *code, bool json,
                                  struct sh_why *why);
