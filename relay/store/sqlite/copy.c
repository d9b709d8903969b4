/* Rows of a copy as they stand. The statements join what a row only names by number, so that who
 * checks needs no tables in memory. */
#include "store/copy.h"

#include "base/files.h"
#include "store/sqlite/check.h"
#include "store/sqlite/copy_private.h"
#include "store/sqlite/migrate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char *const statement_texts[COPY_STATEMENTS_LEN] = {
#define X(name, text) [COPY_##name] = text,
    SQL_COPY_STATEMENTS(X) /* NOLINT(bugprone-suspicious-missing-comma): texts of several lines */
#undef X
};

static void close_db(sqlite3 **db)
{
    (void)sqlite3_close(*db);
    *db = NULL;
}

void store_copy_close(struct store_copy **copy_p)
{
    struct store_copy *copy = *copy_p;
    if (!copy) {
        return;
    }
    for (size_t i = 0; i < COPY_STATEMENTS_LEN; i++) {
        (void)sqlite3_finalize(copy->stmts[i]);
    }
    close_db(&copy->db);
    free(copy);
    *copy_p = NULL;
}

static sh_err open_failed(sqlite3 *db, int rc, const char *path, struct sh_why *why)
{
    int primary = rc & 0xff;
    sh_err err = primary == SQLITE_BUSY       ? SH_E_LOCKED
                 : primary == SQLITE_CANTOPEN ? SH_E_NOT_FOUND
                                              : db_error(rc);
    return sh_fail(why, err == SH_OK ? SH_E_CORRUPT : err, "%s: %s", path,
                   err == SH_E_LOCKED ? "a relay is using it" : sqlite3_errmsg(db));
}

/* A file that was closed in order needs neither locks nor a write-ahead log, and may lie where
 * nothing can be written. One with a log beside it is read through the log, and left as it is. */
static sh_err open_file(struct store_copy *copy, const char *path, struct sh_why *why)
{
    char beside[PATH_MAX + 8];
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    bool has_log = access(beside, F_OK) == 0;
    char *uri = sqlite3_mprintf("file:%s?immutable=%d", path, !has_log);
    SH_CHECK(uri, SH_E_NOMEM);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI |
                (has_log ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(uri, &copy->db, flags, NULL);
    sqlite3_free(uri);
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(copy->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    if (rc == SQLITE_OK && has_log) {
        rc = sqlite3_exec(copy->db, "PRAGMA locking_mode = exclusive", NULL, NULL, NULL);
    }
    return rc == SQLITE_OK ? SH_OK : open_failed(copy->db, rc, path, why);
}

/* '%', '?' and '#' mean something in a URI. */
static bool is_plain_path(const char *path)
{
    return !strpbrk(path, "%?#");
}

static sh_err check_version(struct store_copy *copy, const char *path, struct sh_why *why)
{
    static const char *const asked[] = {SQL_GET_APPLICATION_ID, SQL_GET_VERSION};
    int64_t got[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        SH_DEFER(stmt_finalize) sqlite3_stmt *q = NULL;
        int rc = sqlite3_prepare_v2(copy->db, asked[i], -1, &q, NULL);
        rc = rc == SQLITE_OK ? sqlite3_step(q) : rc;
        if (rc != SQLITE_ROW) {
            return open_failed(copy->db, rc, path, why);
        }
        got[i] = sqlite3_column_int64(q, 0);
    }
    if (got[0] != SQL_APPLICATION_ID) {
        return sh_fail(why, SH_E_CORRUPT, "%s: not the database of a relay", path);
    }
    if (got[1] != SQL_SCHEMA_VERSION) {
        return sh_fail(why, SH_E_BAD_VERSION, "%s: of another version (schema %lld, not %d)", path,
                       (long long)got[1], SQL_SCHEMA_VERSION);
    }
    return SH_OK;
}

static sh_err prepare_all(struct store_copy *copy, const char *path, struct sh_why *why)
{
    for (size_t i = 0; i < COPY_STATEMENTS_LEN; i++) {
        int rc = sqlite3_prepare_v2(copy->db, statement_texts[i], -1, &copy->stmts[i], NULL);
        if (rc != SQLITE_OK) {
            return open_failed(copy->db, rc, path, why);
        }
    }
    return SH_OK;
}

sh_err store_copy_open(const char *path, struct store_copy **out, struct sh_why *why)
{
    SH_DEFER(store_copy_close) struct store_copy *copy = calloc(1, sizeof *copy);
    SH_CHECK(copy, SH_E_NOMEM);
    if (access(path, R_OK) != 0) {
        return sh_fail(why, errno == ENOENT ? SH_E_NOT_FOUND : SH_E_IO, "%s: %s", path,
                       strerror(errno));
    }
    if (!is_plain_path(path)) {
        return sh_fail(why, SH_E_USAGE, "%s: a name without %%, ? and # is needed", path);
    }
    SH_TRY(open_file(copy, path, why));
    SH_TRY(check_version(copy, path, why));
    SH_TRY(prepare_all(copy, path, why));
    *out = copy;
    copy = NULL;
    return SH_OK;
}

/* ---- the file ---- */

/* Both end at the same row and are alike up to there. */
static sh_err compare_schemas(sqlite3_stmt *own, sqlite3_stmt *fresh, struct sh_why *why)
{
    for (;;) {
        bool is_row = false, expected = false;
        SH_TRY(step_row(own, &is_row));
        SH_TRY(step_row(fresh, &expected));
        if (is_row != expected || !bytes_equal(column_bytes(own, 0), column_bytes(fresh, 0))) {
            return sh_fail(why, SH_E_CORRUPT, "the schema is not the relay's: %.100s",
                           is_row ? (const char *)sqlite3_column_text(own, 0) : "a table is gone");
        }
        if (!is_row) {
            return SH_OK;
        }
    }
}

static sh_err check_schema(struct store_copy *copy, struct sh_why *why)
{
    SH_DEFER(close_db) sqlite3 *memory = NULL;
    SH_CHECK(sqlite3_open(":memory:", &memory) == SQLITE_OK, SH_E_NOMEM);
    for (size_t i = 0; i < migrate_relay_len; i++) {
        SH_CHECK(sqlite3_exec(memory, migrate_relay[i], NULL, NULL, NULL) == SQLITE_OK, SH_E_BUG);
    }
    SH_DEFER(stmt_finalize) sqlite3_stmt *own = NULL;
    SH_DEFER(stmt_finalize) sqlite3_stmt *fresh = NULL;
    SH_TRY(db_error(sqlite3_prepare_v2(copy->db, SQL_SCHEMA_OBJECTS, -1, &own, NULL)));
    SH_TRY(db_error(sqlite3_prepare_v2(memory, SQL_SCHEMA_OBJECTS, -1, &fresh, NULL)));
    return compare_schemas(own, fresh, why);
}

sh_err store_copy_check_file(struct store_copy *copy, struct sh_why *why)
{
    SH_TRY(check_schema(copy, why));
    SH_DEFER(stmt_release) sqlite3_stmt *q = copy->stmts[COPY_QUICK_CHECK];
    int rc = sqlite3_step(q);
    if (rc != SQLITE_ROW) {
        return sh_fail(why, SH_E_CORRUPT, "SQLite cannot check it: %s", sqlite3_errstr(rc));
    }
    const char *said = (const char *)sqlite3_column_text(q, 0);
    if (!said || strcmp(said, "ok") != 0) {
        return sh_fail(why, SH_E_CORRUPT, "SQLite finds damage: %s", said ? said : "");
    }
    return SH_OK;
}

/* ---- rows ---- */

sh_err copy_next_row(struct store_copy *copy, enum copy_sql which, sqlite3_stmt **out)
{
    bool row = false;
    *out = copy->stmts[which];
    SH_TRY(step_row(*out, &row));
    if (!row) {
        (void)sqlite3_reset(*out);
        return SH_E_EMPTY;
    }
    return SH_OK;
}

static sh_err row_at(struct store_copy *copy, enum copy_sql which, int64_t key, sqlite3_stmt **out)
{
    bool row = false;
    *out = copy->stmts[which];
    (void)sqlite3_reset(*out);
    SH_TRY(bind_int(*out, 1, key));
    SH_TRY(step_row(*out, &row));
    return row ? SH_OK : SH_E_NOT_FOUND;
}

bool copy_equals_column(sqlite3_stmt *q, int at, const struct sh_hash *expected)
{
    return bytes_equal(column_bytes(q, at), BYTES_FIXED(*expected));
}

static bool is_null(sqlite3_stmt *q, int at)
{
    return sqlite3_column_type(q, at) == SQLITE_NULL;
}

sh_err store_copy_meta(struct store_copy *copy, struct copy_meta *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_META, &q));
    *out = (struct copy_meta){.name = (const char *)sqlite3_column_text(q, 0),
                              .value = column_bytes(q, 1)};
    SH_CHECK(out->name, SH_E_CORRUPT);
    SH_TRY(meta_checksum(column_bytes(q, 0), out->value, &check));
    out->fits = copy_equals_column(q, 2, &check);
    return SH_OK;
}

static sh_err next_interned(struct store_copy *copy, enum copy_sql which, struct copy_interned *out)
{
    sqlite3_stmt *q = NULL;
    SH_TRY(copy_next_row(copy, which, &q));
    *out = (struct copy_interned){.id = sqlite3_column_int64(q, 0), .key = column_bytes(q, 1)};
    return SH_OK;
}

sh_err store_copy_address(struct store_copy *copy, struct copy_interned *out)
{
    return next_interned(copy, COPY_ADDRESS, out);
}

sh_err store_copy_seat(struct store_copy *copy, struct copy_interned *out)
{
    return next_interned(copy, COPY_SEAT, out);
}

/* The columns of COPY_MESSAGE. */
enum {
    MESSAGE_SEQ,
    MESSAGE_THREAD_SEQ,
    MESSAGE_FROM_ID,
    MESSAGE_ACCEPTED,
    MESSAGE_LEAF,
    MESSAGE_ID,
    MESSAGE_THREAD_ID,
    MESSAGE_HEADER_SHA256,
    MESSAGE_ENVELOPE_SHA256,
    MESSAGE_CHECK,
    MESSAGE_HEADER,
    MESSAGE_BEFORE,
    MESSAGE_AFTER,
    MESSAGE_FROM,
    MESSAGE_BODY_SEQ,
    MESSAGE_FIRST_ID,
    MESSAGE_FIRST_THREAD,
};

static sh_err join_envelope(sqlite3_stmt *q, struct arena *arena, struct bytes *out)
{
    struct bytes none = {0};
    bool split = !is_null(q, MESSAGE_AFTER);
    const struct bytes parts[] = {column_bytes(q, MESSAGE_BEFORE),
                                  split ? column_bytes(q, MESSAGE_HEADER) : none,
                                  split ? column_bytes(q, MESSAGE_AFTER) : none};
    size_t len = 0;
    uint8_t *all = arena_alloc(arena, parts[0].len + parts[1].len + parts[2].len);
    SH_CHECK(all, SH_E_NOMEM);
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len) {
            memcpy(all + len, parts[i].data, parts[i].len);
        }
        len += parts[i].len;
    }
    *out = bytes_of(all, len);
    return SH_OK;
}

static sh_err read_message(sqlite3_stmt *q, struct copy_message *out)
{
    *out = (struct copy_message){
        .row = {.seq = sqlite3_column_int64(q, MESSAGE_SEQ),
                .accepted_ms = sqlite3_column_int64(q, MESSAGE_ACCEPTED),
                .leaf_index = (uint64_t)sqlite3_column_int64(q, MESSAGE_LEAF),
                .header = column_bytes(q, MESSAGE_HEADER)},
        .thread_seq = sqlite3_column_int64(q, MESSAGE_THREAD_SEQ),
        .has_body = !is_null(q, MESSAGE_BODY_SEQ),
        .has_first = !is_null(q, MESSAGE_FIRST_ID),
        .first_thread_seq = sqlite3_column_int64(q, MESSAGE_FIRST_THREAD),
    };
    out->has_from = address_parse(column_bytes(q, MESSAGE_FROM), &out->row.from) == SH_OK;
    SH_TRY(column_id(q, MESSAGE_ID, &out->row.message_id));
    SH_TRY(column_id(q, MESSAGE_THREAD_ID, &out->row.thread_id));
    SH_TRY(column_hash(q, MESSAGE_HEADER_SHA256, &out->row.header_sha256));
    SH_TRY(column_hash(q, MESSAGE_ENVELOPE_SHA256, &out->envelope_sha256));
    return out->has_first ? column_id(q, MESSAGE_FIRST_ID, &out->first_id) : SH_OK;
}

sh_err store_copy_message(struct store_copy *copy, struct arena *arena, struct copy_message *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_MESSAGE, &q));
    SH_TRY(read_message(q, out));
    SH_TRY(message_checksum(&out->row, out->thread_seq, &out->envelope_sha256, &check));
    out->fits = copy_equals_column(q, MESSAGE_CHECK, &check);
    return out->has_body ? join_envelope(q, arena, &out->row.envelope) : SH_OK;
}

/* The columns of COPY_RECEIPT. */
enum {
    RECEIPT_LEAF,
    RECEIPT_SEQ,
    RECEIPT_TYPE,
    RECEIPT_CHECK,
    RECEIPT_SIGNED,
    RECEIPT_SEAT,
    RECEIPT_MESSAGE_ID,
    RECEIPT_HEADER_SHA256,
    RECEIPT_MESSAGE_LEAF,
};

/* 0 for a number that is none, however large. */
static enum receipt_type read_type(int64_t number)
{
    return number > 0 && number < 256 ? (enum receipt_type)number : (enum receipt_type)0;
}

sh_err store_copy_receipt(struct store_copy *copy, struct copy_receipt *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_RECEIPT, &q));
    *out = (struct copy_receipt){
        .row = {.leaf_index = (uint64_t)sqlite3_column_int64(q, RECEIPT_LEAF),
                .message_seq = sqlite3_column_int64(q, RECEIPT_SEQ),
                .type = read_type(sqlite3_column_int64(q, RECEIPT_TYPE)),
                .signed_receipt = column_bytes(q, RECEIPT_SIGNED)},
        .has_seat = !is_null(q, RECEIPT_SEAT),
        .has_message = !is_null(q, RECEIPT_MESSAGE_ID),
        .message_leaf = (uint64_t)sqlite3_column_int64(q, RECEIPT_MESSAGE_LEAF),
    };
    if (out->has_seat) {
        SH_TRY(column_hash(q, RECEIPT_SEAT, &out->row.seat));
    }
    if (out->has_message) {
        SH_TRY(column_id(q, RECEIPT_MESSAGE_ID, &out->message_id));
        SH_TRY(column_hash(q, RECEIPT_HEADER_SHA256, &out->header_sha256));
    }
    SH_TRY(receipt_checksum(&out->row, &check));
    out->fits = copy_equals_column(q, RECEIPT_CHECK, &check);
    return SH_OK;
}

/* An entry by nobody, or entries that are none, leave an empty row: the checker says so. */
static sh_err read_entries(struct store_copy *copy, struct bytes in, struct arena *arena,
                           struct clock_row *out)
{
    struct sqlite_packed_clock *packed = NULL;
    size_t len = 0;
    sh_err err = clock_unpack(in, arena, &packed, &len);
    SH_CHECK(err != SH_E_CORRUPT, SH_OK);
    SH_TRY(err);
    struct clock_entry *entries = arena_array(arena, len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        sqlite3_stmt *q = NULL;
        entries[i] = packed[i].entry;
        err = row_at(copy, COPY_ADDRESS_AT, packed[i].by_id, &q);
        SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
        SH_TRY(err);
        SH_CHECK(address_parse(column_bytes(q, 0), &entries[i].by) == SH_OK, SH_OK);
    }
    out->entries = entries;
    out->len = len;
    return SH_OK;
}

sh_err store_copy_clocks(struct store_copy *copy, struct arena *arena, struct copy_clocks *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_CLOCKS, &q));
    *out = (struct copy_clocks){
        .row = {.message_seq = sqlite3_column_int64(q, 0), .next_ms = sqlite3_column_int64(q, 1)},
        .has_message = !is_null(q, 4),
        .message_leaf = (uint64_t)sqlite3_column_int64(q, 4),
    };
    struct bytes entries = column_bytes(q, 3);
    SH_TRY(clocks_checksum(out->row.message_seq, out->row.next_ms, entries, &check));
    out->fits = copy_equals_column(q, 2, &check);
    return read_entries(copy, entries, arena, &out->row);
}

static sh_err read_leaf(sqlite3_stmt *q, struct copy_leaf *out)
{
    struct sh_hash check;
    *out = (struct copy_leaf){.row = {.index = (uint64_t)sqlite3_column_int64(q, 0),
                                      .leaf = column_bytes(q, 1),
                                      .facts = column_bytes(q, 3)}};
    SH_TRY(column_hash(q, 2, &out->row.salt));
    SH_TRY(leaf_checksum(&out->row, &check));
    out->fits = copy_equals_column(q, 4, &check);
    return SH_OK;
}

sh_err store_copy_leaf(struct store_copy *copy, struct copy_leaf *out)
{
    sqlite3_stmt *q = NULL;
    SH_TRY(copy_next_row(copy, COPY_LEAF, &q));
    return read_leaf(q, out);
}

sh_err store_copy_leaf_at(struct store_copy *copy, uint64_t index, struct copy_leaf *out)
{
    sqlite3_stmt *q = NULL;
    SH_CHECK(index <= INT64_MAX, SH_E_NOT_FOUND);
    SH_TRY(row_at(copy, COPY_LEAF_AT, (int64_t)index, &q));
    return read_leaf(q, out);
}

static sh_err read_tile(sqlite3_stmt *q, struct copy_tile *out)
{
    struct sh_hash check;
    int64_t id = sqlite3_column_int64(q, 0);
    *out = (struct copy_tile){.level = (unsigned)((uint64_t)id / STORE_TILE_INDEX_END),
                              .index = (uint64_t)id % STORE_TILE_INDEX_END,
                              .hashes = column_bytes(q, 2)};
    SH_TRY(tile_checksum(id, out->hashes, &check));
    out->fits = copy_equals_column(q, 1, &check);
    return SH_OK;
}

sh_err store_copy_tile(struct store_copy *copy, struct copy_tile *out)
{
    sqlite3_stmt *q = NULL;
    SH_TRY(copy_next_row(copy, COPY_TILE, &q));
    return read_tile(q, out);
}

sh_err store_copy_tile_at(struct store_copy *copy, unsigned level, uint64_t index,
                          struct copy_tile *out)
{
    sqlite3_stmt *q = NULL;
    SH_CHECK(level < STORE_TILE_LEVELS && index < STORE_TILE_INDEX_END, SH_E_NOT_FOUND);
    SH_TRY(row_at(copy, COPY_TILE_AT, (int64_t)(level * STORE_TILE_INDEX_END + index), &q));
    return read_tile(q, out);
}

sh_err store_copy_message_leaf(struct store_copy *copy, int64_t seq, uint64_t *out_index)
{
    sqlite3_stmt *q = NULL;
    SH_TRY(row_at(copy, COPY_MESSAGE_LEAF, seq, &q));
    *out_index = (uint64_t)sqlite3_column_int64(q, 0);
    return SH_OK;
}

sh_err store_copy_stray_body(struct store_copy *copy, int64_t *out_seq)
{
    sqlite3_stmt *q = NULL;
    sh_err err = copy_next_row(copy, COPY_STRAY_BODY, &q);
    SH_CHECK(err != SH_E_EMPTY, SH_E_NOT_FOUND);
    SH_TRY(err);
    *out_seq = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q);
    return SH_OK;
}

sh_err store_copy_count(struct store_copy *copy, struct copy_counts *out)
{
    sqlite3_stmt *q = NULL;
    SH_TRY(copy_next_row(copy, COPY_COUNT, &q));
    *out = (struct copy_counts){.messages = (uint64_t)sqlite3_column_int64(q, 0),
                                .leaves = (uint64_t)sqlite3_column_int64(q, 1),
                                .tiles = (uint64_t)sqlite3_column_int64(q, 2),
                                .repeated = (uint64_t)sqlite3_column_int64(q, 3)};
    (void)sqlite3_reset(q);
    return SH_OK;
}
