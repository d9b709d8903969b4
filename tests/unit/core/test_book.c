/* The book: what a restart finds, what a meddler is found by, what is published. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/control.h"
#include "core/publish.h"
#include "support/relay.h"
#include "support/temp.h"
#include "tlog/tile.h"
#include "wire/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void append_leaves(struct book *book, struct store *store, size_t count)
{
    struct sh_why why = {0};
    struct leaf_facts facts = {.code = 1};
    uint64_t index = 0;
    cr_assert_eq(store_begin(store), SH_OK);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(book_append(book, LEAF_HEARTBEAT, PKI_NOW_MS, &facts, &index), SH_OK);
    }
    cr_assert_eq(book_seal(book), SH_OK);
    cr_assert_eq(store_commit(store, &why), SH_OK, "%s", why.text);
    book_committed(book);
}

struct shelf {
    struct key *key;
    struct store *store;
    struct book *book;
};

static void shelf_open(struct shelf *shelf, struct store *store)
{
    struct sh_why why = {0};
    shelf->store = store;
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &shelf->key), SH_OK);
    cr_assert_eq(book_open(store, shelf->key, PKI_ORIGIN, &shelf->book, &why), SH_OK, "%s",
                 why.text);
}

static void shelf_close(struct shelf *shelf)
{
    book_close(&shelf->book);
    store_close(&shelf->store);
    key_free(&shelf->key);
}

static void shelf_open_memory(struct shelf *shelf)
{
    struct store *store = NULL;
    cr_assert_eq(store_open_memory(&store), SH_OK);
    shelf_open(shelf, store);
}

Test(book, every_leaf_has_a_statement_that_verifies_across_tile_edges)
{
    SH_DEFER(shelf_close) struct shelf shelf;
    shelf_open_memory(&shelf);
    append_leaves(shelf.book, shelf.store, 255);
    append_leaves(shelf.book, shelf.store, 3);
    append_leaves(shelf.book, shelf.store, 4700);
    static const uint64_t indexes[] = {0, 1, 254, 255, 256, 257, 511, 512, 3000, 4956, 4957};
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct statement statement;
        struct verified_statement verified;
        cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
        cr_assert_eq(book_statement(shelf.book, indexes[i], arena, &statement), SH_OK);
        cr_assert_eq(statement_verify(&statement, book_verifier(shelf.book), arena, &verified),
                     SH_OK);
        cr_assert_eq(verified.checkpoint.size, 4958);
    }
}

Test(book, what_was_rolled_back_leaves_no_trace_in_later_roots)
{
    SH_DEFER(shelf_close) struct shelf shelf;
    struct leaf_facts facts = {.code = 2};
    uint64_t index = 0;
    shelf_open_memory(&shelf);
    append_leaves(shelf.book, shelf.store, 300);
    cr_assert_eq(store_begin(shelf.store), SH_OK);
    for (int i = 0; i < 300; i++) {
        cr_assert_eq(book_append(shelf.book, LEAF_ALARM, PKI_NOW_MS + 5, &facts, &index), SH_OK);
    }
    store_rollback(shelf.store);
    cr_assert_eq(book_rolled_back(shelf.book), SH_OK);
    cr_assert_eq(book_size(shelf.book), 300);
    cr_assert_eq(book_last_time_ms(shelf.book), PKI_NOW_MS);
    append_leaves(shelf.book, shelf.store, 10);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct statement statement;
    struct verified_statement verified;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(book_statement(shelf.book, 305, arena, &statement), SH_OK);
    cr_assert_eq(statement_verify(&statement, book_verifier(shelf.book), arena, &verified), SH_OK);
    cr_assert_eq(verified.leaf.type, LEAF_HEARTBEAT);
}

static sh_err reopen(struct shelf *shelf, const char *path)
{
    struct sh_why why = {0};
    book_close(&shelf->book);
    store_close(&shelf->store);
    cr_assert_eq(store_open_sqlite(path, &shelf->store, &why), SH_OK, "%s", why.text);
    return book_open(shelf->store, shelf->key, PKI_ORIGIN, &shelf->book, &why);
}

static void shelf_open_file(struct shelf *shelf, struct temp_dir *dir, char *path, size_t path_len)
{
    struct sh_why why = {0};
    struct store *store = NULL;
    temp_dir_make(dir);
    cr_assert_eq(path_join(path, path_len, dir->path, "relay.db"), SH_OK);
    cr_assert_eq(store_open_sqlite(path, &store, &why), SH_OK, "%s", why.text);
    shelf_open(shelf, store);
}

Test(book, a_restart_finds_the_same_root_and_goes_on)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(shelf_close) struct shelf shelf;
    char path[PATH_MAX + 16];
    shelf_open_file(&shelf, &dir, path, sizeof path);
    append_leaves(shelf.book, shelf.store, 700);
    cr_assert_eq(reopen(&shelf, path), SH_OK);
    cr_assert_eq(book_size(shelf.book), 700);
    cr_assert_eq(book_last_time_ms(shelf.book), PKI_NOW_MS);
    append_leaves(shelf.book, shelf.store, 1);
    cr_assert_eq(book_size(shelf.book), 701);
}

Test(book, a_changed_tile_a_missing_leaf_and_another_key_are_each_found_at_start)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(shelf_close) struct shelf shelf;
    char path[PATH_MAX + 16];
    struct sh_why why = {0};
    shelf_open_file(&shelf, &dir, path, sizeof path);
    append_leaves(shelf.book, shelf.store, 10);
    uint8_t forged[10 * SH_HASH_BYTES] = {9};
    cr_assert_eq(store_begin(shelf.store), SH_OK);
    cr_assert_eq(store_tile_put(shelf.store, 0, 0, bytes_of(forged, sizeof forged)), SH_OK);
    cr_assert_eq(store_commit(shelf.store, &why), SH_OK);
    cr_assert_eq(reopen(&shelf, path), SH_E_CORRUPT);
    shelf_close(&shelf);
    temp_dir_remove(&dir);

    shelf_open_file(&shelf, &dir, path, sizeof path);
    append_leaves(shelf.book, shelf.store, 10);
    struct leaf_row extra = {.index = 10, .leaf = bytes_str("more")};
    cr_assert_eq(store_begin(shelf.store), SH_OK);
    cr_assert_eq(store_leaf_put(shelf.store, &extra), SH_OK);
    cr_assert_eq(store_commit(shelf.store, &why), SH_OK);
    cr_assert_eq(reopen(&shelf, path), SH_E_CORRUPT);
    shelf_close(&shelf);
    temp_dir_remove(&dir);

    shelf_open_file(&shelf, &dir, path, sizeof path);
    append_leaves(shelf.book, shelf.store, 10);
    key_free(&shelf.key);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &shelf.key), SH_OK);
    cr_assert_eq(reopen(&shelf, path), SH_E_CORRUPT);
}

/* Reads the folder as a stranger does: every leaf from the bundles, the root from their hashes, the
 * checkpoint's signature. */
static void must_be_published(const char *folder, const struct note_verifier *log, uint64_t size)
{
    char path[PATH_MAX + TILE_PATH_BYTES], name[TILE_PATH_BYTES];
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    struct merkle_edge edge = {.size = 0};
    struct sh_hash root;
    cr_assert_eq(path_join(path, sizeof path, folder, "checkpoint"), SH_OK);
    cr_assert_eq(file_read(path, &note, NULL), SH_OK);
    cr_assert_eq(checkpoint_verify(bytes_buf(&note), log, &checkpoint), SH_OK);
    cr_assert_eq(checkpoint.size, size);
    for (uint64_t bundle = 0; bundle * TILE_WIDTH < size; bundle++) {
        SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
        struct tile tile = {.index = bundle, .width = tile_width_at(0, bundle, size)};
        struct bytes entry;
        size_t at = 0;
        tile_entries_path(&tile, name);
        cr_assert_eq(path_join(path, sizeof path, folder, name), SH_OK);
        cr_assert_eq(file_read(path, &text, NULL), SH_OK, "%s", path);
        while (bundle_next(bytes_buf(&text), &at, &entry) == SH_OK) {
            struct sh_hash hash;
            cr_assert_eq(merkle_leaf_hash(entry, &hash), SH_OK);
            cr_assert_eq(merkle_edge_append(&edge, &hash, NULL), SH_OK);
        }
    }
    cr_assert_eq(edge.size, size);
    cr_assert_eq(merkle_edge_root(&edge, &root), SH_OK);
    cr_assert(hash_equal(&root, &checkpoint.root));
}

Test(publish, the_folder_holds_the_whole_log_in_pieces_and_goes_on_after_a_restart)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(relay_free) struct relay relay;
    struct sh_why why = {0};
    char folder[PATH_MAX + 16], path[PATH_MAX + 64];
    temp_dir_make(&dir);
    relay_make(&relay);
    struct core *core = relay.core;
    cr_assert_eq(path_join(folder, sizeof folder, dir.path, "log"), SH_OK);
    cr_assert_eq(publisher_start(folder, 1000, book_verifier(core->book), &core->publisher, &why),
                 SH_OK);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    must_be_published(folder, book_verifier(core->book), book_size(core->book));
    append_leaves(core->book, core->store, 40000);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    must_be_published(folder, book_verifier(core->book), book_size(core->book));
    publisher_stop(&core->publisher);
    append_leaves(core->book, core->store, 300);
    cr_assert_eq(publisher_start(folder, 1000, book_verifier(core->book), &core->publisher, &why),
                 SH_OK);
    cr_assert_eq(publish_all(core->publisher, core), SH_OK);
    must_be_published(folder, book_verifier(core->book), book_size(core->book));
    publisher_stop(&core->publisher);
    cr_assert_eq(path_join(path, sizeof path, folder, "tile/0/000.p"), SH_OK);
    cr_assert_neq(access(path, F_OK), 0, "a full tile's partial ones are gone");
    cr_assert_eq(path_join(path, sizeof path, folder, "tile/1/000.p"), SH_OK);
    cr_assert_eq(access(path, F_OK), 0, "level 1 is still partial");
}

static size_t ask_control(struct control *control, const char *path, const char *line,
                          const struct stats *stats, char *out, size_t out_len)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    cr_assert_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    control_serve(control, stats, true);
    size_t len = 0;
    for (ssize_t got; (got = read(fd, out + len, out_len - 1 - len)) > 0;) {
        len += (size_t)got;
    }
    out[len] = '\0';
    return len;
}

Test(control, answers_health_and_metrics_as_openmetrics)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(control_close) struct control *control = NULL;
    struct sh_why why = {0};
    struct stats stats = {.accepted = 41, .leaves = 99};
    char path[PATH_MAX + 16], text[16384];
    temp_dir_make(&dir);
    cr_assert_eq(path_join(path, sizeof path, dir.path, "c"), SH_OK);
    cr_assert_eq(control_open(path, &control, &why), SH_OK);
    cr_assert_gt(ask_control(control, path, "metrics\n", &stats, text, sizeof text), 0);
    cr_assert_not_null(strstr(text, "safehand_accepted_total 41\n"));
    cr_assert_not_null(strstr(text, "safehand_leaves 99\n"));
    cr_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
    cr_assert_gt(ask_control(control, path, "health\n", &stats, text, sizeof text), 0);
    cr_assert_eq(strncmp(text, "ok\n", 3), 0);
    stats.clock_alarm = 1;
    (void)ask_control(control, path, "health\n", &stats, text, sizeof text);
    cr_assert_eq(strncmp(text, "not serving\n", 12), 0);
}
