#include "base/cleanup.h"
#include "client/vault.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct place {
    struct temp_dir dir;
    char path[PATH_MAX + 32];
};

static void place_make(struct place *place)
{
    temp_dir_make(&place->dir);
    (void)snprintf(place->path, sizeof place->path, "%s/vault.db", place->dir.path);
}

static void place_wipe(struct place *place)
{
    temp_dir_remove(&place->dir);
}

static struct vault *open_at(const struct place *place)
{
    struct vault *vault = NULL;
    struct sh_why why = {{0}};
    cr_assert_eq(vault_open(place->path, &vault, &why), SH_OK, "%s", why.text);
    return vault;
}

static struct vault_message sample(uint8_t id)
{
    struct vault_message message = {.box = BOX_SENT,
                                    .state = MESSAGE_WAITING,
                                    .created_at_ms = 1000 + id,
                                    .header = bytes_str("header"),
                                    .envelope = bytes_str("envelope")};
    memset(message.message_id.b, id, sizeof message.message_id.b);
    memset(message.thread_id.b, id, sizeof message.thread_id.b);
    memset(message.header_sha256.b, id, sizeof message.header_sha256.b);
    cr_assert_eq(address_from("dsl@999001.school", &message.sender), SH_OK);
    return message;
}

static int64_t put(struct vault *vault, uint8_t id)
{
    struct vault_message message = sample(id);
    int64_t row = 0;
    cr_assert_eq(vault_message_put(vault, &message, &row), SH_OK);
    return row;
}

Test(vault, what_was_stored_is_there_after_closing)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    int64_t row = put(vault, 7);
    vault_close(&vault);
    cr_assert_null(vault);
    vault = open_at(&place);
    struct vault_message expected = sample(7), found;
    struct bytes envelope;
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_message_by_header(vault, &expected.header_sha256, arena, &found), SH_OK);
    cr_assert_eq(found.row, row);
    cr_assert(id_equal(&found.message_id, &expected.message_id));
    cr_assert_eq(found.state, MESSAGE_WAITING);
    cr_assert(bytes_equal(found.header, expected.header));
    cr_assert_eq(vault_envelope(vault, row, arena, &envelope), SH_OK);
    cr_assert(bytes_equal(envelope, expected.envelope));
    vault_close(&vault);
}

Test(vault, a_second_program_gets_locked)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    struct vault *vault = open_at(&place);
    /* Another process, since locks of files are a process's own. It must not wait for long:
     * SQLite's own wait is 5 s. */
    pid_t child = fork();
    if (child == 0) {
        struct vault *second = NULL;
        struct sh_why why = {{0}};
        _exit(vault_open(place.path, &second, &why) == SH_E_LOCKED ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    vault_close(&vault);
}

Test(vault, nobody_else_can_read_the_file)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    mode_t before = umask(0);
    struct vault *vault = open_at(&place);
    (void)umask(before);
    struct stat found;
    cr_assert_eq(stat(place.path, &found), 0);
    cr_assert_eq(found.st_mode & 0777, 0600);
    vault_close(&vault);
}

Test(vault, a_file_of_another_kind_or_a_newer_format_is_not_touched)
{
    static const char *const changes[] = {"PRAGMA application_id = 5", "PRAGMA user_version = 99"};
    for (size_t i = 0; i < 2; i++) {
        SH_DEFER(place_wipe) struct place place;
        place_make(&place);
        struct vault *vault = open_at(&place);
        vault_close(&vault);
        sqlite3 *db = NULL;
        cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
        cr_assert_eq(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(db);
        struct sh_why why = {{0}};
        cr_assert_eq(vault_open(place.path, &vault, &why), SH_E_STORE);
        cr_assert_neq(why.text[0], '\0');
    }
}

Test(vault, a_changed_envelope_is_corrupt)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    int64_t row = put(vault, 1);
    vault_close(&vault);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "UPDATE message SET envelope = x'00'", NULL, NULL, NULL),
                 SQLITE_OK);
    (void)sqlite3_close(db);
    vault = open_at(&place);
    struct bytes envelope;
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_envelope(vault, row, arena, &envelope), SH_E_CORRUPT);
    vault_close(&vault);
}

Test(vault, garbage_is_no_vault)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    FILE *file = fopen(place.path, "w");
    for (int i = 0; i < 5000; i++) {
        (void)fputs("garbage ", file);
    }
    (void)fclose(file);
    struct vault *vault = NULL;
    struct sh_why why = {{0}};
    cr_assert_eq(vault_open(place.path, &vault, &why), SH_E_CORRUPT);
    cr_assert_null(vault);
}

Test(vault, a_message_is_stored_once)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    struct vault *vault = open_at(&place);
    (void)put(vault, 3);
    struct vault_message again = sample(3);
    int64_t row = 0;
    cr_assert_eq(vault_message_put(vault, &again, &row), SH_E_EXISTS);
    memset(again.header_sha256.b, 4, sizeof again.header_sha256.b);
    cr_assert_eq(vault_message_put(vault, &again, &row), SH_E_EXISTS,
                 "the same sender used this id before");
    cr_assert_eq(address_from("head@999001.school", &again.sender), SH_OK);
    cr_assert_eq(vault_message_put(vault, &again, &row), SH_OK);
    vault_close(&vault);
}

Test(vault, what_is_not_committed_is_gone)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    {
        cr_assert_eq(vault_begin(vault), SH_OK);
        SH_DEFER(vault_abandon) struct vault *open = vault;
        (void)put(open, 9);
    }
    cr_assert_eq(vault_begin(vault), SH_OK);
    cr_assert_eq(vault_begin(vault), SH_E_BUG);
    cr_assert_eq(vault_commit(vault), SH_OK);
    cr_assert_eq(vault_commit(vault), SH_E_BUG);
    struct vault_message found, lost = sample(9);
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_message_by_header(vault, &lost.header_sha256, arena, &found),
                 SH_E_NOT_FOUND);
    vault_close(&vault);
}

Test(vault, an_id_is_found_by_its_beginning_if_only_one_fits)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    (void)put(vault, 0x11);
    (void)put(vault, 0x12);
    struct sh_id low = {{0}}, high;
    struct vault_message found;
    memset(high.b, 0xff, sizeof high.b);
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_message_by_id(vault, &low, &high, arena, &found), SH_E_AMBIGUOUS);
    low.b[0] = 0x12;
    cr_assert_eq(vault_message_by_id(vault, &low, &high, arena, &found), SH_OK);
    cr_assert_eq(found.message_id.b[0], 0x12);
    low.b[0] = 0x13;
    cr_assert_eq(vault_message_by_id(vault, &low, &high, arena, &found), SH_E_NOT_FOUND);
    vault_close(&vault);
}

Test(vault, receipts_wait_until_they_are_stored_and_wait_again_if_the_relay_has_lost_them)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    struct vault_receipt receipt = {.type = RECEIPT_DELIVERED,
                                    .signed_receipt = bytes_str("signed")},
                         *waiting = NULL;
    size_t len = 0;
    bool has = true;
    memset(receipt.header_sha256.b, 5, sizeof receipt.header_sha256.b);
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_receipt_has(vault, &receipt.header_sha256, RECEIPT_DELIVERED, &has), SH_OK);
    cr_assert_not(has);
    cr_assert_eq(vault_receipt_put(vault, &receipt), SH_OK);
    receipt.signed_receipt = bytes_str("another");
    cr_assert_eq(vault_receipt_put(vault, &receipt), SH_OK);
    cr_assert_eq(vault_receipts_waiting(vault, 10, arena, &waiting, &len), SH_OK);
    cr_assert_eq(len, 1);
    cr_assert(bytes_equal(waiting[0].signed_receipt, bytes_str("signed")), "the first one stays");
    cr_assert_eq(vault_receipt_set_state(vault, &receipt.header_sha256, RECEIPT_DELIVERED,
                                         RECEIPT_STATE_STORED, 0),
                 SH_OK);
    cr_assert_eq(vault_receipts_waiting(vault, 10, arena, &waiting, &len), SH_OK);
    cr_assert_eq(len, 0);
    cr_assert_eq(vault_receipts_again(vault, &receipt.header_sha256), SH_OK);
    cr_assert_eq(vault_receipts_waiting(vault, 10, arena, &waiting, &len), SH_OK);
    cr_assert_eq(len, 1);
    vault_close(&vault);
}

Test(vault, the_newest_checkpoint_is_the_largest_and_both_are_known)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(100);
    struct vault *vault = open_at(&place);
    struct sh_hash root = {{1}}, other = {{2}};
    bool known = false;
    cr_assert_eq(vault_checkpoint_newest(vault, &note), SH_E_NOT_FOUND);
    cr_assert_eq(vault_checkpoint_put(vault, 9, &root, bytes_str("nine"), 1), SH_OK);
    cr_assert_eq(vault_checkpoint_put(vault, 4, &root, bytes_str("four"), 2), SH_OK);
    cr_assert_eq(vault_checkpoint_newest(vault, &note), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&note), bytes_str("nine")));
    cr_assert_eq(vault_checkpoint_known(vault, 4, &root, &known), SH_OK);
    cr_assert(known);
    cr_assert_eq(vault_checkpoint_known(vault, 4, &other, &known), SH_OK);
    cr_assert_not(known);
    vault_close(&vault);
}

Test(vault, a_chain_is_kept_beside_its_message)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault *vault = open_at(&place);
    int64_t row = put(vault, 1), at_ms = 0;
    struct bytes pem;
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_chain_get(vault, row, arena, &pem, &at_ms), SH_E_NOT_FOUND);
    cr_assert_eq(vault_chain_set(vault, row, bytes_str("pem"), 77), SH_OK);
    cr_assert_eq(vault_chain_get(vault, row, arena, &pem, &at_ms), SH_OK);
    cr_assert(bytes_equal(pem, bytes_str("pem")));
    cr_assert_eq(at_ms, 77);
    vault_close(&vault);
}

/* The whole schema as text, and the version behind it. */
static void read_schema(const struct place *place, char *out, size_t out_len)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    cr_assert_eq(sqlite3_open(place->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db,
                                    "SELECT group_concat(sql, ';') || (SELECT user_version FROM "
                                    "pragma_user_version) FROM (SELECT sql FROM sqlite_schema "
                                    "WHERE sql IS NOT NULL ORDER BY name)",
                                    -1, &q, NULL),
                 SQLITE_OK);
    cr_assert_eq(sqlite3_step(q), SQLITE_ROW);
    (void)snprintf(out, out_len, "%s", (const char *)sqlite3_column_text(q, 0));
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
}

Test(vault, a_vault_of_the_first_format_becomes_what_a_fresh_one_is)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    static char fresh[16384], brought_up[16384];
    struct vault *vault = open_at(&place);
    put(vault, 3);
    vault_close(&vault);
    read_schema(&place, fresh, sizeof fresh);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "DROP TABLE child; DROP TABLE child_indexed; DROP TABLE child_link; "
                              "PRAGMA user_version = 1",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    (void)sqlite3_close(db);
    vault = open_at(&place);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    int64_t *rows = NULL;
    size_t len = 0;
    cr_assert_eq(arena_new(SH_MIB, 100, &arena), SH_OK);
    cr_assert_eq(vault_child_unindexed(vault, 0, 10, arena, &rows, &len), SH_OK);
    cr_assert_eq(len, 1, "what was there waits to be indexed");
    vault_close(&vault);
    read_schema(&place, brought_up, sizeof brought_up);
    cr_assert_str_eq(brought_up, fresh);
}

Test(vault, an_upgrade_that_fails_leaves_the_old_vault)
{
    SH_DEFER(place_wipe) struct place place;
    place_make(&place);
    struct vault *vault = open_at(&place);
    vault_close(&vault);
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(place.path, &db), SQLITE_OK);
    /* The last of the new tables is in the way. */
    cr_assert_eq(sqlite3_exec(db,
                              "DROP TABLE child; DROP TABLE child_indexed; PRAGMA user_version = 1",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    (void)sqlite3_close(db);
    struct sh_why why = {{0}};
    cr_assert_neq(vault_open(place.path, &vault, &why), SH_OK);
    static char after[16384];
    read_schema(&place, after, sizeof after);
    cr_assert_eq(after[strlen(after) - 1], '1', "still the first format");
    cr_assert_null(strstr(after, "child_indexed"), "and nothing half done");
}
