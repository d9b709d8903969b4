/* One statement, from prepare to finalize, for the register's own files. safehand-ca runs a handful
 * of statements and ends, so each is prepared where it is used; nothing is kept. An import of
 * thousands of rows is the exception: query_repeat(). */
#pragma once

#include "base/cleanup.h"
#include "certs/register.h"

#include <sqlite3.h>

struct ca_register {
    sqlite3 *db;
    struct register_partnership partnership;
    char *name, *origin; /* owned: what partnership points at */
};

enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_TEXT, VALUE_BLOB };

/* One parameter; borrows. */
struct value {
    enum value_type type;
    int64_t integer;
    struct bytes bytes;
};

static inline struct value value_int(int64_t integer)
{
    return (struct value){.type = VALUE_INTEGER, .integer = integer};
}
/* NULL becomes NULL. */
static inline struct value value_text(const char *text)
{
    return text ? (struct value){.type = VALUE_TEXT, .bytes = bytes_str(text)} : (struct value){0};
}
static inline struct value value_blob(const void *data, size_t len)
{
    return data ? (struct value){.type = VALUE_BLOB, .bytes = bytes_of(data, len)}
                : (struct value){0};
}

struct query {
    const char *sql;
    const struct value *values;
    size_t values_len;
};
/* QUERY(SQL_X, value_text(a), value_int(1)); borrowed until the end of the block. */
#define QUERY(text, ...)                                                                           \
    &(const struct query)                                                                          \
    {                                                                                              \
        .sql = (text), .values = (const struct value[]){__VA_ARGS__},                              \
        .values_len = sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)           \
    }

/* Reads one row. What it returns other than SH_OK ends the query and is returned. */
typedef sh_err (*query_row)(void *ctx, sqlite3_stmt *row);

/* Runs it to its end. each: NULL if no row is expected. */
SH_MUST_USE sh_err query_run(struct ca_register *r, const struct query *query, query_row each,
                             void *ctx, struct sh_why *why);
/* Gives the parameters of the nth run; they live until the next call. */
#define QUERY_REPEAT_VALUES_MAX 3
typedef void (*query_fill)(void *ctx, size_t n, struct value values[QUERY_REPEAT_VALUES_MAX]);
/* Runs a statement that gives no rows `times` over, prepared once. */
SH_MUST_USE sh_err query_repeat(struct ca_register *r, const char *sql, size_t times,
                                query_fill fill, void *ctx, struct sh_why *why);
/* Rows that the last writing query changed. */
int query_changes(struct ca_register *r);
/* SH_OK and *out_found. */
SH_MUST_USE sh_err query_exists(struct ca_register *r, const struct query *query, bool *out_found,
                                struct sh_why *why);

/* Columns. Text is NULL for NULL. SH_E_CORRUPT for a blob of another length. */
const char *column_text(sqlite3_stmt *row, int column);
struct bytes column_blob(sqlite3_stmt *row, int column);
SH_MUST_USE sh_err column_fixed(sqlite3_stmt *row, int column, uint8_t *out, size_t out_len);
