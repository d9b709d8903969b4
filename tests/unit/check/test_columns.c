/* Every byte of every column that states a fact: changed one at a time in SQLite, with all
 * checksums of rows made right again, as an operator would who rewrites with care. Each is found,
 * and named. docs/OPERATING.md lists these columns, and those that state no fact. */
#include "base/cleanup.h"
#include "ledger.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A column of a row, and by which names a change of it is told. */
struct column {
    const char *table, *name, *where;
    const char *told; /* table and column, of which the column may name more than one */
    const char *or_else;
    unsigned step; /* 1: every byte */
};

static void finalize(sqlite3_stmt **q)
{
    (void)sqlite3_finalize(*q);
}

static sqlite3_stmt *prepare(sqlite3 *db, bool reads, const struct column *column)
{
    char sql[256];
    sqlite3_stmt *q = NULL;
    if (reads) {
        (void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s", column->name, column->table,
                       column->where);
    } else {
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1 WHERE %s", column->table,
                       column->name, column->where);
    }
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(db));
    return q;
}

/* One bit of byte `at` is turned. false: there is no such byte. */
static bool bind_turned(sqlite3_stmt *get, size_t at, sqlite3_stmt *put)
{
    if (sqlite3_column_type(get, 0) == SQLITE_INTEGER) {
        uint64_t value = (uint64_t)sqlite3_column_int64(get, 0);
        return at < 8 &&
               sqlite3_bind_int64(put, 1, (int64_t)(value ^ UINT64_C(1) << 8 * at)) == SQLITE_OK;
    }
    size_t len = (size_t)sqlite3_column_bytes(get, 0);
    SH_DEFER(sh_freep) uint8_t *copy = malloc(len + 1);
    cr_assert_not_null(copy);
    if (at >= len) {
        return false;
    }
    bool text = sqlite3_column_type(get, 0) == SQLITE_TEXT;
    memcpy(copy, sqlite3_column_blob(get, 0), len);
    copy[at] ^= 1;
    int rc = text ? sqlite3_bind_text(put, 1, (char *)copy, (int)len, SQLITE_TRANSIENT)
                  : sqlite3_bind_blob(put, 1, copy, (int)len, SQLITE_TRANSIENT);
    return rc == SQLITE_OK;
}

enum turned { TURNED, REFUSED, AT_END };

static enum turned turn(const struct ledger *l, const struct column *column, size_t at, bool forges)
{
    sqlite3 *db = ledger_open(l);
    enum turned result = AT_END;
    {
        SH_DEFER(finalize)
        sqlite3_stmt *get = prepare(db, true, column);
        SH_DEFER(finalize)
        sqlite3_stmt *put = prepare(db, false, column);
        cr_assert_eq(sqlite3_step(get), SQLITE_ROW, "%s.%s has no such row", column->table,
                     column->name);
        bool bound = bind_turned(get, at, put);
        (void)sqlite3_reset(get);
        if (bound) {
            result = sqlite3_step(put) == SQLITE_DONE ? TURNED : REFUSED;
        }
    }
    if (result == TURNED && forges) {
        forge_checksums(db);
    }
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
    return result;
}

static bool is_told(const struct column *column, const struct difference *found)
{
    char told[80];
    (void)snprintf(told, sizeof told, "%s.%s", found->table, found->column);
    return strstr(told, column->told) || (column->or_else && strstr(told, column->or_else));
}

static void each_byte_is_told(const struct ledger *l, const struct column *column, bool forges)
{
    size_t tried = 0;
    for (size_t at = 0;; at += column->step) {
        enum turned turned = turn(l, column, at, forges);
        if (turned == AT_END) {
            break;
        }
        struct check_result result = ledger_check(l);
        if (turned == TURNED) {
            tried++;
            cr_assert(result.differs, "byte %zu of %s.%s", at, column->table, column->name);
            cr_assert(is_told(column, &result.first), "byte %zu of %s.%s: %s.%s, row %s: %s", at,
                      column->table, column->name, result.first.table, result.first.column,
                      result.first.row, result.first.words);
        }
        ledger_restore(l);
    }
    cr_assert_gt(tried, 0, "%s.%s", column->table, column->name);
}

/* Message 1 is expired, 2 and 3 are one thread. */
static const struct column columns[] = {
    {"meta", "name", "name = 'checkpoint'", "meta.", NULL, 1},
    {"meta", "name", "name = 'last_leaf_ms'", "meta.", NULL, 1},
    {"meta", "name", "name = 'directory_serial'", "meta.", NULL, 1},
    {"meta", "name", "name LIKE 'audit_read/%'", "meta.", NULL, 1},
    {"meta", "value", "name LIKE 'audit_read/%'", "meta.value", NULL, 1},
    {"meta", "value", "name = 'checkpoint'", "meta.value", NULL, 1},
    {"meta", "value", "name = 'last_leaf_ms'", "meta.value", NULL, 1},
    {"meta", "value", "name = 'directory_serial'", "meta.value", NULL, 1},
    {"address", "id", "id = 1", "address.id", NULL, 1},
    {"address", "text", "id = (SELECT from_id FROM message WHERE seq = 1)",
     "message.from_id, or text", "address.text", 1},
    {"seat", "id", "id = (SELECT seat_id FROM receipt LIMIT 1)", "seat.id", NULL, 1},
    {"seat", "sha256", "id = (SELECT seat_id FROM receipt LIMIT 1)", "receipt.seat_id, or sha256",
     NULL, 1},
    {"message", "seq", "seq = 2", "message.seq", NULL, 1},
    {"message", "thread_seq", "seq = 1", "message.thread_seq", NULL, 1},
    {"message", "thread_seq", "seq = 3", "message.thread_seq", NULL, 1},
    {"message", "from_id", "seq = 3", "message.from_id", NULL, 1},
    {"message", "accepted_ms", "seq = 1", "message.accepted_ms", NULL, 1},
    {"message", "leaf_index", "seq = 2", "message.leaf_index", NULL, 1},
    {"message", "message_id", "seq = 1", "message.message_id", "message.seq", 1},
    {"message", "thread_id", "seq = 3", "message.thread_id", NULL, 1},
    {"message", "header_sha256", "seq = 2", "message.header_sha256", NULL, 1},
    {"message", "envelope_sha256", "seq = 2", "message.envelope_sha256", NULL, 1},
    {"message", "header", "seq = 1", "message.header", NULL, 1},
    {"body", "seq", "seq = 2", "body.seq", NULL, 1},
    {"body", "before", "seq = 2", "body.before", NULL, 1},
    {"body", "after", "seq = 3", "body.before, after", NULL, 1},
    {"receipt", "leaf_index", "message_seq = 2 AND type = 2", "receipt.leaf_index", NULL, 1},
    {"receipt", "message_seq", "message_seq = 2 AND type = 2", "receipt.message_seq", NULL, 1},
    {"receipt", "seat_id", "message_seq = 2 AND type = 2", "receipt.seat_id", NULL, 1},
    {"receipt", "type", "message_seq = 2 AND type = 2", "receipt.type", NULL, 1},
    {"receipt", "signed_receipt", "message_seq = 2 AND type = 2", "receipt.signed_receipt", NULL,
     1},
    {"clock", "message_seq", "message_seq = 1", "clock.", NULL, 1},
    {"leaf", "idx", "idx = 5", "leaf.idx", NULL, 1},
    {"leaf", "leaf", "idx = 4", "leaf.leaf", NULL, 1},
    {"leaf", "salt", "idx = 4", "leaf.salt", NULL, 1},
    {"leaf", "facts", "idx = 4", "leaf.salt, facts", NULL, 1},
    {"tile", "id", "id = 0", "tile.id", NULL, 1},
    {"tile", "hashes", "id = 0", "tile.hashes", NULL, 1},
};
enum { COLUMNS_LEN = sizeof columns / sizeof columns[0] };

Test(check, what_the_relay_left_has_no_difference)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 300);
    struct check_result result = ledger_check(&l);
    cr_assert(!result.differs, "%s.%s %s: %s", result.first.table, result.first.column,
              result.first.row, result.first.words);
    cr_assert_eq(result.messages, 3);
    cr_assert_eq(result.receipts, 5);
    cr_assert_gt(result.leaves, 300);
    cr_assert_gt(result.clocks, 0);
    cr_assert_eq(result.unknown_seats, 0);
}

Test(check, every_byte_of_every_column_that_states_a_fact_is_found_and_named, .timeout = 600)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 0);
    for (size_t i = 0; i < COLUMNS_LEN; i++) {
        each_byte_is_told(&l, &columns[i], true);
    }
}

/* What stands of a log that was lost, while nobody has accepted the loss, and after. */
static const struct column of_lost[] = {
    {"lost", "number", "number = 1", "lost.number", NULL, 1},
    {"lost", "size", "number = 1", "lost.size", NULL, 1},
    {"lost", "opened", "number = 1", "file.pages", "meta.value", 1},
    {"lost", "vkey", "number = 1", "lost.vkey", NULL, 1},
    {"lost", "known", "number = 1", "lost.known", NULL, 1},
    {"missing", "lost", "lost = 1", "missing.lost", NULL, 1},
    {"missing", "idx", "lost = 1", "missing.idx", NULL, 1},
    {"missing", "statement", "lost = 1", "missing.statement", NULL, 1},
    {"missing", "again", "lost = 1", "missing.again", NULL, 1},
};
enum { OF_LOST_LEN = sizeof of_lost / sizeof of_lost[0] };

Test(check, what_a_closed_relay_keeps_of_a_lost_log_is_compared, .timeout = 600)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make_lost(&l, false);
    struct check_result result = ledger_check(&l);
    cr_assert(!result.differs, "%s.%s %s: %s", result.first.table, result.first.column,
              result.first.row, result.first.words);
    cr_assert(ledger_change(&l, "UPDATE lost SET opened = 1"));
    result = ledger_check(&l);
    cr_assert(result.differs, "a loss that nobody accepted");
    ledger_restore(&l);
    cr_assert(ledger_change(&l, "DELETE FROM missing; DELETE FROM lost"));
    result = ledger_check(&l);
    cr_assert(!result.differs, "what the copy itself is says its checkpoint");
}

Test(check, every_byte_of_what_is_said_of_a_lost_log_is_found_and_named, .timeout = 600)
{
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make_lost(&l, true);
    struct check_result result = ledger_check(&l);
    cr_assert(!result.differs, "%s.%s %s: %s", result.first.table, result.first.column,
              result.first.row, result.first.words);
    for (size_t i = 0; i < OF_LOST_LEN; i++) {
        each_byte_is_told(&l, &of_lost[i], true);
    }
    cr_assert(ledger_change(&l, "DELETE FROM missing"));
    result = ledger_check(&l);
    cr_assert(result.differs && strcmp(result.first.table, "missing") == 0);
    ledger_restore(&l);
    cr_assert(ledger_change(&l, "DELETE FROM missing; DELETE FROM lost"));
    result = ledger_check(&l);
    cr_assert(result.differs && strcmp(result.first.table, "lost") == 0);
}

/* Whoever changes a checksum, or a row without its checksum, is found too. */
Test(check, every_checksum_is_compared)
{
    static const struct column sums[] = {
        {"meta", "check_sha256", "name = 'checkpoint'", "meta.check_sha256", NULL, 5},
        {"message", "check_sha256", "seq = 1", "message.check_sha256", NULL, 5},
        {"receipt", "check_sha256", "type = 2", "receipt.check_sha256", NULL, 5},
        {"clock", "check_sha256", "message_seq = 1", "clock.check_sha256", NULL, 5},
        {"clock", "next_ms", "message_seq = 1", "clock.check_sha256", NULL, 1},
        {"leaf", "check_sha256", "idx = 3", "leaf.check_sha256", NULL, 5},
        {"tile", "check_sha256", "id = 0", "tile.check_sha256", NULL, 5},
    };
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 0);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        each_byte_is_told(&l, &sums[i], false);
    }
}

Test(check, a_log_of_several_tiles_is_covered_at_every_level, .timeout = 600)
{
    static const struct column tiles[] = {
        {"tile", "hashes", "id = 0", "tile.hashes", NULL, 101},
        {"tile", "hashes", "id = 1", "tile.hashes", NULL, 101},
        {"tile", "hashes", "id = 281474976710656", "tile.hashes", NULL, 7},
        {"tile", "id", "id = 1", "tile.id", NULL, 1},
        {"tile", "id", "id = 281474976710656", "tile.id", NULL, 1},
        {"leaf", "leaf", "idx = 500", "leaf.leaf", NULL, 3},
        {"leaf", "salt", "idx = 300", "leaf.salt", NULL, 5},
    };
    SH_DEFER(ledger_free) struct ledger l;
    ledger_make(&l, 700);
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        each_byte_is_told(&l, &tiles[i], true);
    }
}
