/* Opening the vault, its transactions, and the few things that every statement needs. The PRAGMA
 * values are read back, since a build of SQLite may silently ignore one. What the tables mean is
 * vault_message.c's and vault_proof.c's. */
#include "client/vault.h"

#include "base/files.h"
#include "client/vault_internal.h"

#include <errno.h>
#include <fcntl.h>

#define BUSY_MS 5000

#define X(name, text) text,
static const char *const sql_texts[SQL_COUNT] = {VAULT_SQL(X)};
#undef X

/* SQLite says FULL for ENOSPC alone. A quota that is used up and a limit of the file's size are the
 * same to a person: there is no room. errno is that of the write: nothing has failed since. */
static bool is_no_room(int result)
{
    bool wrote = result == SQLITE_IOERR_WRITE || result == SQLITE_IOERR_FSYNC ||
                 result == SQLITE_IOERR_TRUNCATE;
    return wrote && file_is_no_room(errno);
}

sh_err vault_error(int result)
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
        return is_no_room(result) ? SH_E_DISK_FULL : SH_E_STORE;
    case SQLITE_NOMEM:
        return SH_E_NOMEM;
    case SQLITE_CONSTRAINT:
        return SH_E_EXISTS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SH_E_CORRUPT;
    default:
        return SH_E_STORE;
    }
}

sqlite3_stmt *vault_borrow(struct vault *vault, enum vault_sql which)
{
    return vault->statements[which];
}

void vault_release(sqlite3_stmt **statement)
{
    if (*statement) {
        (void)sqlite3_reset(*statement); /* repeats the error of the step, which was seen there */
        (void)sqlite3_clear_bindings(*statement);
        *statement = NULL;
    }
}

sh_err vault_bind_bytes(sqlite3_stmt *q, int at, struct bytes value)
{
    if (value.len == 0) {
        return vault_error(sqlite3_bind_null(q, at));
    }
    return vault_error(sqlite3_bind_blob64(q, at, value.data, value.len, SQLITE_TRANSIENT));
}

sh_err vault_bind_int(sqlite3_stmt *q, int at, int64_t value)
{
    return vault_error(sqlite3_bind_int64(q, at, value));
}

sh_err vault_bind_text(sqlite3_stmt *q, int at, const char *value)
{
    return vault_error(sqlite3_bind_text(q, at, value, -1, SQLITE_TRANSIENT));
}

sh_err vault_step(sqlite3_stmt *q)
{
    int result = sqlite3_step(q);
    SH_CHECK(result != SQLITE_DONE, SH_E_NOT_FOUND);
    return vault_error(result);
}

sh_err vault_run(sqlite3_stmt *q)
{
    int result = sqlite3_step(q);
    SH_CHECK(result != SQLITE_ROW, SH_E_BUG);
    return vault_error(result);
}

sh_err vault_column_bytes(sqlite3_stmt *q, int at, struct arena *arena, struct bytes *out)
{
    const void *data = sqlite3_column_blob(q, at);
    int len = sqlite3_column_bytes(q, at);
    if (!data || len <= 0) {
        *out = bytes_of(NULL, 0);
        return SH_OK;
    }
    return arena_copy(arena, bytes_of(data, (size_t)len), out);
}

sh_err vault_column_hash(sqlite3_stmt *q, int at, struct sh_hash *out)
{
    SH_CHECK(sqlite3_column_bytes(q, at) == SH_HASH_BYTES, SH_E_CORRUPT);
    memcpy(out->b, sqlite3_column_blob(q, at), SH_HASH_BYTES);
    return SH_OK;
}

sh_err vault_column_id(sqlite3_stmt *q, int at, struct sh_id *out)
{
    SH_CHECK(sqlite3_column_bytes(q, at) == SH_ID_BYTES, SH_E_CORRUPT);
    memcpy(out->b, sqlite3_column_blob(q, at), SH_ID_BYTES);
    return SH_OK;
}

static void finalize_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
    *statement = NULL;
}

static sh_err read_pragma(sqlite3 *db, const char *text, char *out, size_t out_len)
{
    SH_DEFER(finalize_statement) sqlite3_stmt *q = NULL;
    SH_TRY(vault_error(sqlite3_prepare_v2(db, text, -1, &q, NULL)));
    SH_TRY(vault_step(q));
    const unsigned char *value = sqlite3_column_text(q, 0);
    SH_CHECK(value, SH_E_STORE);
    (void)snprintf(out, out_len, "%s", (const char *)value);
    return SH_OK;
}

struct pragma {
    const char *set, *get, *value;
};

static const struct pragma pragmas[] = {
    {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA locking_mode", "exclusive"},
    {"PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous = FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA secure_delete = ON", "PRAGMA secure_delete", "1"},
    {"PRAGMA mmap_size = 0", NULL, NULL},
};

static sh_err set_pragmas(sqlite3 *db, struct sh_why *why)
{
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++) {
        char value[32] = "";
        sh_err result = vault_error(sqlite3_exec(db, pragmas[i].set, NULL, NULL, NULL));
        if (result == SH_OK && pragmas[i].get) {
            result = read_pragma(db, pragmas[i].get, value, sizeof value);
        }
        if (result == SH_E_LOCKED) {
            return sh_fail(why, SH_E_LOCKED, "another program has this home open");
        }
        if (result != SH_OK) {
            return sh_fail(why, result, "the vault does not take %s: %s", pragmas[i].set,
                           sqlite3_errmsg(db));
        }
        if (pragmas[i].get && strcmp(value, pragmas[i].value) != 0) {
            return sh_fail(why, SH_E_STORE, "the vault answers '%s' to %s", value, pragmas[i].get);
        }
    }
    return SH_OK;
}

static sh_err make_schema(sqlite3 *db, struct sh_why *why)
{
    char text[sizeof VAULT_SCHEMA + sizeof VAULT_UPGRADE_2 + 200];
    (void)snprintf(
        text, sizeof text,
        "BEGIN IMMEDIATE; %s %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
        VAULT_SCHEMA, VAULT_UPGRADE_2, VAULT_APPLICATION_ID, VAULT_VERSION);
    sh_err result = vault_error(sqlite3_exec(db, text, NULL, NULL, NULL));
    if (result != SH_OK) {
        return sh_fail(why, result, "the vault cannot be made: %s", sqlite3_errmsg(db));
    }
    return SH_OK;
}

/* Adds tables and touches no row, in one transaction: a vault is never half of a version. What the
 * new tables are to hold is filled when somebody with the passphrase first asks (child_index.c). */
static sh_err upgrade_schema(sqlite3 *db, struct sh_why *why)
{
    char text[sizeof VAULT_UPGRADE_2 + 100];
    (void)snprintf(text, sizeof text, "BEGIN IMMEDIATE; %s PRAGMA user_version = 2; COMMIT",
                   VAULT_UPGRADE_2);
    sh_err result = vault_error(sqlite3_exec(db, text, NULL, NULL, NULL));
    if (result != SH_OK) {
        (void)sh_fail(why, result, "the vault cannot be brought to format 2: %s",
                      sqlite3_errmsg(db));
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return result;
}

static sh_err check_schema(sqlite3 *db, struct sh_why *why)
{
    char version[32], application[32], expected[32];
    SH_TRY(read_pragma(db, "PRAGMA user_version", version, sizeof version));
    SH_TRY(read_pragma(db, "PRAGMA application_id", application, sizeof application));
    if (strcmp(version, "0") == 0 && strcmp(application, "0") == 0) {
        return make_schema(db, why);
    }
    (void)snprintf(expected, sizeof expected, "%d", VAULT_APPLICATION_ID);
    if (strcmp(application, expected) != 0) {
        return sh_fail(why, SH_E_STORE, "the file vault.db is no vault of Safehand");
    }
    if (strcmp(version, "1") == 0) {
        return upgrade_schema(db, why);
    }
    (void)snprintf(expected, sizeof expected, "%d", VAULT_VERSION);
    if (strcmp(version, expected) != 0) {
        return sh_fail(why, SH_E_STORE, "the vault has format %s, this program speaks %s", version,
                       expected);
    }
    return SH_OK;
}

static sh_err prepare_statements(struct vault *vault, struct sh_why *why)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        int result = sqlite3_prepare_v3(vault->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &vault->statements[i], NULL);
        if (result != SQLITE_OK) {
            return sh_fail(why, SH_E_STORE, "the vault refuses a statement: %s",
                           sqlite3_errmsg(vault->db));
        }
    }
    return SH_OK;
}

/* SQLite would make it readable for all that the umask lets in; its write-ahead log takes the mode
 * over. */
static sh_err make_private(const char *path, struct sh_why *why)
{
    SH_DEFER(sh_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return sh_fail(why, file_is_no_room(errno) ? SH_E_DISK_FULL : SH_E_STORE,
                       "cannot open %s: %s", path, strerror(errno));
    }
    return SH_OK;
}

sh_err vault_open(const char *path, struct vault **out, struct sh_why *why)
{
    SH_TRY(make_private(path, why));
    SH_DEFER(vault_close) struct vault *vault = calloc(1, sizeof *vault);
    SH_CHECK(vault, SH_E_NOMEM);
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int result = sqlite3_open_v2(path, &vault->db, flags, NULL);
    if (result != SQLITE_OK) {
        return sh_fail(why, SH_E_STORE, "cannot open %s", path);
    }
    (void)sqlite3_busy_timeout(vault->db, BUSY_MS);
    (void)sqlite3_db_config(vault->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    SH_TRY(set_pragmas(vault->db, why));
    SH_TRY(check_schema(vault->db, why));
    SH_TRY(prepare_statements(vault, why));
    *out = vault;
    vault = NULL;
    return SH_OK;
}

void vault_close(struct vault **vault)
{
    if (!*vault) {
        return;
    }
    for (size_t i = 0; i < SQL_COUNT; i++) {
        finalize_statement(&(*vault)->statements[i]);
    }
    (void)sqlite3_close((*vault)->db);
    free(*vault);
    *vault = NULL;
}

sh_err vault_begin(struct vault *vault)
{
    SH_CHECK(!vault->in_transaction, SH_E_BUG);
    SH_TRY(vault_error(sqlite3_exec(vault->db, "BEGIN IMMEDIATE", NULL, NULL, NULL)));
    vault->in_transaction = true;
    return SH_OK;
}

sh_err vault_commit(struct vault *vault)
{
    SH_CHECK(vault->in_transaction, SH_E_BUG);
    sh_err result = vault_error(sqlite3_exec(vault->db, "COMMIT", NULL, NULL, NULL));
    if (result != SH_OK) {
        vault_rollback(vault);
        return result;
    }
    vault->in_transaction = false;
    return SH_OK;
}

void vault_rollback(struct vault *vault)
{
    if (vault->in_transaction) {
        (void)sqlite3_exec(vault->db, "ROLLBACK", NULL, NULL,
                           NULL); /* fails if SQLite did it by itself */
        vault->in_transaction = false;
    }
}

void vault_abandon(struct vault **vault)
{
    if (*vault) {
        vault_rollback(*vault);
        *vault = NULL;
    }
}
