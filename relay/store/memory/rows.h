/* Tables for the memory store: arrays of rows, looked through from one end to the other, and copied
 * whole when a transaction begins so that it can be undone. Made for tests of the core, not for
 * many rows. */
#pragma once

#include "store/store_ops.h"

/* Bytes that several copies of a row share. */
struct blob {
    size_t refs;
    size_t len;
    uint8_t data[];
};

/* The first member of every row. */
struct row_head {
    struct blob *blobs[2]; /* NULL where a row has fewer */
};

struct rows {
    uint8_t *data;
    size_t len, cap;
    size_t row_bytes;
};

SH_MUST_USE sh_err blob_new(struct bytes in, struct blob **out); /* one reference: blob_drop() */
void blob_drop(struct blob **blob);
static inline struct bytes blob_bytes(const struct blob *blob)
{
    return blob ? bytes_of(blob->data, blob->len) : bytes_of(NULL, 0);
}

/* Takes the row's references to blobs; on error they stay the caller's. */
SH_MUST_USE sh_err rows_add(struct rows *rows, const void *row);
void *rows_at(const struct rows *rows, size_t i);
void rows_remove(struct rows *rows, size_t i);
/* `to` must be empty. */
SH_MUST_USE sh_err rows_copy(const struct rows *from, struct rows *to);
void rows_wipe(struct rows *rows);

struct memory_message {
    struct row_head head;   /* header, envelope */
    struct message_row row; /* its two byte ranges are not set */
    int64_t thread_seq;
};
struct memory_queued {
    struct row_head head;
    struct queue_row row;
    bool done;
};
struct memory_receipt {
    struct row_head head; /* the signed receipt */
    struct receipt_row row;
};
struct memory_clocks {
    struct row_head head; /* the entries */
    struct clock_row row; /* `entries` is not set */
};
struct memory_lost {
    struct row_head head; /* vkey, known */
    struct lost_row row;
};
struct memory_missing {
    struct row_head head; /* the statement */
    struct missing_row row;
};
struct memory_leaf {
    struct row_head head; /* leaf, facts */
    struct leaf_row row;
};
struct memory_tile {
    struct row_head head; /* the hashes */
    unsigned level;
    uint64_t index;
};
struct memory_meta {
    struct row_head head; /* the value */
    char name[64];
};
struct memory_collected {
    struct row_head head;
    struct address desk;
    int64_t at_ms;
};

enum memory_table {
    MEMORY_MESSAGES,
    MEMORY_QUEUED,
    MEMORY_RECEIPTS,
    MEMORY_LEAVES,
    MEMORY_TILES,
    MEMORY_METAS,
    MEMORY_COLLECTED,
    MEMORY_CLOCKS,
    MEMORY_LOST,
    MEMORY_MISSING,
    MEMORY_TABLES_LEN,
};

struct memory_store {
    struct store base;
    struct rows now[MEMORY_TABLES_LEN];
    struct rows saved[MEMORY_TABLES_LEN]; /* as they were when the transaction began */
    uint64_t items;
};

static inline struct memory_store *memory_of(struct store *store)
{
    return (struct memory_store *)store;
}

sh_err memory_message_put(struct store *store, const struct message_row *row, int64_t *out_seq);
sh_err memory_message_id_used(struct store *store, const struct sh_id *message_id, bool *out_used);
sh_err memory_message_by_id(struct store *store, const struct address *from,
                            const struct sh_id *message_id, struct arena *arena,
                            struct message_row *out);
sh_err memory_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                             struct message_row *out);
sh_err memory_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                                struct arena *arena, struct message_row *out);
sh_err memory_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                     struct arena *arena, const struct message_row **out, size_t *out_len);
sh_err memory_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                              struct arena *arena, const int64_t **out_seqs, size_t *out_len);
sh_err memory_queue_put(struct store *store, const struct queue_row *row, uint64_t *out_item);
sh_err memory_queue_next(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                         size_t len_max, struct arena *arena, const struct queue_row **out,
                         size_t *out_len);
sh_err memory_queue_find(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                         struct queue_row *out, bool *out_done);
sh_err memory_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item);
sh_err memory_queue_release(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                            size_t seats_len);
sh_err memory_queue_drop_seat(struct store *store, const struct sh_hash *seat, struct arena *arena,
                              const int64_t **out_seqs, size_t *out_len);
sh_err memory_queue_seats(struct store *store, struct arena *arena, const struct sh_hash **out,
                          size_t *out_len);
sh_err memory_queue_waiting(struct store *store, uint64_t *out_messages, uint64_t *out_notices);
sh_err memory_receipt_put(struct store *store, const struct receipt_row *row);
sh_err memory_receipt_get(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                          enum receipt_type type, struct arena *arena, struct receipt_row *out);
sh_err memory_receipt_by_leaf(struct store *store, uint64_t leaf_index, struct arena *arena,
                              struct receipt_row *out);
sh_err memory_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                       const struct receipt_row **out, size_t *out_len);
sh_err memory_collected_put(struct store *store, const struct address *desk, int64_t at_ms);
sh_err memory_collected_get(struct store *store, const struct address *desk, int64_t *out_ms);
sh_err memory_clocks_put(struct store *store, const struct clock_row *row);
sh_err memory_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                         struct clock_row *out);
sh_err memory_clocks_due(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                         const int64_t **out_seqs, size_t *out_len);
sh_err memory_lost_put(struct store *store, const struct lost_row *row);
sh_err memory_lost_get(struct store *store, int64_t number, struct arena *arena,
                       struct lost_row *out);
sh_err memory_missing_put(struct store *store, const struct missing_row *row);
sh_err memory_missing_next(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                           struct missing_row *out);
sh_err memory_leaf_put(struct store *store, const struct leaf_row *row);
sh_err memory_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                       struct leaf_row *out);
sh_err memory_leaves_count(struct store *store, uint64_t *out);
sh_err memory_tile_put(struct store *store, unsigned level, uint64_t index, struct bytes hashes);
sh_err memory_tile_get(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                       struct bytes *out);
