/* What only the SQLite store has: files, locks, settings, damage, restarts. */
#include "fixture.h"
#include "store/sqlite/db.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void close_db(sqlite3 **db)
{
    (void)sqlite3_close(*db);
    *db = NULL;
}

/* Changes the file behind the store's back, while it is closed. */
static void run_outside(struct fixture *f, const char *sql)
{
    store_close(&f->store);
    SH_DEFER(close_db) sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(f->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
}

static sh_err try_open(struct fixture *f, struct sh_why *why)
{
    return store_open_sqlite(f->path, &f->store, why);
}

Test(store_sqlite, everything_is_there_after_a_restart)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_begin(f.store));
    int64_t seq = put_message(&f, 1);
    uint64_t item = put_queued(&f, seq, 1), notice = put_notice(&f, 3, 2);
    put_receipt(&f, seq, 1, put_leaf(&f, 5));
    must(store_commit(f.store, NULL));
    fixture_reopen(&f);
    struct message_row message;
    const struct message_row put = message_of(&f, 1);
    const struct sh_hash seat = hash_of(1), other = hash_of(2);
    must(store_message_by_id(f.store, &put.from, &put.message_id, f.arena, &message));
    cr_assert(bytes_equal(message.envelope, put.envelope));
    struct receipt_row receipt;
    must(store_receipt_get(f.store, seq, &seat, RECEIPT_DELIVERED, f.arena, &receipt));
    uint64_t leaves = 0, messages = 0, notices = 0;
    must(store_leaves_count(f.store, &leaves));
    must(store_queue_waiting(f.store, &messages, &notices));
    cr_assert(leaves == 1 && messages == 1 && notices == 1);
    must(store_begin(f.store));
    must(store_queue_done(f.store, &seat, item));
    must(store_queue_done(f.store, &other, notice));
    must(store_commit(f.store, NULL));
}

Test(store_sqlite, item_numbers_are_not_given_again_after_a_restart)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_begin(f.store));
    uint64_t before = put_notice(&f, 1, 1);
    const struct sh_hash seat = hash_of(1);
    must(store_queue_done(f.store, &seat, before));
    must(store_commit(f.store, NULL));
    fixture_reopen(&f);
    must(store_begin(f.store));
    cr_assert_gt(put_notice(&f, 2, 1), before);
}

Test(store_sqlite, item_numbers_are_not_given_again_after_thousands_of_them)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    uint64_t last = 0;
    must(store_begin(f.store));
    for (unsigned n = 1; n <= 8000; n++) {
        last = put_notice(&f, n, 1);
    }
    must(store_commit(f.store, NULL));
    fixture_reopen(&f);
    must(store_begin(f.store));
    cr_assert_gt(put_notice(&f, 1, 1), last);
}

Test(store_sqlite, seats_and_desks_first_seen_in_an_undone_transaction_are_stored_when_seen_again)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    const struct address desk = address_of("mash@999.social-care");
    for (int i = 0; i < 2; i++) {
        must(store_begin(f.store));
        put_notice(&f, 1, 1);
        must(store_collected_put(f.store, &desk, 5));
        if (i == 0) {
            store_rollback(f.store);
        }
    }
    must(store_commit(f.store, NULL));
    fixture_reopen(&f);
    const struct sh_hash *seats = NULL, seat = hash_of(1);
    size_t len = 0;
    int64_t at_ms = 0;
    must(store_queue_seats(f.store, f.arena, &seats, &len));
    cr_assert(len == 1 && hash_equal(&seats[0], &seat));
    must(store_collected_get(f.store, &desk, &at_ms));
}

/* ---- settings: each is one row of PITFALLS B4 ---- */

static const struct {
    const char *pragma, *value;
} settings[] = {
    {"PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous", "2"},
    {"PRAGMA locking_mode", "exclusive"},
    {"PRAGMA wal_autocheckpoint", "0"},
    {"PRAGMA mmap_size", "0"},
    {"PRAGMA cell_size_check", "1"},
    {"PRAGMA trusted_schema", "0"},
    {"PRAGMA foreign_keys", "1"},
    {"PRAGMA journal_size_limit", "67108864"},
    {"PRAGMA application_id", "1398892104"},
    {"PRAGMA user_version", "3"},
    {"SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND NOT strict"
     " AND name NOT LIKE 'sqlite_%'",
     "0"},
};

static int read_one(void *ctx, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    (void)snprintf(ctx, 32, "%s", values[0]);
    return 0;
}

Test(store_sqlite, the_settings_are_the_safe_ones)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    sqlite3 *db = sqlite_of(f.store)->db;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char value[32] = "";
        int rc = sqlite3_exec(db, settings[i].pragma, read_one, value, NULL);
        cr_assert_eq(rc, SQLITE_OK, "%s: %s", settings[i].pragma, sqlite3_errmsg(db));
        cr_assert_str_eq(value, settings[i].value, "%s: %s", settings[i].pragma, value);
    }
}

Test(store_sqlite, the_limits_are_the_high_security_ones)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    sqlite3 *db = sqlite_of(f.store)->db;
    int defensive = 0;
    cr_assert_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive), SQLITE_OK);
    cr_assert_eq(defensive, 1);
    cr_assert_eq(sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, -1), 0);
    cr_assert_eq(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1), 1000000);
    cr_assert_eq(sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, -1), 100000);
    cr_assert_eq(sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, -1), 10);
    cr_assert_eq(sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, -1), 25000);
    cr_assert_neq(sqlite3_exec(db, "ATTACH ':memory:' AS other", NULL, NULL, NULL), SQLITE_OK);
}

Test(store_sqlite, what_was_not_committed_is_gone_after_a_restart)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_begin(f.store));
    put_message(&f, 1);
    fixture_reopen(&f);
    struct message_row got;
    const struct sh_hash header = hash_of(1);
    cr_assert_eq(store_message_by_header(f.store, &header, f.arena, &got), SH_E_NOT_FOUND);
}

Test(store_sqlite, the_files_are_readable_by_their_owner_alone)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    char wal[sizeof f.path + 8];
    (void)snprintf(wal, sizeof wal, "%s-wal", f.path);
    struct stat info;
    cr_assert_eq(stat(f.path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(stat(wal, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
}

Test(store_sqlite, there_is_no_shared_memory_file)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    char shm[sizeof f.path + 8];
    (void)snprintf(shm, sizeof shm, "%s-shm", f.path);
    cr_assert_neq(access(shm, F_OK), 0, "locking_mode is not EXCLUSIVE");
}

Test(store_sqlite, another_process_cannot_open_it)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    /* A child, because POSIX locks do not keep a process from itself. */
    pid_t child = fork();
    if (child == 0) {
        struct store *second = NULL;
        _exit(store_open_sqlite(f.path, &second, NULL) == SH_E_LOCKED ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(store_sqlite, a_checkpoint_empties_the_write_ahead_log)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_begin(f.store));
    put_message(&f, 1);
    must(store_commit(f.store, NULL));
    char wal[sizeof f.path + 8];
    (void)snprintf(wal, sizeof wal, "%s-wal", f.path);
    struct stat info;
    cr_assert_eq(stat(wal, &info), 0);
    cr_assert_gt(info.st_size, 0);
    must(store_checkpoint(f.store));
    cr_assert_eq(stat(wal, &info), 0);
    cr_assert_eq(info.st_size, 0);
}

Test(store_sqlite, the_log_grows_until_a_checkpoint_is_asked_for)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_checkpoint(f.store));
    struct stat before, after;
    cr_assert_eq(stat(f.path, &before), 0);
    /* SQLite's own checkpoint would come at 1000 pages. */
    static const uint8_t bytes[100 * SH_KIB];
    must(store_begin(f.store));
    for (unsigned n = 1; n <= 120; n++) {
        struct message_row row = message_of(&f, n);
        row.envelope = bytes_of(bytes, sizeof bytes);
        int64_t seq = 0;
        must(store_message_put(f.store, &row, &seq));
    }
    must(store_commit(f.store, NULL));
    cr_assert_eq(stat(f.path, &after), 0);
    cr_assert_eq(before.st_size, after.st_size);
}

Test(store_sqlite, a_file_that_is_no_database_is_corrupt)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    store_close(&f.store);
    FILE *file = fopen(f.path, "w");
    cr_assert(file);
    for (int i = 0; i < 1000; i++) {
        (void)fputs("not a database ", file);
    }
    cr_assert_eq(fclose(file), 0);
    struct sh_why why = {""};
    cr_assert_eq(try_open(&f, &why), SH_E_CORRUPT, "%s", why.text);
    cr_assert_neq(why.text[0], '\0');
}

Test(store_sqlite, somebody_elses_database_is_not_taken_over)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    run_outside(&f, "PRAGMA application_id = 7");
    struct sh_why why = {""};
    cr_assert_eq(try_open(&f, &why), SH_E_CORRUPT);
}

Test(store_sqlite, a_newer_schema_is_refused)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    run_outside(&f, "PRAGMA user_version = 999");
    struct sh_why why = {""};
    cr_assert_eq(try_open(&f, &why), SH_E_STORE);
    cr_assert(strstr(why.text, "newer"), "%s", why.text);
}

Test(store_sqlite, a_folder_that_is_not_there_is_an_error_with_the_path)
{
    SH_DEFER(store_close) struct store *store = NULL;
    struct sh_why why = {""};
    cr_assert_eq(store_open_sqlite("/nonexistent/relay.db", &store, &why), SH_E_STORE);
    cr_assert(strstr(why.text, "/nonexistent/relay.db"));
    cr_assert_null(store);
}

/* One row in each table that is checked, then one changed value, then the read that must notice. */
static void put_row_everywhere(struct fixture *f)
{
    fixture_open_sqlite(f);
    must(store_begin(f->store));
    int64_t seq = put_message(f, 1);
    put_receipt(f, seq, 1, put_leaf(f, 5));
    must(store_tile_put(f->store, 0, 0, bytes_str("hashes")));
    must(store_meta_put(f->store, "origin", bytes_str("relay.example")));
    const struct clock_entry clock = {.duty = DUTY_DECIDED,
                                      .state = CLOCK_RUNNING,
                                      .by = address_of("mash@999.social-care"),
                                      .due_ms = 50};
    const struct clock_row clocks = {1, 50, &clock, 1};
    must(store_clocks_put(f->store, &clocks));
    must(store_commit(f->store, NULL));
}

static sh_err read_message_row(struct fixture *f)
{
    struct message_row row;
    return store_message_by_seq(f->store, 1, f->arena, &row);
}

static sh_err read_thread(struct fixture *f)
{
    const struct message_row *rows = NULL;
    size_t len = 0;
    const struct sh_id thread = id_of(1);
    return store_thread(f->store, &thread, 9, f->arena, &rows, &len);
}

static sh_err read_receipt(struct fixture *f)
{
    struct receipt_row row;
    return store_receipt_by_leaf(f->store, 0, f->arena, &row);
}

static sh_err read_leaf(struct fixture *f)
{
    struct leaf_row row;
    return store_leaf_get(f->store, 0, f->arena, &row);
}

static sh_err read_tile(struct fixture *f)
{
    struct bytes hashes;
    return store_tile_get(f->store, 0, 0, f->arena, &hashes);
}

static sh_err read_meta(struct fixture *f)
{
    SH_DEFER(buf_wipe) struct buf value = BUF_INIT(64);
    return store_meta_get(f->store, "origin", &value);
}

static sh_err read_clocks(struct fixture *f)
{
    struct clock_row row;
    return store_clocks_get(f->store, 1, f->arena, &row);
}

static const struct {
    const char *change;
    sh_err (*read)(struct fixture *f);
} damages[] = {
    {"UPDATE message SET header = CAST('header 2' AS BLOB)", read_message_row},
    {"UPDATE message SET header = CAST('header 2' AS BLOB)", read_thread},
    {"UPDATE message SET accepted_ms = accepted_ms + 1", read_message_row},
    {"UPDATE message SET leaf_index = 9", read_thread},
    {"UPDATE message SET thread_id = zeroblob(16)", read_message_row},
    {"UPDATE message SET header_sha256 = zeroblob(32)", read_message_row},
    {"UPDATE address SET text = 'head@999001.school'", read_message_row},
    {"UPDATE body SET before = CAST('<+' AS BLOB)", read_message_row},
    {"UPDATE body SET after = CAST('>> and ciphertext 2' AS BLOB)", read_message_row},
    {"UPDATE body SET after = NULL", read_message_row},
    {"UPDATE receipt SET signed_receipt = CAST('b signed receipt' AS BLOB)", read_receipt},
    {"UPDATE receipt SET type = 2", read_receipt},
    {"UPDATE seat SET sha256 = zeroblob(32)", read_receipt},
    {"UPDATE leaf SET leaf = CAST('another' AS BLOB)", read_leaf},
    {"UPDATE leaf SET facts = CAST('face' AS BLOB)", read_leaf},
    {"UPDATE leaf SET salt = zeroblob(32)", read_leaf},
    {"UPDATE tile SET hashes = CAST('hashet' AS BLOB)", read_tile},
    {"UPDATE clock SET next_ms = 51", read_clocks},
    {"UPDATE clock SET entries = zeroblob(30)", read_clocks},
    {"UPDATE meta SET value = CAST('relay.exampld' AS BLOB)", read_meta},
};

Test(store_sqlite, every_changed_value_is_noticed_when_it_is_read)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        SH_DEFER(fixture_close) struct fixture f = {0};
        put_row_everywhere(&f);
        must(damages[i].read(&f));
        run_outside(&f, damages[i].change);
        fixture_reopen(&f);
        cr_assert_eq(damages[i].read(&f), SH_E_CORRUPT, "%s", damages[i].change);
        /* and from then on the store says nothing else */
        uint64_t leaves = 0;
        cr_assert_eq(store_leaves_count(f.store, &leaves), SH_E_CORRUPT);
        cr_assert_eq(store_begin(f.store), SH_E_CORRUPT);
    }
}

Test(store_sqlite, a_gap_in_the_interned_ids_is_noticed_at_open)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    put_row_everywhere(&f);
    run_outside(&f, "UPDATE seat SET id = 5");
    struct sh_why why = {""};
    cr_assert_eq(try_open(&f, &why), SH_E_CORRUPT);
}

Test(store_sqlite, many_seats_and_addresses_are_kept_apart)
{
    SH_DEFER(fixture_close) struct fixture f = {0};
    fixture_open_sqlite(&f);
    must(store_begin(f.store));
    for (unsigned n = 1; n <= 500; n++) {
        put_notice(&f, n, n);
        char text[64];
        (void)snprintf(text, sizeof text, "dsl@%u.school", n);
        const struct address desk = address_of(text);
        must(store_collected_put(f.store, &desk, n));
    }
    must(store_commit(f.store, NULL));
    fixture_reopen(&f);
    for (unsigned n = 1; n <= 500; n++) {
        const struct queue_row *rows = NULL;
        size_t len = 0;
        const struct sh_hash seat = hash_of(n);
        must(store_queue_next(f.store, &seat, 0, 9, f.arena, &rows, &len));
        cr_assert(len == 1 && rows[0].leaf_index == n);
    }
}
