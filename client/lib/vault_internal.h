/* What the files of the vault share: the struct, borrowed statements, and reading and binding of
 * columns. */
#pragma once

#include "base/cleanup.h"
#include "client/sql.h"
#include "client/vault.h"

#include <sqlite3.h>

#define X(name, text) SQL_##name,
enum vault_sql { VAULT_SQL(X) SQL_COUNT };
#undef X

struct vault {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    bool in_transaction;
};

/* What an SQLite result means to us. */
sh_err vault_error(int result);

/* Borrows a prepared statement; SH_DEFER(vault_release) resets it on every path. */
sqlite3_stmt *vault_borrow(struct vault *vault, enum vault_sql which);
void vault_release(sqlite3_stmt **statement);

SH_MUST_USE sh_err vault_bind_bytes(sqlite3_stmt *q, int at, struct bytes value); /* empty: NULL */
SH_MUST_USE sh_err vault_bind_int(sqlite3_stmt *q, int at, int64_t value);
SH_MUST_USE sh_err vault_bind_text(sqlite3_stmt *q, int at, const char *value);
/* SH_OK: a row; SH_E_NOT_FOUND: no more. */
SH_MUST_USE sh_err vault_step(sqlite3_stmt *q);
/* For statements that give no row. SH_E_EXISTS for a broken uniqueness. */
SH_MUST_USE sh_err vault_run(sqlite3_stmt *q);

SH_MUST_USE sh_err vault_column_bytes(sqlite3_stmt *q, int at, struct arena *arena,
                                      struct bytes *out);
/* SH_E_CORRUPT unless the column has exactly this length. */
SH_MUST_USE sh_err vault_column_hash(sqlite3_stmt *q, int at, struct sh_hash *out);
SH_MUST_USE sh_err vault_column_id(sqlite3_stmt *q, int at, struct sh_id *out);
