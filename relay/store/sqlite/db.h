/* The SQLite implementation's inside: the connection, its prepared statements, and the helpers that
 * make every bind and step checked. Internal to store/sqlite/. One connection does every write and
 * every checkpoint (PITFALLS Q2). */
#pragma once

#include "base/cleanup.h"
#include "store/sql.h"
#include "store/sqlite/intern.h"
#include "store/sqlite/lookup.h"
#include "store/store_ops.h"

#include <sqlite3.h>

/* Numbers that are kept in memory and would go wrong if a transaction were undone without them. */
struct tally {
    int64_t last_seq;
    int64_t looked_up; /* messages up to here are in the table lookup, those behind it in memory */
    uint64_t leaves;
    uint64_t items;          /* the last number given */
    uint64_t items_reserved; /* numbers up to here are never given again after a restart */
    uint64_t waiting_messages;
    uint64_t waiting_notices;
};

struct sqlite_store {
    struct store base;
    sqlite3 *db;
    char *path;
    sqlite3_stmt *stmts[SQL_STATEMENTS_LEN];
    struct intern addresses; /* id -> text: all of them, this process is the only writer */
    struct intern seats;
    struct recent recent;
    uint64_t lookup_secret[2];
    struct tally now;
    struct tally committed;
};

static inline struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* Our code for a result code of SQLite: FULL is DISK_FULL, NOMEM is NOMEM, CORRUPT and NOTADB are
 * CORRUPT, and whatever else is left is STORE (PITFALLS Q3). */
sh_err db_error(int rc);

/* Borrowed until the end of the scope: declare it with SH_DEFER(stmt_release). */
sqlite3_stmt *stmt_borrow(struct sqlite_store *s, enum sql which);
void stmt_release(sqlite3_stmt **stmt); /* reset and cleared; a destructor */

SH_MUST_USE sh_err bind_int(sqlite3_stmt *stmt, int at, int64_t value);
/* Borrows value.data until the statement is released. Empty bytes are an empty blob, never NULL. */
SH_MUST_USE sh_err bind_bytes(sqlite3_stmt *stmt, int at, struct bytes value);
SH_MUST_USE sh_err bind_text(sqlite3_stmt *stmt, int at, const char *value);

/* A statement that gives no row. */
SH_MUST_USE sh_err step_done(sqlite3_stmt *stmt);
/* The same; a key that is there already is SH_E_EXISTS, a reference to nothing SH_E_NOT_FOUND. */
SH_MUST_USE sh_err step_insert(sqlite3_stmt *stmt);
/* Gives false at the end of the rows. */
SH_MUST_USE sh_err step_row(sqlite3_stmt *stmt, bool *out_row);
/* Exactly one number: for counts and PRAGMAs. */
SH_MUST_USE sh_err step_number(sqlite3_stmt *stmt, int64_t *out);

/* Borrows from the statement until its next step. */
struct bytes column_bytes(sqlite3_stmt *stmt, int at);
/* SH_E_CORRUPT unless it has the length. */
SH_MUST_USE sh_err column_hash(sqlite3_stmt *stmt, int at, struct sh_hash *out);
SH_MUST_USE sh_err column_id(sqlite3_stmt *stmt, int at, struct sh_id *out);

/* ---- the interned tables ---- */
SH_MUST_USE sh_err seat_intern(struct sqlite_store *s, const struct sh_hash *seat, int64_t *out_id);
SH_MUST_USE sh_err address_intern(struct sqlite_store *s, const struct address *address,
                                  int64_t *out_id);
/* 0 if it was never stored. */
int64_t seat_find(struct sqlite_store *s, const struct sh_hash *seat);
int64_t address_find(struct sqlite_store *s, const struct address *address);
/* SH_E_CORRUPT for an id that is none. */
SH_MUST_USE sh_err seat_by_id(struct sqlite_store *s, int64_t id, struct sh_hash *out);
SH_MUST_USE sh_err address_by_id(struct sqlite_store *s, int64_t id, struct address *out);
SH_MUST_USE sh_err interned_load(struct sqlite_store *s);

/* ---- what the operations of one table need of another ---- */
SH_MUST_USE sh_err queue_forget_held(struct sqlite_store *s, int64_t message_seq);

/* ---- operations: struct store_ops, in its order ---- */
sh_err sqlite_begin(struct store *store);
sh_err sqlite_commit(struct store *store, struct sh_why *why);
void sqlite_rollback(struct store *store);
sh_err sqlite_checkpoint(struct store *store);
sh_err sqlite_room(struct store *store, uint64_t *out_used, uint64_t *out_free);
sh_err sqlite_backup_begin(struct store *store, const char *path, struct store_backup **out,
                           struct sh_why *why);
sh_err sqlite_meta_put(struct store *store, const char *name, struct bytes value);
sh_err sqlite_meta_get(struct store *store, const char *name, struct buf *out);
sh_err sqlite_message_put(struct store *store, const struct message_row *row, int64_t *out_seq);
sh_err sqlite_message_id_used(struct store *store, const struct sh_id *message_id, bool *out_used);
sh_err sqlite_message_by_id(struct store *store, const struct address *from,
                            const struct sh_id *message_id, struct arena *arena,
                            struct message_row *out);
sh_err sqlite_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                             struct message_row *out);
sh_err sqlite_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                                struct arena *arena, struct message_row *out);
sh_err sqlite_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                     struct arena *arena, const struct message_row **out, size_t *out_len);
sh_err sqlite_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                              struct arena *arena, const int64_t **out_seqs, size_t *out_len);
sh_err sqlite_queue_put(struct store *store, const struct queue_row *row, uint64_t *out_item);
sh_err sqlite_queue_next(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                         size_t len_max, struct arena *arena, const struct queue_row **out,
                         size_t *out_len);
sh_err sqlite_queue_find(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                         struct queue_row *out, bool *out_done);
sh_err sqlite_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item);
sh_err sqlite_queue_release(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                            size_t seats_len);
sh_err sqlite_queue_drop_seat(struct store *store, const struct sh_hash *seat, struct arena *arena,
                              const int64_t **out_seqs, size_t *out_len);
sh_err sqlite_queue_seats(struct store *store, struct arena *arena, const struct sh_hash **out,
                          size_t *out_len);
sh_err sqlite_queue_waiting(struct store *store, uint64_t *out_messages, uint64_t *out_notices);
sh_err sqlite_receipt_put(struct store *store, const struct receipt_row *row);
sh_err sqlite_receipt_get(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                          enum receipt_type type, struct arena *arena, struct receipt_row *out);
sh_err sqlite_receipt_by_leaf(struct store *store, uint64_t leaf_index, struct arena *arena,
                              struct receipt_row *out);
sh_err sqlite_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                       const struct receipt_row **out, size_t *out_len);
sh_err sqlite_collected_put(struct store *store, const struct address *desk, int64_t at_ms);
sh_err sqlite_collected_get(struct store *store, const struct address *desk, int64_t *out_ms);
sh_err sqlite_clocks_put(struct store *store, const struct clock_row *row);
sh_err sqlite_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                         struct clock_row *out);
sh_err sqlite_clocks_due(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                         const int64_t **out_seqs, size_t *out_len);
sh_err sqlite_lost_put(struct store *store, const struct lost_row *row);
sh_err sqlite_lost_get(struct store *store, int64_t number, struct arena *arena,
                       struct lost_row *out);
sh_err sqlite_missing_put(struct store *store, const struct missing_row *row);
sh_err sqlite_missing_next(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                           struct missing_row *out);
sh_err sqlite_leaf_put(struct store *store, const struct leaf_row *row);
sh_err sqlite_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                       struct leaf_row *out);
sh_err sqlite_leaves_count(struct store *store, uint64_t *out);
sh_err sqlite_tile_put(struct store *store, unsigned level, uint64_t index, struct bytes hashes);
sh_err sqlite_tile_get(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                       struct bytes *out);
