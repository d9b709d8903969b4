/* The rows of an accepted message in tables of this file's own, so that the floor stays where it is
 * while the relay's schema moves: a message with its envelope, a queue row for each of the hub's
 * seats, a leaf with its opening. Keys are rowids, there is no index beside them. */
#include "base/cleanup.h"
#include "base/random.h"
#include "bench.h"
#include "floor.h"

#include <sqlite3.h>
#include <stdio.h>

enum { HUB_SEATS = 2, LEAF_BYTES = 46, FACTS_BYTES = 330 };

static const char schema[] =
    "PRAGMA page_size = 8192; PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal;"
    "PRAGMA synchronous = 2; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536;"
    "CREATE TABLE message(seq INTEGER PRIMARY KEY, accepted_ms INTEGER, from_id INTEGER,"
    "  message_id BLOB, thread_id BLOB, header_sha256 BLOB, envelope BLOB) STRICT;"
    "CREATE TABLE queue(item INTEGER PRIMARY KEY, seat_id INTEGER, message_seq INTEGER) STRICT;"
    "CREATE TABLE leaf(idx INTEGER PRIMARY KEY, leaf BLOB, salt BLOB, facts BLOB) STRICT;";

static const char *const texts[] = {
    "INSERT INTO message VALUES(?1, ?2, 1, ?3, ?3, ?4, ?5)",
    "INSERT INTO queue VALUES(?1, ?2, ?3)",
    "INSERT INTO leaf VALUES(?1, ?2, ?3, ?4)",
};
enum { MESSAGE, QUEUE, LEAF, TEXTS };

struct table {
    sqlite3 *db;
    sqlite3_stmt *insert[TEXTS];
};

static void sql(struct table *t, const char *text)
{
    if (sqlite3_exec(t->db, text, NULL, NULL, NULL) != SQLITE_OK) {
        bench_fail("%s: %s", text, sqlite3_errmsg(t->db));
    }
}

static void table_open(struct table *t, const char *path)
{
    (void)remove(path);
    if (sqlite3_open_v2(path, &t->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        bench_fail("cannot open %s", path);
    }
    sql(t, schema);
    for (int i = 0; i < TEXTS; i++) {
        if (sqlite3_prepare_v2(t->db, texts[i], -1, &t->insert[i], NULL) != SQLITE_OK) {
            bench_fail("%s: %s", texts[i], sqlite3_errmsg(t->db));
        }
    }
}

static void table_close(struct table *t)
{
    for (int i = 0; i < TEXTS; i++) {
        (void)sqlite3_finalize(t->insert[i]);
    }
    (void)sqlite3_close(t->db);
}

static void step(struct table *t, int which)
{
    if (sqlite3_step(t->insert[which]) != SQLITE_DONE) {
        bench_fail("insert: %s", sqlite3_errmsg(t->db));
    }
    (void)sqlite3_reset(t->insert[which]);
}

static void blob(struct table *t, int which, int at, struct bytes value)
{
    (void)sqlite3_bind_blob(t->insert[which], at, value.data, (int)value.len, SQLITE_STATIC);
}

static void number(struct table *t, int which, int at, int64_t value)
{
    (void)sqlite3_bind_int64(t->insert[which], at, value);
}

/* What is random in a real message is random here: its id and its header's hash. */
struct row {
    struct sh_id id;
    struct sh_hash hash;
};

static void insert_one(struct table *t, int64_t n, const struct row *row, const struct letter *like)
{
    const uint8_t *any = like->single.data;
    number(t, MESSAGE, 1, n);
    number(t, MESSAGE, 2, n);
    blob(t, MESSAGE, 3, BYTES_FIXED(row->id));
    blob(t, MESSAGE, 4, BYTES_FIXED(row->hash));
    blob(t, MESSAGE, 5, bytes_of(any, like->envelope_bytes));
    step(t, MESSAGE);
    for (int seat = 0; seat < HUB_SEATS; seat++) {
        number(t, QUEUE, 1, n * HUB_SEATS + seat);
        number(t, QUEUE, 2, seat);
        number(t, QUEUE, 3, n);
        step(t, QUEUE);
    }
    number(t, LEAF, 1, n);
    blob(t, LEAF, 2, bytes_of(any, LEAF_BYTES));
    blob(t, LEAF, 3, BYTES_FIXED(row->hash));
    blob(t, LEAF, 4, bytes_of(any, FACTS_BYTES));
    step(t, LEAF);
}

double floor_insert_us(const char *folder, const struct letter *like, size_t count)
{
    struct table table;
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/floor.db", folder);
    SH_DEFER(sh_freep) struct row *rows = calloc(count, sizeof *rows);
    if (!rows) {
        bench_fail("out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        MUST(random_id(&rows[i].id));
        MUST(random_hash(&rows[i].hash));
    }
    table_open(&table, path);
    double start_us = bench_thread_cpu_us();
    for (size_t i = 0; i < count; i++) {
        if (i % SH_GROUP_MAX == 0) {
            sql(&table, i ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
        }
        insert_one(&table, (int64_t)i + 1, &rows[i], like);
    }
    sql(&table, "COMMIT");
    double each_us = (bench_thread_cpu_us() - start_us) / (double)count;
    table_close(&table);
    return each_us;
}
