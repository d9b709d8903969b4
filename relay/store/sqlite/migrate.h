/* Bringing a database to the newest schema, a step at a time, all in one transaction. Internal to
 * store/sqlite/; the steps are a parameter so that tests can bring their own. */
#pragma once

#include "base/bytes.h"

#include <sqlite3.h>

/* Step n (from 0) makes version n + 1 out of version n. */
extern const char *const migrate_relay[];
extern const size_t migrate_relay_len;

/* A fresh file gets every step. One that holds rows is copied to "<path>.v<version>" first, by the
 * backup API, and the copy is synced. SH_E_CORRUPT: not a relay's database; SH_E_STORE: newer than
 * the steps, or a step failed; SH_E_LOCKED; SH_E_DISK_FULL. After an error the database is as it
 * was. */
SH_MUST_USE sh_err migrate(sqlite3 *db, const char *path, const char *const *steps,
                           size_t steps_len, struct sh_why *why);

static inline void stmt_finalize(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt);
    *stmt = NULL;
}
