/* The store's rules that hold for every implementation: writes need an open transaction, a
 * transaction that failed stays failed until it is rolled back, and a FATAL error is final. Then it
 * hands on. It knows no SQL and keeps no rows. */
#include "store/store.h"

#include "store/backup.h"
#include "store/store_ops.h"

/* PITFALLS Q3: after a failed sync a retry may "succeed" over lost pages, so nothing is tried
 * twice. */
static sh_err note(struct store *store, sh_err err)
{
    if (sh_err_class(err) == SH_CLASS_FATAL) {
        store->broken = err;
    }
    return err;
}

static sh_err ready_to_read(const struct store *store)
{
    return store->broken;
}

static sh_err ready_to_write(const struct store *store)
{
    SH_TRY(store->broken);
    SH_CHECK(store->state != STORE_FAILED, store->failed);
    SH_CHECK(store->state == STORE_OPEN, SH_E_BUG);
    return SH_OK;
}

/* A write that was put off (disk full, no memory) may have taken the whole transaction with it, so
 * that none of it may be committed any more. A refusal (it exists, it is not there) changed
 * nothing. */
static sh_err note_write(struct store *store, sh_err err)
{
    if (sh_err_class(err) == SH_CLASS_DEFER) {
        store->ops->rollback(store);
        store->state = STORE_FAILED;
        store->failed = err;
    }
    return note(store, err);
}

void store_close(struct store **store)
{
    if (*store) {
        (*store)->ops->close(*store);
        *store = NULL;
    }
}

sh_err store_begin(struct store *store)
{
    SH_TRY(ready_to_read(store));
    SH_CHECK(store->state == STORE_IDLE, SH_E_BUG);
    SH_TRY(note(store, store->ops->begin(store)));
    store->state = STORE_OPEN;
    return SH_OK;
}

sh_err store_commit(struct store *store, struct sh_why *why)
{
    SH_TRY(ready_to_write(store));
    SH_TRY(note_write(store, store->ops->commit(store, why)));
    store->state = STORE_IDLE;
    return SH_OK;
}

void store_rollback(struct store *store)
{
    if (store->state == STORE_OPEN) {
        store->ops->rollback(store);
    }
    store->state = STORE_IDLE;
}

bool store_has_failed(const struct store *store)
{
    return store->state == STORE_FAILED;
}

sh_err store_checkpoint(struct store *store)
{
    SH_TRY(ready_to_read(store));
    SH_CHECK(store->state == STORE_IDLE, SH_E_BUG);
    return note(store, store->ops->checkpoint(store));
}

sh_err store_room(struct store *store, uint64_t *out_used, uint64_t *out_free)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->room(store, out_used, out_free));
}

sh_err store_backup_begin(struct store *store, const char *path, struct store_backup **out,
                          struct sh_why *why)
{
    SH_TRY(ready_to_read(store));
    SH_CHECK(store->state == STORE_IDLE, SH_E_BUG);
    SH_CHECK(store->ops->backup_begin, SH_E_NOT_PERMITTED);
    return store->ops->backup_begin(store, path, out, why);
}

sh_err store_meta_put(struct store *store, const char *name, struct bytes value)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->meta_put(store, name, value));
}

sh_err store_meta_get(struct store *store, const char *name, struct buf *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->meta_get(store, name, out));
}

sh_err store_message_put(struct store *store, const struct message_row *row, int64_t *out_seq)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->message_put(store, row, out_seq));
}

sh_err store_message_by_id(struct store *store, const struct address *from,
                           const struct sh_id *message_id, struct arena *arena,
                           struct message_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->message_by_id(store, from, message_id, arena, out));
}

sh_err store_message_id_used(struct store *store, const struct sh_id *message_id, bool *out_used)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->message_id_used(store, message_id, out_used));
}

sh_err store_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                            struct message_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->message_by_seq(store, seq, arena, out));
}

sh_err store_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                               struct arena *arena, struct message_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->message_by_header(store, header_sha256, arena, out));
}

sh_err store_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                    struct arena *arena, const struct message_row **out, size_t *out_len)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->thread(store, thread_id, len_max, arena, out, out_len));
}

sh_err store_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                             struct arena *arena, const int64_t **out_seqs, size_t *out_len)
{
    SH_TRY(ready_to_write(store));
    return note_write(
        store, store->ops->messages_expire(store, before_ms, len_max, arena, out_seqs, out_len));
}

sh_err store_queue_put(struct store *store, const struct queue_row *row, uint64_t *out_item)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->queue_put(store, row, out_item));
}

sh_err store_queue_next(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                        size_t len_max, struct arena *arena, const struct queue_row **out,
                        size_t *out_len)
{
    SH_TRY(ready_to_read(store));
    return note(store,
                store->ops->queue_next(store, seat, after_item, len_max, arena, out, out_len));
}

sh_err store_queue_find(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                        struct queue_row *out, bool *out_done)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->queue_find(store, seat, message_seq, out, out_done));
}

sh_err store_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->queue_done(store, seat, item));
}

sh_err store_queue_release(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                           size_t seats_len)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->queue_release(store, message_seq, seats, seats_len));
}

sh_err store_queue_drop_seat(struct store *store, const struct sh_hash *seat, struct arena *arena,
                             const int64_t **out_seqs, size_t *out_len)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->queue_drop_seat(store, seat, arena, out_seqs, out_len));
}

sh_err store_queue_seats(struct store *store, struct arena *arena, const struct sh_hash **out,
                         size_t *out_len)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->queue_seats(store, arena, out, out_len));
}

sh_err store_queue_waiting(struct store *store, uint64_t *out_messages, uint64_t *out_notices)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->queue_waiting(store, out_messages, out_notices));
}

sh_err store_receipt_put(struct store *store, const struct receipt_row *row)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->receipt_put(store, row));
}

sh_err store_receipt_get(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                         enum receipt_type type, struct arena *arena, struct receipt_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->receipt_get(store, message_seq, seat, type, arena, out));
}

sh_err store_receipt_by_leaf(struct store *store, uint64_t leaf_index, struct arena *arena,
                             struct receipt_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->receipt_by_leaf(store, leaf_index, arena, out));
}

sh_err store_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                      const struct receipt_row **out, size_t *out_len)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->receipts(store, message_seq, arena, out, out_len));
}

sh_err store_collected_put(struct store *store, const struct address *desk, int64_t at_ms)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->collected_put(store, desk, at_ms));
}

sh_err store_collected_get(struct store *store, const struct address *desk, int64_t *out_ms)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->collected_get(store, desk, out_ms));
}

sh_err store_clocks_put(struct store *store, const struct clock_row *row)
{
    SH_TRY(ready_to_write(store));
    SH_CHECK(row->len >= 1 && row->len <= STORE_CLOCKS_MAX, SH_E_TOO_BIG);
    return note_write(store, store->ops->clocks_put(store, row));
}

sh_err store_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                        struct clock_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->clocks_get(store, message_seq, arena, out));
}

sh_err store_clocks_due(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                        const int64_t **out_seqs, size_t *out_len)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->clocks_due(store, now_ms, len_max, arena, out_seqs, out_len));
}

sh_err store_lost_put(struct store *store, const struct lost_row *row)
{
    SH_TRY(ready_to_write(store));
    SH_CHECK(row->known.len <= SH_CHECKPOINT_BYTES_MAX && row->vkey.len <= SH_CHECKPOINT_BYTES_MAX,
             SH_E_TOO_BIG);
    return note_write(store, store->ops->lost_put(store, row));
}

sh_err store_lost_get(struct store *store, int64_t number, struct arena *arena,
                      struct lost_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->lost_get(store, number, arena, out));
}

sh_err store_missing_put(struct store *store, const struct missing_row *row)
{
    SH_TRY(ready_to_write(store));
    SH_CHECK(row->statement.len <= STORE_STATEMENT_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(row->index <= INT64_MAX && row->again <= INT64_MAX, SH_E_TOO_BIG);
    return note_write(store, store->ops->missing_put(store, row));
}

sh_err store_missing_next(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                          struct missing_row *out)
{
    SH_TRY(ready_to_read(store));
    SH_CHECK(from <= INT64_MAX, SH_E_EMPTY);
    return note(store, store->ops->missing_next(store, lost, from, arena, out));
}

sh_err store_leaf_put(struct store *store, const struct leaf_row *row)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->leaf_put(store, row));
}

sh_err store_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                      struct leaf_row *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->leaf_get(store, index, arena, out));
}

sh_err store_leaves_count(struct store *store, uint64_t *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->leaves_count(store, out));
}

sh_err store_tile_put(struct store *store, unsigned level, uint64_t index, struct bytes hashes)
{
    SH_TRY(ready_to_write(store));
    return note_write(store, store->ops->tile_put(store, level, index, hashes));
}

sh_err store_tile_get(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                      struct bytes *out)
{
    SH_TRY(ready_to_read(store));
    return note(store, store->ops->tile_get(store, level, index, arena, out));
}
