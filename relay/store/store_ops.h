/* What an implementation of the store fills in: one function for each of store.h, the transaction's
 * state left out. store.c keeps that state for both implementations and is the only caller.
 * Internal to store/. */
#pragma once

#include "store/store.h"

enum store_state {
    STORE_IDLE,
    STORE_OPEN,   /* a transaction is open */
    STORE_FAILED, /* it was rolled back because of `failed`; the caller has not said
                     store_rollback() yet */
};

/* A tree of 2^40 leaves has 6 levels of tiles; the rest is so that a wrong number is refused. */
#define STORE_TILE_LEVELS    8u
#define STORE_TILE_INDEX_END (UINT64_C(1) << 48)
/* A statement as it may travel: leaf, opening, path and checkpoint at their largest. */
#define STORE_STATEMENT_BYTES_MAX (16u * SH_KIB)
/* 256 hashes. */
#define STORE_TILE_BYTES_MAX (256u * SH_HASH_BYTES)

struct store_ops;
struct store_backup;

/* The first member of each implementation's own struct. */
struct store {
    const struct store_ops *ops;
    enum store_state state;
    sh_err failed; /* why the transaction was rolled back */
    sh_err broken; /* FATAL and final: every later call gives it again */
};

struct store_ops {
    void (*close)(struct store *store);
    sh_err (*begin)(struct store *store);
    sh_err (*commit)(struct store *store, struct sh_why *why);
    void (*rollback)(struct store *store);
    sh_err (*checkpoint)(struct store *store);
    sh_err (*room)(struct store *store, uint64_t *out_used, uint64_t *out_free);
    /* NULL: it cannot be copied. */
    sh_err (*backup_begin)(struct store *store, const char *path, struct store_backup **out,
                           struct sh_why *why);

    sh_err (*meta_put)(struct store *store, const char *name, struct bytes value);
    sh_err (*meta_get)(struct store *store, const char *name, struct buf *out);

    sh_err (*message_put)(struct store *store, const struct message_row *row, int64_t *out_seq);
    sh_err (*message_by_id)(struct store *store, const struct address *from,
                            const struct sh_id *message_id, struct arena *arena,
                            struct message_row *out);
    sh_err (*message_id_used)(struct store *store, const struct sh_id *message_id, bool *out_used);
    sh_err (*message_by_seq)(struct store *store, int64_t seq, struct arena *arena,
                             struct message_row *out);
    sh_err (*message_by_header)(struct store *store, const struct sh_hash *header_sha256,
                                struct arena *arena, struct message_row *out);
    sh_err (*thread)(struct store *store, const struct sh_id *thread_id, size_t len_max,
                     struct arena *arena, const struct message_row **out, size_t *out_len);
    sh_err (*messages_expire)(struct store *store, int64_t before_ms, size_t len_max,
                              struct arena *arena, const int64_t **out_seqs, size_t *out_len);

    sh_err (*queue_put)(struct store *store, const struct queue_row *row, uint64_t *out_item);
    sh_err (*queue_next)(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                         size_t len_max, struct arena *arena, const struct queue_row **out,
                         size_t *out_len);
    sh_err (*queue_find)(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                         struct queue_row *out, bool *out_done);
    sh_err (*queue_done)(struct store *store, const struct sh_hash *seat, uint64_t item);
    sh_err (*queue_release)(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                            size_t seats_len);
    sh_err (*queue_drop_seat)(struct store *store, const struct sh_hash *seat, struct arena *arena,
                              const int64_t **out_seqs, size_t *out_len);
    sh_err (*queue_seats)(struct store *store, struct arena *arena, const struct sh_hash **out,
                          size_t *out_len);
    sh_err (*queue_waiting)(struct store *store, uint64_t *out_messages, uint64_t *out_notices);

    sh_err (*receipt_put)(struct store *store, const struct receipt_row *row);
    sh_err (*receipt_get)(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                          enum receipt_type type, struct arena *arena, struct receipt_row *out);
    sh_err (*receipt_by_leaf)(struct store *store, uint64_t leaf_index, struct arena *arena,
                              struct receipt_row *out);
    sh_err (*receipts)(struct store *store, int64_t message_seq, struct arena *arena,
                       const struct receipt_row **out, size_t *out_len);
    sh_err (*collected_put)(struct store *store, const struct address *desk, int64_t at_ms);
    sh_err (*collected_get)(struct store *store, const struct address *desk, int64_t *out_ms);

    sh_err (*clocks_put)(struct store *store, const struct clock_row *row);
    sh_err (*clocks_get)(struct store *store, int64_t message_seq, struct arena *arena,
                         struct clock_row *out);
    sh_err (*clocks_due)(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                         const int64_t **out_seqs, size_t *out_len);

    sh_err (*lost_put)(struct store *store, const struct lost_row *row);
    sh_err (*lost_get)(struct store *store, int64_t number, struct arena *arena,
                       struct lost_row *out);
    sh_err (*missing_put)(struct store *store, const struct missing_row *row);
    sh_err (*missing_next)(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                           struct missing_row *out);

    sh_err (*leaf_put)(struct store *store, const struct leaf_row *row);
    sh_err (*leaf_get)(struct store *store, uint64_t index, struct arena *arena,
                       struct leaf_row *out);
    sh_err (*leaves_count)(struct store *store, uint64_t *out);
    sh_err (*tile_put)(struct store *store, unsigned level, uint64_t index, struct bytes hashes);
    sh_err (*tile_get)(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                       struct bytes *out);
};
