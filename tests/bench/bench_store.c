/* How much CPU one accepted message costs in the store, next to the floor: plain INSERTs of the
 * same bytes into one table, same PRAGMAs, same size of transaction. Prints one JSON object. Not
 * run by ctest.
 *
 * After each commit its queue rows are done, in a transaction of their own whose cost is printed
 * apart, so that the queues stay as short as those of seats that collect their mail.
 *
 *     bench_store [messages in all, 25600] [messages a commit, 256] */
#include "base/cleanup.h"
#include "base/random.h"
#include "store/store.h"
#include "support/temp.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

enum {
    HEADER_BYTES = 500,
    ENVELOPE_BYTES = 3000,
    SEATS = 200,
    ROWS_OF_A_MESSAGE = 3,
    LEAF_BYTES = 45,
    FACTS_BYTES = 350
};

struct bench {
    struct store *store;
    unsigned total, group;
    double done_cpu; /* seconds, of marking rows done */
    struct queue_row *queued;
    size_t queued_len;
    uint8_t envelope[ENVELOPE_BYTES];
    uint8_t tile[256 * SH_HASH_BYTES];
};

static void must(sh_err err, const char *doing)
{
    if (err != SH_OK) {
        (void)fprintf(stderr, "%s: %s\n", doing, sh_err_sentence(err));
        exit(1);
    }
}

static double seconds(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sh_hash seat_of(unsigned n)
{
    struct sh_hash seat = {{1}};
    be32_store(seat.b + 8, n % SEATS);
    return seat;
}

/* What is random in a real message is random here: ids, hashes, ciphertext's first bytes. */
static struct message_row make_message(struct bench *b, unsigned n)
{
    struct message_row row = {.accepted_ms = n, .leaf_index = n};
    char from[64];
    (void)snprintf(from, sizeof from, "dsl@%u.school", 100000 + n % 900);
    must(address_from(from, &row.from), "address");
    must(random_id(&row.message_id), "random");
    must(random_hash(&row.header_sha256), "random");
    row.thread_id = row.message_id;
    memcpy(b->envelope + 8, row.header_sha256.b, sizeof row.header_sha256.b);
    row.header = bytes_of(b->envelope + 4, HEADER_BYTES);
    row.envelope = bytes_of(b->envelope, sizeof b->envelope);
    return row;
}

static void put_message(struct bench *b, unsigned n)
{
    struct message_row row = make_message(b, n);
    int64_t seq = 0;
    must(store_message_put(b->store, &row, &seq), "message");
    for (unsigned i = 0; i < ROWS_OF_A_MESSAGE; i++) {
        struct queue_row *queued = &b->queued[b->queued_len++];
        *queued = (struct queue_row){
            .seat = seat_of(n * 7 + i), .kind = QUEUE_MESSAGE, .message_seq = seq};
        must(store_queue_put(b->store, queued, &queued->item), "queue");
    }
    const struct leaf_row leaf = {.index = n,
                                  .leaf = bytes_of(b->envelope, LEAF_BYTES),
                                  .salt = row.header_sha256,
                                  .facts = bytes_of(b->envelope, FACTS_BYTES)};
    must(store_leaf_put(b->store, &leaf), "leaf");
}

/* The tiles of level 0 that this commit's leaves fall into. */
static void put_tiles(struct bench *b, unsigned from, unsigned to)
{
    for (unsigned index = from / 256; index <= (to - 1) / 256; index++) {
        unsigned width = to - index * 256 < 256 ? to - index * 256 : 256;
        must(store_tile_put(b->store, 0, index, bytes_of(b->tile, width * SH_HASH_BYTES)), "tile");
    }
}

static void finish_rows(struct bench *b)
{
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    must(store_begin(b->store), "begin");
    for (size_t i = 0; i < b->queued_len; i++) {
        must(store_queue_done(b->store, &b->queued[i].seat, b->queued[i].item), "done");
    }
    must(store_commit(b->store, NULL), "commit");
    b->queued_len = 0;
    b->done_cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static void run_store(struct bench *b, const char *path)
{
    struct sh_why why = {""};
    b->queued = calloc((size_t)b->group * ROWS_OF_A_MESSAGE, sizeof *b->queued);
    must(b->queued ? SH_OK : SH_E_NOMEM, "queue rows");
    must(store_open_sqlite(path, &b->store, &why), why.text);
    for (unsigned n = 0; n < b->total;) {
        unsigned end = n + b->group < b->total ? n + b->group : b->total;
        must(store_begin(b->store), "begin");
        for (unsigned i = n; i < end; i++) {
            put_message(b, i);
        }
        put_tiles(b, n, end);
        must(store_commit(b->store, &why), why.text);
        finish_rows(b);
        if (n / 25600 != end / 25600) {
            must(store_checkpoint(b->store), "checkpoint");
        }
        n = end;
    }
    store_close(&b->store);
    free(b->queued);
}

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(db));
        exit(1);
    }
}

/* One row of as many bytes as a message brings: envelope, leaf, salt, facts, and the queue's
 * numbers. */
static void run_floor(struct bench *b, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        exit(1);
    }
    sql(db, "PRAGMA page_size = 8192; PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; "
            "PRAGMA synchronous = 2;"
            "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536;"
            "CREATE TABLE flat(id INTEGER PRIMARY KEY, bytes BLOB) STRICT");
    (void)sqlite3_prepare_v2(db, "INSERT INTO flat VALUES(NULL, ?1)", -1, &insert, NULL);
    static uint8_t bytes[ENVELOPE_BYTES + LEAF_BYTES + FACTS_BYTES + 32 + ROWS_OF_A_MESSAGE * 24];
    for (unsigned n = 0; n < b->total;) {
        unsigned end = n + b->group < b->total ? n + b->group : b->total;
        sql(db, "BEGIN IMMEDIATE");
        for (; n < end; n++) {
            (void)make_message(b, n);
            memcpy(bytes, b->envelope, sizeof b->envelope);
            (void)sqlite3_bind_blob(insert, 1, bytes, sizeof bytes, SQLITE_STATIC);
            if (sqlite3_step(insert) != SQLITE_DONE) {
                exit(1);
            }
            (void)sqlite3_reset(insert);
        }
        sql(db, "COMMIT");
        if ((n - b->group) / 25600 != n / 25600) {
            (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        }
    }
    (void)sqlite3_finalize(insert);
    (void)sqlite3_close(db);
}

/* Microseconds of CPU a message. */
static double measure(struct bench *b, void (*run)(struct bench *, const char *), const char *name)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    char path[sizeof dir.path + 16];
    (void)snprintf(path, sizeof path, "%s/%s.db", dir.path, name);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    run(b, path);
    return (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / b->total;
}

int main(int argc, char **argv)
{
    static struct bench b;
    b.total = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 25600;
    b.group = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 256;
    if (b.total == 0 || b.group == 0) {
        (void)fprintf(stderr, "usage: bench_store [messages] [messages a commit]\n");
        return 2;
    }
    must(random_fill(b.envelope, sizeof b.envelope), "random");
    double all_us = measure(&b, run_store, "store"), least_us = measure(&b, run_floor, "floor");
    double done_us = b.done_cpu * 1e6 / b.total, store_us = all_us - done_us;
    printf("{\"messages\": %u, \"a_commit\": %u, \"store_cpu_us\": %.1f, \"done_cpu_us\": %.1f, "
           "\"floor_cpu_us\": %.1f, \"cpu_times_floor\": %.2f}\n",
           b.total, b.group, store_us, done_us, least_us, store_us / least_us);
    return 0;
}
