/* Statements, binds and columns with every result checked, and the interned tables. No operation of
 * store.h is here. */
#include "store/sqlite/db.h"

#include "base/files.h"

#include <errno.h>

/* SQLite says FULL for ENOSPC alone. A quota that is used up and a limit of the file's size are the
 * same to us: there is no room now. errno is that of the write: nothing has failed since. */
static bool is_no_room(int rc)
{
    bool wrote =
        rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_TRUNCATE;
    return wrote && file_is_no_room(errno);
}

sh_err db_error(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return SH_OK;
    case SQLITE_FULL:
        return SH_E_DISK_FULL;
    case SQLITE_IOERR:
        return is_no_room(rc) ? SH_E_DISK_FULL : SH_E_STORE;
    case SQLITE_NOMEM:
        return SH_E_NOMEM;
    case SQLITE_TOOBIG:
        return SH_E_TOO_BIG;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SH_E_CORRUPT;
    default:
        return SH_E_STORE;
    }
}

sqlite3_stmt *stmt_borrow(struct sqlite_store *s, enum sql which)
{
    return s->stmts[which];
}

void stmt_release(sqlite3_stmt **stmt)
{
    if (*stmt) {
        /* reset repeats the error of the step before, which has been dealt with. */
        (void)sqlite3_reset(*stmt);
        (void)sqlite3_clear_bindings(*stmt);
        *stmt = NULL;
    }
}

sh_err bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
    return db_error(sqlite3_bind_int64(stmt, at, value));
}

sh_err bind_bytes(sqlite3_stmt *stmt, int at, struct bytes value)
{
    const void *data = value.len ? (const void *)value.data : "";
    return db_error(sqlite3_bind_blob64(stmt, at, data, value.len, SQLITE_STATIC));
}

sh_err bind_text(sqlite3_stmt *stmt, int at, const char *value)
{
    return db_error(sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC));
}

sh_err step_done(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);
    SH_TRY(db_error(rc));
    SH_CHECK(rc == SQLITE_DONE, SH_E_STORE);
    return SH_OK;
}

sh_err step_insert(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);
    switch (rc) {
    case SQLITE_DONE:
        return SH_OK;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_UNIQUE:
        return SH_E_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return SH_E_NOT_FOUND;
    case SQLITE_ROW:
        return SH_E_STORE;
    default:
        return db_error(rc);
    }
}

sh_err step_row(sqlite3_stmt *stmt, bool *out_row)
{
    int rc = sqlite3_step(stmt);
    SH_TRY(db_error(rc));
    *out_row = rc == SQLITE_ROW;
    return SH_OK;
}

sh_err step_number(sqlite3_stmt *stmt, int64_t *out)
{
    bool row = false;
    SH_TRY(step_row(stmt, &row));
    SH_CHECK(row, SH_E_STORE);
    *out = sqlite3_column_int64(stmt, 0);
    return SH_OK;
}

struct bytes column_bytes(sqlite3_stmt *stmt, int at)
{
    const void *data = sqlite3_column_blob(stmt, at);
    int len = sqlite3_column_bytes(stmt, at);
    return bytes_of(data, data && len > 0 ? (size_t)len : 0);
}

sh_err column_hash(sqlite3_stmt *stmt, int at, struct sh_hash *out)
{
    SH_CHECK(hash_from(column_bytes(stmt, at), out) == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

sh_err column_id(sqlite3_stmt *stmt, int at, struct sh_id *out)
{
    SH_CHECK(id_from(column_bytes(stmt, at), out) == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

/* An address as a key of fixed length: nothing but zeros behind its text. */
static struct address pad_address(const struct address *address)
{
    struct address padded = {{0}};
    memcpy(padded.text, address->text, strnlen(address->text, SH_ADDRESS_BYTES_MAX));
    return padded;
}

int64_t seat_find(struct sqlite_store *s, const struct sh_hash *seat)
{
    return intern_find(&s->seats, seat->b);
}

int64_t address_find(struct sqlite_store *s, const struct address *address)
{
    struct address padded = pad_address(address);
    return intern_find(&s->addresses, padded.text);
}

sh_err seat_intern(struct sqlite_store *s, const struct sh_hash *seat, int64_t *out_id)
{
    uint32_t id = intern_find(&s->seats, seat->b);
    if (!id) {
        SH_TRY(intern_add(&s->seats, seat->b, &id));
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_SEAT_PUT);
        SH_TRY(bind_int(q, 1, id));
        SH_TRY(bind_bytes(q, 2, BYTES_FIXED(*seat)));
        SH_TRY(step_done(q));
    }
    *out_id = id;
    return SH_OK;
}

sh_err address_intern(struct sqlite_store *s, const struct address *address, int64_t *out_id)
{
    struct address padded = pad_address(address);
    uint32_t id = intern_find(&s->addresses, padded.text);
    if (!id) {
        SH_TRY(intern_add(&s->addresses, padded.text, &id));
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_ADDRESS_PUT);
        SH_TRY(bind_int(q, 1, id));
        SH_TRY(bind_text(q, 2, padded.text));
        SH_TRY(step_done(q));
    }
    *out_id = id;
    return SH_OK;
}

sh_err seat_by_id(struct sqlite_store *s, int64_t id, struct sh_hash *out)
{
    const void *key = intern_key(&s->seats, (uint64_t)id);
    SH_CHECK(key, SH_E_CORRUPT);
    memcpy(out->b, key, sizeof out->b);
    return SH_OK;
}

sh_err address_by_id(struct sqlite_store *s, int64_t id, struct address *out)
{
    const void *key = intern_key(&s->addresses, (uint64_t)id);
    SH_CHECK(key, SH_E_CORRUPT);
    memcpy(out->text, key, sizeof out->text);
    return SH_OK;
}

/* Ids are given without gaps, so a gap is damage. */
static sh_err load_addresses(struct sqlite_store *s)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_OPEN_ADDRESSES);
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            return SH_OK;
        }
        struct address address;
        SH_CHECK(address_parse(column_bytes(q, 1), &address) == SH_OK, SH_E_CORRUPT);
        address = pad_address(&address);
        uint32_t id = 0;
        SH_TRY(intern_add(&s->addresses, address.text, &id));
        SH_CHECK(sqlite3_column_int64(q, 0) == id, SH_E_CORRUPT);
    }
}

static sh_err load_seats(struct sqlite_store *s)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_OPEN_SEATS);
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            return SH_OK;
        }
        struct sh_hash seat;
        SH_TRY(column_hash(q, 1, &seat));
        uint32_t id = 0;
        SH_TRY(intern_add(&s->seats, seat.b, &id));
        SH_CHECK(sqlite3_column_int64(q, 0) == id, SH_E_CORRUPT);
    }
}

sh_err interned_load(struct sqlite_store *s)
{
    SH_TRY(load_addresses(s));
    SH_TRY(load_seats(s));
    s->addresses.committed = s->addresses.len;
    s->seats.committed = s->seats.len;
    return SH_OK;
}
