/* The copy of a database that is in use: SQLite's online backup, driven in steps. Writes of our own
 * connection reach the copy by themselves, so a busy relay never makes it begin again. The copy has
 * no journal and is not synced here: it counts for nothing before its maker has synced and checked
 * it, and a sync of many gigabytes must not keep the ledger waiting. */
#include "store/backup.h"

#include "base/files.h"
#include "store/sqlite/db.h"

#include <errno.h>
#include <sys/stat.h>

struct store_backup {
    struct store *store;
    sqlite3 *db; /* of the copy */
    sqlite3_backup *backup;
    char *path;
};

void store_backup_end(struct store_backup **backup_p)
{
    struct store_backup *backup = *backup_p;
    if (!backup) {
        return;
    }
    (void)sqlite3_backup_finish(backup->backup);
    (void)sqlite3_close(backup->db);
    free(backup->path);
    free(backup);
    *backup_p = NULL;
}

/* Whatever is wrong with the copy is no reason to stop the relay: no code here is FATAL. */
static sh_err copy_failed(const struct store_backup *backup, int rc, struct sh_why *why)
{
    sh_err err = db_error(rc);
    err = err == SH_E_DISK_FULL || err == SH_E_NOMEM ? err : SH_E_IO;
    return sh_fail(why, err, "%s: %s (SQLite %d)", backup->path,
                   err == SH_E_DISK_FULL ? "there is no room on the disk" : sqlite3_errstr(rc), rc);
}

static sh_err check_empty(const char *path, struct sh_why *why)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return sh_fail(why, SH_E_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode) || info.st_size != 0) {
        return sh_fail(why, SH_E_EXISTS, "%s: not an empty file", path);
    }
    return SH_OK;
}

static sh_err open_copy(struct store_backup *backup, struct sh_why *why)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
    int rc = sqlite3_open_v2(backup->path, &backup->db, flags, NULL);
    rc = rc == SQLITE_OK ? sqlite3_exec(backup->db, SQL_COPY_PRAGMAS, NULL, NULL, NULL) : rc;
    return rc == SQLITE_OK ? SH_OK : copy_failed(backup, rc, why);
}

sh_err sqlite_backup_begin(struct store *store, const char *path, struct store_backup **out,
                           struct sh_why *why)
{
    SH_TRY(check_empty(path, why));
    SH_DEFER(store_backup_end) struct store_backup *backup = calloc(1, sizeof *backup);
    SH_CHECK(backup, SH_E_NOMEM);
    backup->store = store;
    backup->path = strdup(path);
    SH_CHECK(backup->path, SH_E_NOMEM);
    SH_TRY(open_copy(backup, why));
    backup->backup = sqlite3_backup_init(backup->db, "main", sqlite_of(store)->db, "main");
    if (!backup->backup) {
        return copy_failed(backup, sqlite3_extended_errcode(backup->db), why);
    }
    *out = backup;
    backup = NULL;
    return SH_OK;
}

sh_err store_backup_step(struct store_backup *backup, unsigned pages_max, bool *out_done,
                         struct sh_why *why)
{
    SH_TRY(backup->store->broken);
    SH_CHECK(backup->store->state == STORE_IDLE, SH_E_BUG);
    int rc = sqlite3_backup_step(backup->backup, (int)pages_max);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) {
        return copy_failed(backup, rc, why);
    }
    *out_done = rc == SQLITE_DONE;
    return SH_OK;
}

void store_backup_progress(const struct store_backup *backup, uint64_t *out_pages,
                           uint64_t *out_pages_total)
{
    int total = sqlite3_backup_pagecount(backup->backup);
    *out_pages_total = (uint64_t)total;
    *out_pages = (uint64_t)(total - sqlite3_backup_remaining(backup->backup));
}
