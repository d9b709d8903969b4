/* Rows that are gone, added, swapped, or rewritten together; and what cannot be checked at all. */
#include "base/cleanup.h"
#include "ledger.h"
#include "store/copy.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct attack {
    const char *sql;
    const char *table, *column;
};

static const struct attack attacks[] = {
    {"DELETE FROM message WHERE seq = 2", "message", "seq"},
    {"DELETE FROM message WHERE seq = 3", "message", "seq"},
    {"DELETE FROM body WHERE seq = 2", "body", "seq"},
    {"INSERT INTO body VALUES(1, x'00', NULL)", "body", "before, after"},
    {"INSERT INTO body VALUES(99, x'00', NULL)", "body", "seq"},
    {"DELETE FROM receipt WHERE type = 2", "receipt", "leaf_index"},
    {"INSERT INTO receipt SELECT leaf_index + 10000, message_seq, seat_id, 3, check_sha256,"
     " signed_receipt FROM receipt WHERE type = 2",
     "receipt", "leaf_index"},
    {"INSERT INTO receipt SELECT 0, message_seq, seat_id, 3, check_sha256, signed_receipt"
     " FROM receipt WHERE type = 2",
     "receipt", "leaf_index"},
    {"INSERT INTO message SELECT seq + 1, thread_seq, from_id, accepted_ms, leaf_index + 1000,"
     " zeroblob(16), thread_id, header_sha256, envelope_sha256, check_sha256, header FROM message"
     " WHERE seq = 3",
     "message", "seq"},
    {"DELETE FROM leaf WHERE idx = 6", "leaf", "idx"},
    {"DELETE FROM leaf WHERE idx = (SELECT max(idx) FROM leaf)", "leaf", "idx"},
    {"INSERT INTO leaf SELECT idx + 1, leaf, salt, facts, check_sha256 FROM leaf"
     " ORDER BY idx DESC LIMIT 1",
     "leaf", "idx"},
    {"UPDATE leaf SET idx = -1 - idx WHERE idx IN (5, 6);"
     "UPDATE leaf SET idx = CASE idx WHEN -6 THEN 6 ELSE 5 END WHERE idx < 0",
     "leaf", "leaf"},
    {"UPDATE leaf SET salt = zeroblob(32), facts = x'' WHERE idx = 5", "leaf", "salt, facts"},
    {"DELETE FROM tile WHERE id = 0", "tile", "id"},
    {"INSERT INTO tile VALUES(77, zeroblob(32), zeroblob(32))", "tile", "id"},
    {"UPDATE tile SET hashes = zeroblob(32)", "tile", "hashes"},
    {"DELETE FROM meta WHERE name = 'checkpoint'", "meta", "value"},
    {"DELETE FROM meta WHERE name = 'last_leaf_ms'", "meta", "value"},
    {"DELETE FROM meta WHERE name = 'directory_serial'", "meta", "value"},
    {"INSERT INTO meta VALUES('note', x'00', zeroblob(32))", "meta", "name"},
    {"DELETE FROM address WHERE id = 1", "address", "id"},
    {"UPDATE address SET text = (SELECT text FROM address WHERE id = 1)", "address", "text"},
    {"UPDATE clock SET entries = x'00'", "clock", "entries"},
    {"CREATE TRIGGER quiet AFTER INSERT ON message BEGIN DELETE FROM receipt; END", "file",
     "pages"},
    {"DROP INDEX receipt_by_message", "file", "pages"},
    {"CREATE VIEW v AS SELECT 1", "file", "pages"},
};

Test(check, rows_that_are_gone_added_or_swapped_are_named)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 0);
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const struct attack *attack = &attacks[i];
        cr_assert(ledger_change(&l, attack->sql), "%s", attack->sql);
        struct check_result result = ledger_check(&l);
        cr_assert(result.differs, "%s", attack->sql);
        cr_assert(strcmp(result.first.table, attack->table) == 0 &&
                      strcmp(result.first.column, attack->column) == 0,
                  "%s: %s.%s, row %s: %s", attack->sql, result.first.table, result.first.column,
                  result.first.row, result.first.words);
        ledger_restore(&l);
    }
}

/* ---- the clocks that ran out ---- */

/* An entry is duty, state, desk (4), due (8), warned (8), entry of the log (8). */
enum { ENTRY_BYTES = 30, ENTRY_STATE = 1 };

static size_t read_entries(const struct ledger *l, uint8_t *out)
{
    sqlite3 *db = ledger_open(l);
    sqlite3_stmt *q = NULL;
    cr_assert_eq(
        sqlite3_prepare_v2(db, "SELECT entries FROM clock WHERE message_seq = 1", -1, &q, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(q), SQLITE_ROW);
    size_t len = (size_t)sqlite3_column_bytes(q, 0);
    cr_assert_leq(len, 512);
    memcpy(out, sqlite3_column_blob(q, 0), len);
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return len;
}

static void write_entries(const struct ledger *l, const uint8_t *entries, size_t len)
{
    char sql[2 * 512 + 64] = "UPDATE clock SET entries = x'";
    hex_encode(bytes_of(entries, len), sql + strlen(sql));
    (void)strncat(sql, "' WHERE message_seq = 1", 32);
    cr_assert(ledger_change(l, sql));
}

Test(check, what_a_clock_that_ran_out_says_is_what_its_entry_says)
{
    SH_DEFER(ledger_free) struct ledger l;
    uint8_t entries[512];
    size_t found = 0;
    ledger_make(&l, 0);
    size_t len = read_entries(&l, entries);
    for (size_t at = 0; at < len; at++) {
        size_t entry = at - at % ENTRY_BYTES, within = at % ENTRY_BYTES;
        bool ran_out = entries[entry + ENTRY_STATE] == CLOCK_RAN_OUT;
        bool fact = within == 0 || (within >= 2 && within < 14) || within >= 22;
        if (!ran_out || !fact) {
            continue;
        }
        entries[at] ^= 1;
        write_entries(&l, entries, len);
        entries[at] ^= 1;
        struct check_result result = ledger_check(&l);
        cr_assert(result.differs && strcmp(result.first.table, "clock") == 0 &&
                      strcmp(result.first.column, "entries") == 0,
                  "byte %zu", at);
        ledger_restore(&l);
        found++;
    }
    cr_assert_geq(found, 2 * 21, "two clocks ran out");
}

/* ---- what cannot be checked ---- */

static sh_err check_as(const struct ledger *l, const char *path, struct sh_why *why)
{
    struct check_result result;
    const struct check_order order = {
        .path = path, .log = &l->log, .directory = l->relay.post.directory};
    return check_database(&order, &result, why);
}

Test(check, a_file_that_is_no_database_of_this_relay_is_told_apart_from_one_that_differs)
{
    SH_DEFER(ledger_free) struct ledger l;
    struct sh_why why = {0};
    char path[PATH_MAX + 32];
    ledger_make(&l, 0);
    (void)snprintf(path, sizeof path, "%s/none.db", l.dir.path);
    cr_assert_eq(check_as(&l, path, &why), SH_E_NOT_FOUND);
    cr_assert_neq(strstr(why.text, "none.db"), NULL);
    (void)snprintf(path, sizeof path, "%s/text.db", l.dir.path);
    FILE *file = fopen(path, "w");
    cr_assert_gt(fputs("This is a text and no database, however long it goes on.", file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(check_as(&l, path, &why), SH_E_CORRUPT);
    cr_assert(ledger_change(&l, "PRAGMA user_version = 99"));
    cr_assert_eq(check_as(&l, l.path, &why), SH_E_BAD_VERSION);
    ledger_restore(&l);
    cr_assert(ledger_change(&l, "PRAGMA application_id = 1"));
    cr_assert_eq(check_as(&l, l.path, &why), SH_E_CORRUPT);
}

Test(check, a_database_that_a_relay_has_open_is_not_read)
{
    SH_DEFER(ledger_free) struct ledger l;
    SH_DEFER(store_close) struct store *store = NULL;
    struct sh_why why = {0};
    ledger_make(&l, 0);
    cr_assert_eq(store_open_sqlite(l.path, &store, &why), SH_OK);
    cr_assert_eq(check_as(&l, l.path, &why), SH_E_LOCKED, "%s", why.text);
}

Test(check, pages_that_were_damaged_are_a_difference_of_the_file)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 0);
    FILE *file = fopen(l.path, "r+");
    cr_assert_eq(fseek(file, 3 * 8192, SEEK_SET), 0);
    for (size_t i = 0; i < 8192; i++) {
        cr_assert_neq(fputc(0x5a, file), EOF);
    }
    cr_assert_eq(fclose(file), 0);
    struct check_result result = ledger_check(&l);
    cr_assert(result.differs);
    cr_assert_str_eq(result.first.table, "file");
}

Test(check, another_log_s_key_is_told_as_a_wrong_checkpoint)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 0);
    l.log.public_key[3] ^= 1;
    struct check_result result = ledger_check(&l);
    cr_assert(result.differs);
    cr_assert_str_eq(result.first.row, "checkpoint");
}
