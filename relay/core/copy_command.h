/* safehand-core --mark-copy FILE: an older copy of the database, made ready to be put back
 * (decision 25). Brings it to the schema of this version, computes the root of its tree, which must
 * be that of its signed checkpoint under a log key of the directory, and marks it: a relay that
 * starts on it is closed. */
#pragma once

#include "config/config.h"

/* The file is changed where it is: a copy of the copy. SH_E_CORRUPT (its log does not verify),
 * SH_E_CONFIG (the directory has no key of its log), the codes of store_open_sqlite(). */
SH_MUST_USE sh_err copy_command(const struct config *config, const char *path, struct sh_why *why);
