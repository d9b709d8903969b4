/* Opening the mirror, its PRAGMA values (read back: a build of SQLite may silently ignore one), and
 * the few things that every statement needs. */
#include "audit/mirror_db.h"

#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_MS        5000
#define META_BYTES_MAX (8u * SH_KIB)
#define META_EDGE      "edge"
#define APPLICATION_ID 0x53484155 /* "SHAU" */

#define X(name, text) text,
static const char *const sql_texts[SQL_COUNT] = {MIRROR_SQL(X)};
#undef X

sh_err mirror_error(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return SH_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SH_E_LOCKED;
    case SQLITE_FULL:
        return SH_E_DISK_FULL;
    case SQLITE_IOERR:
        return file_is_no_room(errno) ? SH_E_DISK_FULL : SH_E_STORE;
    case SQLITE_NOMEM:
        return SH_E_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
        return SH_E_CORRUPT;
    default:
        return SH_E_STORE;
    }
}

sqlite3_stmt *mirror_borrow(struct mirror *mirror, enum mirror_sql which)
{
    return mirror->statements[which];
}

void mirror_release(sqlite3_stmt **statement)
{
    if (*statement) {
        (void)sqlite3_reset(*statement); /* repeats the error of the step, which was seen there */
        (void)sqlite3_clear_bindings(*statement);
        *statement = NULL;
    }
}

sh_err mirror_step(sqlite3_stmt *q)
{
    int result = sqlite3_step(q);
    SH_CHECK(result != SQLITE_DONE, SH_E_NOT_FOUND);
    return mirror_error(result);
}

sh_err mirror_run(sqlite3_stmt *q)
{
    int result = sqlite3_step(q);
    SH_CHECK(result != SQLITE_ROW, SH_E_BUG);
    return mirror_error(result);
}

sh_err mirror_bind_int(sqlite3_stmt *q, int at, int64_t value)
{
    return mirror_error(sqlite3_bind_int64(q, at, value));
}

sh_err mirror_bind_optional(sqlite3_stmt *q, int at, bool has, int64_t value)
{
    return has ? mirror_bind_int(q, at, value) : mirror_error(sqlite3_bind_null(q, at));
}

/* Borrowed until the statement is released: nothing here binds and keeps. */
sh_err mirror_bind_bytes(sqlite3_stmt *q, int at, struct bytes value)
{
    return mirror_error(sqlite3_bind_blob64(q, at, value.data ? (const void *)value.data : "",
                                            value.len, SQLITE_STATIC));
}

sh_err mirror_bind_text(sqlite3_stmt *q, int at, const char *value)
{
    return mirror_error(sqlite3_bind_text(q, at, value, -1, SQLITE_STATIC));
}

struct bytes mirror_column(sqlite3_stmt *q, int at)
{
    const void *data = sqlite3_column_blob(q, at);
    int len = sqlite3_column_bytes(q, at);
    return bytes_of(data, data && len > 0 ? (size_t)len : 0);
}

sh_err mirror_exec(struct mirror *mirror, const char *sql)
{
    return mirror_error(sqlite3_exec(mirror->db, sql, NULL, NULL, NULL));
}

sh_err mirror_meta_put(struct mirror *mirror, const char *name, struct bytes value)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_META_PUT);
    SH_TRY(mirror_bind_text(q, 1, name));
    SH_TRY(mirror_bind_bytes(q, 2, value));
    return mirror_run(q);
}

sh_err mirror_meta_get(struct mirror *mirror, const char *name, struct buf *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_META_GET);
    SH_TRY(mirror_bind_text(q, 1, name));
    SH_TRY(mirror_step(q));
    buf_reset(out);
    return buf_append(out, mirror_column(q, 0));
}

/* ---- opening ---- */

static void finalize_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
    *statement = NULL;
}

static sh_err read_number(struct mirror *mirror, const char *sql, int64_t *out)
{
    SH_DEFER(finalize_statement) sqlite3_stmt *q = NULL;
    SH_TRY(mirror_error(sqlite3_prepare_v2(mirror->db, sql, -1, &q, NULL)));
    SH_TRY(mirror_step(q));
    *out = sqlite3_column_int64(q, 0);
    return SH_OK;
}

/* It can be fetched again: what is lost with the power is asked for anew, so commits need no sync.
 */
static sh_err set_pragmas(struct mirror *mirror)
{
    static const char pragmas[] =
        "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA "
        "foreign_keys=ON;"
        "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-24576;"
        "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0";
    int64_t synchronous = 0;
    (void)sqlite3_busy_timeout(mirror->db, BUSY_MS);
    SH_TRY(mirror_exec(mirror, pragmas));
    SH_TRY(read_number(mirror, "PRAGMA synchronous", &synchronous));
    SH_CHECK(synchronous == 1, SH_E_STORE);
    return SH_OK;
}

static sh_err make_schema(struct mirror *mirror)
{
    char mark[96];
    (void)snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d",
                   APPLICATION_ID, MIRROR_VERSION);
    SH_TRY(mirror_exec(mirror, "BEGIN IMMEDIATE"));
    SH_TRY(mirror_exec(mirror, MIRROR_SCHEMA));
    SH_TRY(mirror_exec(mirror, mark));
    return mirror_exec(mirror, "COMMIT");
}

static sh_err check_schema(struct mirror *mirror, struct sh_why *why)
{
    int64_t version = 0, application = 0;
    SH_TRY(read_number(mirror, "PRAGMA user_version", &version));
    SH_TRY(read_number(mirror, "PRAGMA application_id", &application));
    if (version == 0 && application == 0) {
        return make_schema(mirror);
    }
    if (application != APPLICATION_ID || version != MIRROR_VERSION) {
        return sh_fail(why, SH_E_BAD_VERSION,
                       "the auditor's mirror has form %lld, this program knows %d: move the file "
                       "away, and `safehand audit sync` fetches it again",
                       (long long)version, MIRROR_VERSION);
    }
    return SH_OK;
}

static sh_err prepare_all(struct mirror *mirror)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        SH_TRY(
            mirror_error(sqlite3_prepare_v3(mirror->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                            &mirror->statements[i], NULL)));
    }
    return SH_OK;
}

/* Before SQLite has it: who can read the folder must not be able to read the file even for a
 * moment. */
static sh_err make_file(const char *path, bool make, struct sh_why *why)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (fd < 0 && errno == ENOENT) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "there is no mirror of the log yet: `safehand audit sync` fetches it");
    }
    if (fd < 0) {
        return sh_fail(why, SH_E_IO, "the mirror cannot be opened: %s", strerror(errno));
    }
    (void)close(fd);
    return SH_OK;
}

static sh_err load_edge(struct mirror *mirror, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf edge = BUF_INIT(META_BYTES_MAX);
    sh_err result = mirror_meta_get(mirror, META_EDGE, &edge);
    SH_CHECK(result != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(result);
    size_t hashes = edge.len >= 16 ? (edge.len - 16) / SH_HASH_BYTES : 0;
    if (edge.len != 16 + hashes * SH_HASH_BYTES || hashes > SH_PROOF_HASHES_MAX) {
        return sh_fail(why, SH_E_CORRUPT, "the mirror's own file is damaged");
    }
    mirror->edge.size = be64_load(edge.data);
    mirror->last_ms = (int64_t)be64_load(edge.data + 8);
    mirror->edge.len = (unsigned)hashes;
    memcpy(mirror->edge.hashes, edge.data + 16, hashes * SH_HASH_BYTES);
    return SH_OK;
}

static sh_err open_all(const char *path, struct mirror *mirror, struct sh_why *why)
{
    SH_TRY(mirror_error(
        sqlite3_open_v2(path, &mirror->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)));
    SH_TRY(set_pragmas(mirror));
    SH_TRY(check_schema(mirror, why));
    SH_TRY(prepare_all(mirror));
    return load_edge(mirror, why);
}

sh_err mirror_open(const char *path, bool make, struct mirror **out, struct sh_why *why)
{
    SH_TRY(make_file(path, make, why));
    SH_DEFER(mirror_close) struct mirror *mirror = calloc(1, sizeof *mirror);
    SH_CHECK(mirror, SH_E_NOMEM);
    sh_err result = open_all(path, mirror, why);
    if (result != SH_OK) {
        return why && why->text[0]
                   ? result
                   : sh_fail(why, result, "the auditor's mirror: %s", sh_err_sentence(result));
    }
    *out = mirror;
    mirror = NULL;
    return SH_OK;
}

void mirror_close(struct mirror **mirror_p)
{
    struct mirror *mirror = *mirror_p;
    if (!mirror) {
        return;
    }
    for (int i = 0; i < SQL_COUNT; i++) {
        finalize_statement(&mirror->statements[i]);
    }
    (void)sqlite3_close(mirror->db);
    free(mirror);
    *mirror_p = NULL;
}
