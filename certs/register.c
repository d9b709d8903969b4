/* The register's file: made, opened, locked for one command, committed; and how a statement is run.
 * What the statements mean is in register_certificates.c and register_directory.c. Journal mode
 * stays SQLite's default (DELETE): one command at a time writes a few rows, and between commands
 * the register is one file that a backup can simply copy. */
#include "certs/register.h"

#include "certs/register_query.h"
#include "certs/register_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BUSY_TIMEOUT_MS 5000

static void finalize_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
}

static sh_err store_failed(struct ca_register *r, struct sh_why *why)
{
    int code = sqlite3_errcode(r->db) & 0xff;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        return sh_fail(why, SH_E_LOCKED,
                       "another safehand-ca is at work in this folder; try again");
    }
    if (code == SQLITE_FULL) {
        return sh_fail(why, SH_E_DISK_FULL, "no room for the register; nothing was changed");
    }
    /* Every other rule of the schema was checked before anything got here. */
    if (code == SQLITE_CONSTRAINT) {
        return sh_fail(why, SH_E_DUPLICATE_KEY, "it stands in the register already");
    }
    sh_err err = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? SH_E_CORRUPT : SH_E_STORE;
    return sh_fail(why, err, "the register: %s", sqlite3_errmsg(r->db));
}

static int bind_value(sqlite3_stmt *statement, int at, const struct value *value)
{
    const void *data = value->bytes.data;
    int len = (int)value->bytes.len;
    switch (value->type) {
    case VALUE_INTEGER:
        return sqlite3_bind_int64(statement, at, value->integer);
    case VALUE_TEXT:
        return sqlite3_bind_text(statement, at, data, len, SQLITE_STATIC);
    case VALUE_BLOB:
        return sqlite3_bind_blob(statement, at, data, len, SQLITE_STATIC);
    case VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, at);
}

sh_err query_run(struct ca_register *r, const struct query *query, query_row each, void *ctx,
                 struct sh_why *why)
{
    SH_DEFER(finalize_statement) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(r->db, query->sql, -1, &statement, NULL) != SQLITE_OK) {
        return store_failed(r, why);
    }
    for (size_t i = 0; i < query->values_len; i++) {
        if (bind_value(statement, (int)i + 1, &query->values[i]) != SQLITE_OK) {
            return store_failed(r, why);
        }
    }
    int step = sqlite3_step(statement);
    for (; step == SQLITE_ROW; step = sqlite3_step(statement)) {
        SH_CHECK(each, SH_E_BUG);
        SH_TRY(each(ctx, statement));
    }
    return step == SQLITE_DONE ? SH_OK : store_failed(r, why);
}

sh_err query_repeat(struct ca_register *r, const char *sql, size_t times, query_fill fill,
                    void *ctx, struct sh_why *why)
{
    SH_DEFER(finalize_statement) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return store_failed(r, why);
    }
    const int len = sqlite3_bind_parameter_count(statement);
    SH_CHECK(len <= QUERY_REPEAT_VALUES_MAX, SH_E_BUG);
    for (size_t n = 0; n < times; n++) {
        struct value values[QUERY_REPEAT_VALUES_MAX] = {{.type = VALUE_NULL}};
        fill(ctx, n, values);
        for (int i = 0; i < len; i++) {
            if (bind_value(statement, i + 1, &values[i]) != SQLITE_OK) {
                return store_failed(r, why);
            }
        }
        if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK) {
            return store_failed(r, why);
        }
    }
    return SH_OK;
}

static sh_err run_plain(struct ca_register *r, const char *sql, query_row each, void *ctx,
                        struct sh_why *why)
{
    const struct query query = {.sql = sql};
    return query_run(r, &query, each, ctx, why);
}

int query_changes(struct ca_register *r)
{
    return sqlite3_changes(r->db);
}

static sh_err note_row(void *ctx, sqlite3_stmt *row)
{
    (void)row;
    *(bool *)ctx = true;
    return SH_OK;
}

sh_err query_exists(struct ca_register *r, const struct query *query, bool *out_found,
                    struct sh_why *why)
{
    bool found = false;
    SH_TRY(query_run(r, query, note_row, &found, why));
    *out_found = found;
    return SH_OK;
}

const char *column_text(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

struct bytes column_blob(sqlite3_stmt *row, int column)
{
    const void *data = sqlite3_column_blob(row, column);
    return bytes_of(data, (size_t)sqlite3_column_bytes(row, column));
}

sh_err column_fixed(sqlite3_stmt *row, int column, uint8_t *out, size_t out_len)
{
    struct bytes blob = column_blob(row, column);
    SH_CHECK(blob.data && blob.len == out_len, SH_E_CORRUPT);
    memcpy(out, blob.data, out_len);
    return SH_OK;
}

/* ---- open and close ---- */

void register_close(struct ca_register **r_p)
{
    struct ca_register *r = *r_p;
    if (!r) {
        return;
    }
    (void)sqlite3_close(r->db); /* what was not committed is rolled back */
    free(r->name);
    free(r->origin);
    free(r);
    *r_p = NULL;
}

static sh_err open_file(const char *path, int flags, struct ca_register **out, struct sh_why *why)
{
    SH_DEFER(register_close) struct ca_register *r = calloc(1, sizeof *r);
    SH_CHECK(r, SH_E_NOMEM);
    if (sqlite3_open_v2(path, &r->db, flags, NULL) != SQLITE_OK) {
        return sh_fail(why, SH_E_STORE, "cannot open %s: %s", path,
                       r->db ? sqlite3_errmsg(r->db) : "out of memory");
    }
    (void)sqlite3_busy_timeout(r->db, BUSY_TIMEOUT_MS);
    (void)sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_exec(r->db, SQL_SETTINGS, NULL, NULL, NULL) != SQLITE_OK) {
        return store_failed(r, why);
    }
    SH_TRY(run_plain(r, SQL_BEGIN, NULL, NULL, why));
    *out = r;
    r = NULL;
    return SH_OK;
}

static sh_err read_partnership(void *ctx, sqlite3_stmt *row)
{
    struct ca_register *r = ctx;
    SH_CHECK(!r->name && column_text(row, 0) && column_text(row, 1), SH_E_CORRUPT);
    r->name = strdup(column_text(row, 0));
    r->origin = strdup(column_text(row, 1));
    SH_CHECK(r->name && r->origin, SH_E_NOMEM);
    r->partnership = (struct register_partnership){
        .name = r->name, .origin = r->origin, .serial = (uint64_t)sqlite3_column_int64(row, 2)};
    return SH_OK;
}

static sh_err load_partnership(struct ca_register *r, struct sh_why *why)
{
    SH_TRY(run_plain(r, SQL_PARTNERSHIP, read_partnership, r, why));
    return r->name ? SH_OK : sh_fail(why, SH_E_CORRUPT, "the register names no partnership");
}

sh_err register_set_origin(struct ca_register *r, const char *origin, struct sh_why *why)
{
    char *fresh = strdup(origin);
    SH_CHECK(fresh, SH_E_NOMEM);
    sh_err err = query_run(r, QUERY(SQL_ORIGIN_SET, value_text(origin)), NULL, NULL, why);
    if (err != SH_OK) {
        free(fresh);
        return err;
    }
    free(r->origin);
    r->partnership.origin = r->origin = fresh;
    return SH_OK;
}

sh_err register_create(const char *path, const char *partnership, const char *origin,
                       struct ca_register **out, struct sh_why *why)
{
    /* SQLite would make it readable to all, and would take one that is there. */
    SH_DEFER(sh_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST ? sh_fail(why, SH_E_EXISTS, "%s exists already", path)
                               : sh_fail(why, SH_E_IO, "cannot make %s: %s", path, strerror(errno));
    }
    SH_DEFER(register_close) struct ca_register *r = NULL;
    SH_TRY(open_file(path, SQLITE_OPEN_READWRITE, &r, why));
    SH_CHECK(r, SH_E_BUG);
    if (sqlite3_exec(r->db, SQL_SCHEMA, NULL, NULL, NULL) != SQLITE_OK) {
        return store_failed(r, why);
    }
    SH_TRY(query_run(r, QUERY(SQL_PARTNERSHIP_ADD, value_text(partnership), value_text(origin)),
                     NULL, NULL, why));
    SH_TRY(load_partnership(r, why));
    *out = r;
    r = NULL;
    return SH_OK;
}

static sh_err read_integer(void *ctx, sqlite3_stmt *row)
{
    *(int64_t *)ctx = sqlite3_column_int64(row, 0);
    return SH_OK;
}

/* Inside the command's transaction: a command that only reads leaves the file as it was. */
static sh_err upgrade(struct ca_register *r, struct sh_why *why)
{
    return sqlite3_exec(r->db, SQL_UPGRADE_TO_2, NULL, NULL, NULL) == SQLITE_OK
               ? SH_OK
               : store_failed(r, why);
}

sh_err register_open(const char *path, struct ca_register **out, struct sh_why *why)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s is not there: run 'safehand-ca init' first", path);
    }
    SH_DEFER(register_close) struct ca_register *r = NULL;
    SH_TRY(open_file(path, SQLITE_OPEN_READWRITE, &r, why));
    SH_CHECK(r, SH_E_BUG);
    int64_t version = 0;
    SH_TRY(run_plain(r, SQL_VERSION, read_integer, &version, why));
    if (version == 1) {
        SH_TRY(upgrade(r, why));
        version = REGISTER_VERSION;
    }
    if (version != REGISTER_VERSION) {
        return sh_fail(why, SH_E_BAD_VERSION,
                       "the register is of version %lld, this program knows %d", (long long)version,
                       REGISTER_VERSION);
    }
    SH_TRY(load_partnership(r, why));
    *out = r;
    r = NULL;
    return SH_OK;
}

sh_err register_commit(struct ca_register *r, struct sh_why *why)
{
    return run_plain(r, SQL_COMMIT, NULL, NULL, why);
}

const struct register_partnership *register_partnership(const struct ca_register *r)
{
    return &r->partnership;
}

sh_err register_next_serial(struct ca_register *r, uint64_t *out, struct sh_why *why)
{
    SH_TRY(run_plain(r, SQL_SERIAL_NEXT, NULL, NULL, why));
    *out = ++r->partnership.serial;
    return SH_OK;
}
