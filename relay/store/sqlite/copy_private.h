/* What the files that read a copy share. Internal to store/sqlite/. */
#pragma once

#include "store/copy.h"
#include "store/sqlite/check.h"

enum copy_sql {
#define X(name, text) COPY_##name,
    SQL_COPY_STATEMENTS(X)
#undef X
        COPY_STATEMENTS_LEN
};

struct store_copy {
    sqlite3 *db;
    sqlite3_stmt *stmts[COPY_STATEMENTS_LEN];
};

/* SH_E_EMPTY at the end, which is also the start of the next round. */
SH_MUST_USE sh_err copy_next_row(struct store_copy *copy, enum copy_sql which, sqlite3_stmt **out);
bool copy_equals_column(sqlite3_stmt *q, int at, const struct sh_hash *expected);
