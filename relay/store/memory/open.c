/* The memory store: opening, transactions, and the small things by name. */
#include "base/cleanup.h"
#include "store/memory/rows.h"

static const size_t row_bytes[MEMORY_TABLES_LEN] = {
    [MEMORY_MESSAGES] = sizeof(struct memory_message),
    [MEMORY_QUEUED] = sizeof(struct memory_queued),
    [MEMORY_RECEIPTS] = sizeof(struct memory_receipt),
    [MEMORY_LEAVES] = sizeof(struct memory_leaf),
    [MEMORY_TILES] = sizeof(struct memory_tile),
    [MEMORY_METAS] = sizeof(struct memory_meta),
    [MEMORY_COLLECTED] = sizeof(struct memory_collected),
    [MEMORY_CLOCKS] = sizeof(struct memory_clocks),
    [MEMORY_LOST] = sizeof(struct memory_lost),
    [MEMORY_MISSING] = sizeof(struct memory_missing),
};

static void wipe_all(struct rows *tables)
{
    for (size_t i = 0; i < MEMORY_TABLES_LEN; i++) {
        rows_wipe(&tables[i]);
    }
}

static void memory_close(struct store *store)
{
    struct memory_store *m = memory_of(store);
    wipe_all(m->now);
    wipe_all(m->saved);
    free(m);
}

static sh_err memory_begin(struct store *store)
{
    struct memory_store *m = memory_of(store);
    for (size_t i = 0; i < MEMORY_TABLES_LEN; i++) {
        sh_err err = rows_copy(&m->now[i], &m->saved[i]);
        if (err != SH_OK) {
            wipe_all(m->saved);
            return err;
        }
    }
    return SH_OK;
}

static sh_err memory_commit(struct store *store, struct sh_why *why)
{
    (void)why;
    wipe_all(memory_of(store)->saved);
    return SH_OK;
}

/* Item numbers are not given back: a seat may have seen them. */
static void memory_rollback(struct store *store)
{
    struct memory_store *m = memory_of(store);
    wipe_all(m->now);
    memcpy(m->now, m->saved, sizeof m->now);
    for (size_t i = 0; i < MEMORY_TABLES_LEN; i++) {
        m->saved[i] = (struct rows){.row_bytes = row_bytes[i]};
    }
}

static sh_err memory_checkpoint(struct store *store)
{
    (void)store;
    return SH_OK;
}

static sh_err memory_room(struct store *store, uint64_t *out_used, uint64_t *out_free)
{
    uint64_t used = 0;
    for (size_t i = 0; i < MEMORY_TABLES_LEN; i++) {
        const struct rows *rows = &memory_of(store)->now[i];
        used += rows->len * rows->row_bytes;
    }
    *out_used = used;
    *out_free = 0;
    return SH_OK;
}

static struct memory_meta *find_meta(struct memory_store *m, const char *name)
{
    struct rows *rows = &m->now[MEMORY_METAS];
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_meta *meta = rows_at(rows, i);
        if (strcmp(meta->name, name) == 0) {
            return meta;
        }
    }
    return NULL;
}

static sh_err memory_meta_put(struct store *store, const char *name, struct bytes value)
{
    struct memory_store *m = memory_of(store);
    struct memory_meta fresh = {.name = ""};
    SH_CHECK(strlen(name) < sizeof fresh.name, SH_E_TOO_BIG);
    (void)snprintf(fresh.name, sizeof fresh.name, "%s", name);
    SH_DEFER(blob_drop) struct blob *blob = NULL;
    SH_TRY(blob_new(value, &blob));
    fresh.head.blobs[0] = blob;
    struct memory_meta *old = find_meta(m, name);
    if (old) {
        blob_drop(&old->head.blobs[0]);
        *old = fresh;
    } else {
        SH_TRY(rows_add(&m->now[MEMORY_METAS], &fresh));
    }
    blob = NULL;
    return SH_OK;
}

static sh_err memory_meta_get(struct store *store, const char *name, struct buf *out)
{
    const struct memory_meta *meta = find_meta(memory_of(store), name);
    SH_CHECK(meta, SH_E_NOT_FOUND);
    return buf_append(out, blob_bytes(meta->head.blobs[0]));
}

static const struct store_ops memory_ops = {
    .close = memory_close,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .checkpoint = memory_checkpoint,
    .room = memory_room,
    .meta_put = memory_meta_put,
    .meta_get = memory_meta_get,
    .message_put = memory_message_put,
    .message_by_id = memory_message_by_id,
    .message_id_used = memory_message_id_used,
    .message_by_seq = memory_message_by_seq,
    .message_by_header = memory_message_by_header,
    .thread = memory_thread,
    .messages_expire = memory_messages_expire,
    .queue_put = memory_queue_put,
    .queue_next = memory_queue_next,
    .queue_find = memory_queue_find,
    .queue_done = memory_queue_done,
    .queue_release = memory_queue_release,
    .queue_drop_seat = memory_queue_drop_seat,
    .queue_seats = memory_queue_seats,
    .queue_waiting = memory_queue_waiting,
    .receipt_put = memory_receipt_put,
    .receipt_get = memory_receipt_get,
    .receipt_by_leaf = memory_receipt_by_leaf,
    .receipts = memory_receipts,
    .collected_put = memory_collected_put,
    .collected_get = memory_collected_get,
    .clocks_put = memory_clocks_put,
    .clocks_get = memory_clocks_get,
    .clocks_due = memory_clocks_due,
    .lost_put = memory_lost_put,
    .lost_get = memory_lost_get,
    .missing_put = memory_missing_put,
    .missing_next = memory_missing_next,
    .leaf_put = memory_leaf_put,
    .leaf_get = memory_leaf_get,
    .leaves_count = memory_leaves_count,
    .tile_put = memory_tile_put,
    .tile_get = memory_tile_get,
};

sh_err store_open_memory(struct store **out)
{
    struct memory_store *m = calloc(1, sizeof *m);
    SH_CHECK(m, SH_E_NOMEM);
    m->base.ops = &memory_ops;
    for (size_t i = 0; i < MEMORY_TABLES_LEN; i++) {
        m->now[i].row_bytes = row_bytes[i];
        m->saved[i].row_bytes = row_bytes[i];
    }
    *out = &m->base;
    return SH_OK;
}
