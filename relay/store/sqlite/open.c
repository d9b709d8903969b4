/* Opening: the connection, its limits and PRAGMAs (each read back), the schema, the statements, the
 * numbers kept in memory. And closing. PITFALLS B4 gives the reason of each setting. */
#include "base/files.h"
#include "store/sqlite/db.h"
#include "store/sqlite/migrate.h"

#include <errno.h>
#include <fcntl.h>

static const struct store_ops sqlite_ops;

static const char *const statement_texts[SQL_STATEMENTS_LEN] = {
#define X(name, text) [SQL_##name] = text,
    SQL_STATEMENTS(X) /* NOLINT(bugprone-suspicious-missing-comma): texts of several lines */
#undef X
};

static void sqlite_close(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    for (size_t i = 0; i < SQL_STATEMENTS_LEN; i++) {
        (void)sqlite3_finalize(s->stmts[i]);
    }
    (void)sqlite3_close(s->db);
    intern_wipe(&s->addresses);
    intern_wipe(&s->seats);
    recent_wipe(&s->recent);
    free(s->path);
    free(s);
}

/* SQLite would make the file with the umask's mode; -wal takes the mode of the database. */
static sh_err make_private(const char *path, struct sh_why *why)
{
    SH_DEFER(sh_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return sh_fail(why, file_is_no_room(errno) ? SH_E_DISK_FULL : SH_E_STORE, "%s: %s", path,
                       strerror(errno));
    }
    return SH_OK;
}

/* The high-security values of sqlite.org/security.html; no statement here comes near them. */
static void set_limits(sqlite3 *db)
{
    static const struct {
        int which, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 1000000},
        {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 100},
        {SQLITE_LIMIT_EXPR_DEPTH, 10},
        {SQLITE_LIMIT_COMPOUND_SELECT, 3},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 12},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        (void)sqlite3_limit(db, limits[i].which, limits[i].value);
    }
}

static sh_err open_failed(struct sqlite_store *s, int rc, const char *doing, struct sh_why *why)
{
    sh_err err = db_error(rc);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) {
        err = SH_E_LOCKED;
    }
    return sh_fail(why, err == SH_OK ? SH_E_STORE : err, "%s: %s: %s (SQLite %d)", s->path, doing,
                   sqlite3_errmsg(s->db), sqlite3_extended_errcode(s->db));
}

static sh_err open_connection(struct sqlite_store *s, struct sh_why *why)
{
    /* NOMUTEX: one thread owns the store. */
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
    int rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
    if (rc != SQLITE_OK) {
        return open_failed(s, rc, "open", why);
    }
    set_limits(s->db);
    int defensive = 0;
    rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &defensive);
    SH_CHECK(rc == SQLITE_OK && defensive == 1,
             sh_fail(why, SH_E_STORE, "%s: cannot be made defensive", s->path));
    return SH_OK;
}

/* One row of a one-off statement as text; empty if it gives none. */
static sh_err run_text(struct sqlite_store *s, const char *sql, char *out, size_t out_len,
                       struct sh_why *why)
{
    SH_DEFER(stmt_finalize) sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (rc != SQLITE_OK) {
        return open_failed(s, rc, sql, why);
    }
    rc = sqlite3_step(q);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return open_failed(s, rc, sql, why);
    }
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : "";
    (void)snprintf(out, out_len, "%s", text ? text : "");
    return SH_OK;
}

/* In this order: page_size before there is a first page, locking_mode before the WAL is first
 * looked at (then there is no shared-memory file at all). Each is set, then read back, because
 * SQLite ignores what it does not like. */
static sh_err set_pragmas(struct sqlite_store *s, struct sh_why *why)
{
    static const struct {
        const char *set, *get, *value;
    } pragmas[] = {
        {SQL_PRAGMA("page_size", SQL_PAGE_TEXT)}, {SQL_PRAGMA("locking_mode", "exclusive")},
        {SQL_PRAGMA("journal_mode", "wal")},      {SQL_PRAGMA("synchronous", "2")},
        {SQL_PRAGMA("wal_autocheckpoint", "0")},  {SQL_PRAGMA("mmap_size", "0")},
        {SQL_PRAGMA("cell_size_check", "1")},     {SQL_PRAGMA("trusted_schema", "0")},
        {SQL_PRAGMA("foreign_keys", "1")},        {SQL_PRAGMA("journal_size_limit", "67108864")},
        {SQL_PRAGMA("cache_size", "-65536")},     {SQL_PRAGMA("temp_store", "2")},
    };
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++) {
        char got[32] = "";
        SH_TRY(run_text(s, pragmas[i].set, got, sizeof got, why));
        SH_TRY(run_text(s, pragmas[i].get, got, sizeof got, why));
        if (strcmp(got, pragmas[i].value) != 0) {
            return sh_fail(why, SH_E_STORE, "%s: %s gave %s", s->path, pragmas[i].set, got);
        }
    }
    return SH_OK;
}

static sh_err prepare_all(struct sqlite_store *s, struct sh_why *why)
{
    for (size_t i = 0; i < SQL_STATEMENTS_LEN; i++) {
        int rc = sqlite3_prepare_v3(s->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &s->stmts[i], NULL);
        if (rc != SQLITE_OK) {
            return open_failed(s, rc, statement_texts[i], why);
        }
    }
    return SH_OK;
}

static sh_err load_number(struct sqlite_store *s, enum sql which, int64_t *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, which);
    return step_number(q, out);
}

static sh_err load_waiting(struct sqlite_store *s)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_OPEN_WAITING);
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            return SH_OK;
        }
        uint64_t count = (uint64_t)sqlite3_column_int64(q, 1);
        if (sqlite3_column_int(q, 0) == QUEUE_MESSAGE) {
            s->now.waiting_messages = count;
        } else {
            s->now.waiting_notices = count;
        }
    }
}

static sh_err load_tally(struct sqlite_store *s)
{
    int64_t leaves = 0, items = 0, secret[2] = {0};
    SH_TRY(load_number(s, SQL_OPEN_LAST_SEQ, &s->now.last_seq));
    SH_TRY(load_number(s, SQL_OPEN_LOOKED_UP, &s->now.looked_up));
    SH_TRY(load_number(s, SQL_OPEN_SECRET_0, &secret[0]));
    SH_TRY(load_number(s, SQL_OPEN_SECRET_1, &secret[1]));
    SH_TRY(load_number(s, SQL_OPEN_LEAVES, &leaves));
    SH_TRY(load_number(s, SQL_OPEN_ITEMS, &items));
    memcpy(s->lookup_secret, secret, sizeof s->lookup_secret);
    s->now.leaves = (uint64_t)leaves;
    s->now.items = s->now.items_reserved = (uint64_t)items;
    SH_TRY(load_waiting(s));
    s->committed = s->now;
    SH_TRY(lookup_load(s));
    return interned_load(s);
}

static sh_err open_all(struct sqlite_store *s, struct sh_why *why)
{
    SH_TRY(make_private(s->path, why));
    SH_TRY(open_connection(s, why));
    SH_TRY(set_pragmas(s, why));
    SH_TRY(migrate(s->db, s->path, migrate_relay, migrate_relay_len, why));
    SH_TRY(prepare_all(s, why));
    sh_err err = load_tally(s);
    return err == SH_OK ? SH_OK : sh_fail(why, err, "%s: the rows do not fit together", s->path);
}

sh_err store_open_sqlite(const char *path, struct store **out, struct sh_why *why)
{
    /* For the whole process, and refused once SQLite is in use: a mutex at each allocation for
     * counts that nobody reads. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct sqlite_store *s = calloc(1, sizeof *s);
    SH_CHECK(s, SH_E_NOMEM);
    SH_DEFER(store_close) struct store *store = &s->base;
    store->ops = &sqlite_ops;
    intern_init(&s->addresses, sizeof(struct address));
    intern_init(&s->seats, sizeof(struct sh_hash));
    s->path = strdup(path);
    SH_CHECK(s->path, SH_E_NOMEM);
    SH_TRY(open_all(s, why));
    *out = store;
    store = NULL;
    return SH_OK;
}

static const struct store_ops sqlite_ops = {
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .checkpoint = sqlite_checkpoint,
    .room = sqlite_room,
    .backup_begin = sqlite_backup_begin,
    .meta_put = sqlite_meta_put,
    .meta_get = sqlite_meta_get,
    .message_put = sqlite_message_put,
    .message_by_id = sqlite_message_by_id,
    .message_id_used = sqlite_message_id_used,
    .message_by_seq = sqlite_message_by_seq,
    .message_by_header = sqlite_message_by_header,
    .thread = sqlite_thread,
    .messages_expire = sqlite_messages_expire,
    .queue_put = sqlite_queue_put,
    .queue_next = sqlite_queue_next,
    .queue_find = sqlite_queue_find,
    .queue_done = sqlite_queue_done,
    .queue_release = sqlite_queue_release,
    .queue_drop_seat = sqlite_queue_drop_seat,
    .queue_seats = sqlite_queue_seats,
    .queue_waiting = sqlite_queue_waiting,
    .receipt_put = sqlite_receipt_put,
    .receipt_get = sqlite_receipt_get,
    .receipt_by_leaf = sqlite_receipt_by_leaf,
    .receipts = sqlite_receipts,
    .collected_put = sqlite_collected_put,
    .collected_get = sqlite_collected_get,
    .clocks_put = sqlite_clocks_put,
    .clocks_get = sqlite_clocks_get,
    .clocks_due = sqlite_clocks_due,
    .lost_put = sqlite_lost_put,
    .lost_get = sqlite_lost_get,
    .missing_put = sqlite_missing_put,
    .missing_next = sqlite_missing_next,
    .leaf_put = sqlite_leaf_put,
    .leaf_get = sqlite_leaf_get,
    .leaves_count = sqlite_leaves_count,
    .tile_put = sqlite_tile_put,
    .tile_get = sqlite_tile_get,
};
