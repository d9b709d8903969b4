/* Which version a database has, and how it gets to ours. The application id says that the file is a
 * relay's at all. */
#include "store/sqlite/migrate.h"

#include "base/cleanup.h"
#include "store/sql.h"
#include "store/sqlite/db.h"

#include <limits.h>

const char *const migrate_relay[] = {SQL_SCHEMA_1, SQL_SCHEMA_2, SQL_SCHEMA_3};
const size_t migrate_relay_len = sizeof migrate_relay / sizeof migrate_relay[0];
_Static_assert(sizeof migrate_relay / sizeof migrate_relay[0] == SQL_SCHEMA_VERSION,
               "a step for each version");

static sh_err failed(sqlite3 *db, const char *doing, struct sh_why *why)
{
    int rc = sqlite3_extended_errcode(db);
    sh_err err = (rc & 0xff) == SQLITE_BUSY ? SH_E_LOCKED : db_error(rc);
    return sh_fail(why, err == SH_OK ? SH_E_STORE : err, "%s: %s (SQLite %d)", doing,
                   sqlite3_errmsg(db), rc);
}

static sh_err run(sqlite3 *db, const char *sql, const char *doing, struct sh_why *why)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? SH_OK : failed(db, doing, why);
}

static sh_err number(sqlite3 *db, const char *sql, int64_t *out, struct sh_why *why)
{
    SH_DEFER(stmt_finalize) sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW) {
        return failed(db, sql, why);
    }
    *out = sqlite3_column_int64(q, 0);
    return SH_OK;
}

/* Gives 0 for a file without a table. */
static sh_err find_version(sqlite3 *db, const char *path, int64_t *out, struct sh_why *why)
{
    int64_t application = 0, version = 0, tables = 0;
    SH_TRY(number(db, SQL_GET_APPLICATION_ID, &application, why));
    SH_TRY(number(db, SQL_GET_VERSION, &version, why));
    SH_TRY(number(db, SQL_COUNT_TABLES, &tables, why));
    bool fresh = application == 0 && version == 0 && tables == 0;
    bool ours = application == SQL_APPLICATION_ID && version >= 1;
    if (!fresh && !ours) {
        return sh_fail(why, SH_E_CORRUPT, "%s: not the database of a relay", path);
    }
    *out = version;
    return SH_OK;
}

static void close_copy(sqlite3 **db)
{
    (void)sqlite3_close(*db);
    *db = NULL;
}

/* Never a copy of the file: that would leave out the WAL and drop our lock (PITFALLS Q7). */
static sh_err back_up(sqlite3 *db, const char *path, int64_t version, struct sh_why *why)
{
    char name[PATH_MAX];
    int len = snprintf(name, sizeof name, "%s.v%lld", path, (long long)version);
    SH_CHECK(len > 0 && (size_t)len < sizeof name,
             sh_fail(why, SH_E_STORE, "%s: the name is too long", path));
    SH_DEFER(close_copy) sqlite3 *copy = NULL;
    if (sqlite3_open_v2(name, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK) {
        return failed(copy, name, why);
    }
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", db, "main");
    if (!backup) {
        return failed(copy, name, why);
    }
    (void)sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup) == SQLITE_OK ? SH_OK : failed(copy, name, why);
}

static sh_err run_steps(sqlite3 *db, const char *const *steps, int64_t from, int64_t to,
                        struct sh_why *why)
{
    for (int64_t i = from; i < to; i++) {
        SH_TRY(run(db, steps[i], "schema", why));
    }
    char sql[128];
    (void)snprintf(sql, sizeof sql, SQL_SET_VERSION, (unsigned)SQL_APPLICATION_ID, (long long)to);
    return run(db, sql, "schema version", why);
}

sh_err migrate(sqlite3 *db, const char *path, const char *const *steps, size_t steps_len,
               struct sh_why *why)
{
    int64_t version = 0, newest = (int64_t)steps_len;
    SH_TRY(find_version(db, path, &version, why));
    if (version > newest) {
        return sh_fail(why, SH_E_STORE,
                       "%s: made by a newer version (schema %lld, this one knows %lld)", path,
                       (long long)version, (long long)newest);
    }
    if (version > 0 && version < newest) {
        SH_TRY(back_up(db, path, version, why));
    }
    /* Also when there is nothing to do: a write takes the lock that keeps every other process out.
     */
    SH_TRY(run(db, "BEGIN IMMEDIATE", "lock", why));
    sh_err err = version < newest ? run_steps(db, steps, version, newest, why) : SH_OK;
    if (err == SH_OK) {
        err = run(db, "COMMIT", "schema", why);
    }
    if (err != SH_OK && !sqlite3_get_autocommit(db)) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}
