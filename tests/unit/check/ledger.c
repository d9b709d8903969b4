#include "ledger.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "store/sqlite/check.h"
#include "support/loss.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* ---- what happens ---- */

static void accept(struct ledger *l, enum post_seat from, const struct letter *letter)
{
    submit(&l->relay, from, letter);
    cr_assert_not_null(sent_to(&l->relay, from, FRAME_ACCEPTED));
}

static void decide(struct ledger *l)
{
    letter_write(&l->relay.post, &l->decision, MASH, POST_DECISION, 2);
    l->decision.facts.thread_id = l->decision.inside.thread_id = l->second.facts.thread_id;
    l->decision.facts.has_parent = l->decision.inside.has_parent = true;
    cr_assert_eq(header_hash(l->second.env.header, &l->decision.facts.parent), SH_OK);
    l->decision.inside.parent = l->decision.facts.parent;
    letter_seal(&l->relay.post, &l->decision);
    accept(l, MASH, &l->decision);
}

/* An auditor's desk reads a page. */
static void audit(struct ledger *l)
{
    enum post_seat auditor = (enum post_seat)pki_add_seat(&l->relay.post.pki, "reviews@999.audit");
    relay_reload(&l->relay);
    struct frame ask = {.ref = 3, .type = FRAME_LEAVES_GET};
    ask.leaves_get.count = 3;
    ask.leaves_get.size = book_size(l->relay.core->book);
    relay_step(&l->relay, auditor, &ask);
    cr_assert_not_null(sent_to(&l->relay, auditor, FRAME_LEAVES));
}

/* The first expires and runs late, the second is opened and decided. */
static void happen(struct ledger *l)
{
    static const enum post_seat receivers[] = {DEPUTY, MASH, MANAGERS};
    write_referral(&l->relay, &l->first);
    write_referral(&l->relay, &l->second);
    accept(l, SCHOOL, &l->first);
    for (size_t i = 0; i < 3; i++) {
        give_receipt(&l->relay, receivers[i], RECEIPT_DELIVERED, &l->first);
    }
    accept(l, SCHOOL, &l->second);
    give_receipt(&l->relay, MASH, RECEIPT_DELIVERED, &l->second);
    give_receipt(&l->relay, MASH, RECEIPT_OPENED, &l->second);
    decide(l);
    int64_t kept_ms = policy_retention_ms(l->relay.core->loaded->policy) + 2 * SH_HOUR_MS;
    l->relay.now_ms += kept_ms;
    l->relay.boot_ms += kept_ms;
    relay_tick(&l->relay);
    audit(l);
}

static void append_leaves(struct core *core, size_t count)
{
    struct leaf_facts none = {0};
    uint64_t index = 0;
    cr_assert_eq(store_begin(core->store), SH_OK);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(
            book_append(core->book, LEAF_HEARTBEAT, book_last_time_ms(core->book), &none, &index),
            SH_OK);
    }
    cr_assert_eq(book_seal(core->book), SH_OK);
    cr_assert_eq(store_commit(core->store, NULL), SH_OK);
    book_committed(core->book);
}

static void ledger_open_relay(struct ledger *l)
{
    struct store *store = NULL;
    struct sh_why why = {0};
    memset(l, 0, sizeof *l);
    temp_dir_make(&l->dir);
    (void)snprintf(l->path, sizeof l->path, "%s/relay.db", l->dir.path);
    cr_assert_eq(store_open_sqlite(l->path, &store, &why), SH_OK, "%s", why.text);
    relay_make_over(&l->relay, store);
}

/* What stands on the disk is what is checked. */
static void ledger_close_relay(struct ledger *l)
{
    struct sh_why why = {0};
    l->log = *book_verifier(l->relay.core->book);
    core_free(&l->relay.core);
    l->whole.max = 64 * SH_MIB;
    cr_assert_eq(file_read(l->path, &l->whole, &why), SH_OK, "%s", why.text);
}

void ledger_make(struct ledger *l, size_t leaves_more)
{
    ledger_open_relay(l);
    happen(l);
    append_leaves(l->relay.core, leaves_more);
    ledger_close_relay(l);
}

void ledger_make_lost(struct ledger *l, bool taken_up)
{
    char copy[sizeof l->path];
    struct loss_proof proof;
    struct frame known = {.ref = 4, .type = FRAME_KNOWN};
    ledger_open_relay(l);
    write_referral(&l->relay, &l->first);
    accept(l, SCHOOL, &l->first);
    (void)snprintf(copy, sizeof copy, "%s/copy.db", l->dir.path);
    (void)loss_copy(&l->relay, copy);
    write_referral(&l->relay, &l->missing);
    accept(l, SCHOOL, &l->missing);
    loss_keep(&l->relay, SCHOOL, &proof);
    loss_lose(&l->relay, copy);
    known.known.checkpoint = proof.checkpoint;
    known.known.statements = &proof.accepted;
    known.known.len = 1;
    relay_step(&l->relay, SCHOOL, &known);
    cr_assert_not_null(sent_to(&l->relay, SCHOOL, FRAME_NOTED));
    if (taken_up) {
        loss_take_up(&l->relay, copy);
        loss_offer(&l->relay, SCHOOL, &l->missing, &proof.accepted);
        cr_assert_not_null(sent_to(&l->relay, SCHOOL, FRAME_ACCEPTED));
    }
    (void)snprintf(l->path, sizeof l->path, "%s", copy);
    ledger_close_relay(l);
}

void ledger_free(struct ledger *l)
{
    letter_free(&l->first);
    letter_free(&l->second);
    letter_free(&l->decision);
    letter_free(&l->missing);
    relay_free(&l->relay);
    buf_wipe(&l->whole);
    temp_dir_remove(&l->dir);
}

void ledger_restore(const struct ledger *l)
{
    FILE *file = fopen(l->path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(l->whole.data, 1, l->whole.len, file), l->whole.len);
    cr_assert_eq(fclose(file), 0);
}

struct check_result ledger_check(const struct ledger *l)
{
    struct sh_why why = {0};
    struct check_result result = {0};
    const struct check_order order = {
        .path = l->path, .log = &l->log, .directory = l->relay.post.directory};
    sh_err err = check_database(&order, &result, &why);
    cr_assert_eq(err, SH_OK, "%s: %s", sh_err_word(err), why.text);
    return result;
}

/* ---- the operator who changes it ---- */

sqlite3 *ledger_open(const struct ledger *l)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(l->path, &db), SQLITE_OK);
    /* One file, so that a copy of it is all. */
    cr_assert_eq(sqlite3_exec(db, "PRAGMA synchronous = off; PRAGMA journal_mode = delete", NULL,
                              NULL, NULL),
                 SQLITE_OK);
    return db;
}

typedef void (*forge)(sqlite3_stmt *row, struct sh_hash *out);

static void forge_meta(sqlite3_stmt *row, struct sh_hash *out)
{
    cr_assert_eq(meta_checksum(column_bytes(row, 1), column_bytes(row, 2), out), SH_OK);
}

static void forge_message(sqlite3_stmt *row, struct sh_hash *out)
{
    struct message_row message = {.seq = sqlite3_column_int64(row, 0),
                                  .accepted_ms = sqlite3_column_int64(row, 2),
                                  .leaf_index = (uint64_t)sqlite3_column_int64(row, 3),
                                  .header = column_bytes(row, 8)};
    struct sh_hash envelope;
    cr_assert_eq(column_id(row, 4, &message.message_id), SH_OK);
    cr_assert_eq(column_id(row, 5, &message.thread_id), SH_OK);
    cr_assert_eq(column_hash(row, 6, &message.header_sha256), SH_OK);
    cr_assert_eq(column_hash(row, 7, &envelope), SH_OK);
    (void)snprintf(message.from.text, sizeof message.from.text, "%s",
                   sqlite3_column_text(row, 9) ? (const char *)sqlite3_column_text(row, 9) : "");
    cr_assert_eq(message_checksum(&message, sqlite3_column_int64(row, 1), &envelope, out), SH_OK);
}

static void forge_receipt(sqlite3_stmt *row, struct sh_hash *out)
{
    struct receipt_row receipt = {.leaf_index = (uint64_t)sqlite3_column_int64(row, 0),
                                  .message_seq = sqlite3_column_int64(row, 1),
                                  .type = (enum receipt_type)sqlite3_column_int(row, 2),
                                  .signed_receipt = column_bytes(row, 3)};
    bool known = hash_from(column_bytes(row, 4), &receipt.seat) == SH_OK;
    cr_assert(known || column_bytes(row, 4).len == 0);
    cr_assert_eq(receipt_checksum(&receipt, out), SH_OK);
}

static void forge_clock(sqlite3_stmt *row, struct sh_hash *out)
{
    cr_assert_eq(clocks_checksum(sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                                 column_bytes(row, 2), out),
                 SH_OK);
}

static void forge_leaf(sqlite3_stmt *row, struct sh_hash *out)
{
    struct leaf_row leaf = {.index = (uint64_t)sqlite3_column_int64(row, 0),
                            .leaf = column_bytes(row, 1),
                            .facts = column_bytes(row, 3)};
    cr_assert_eq(column_hash(row, 2, &leaf.salt), SH_OK);
    cr_assert_eq(leaf_checksum(&leaf, out), SH_OK);
}

static void forge_lost(sqlite3_stmt *row, struct sh_hash *out)
{
    const struct lost_row lost = {.number = sqlite3_column_int64(row, 0),
                                  .size = (uint64_t)sqlite3_column_int64(row, 1),
                                  .opened = sqlite3_column_int64(row, 2) == 1,
                                  .vkey = column_bytes(row, 3),
                                  .known = column_bytes(row, 4)};
    cr_assert_eq(lost_checksum(&lost, out), SH_OK);
}

static void forge_missing(sqlite3_stmt *row, struct sh_hash *out)
{
    int64_t again = sqlite3_column_int64(row, 2);
    const struct missing_row missing = {.lost = sqlite3_column_int64(row, 1),
                                        .index = (uint64_t)sqlite3_column_int64(row, 0),
                                        .has_again = again != -1,
                                        .again = again != -1 ? (uint64_t)again : 0,
                                        .statement = column_bytes(row, 3)};
    cr_assert_eq(missing_checksum(&missing, out), SH_OK);
}

static void forge_tile(sqlite3_stmt *row, struct sh_hash *out)
{
    cr_assert_eq(tile_checksum(sqlite3_column_int64(row, 0), column_bytes(row, 1), out), SH_OK);
}

static void forge_table(sqlite3 *db, const char *select, const char *update, forge with)
{
    sqlite3_stmt *row = NULL, *put = NULL;
    cr_assert_eq(sqlite3_prepare_v2(db, select, -1, &row, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_prepare_v2(db, update, -1, &put, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(db));
    while (sqlite3_step(row) == SQLITE_ROW) {
        struct sh_hash sum;
        with(row, &sum);
        cr_assert_eq(sqlite3_bind_value(put, 1, sqlite3_column_value(row, 0)), SQLITE_OK);
        cr_assert_eq(sqlite3_bind_blob(put, 2, sum.b, sizeof sum.b, SQLITE_TRANSIENT), SQLITE_OK);
        cr_assert_eq(sqlite3_step(put), SQLITE_DONE);
        cr_assert_eq(sqlite3_reset(put), SQLITE_OK);
    }
    (void)sqlite3_finalize(row);
    (void)sqlite3_finalize(put);
}

void forge_checksums(sqlite3 *db)
{
    (void)sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    forge_table(db, "SELECT name, CAST(name AS BLOB), value FROM meta",
                "UPDATE meta SET check_sha256 = ?2 WHERE name = ?1", forge_meta);
    forge_table(db,
                "SELECT m.seq, thread_seq, accepted_ms, leaf_index, message_id, thread_id,"
                " header_sha256, envelope_sha256, header, text FROM message m"
                " LEFT JOIN address a ON a.id = m.from_id",
                "UPDATE message SET check_sha256 = ?2 WHERE seq = ?1", forge_message);
    forge_table(db,
                "SELECT leaf_index, message_seq, type, signed_receipt, sha256 FROM receipt r"
                " LEFT JOIN seat s ON s.id = r.seat_id",
                "UPDATE receipt SET check_sha256 = ?2 WHERE leaf_index = ?1", forge_receipt);
    forge_table(db, "SELECT message_seq, next_ms, entries FROM clock",
                "UPDATE clock SET check_sha256 = ?2 WHERE message_seq = ?1", forge_clock);
    forge_table(db, "SELECT idx, leaf, salt, facts FROM leaf",
                "UPDATE leaf SET check_sha256 = ?2 WHERE idx = ?1", forge_leaf);
    forge_table(db, "SELECT id, hashes FROM tile",
                "UPDATE tile SET check_sha256 = ?2 WHERE id = ?1", forge_tile);
    forge_table(db, "SELECT number, size, opened, vkey, known FROM lost",
                "UPDATE lost SET check_sha256 = ?2 WHERE number = ?1", forge_lost);
    forge_table(db, "SELECT idx, lost, again, statement FROM missing",
                "UPDATE missing SET check_sha256 = ?2 WHERE idx = ?1", forge_missing);
    cr_assert_eq(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
}

bool ledger_change(const struct ledger *l, const char *sql)
{
    sqlite3 *db = ledger_open(l);
    bool changed = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (changed) {
        forge_checksums(db);
    }
    cr_assert_eq(sqlite3_close(db), SQLITE_OK);
    return changed;
}
