/* Transactions, checkpoints, room, and the small things by name. The state of a transaction is kept
 * in store.c; here is what SQLite and the numbers in memory need. */
#include "crypto/digest.h"
#include "store/sqlite/check.h"
#include "store/sqlite/db.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

sh_err sqlite_begin(struct store *store)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_BEGIN);
    return step_done(q);
}

sh_err sqlite_commit(struct store *store, struct sh_why *why)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_COMMIT);
    sh_err err = lookup_settle(s);
    err = err == SH_OK ? step_done(q) : err;
    if (err != SH_OK) {
        return sh_fail(why, err, "commit: %s (SQLite %d)", sqlite3_errmsg(s->db),
                       sqlite3_extended_errcode(s->db));
    }
    if (s->now.looked_up == s->now.last_seq) {
        recent_clear(&s->recent);
    }
    s->committed = s->now;
    s->addresses.committed = s->addresses.len;
    s->seats.committed = s->seats.len;
    return SH_OK;
}

void sqlite_rollback(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    /* Some errors end the transaction by themselves; then there is nothing to undo. What ROLLBACK
     * itself meets does not matter: the WAL frames have no commit mark, and a broken store is
     * closed. */
    if (!sqlite3_get_autocommit(s->db)) {
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_ROLLBACK);
        (void)sqlite3_step(q);
    }
    s->now = s->committed;
    recent_truncate(&s->recent, s->now.last_seq);
    intern_truncate(&s->addresses, s->addresses.committed);
    intern_truncate(&s->seats, s->seats.committed);
}

sh_err sqlite_checkpoint(struct store *store)
{
    return db_error(sqlite3_wal_checkpoint_v2(sqlite_of(store)->db, NULL,
                                              SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
}

static sh_err wal_bytes(const struct sqlite_store *s, uint64_t *out)
{
    struct stat info;
    SH_CHECK(stat(sqlite3_filename_wal(sqlite3_db_filename(s->db, "main")), &info) == 0,
             SH_E_STORE);
    *out = (uint64_t)info.st_size;
    return SH_OK;
}

static sh_err read_pragma(struct sqlite_store *s, enum sql which, uint64_t *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, which);
    int64_t value = 0;
    SH_TRY(step_number(q, &value));
    *out = (uint64_t)value;
    return SH_OK;
}

/* A checkpoint may have to copy all of the WAL into the database, so that much of the disk is not
 * free (PITFALLS Q4). */
sh_err sqlite_room(struct store *store, uint64_t *out_used, uint64_t *out_free)
{
    struct sqlite_store *s = sqlite_of(store);
    uint64_t wal = 0, pages = 0, pages_max = 0;
    SH_TRY(wal_bytes(s, &wal));
    SH_TRY(read_pragma(s, SQL_PAGE_COUNT, &pages));
    SH_TRY(read_pragma(s, SQL_MAX_PAGE_COUNT, &pages_max));
    struct statvfs disk;
    SH_CHECK(statvfs(s->path, &disk) == 0, SH_E_STORE);
    uint64_t on_disk = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t in_pages = (pages_max > pages ? pages_max - pages : 0) * SQL_PAGE_BYTES;
    uint64_t left = on_disk < in_pages ? on_disk : in_pages;
    *out_used = pages * SQL_PAGE_BYTES + wal;
    *out_free = left > wal + 1 ? left - wal : 1; /* 0 would say that no limit is known */
    return SH_OK;
}

sh_err meta_checksum(struct bytes name, struct bytes value, struct sh_hash *out)
{
    const struct bytes parts[] = {name, value};
    return digest_sha256_parts(parts, 2, out);
}

sh_err sqlite_meta_put(struct store *store, const char *name, struct bytes value)
{
    struct sh_hash check;
    SH_TRY(meta_checksum(bytes_str(name), value, &check));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_META_PUT);
    SH_TRY(bind_text(q, 1, name));
    SH_TRY(bind_bytes(q, 2, value));
    SH_TRY(bind_bytes(q, 3, BYTES_FIXED(check)));
    return step_done(q);
}

sh_err sqlite_meta_get(struct store *store, const char *name, struct buf *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_META_GET);
    SH_TRY(bind_text(q, 1, name));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    const struct bytes parts[] = {bytes_str(name), column_bytes(q, 0)};
    SH_TRY(check_column(q, 1, parts, 2));
    return buf_append(out, parts[1]);
}
