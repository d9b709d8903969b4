/* Messages in memory: the same rules as sqlite/message.c and sqlite/retention.c, by looking through
 * all of them. */
#include "base/cleanup.h"
#include "store/memory/rows.h"
#include "wire/log.h"

static struct memory_message *message_at(struct memory_store *m, size_t i)
{
    return rows_at(&m->now[MEMORY_MESSAGES], i);
}

static size_t messages_len(const struct memory_store *m)
{
    return m->now[MEMORY_MESSAGES].len;
}

/* 0 if no thread begins with this id. */
static int64_t find_thread(struct memory_store *m, const struct sh_id *thread_id)
{
    for (size_t i = 0; i < messages_len(m); i++) {
        const struct memory_message *message = message_at(m, i);
        if (message->thread_seq == message->row.seq &&
            id_equal(&message->row.message_id, thread_id)) {
            return message->row.seq;
        }
    }
    return 0;
}

static const struct memory_message *find_by_id(struct memory_store *m, const struct address *from,
                                               const struct sh_id *message_id)
{
    for (size_t i = 0; i < messages_len(m); i++) {
        const struct memory_message *message = message_at(m, i);
        if (id_equal(&message->row.message_id, message_id) &&
            address_equal(&message->row.from, from)) {
            return message;
        }
    }
    return NULL;
}

static sh_err add_message(struct memory_store *m, const struct memory_message *fresh,
                          const struct message_row *in)
{
    SH_DEFER(blob_drop) struct blob *header = NULL;
    SH_DEFER(blob_drop) struct blob *envelope = NULL;
    SH_TRY(blob_new(in->header, &header));
    SH_TRY(blob_new(in->envelope, &envelope));
    struct memory_message message = *fresh;
    message.head = (struct row_head){{header, envelope}};
    SH_TRY(rows_add(&m->now[MEMORY_MESSAGES], &message));
    header = envelope = NULL;
    return SH_OK;
}

sh_err memory_message_put(struct store *store, const struct message_row *in, int64_t *out_seq)
{
    struct memory_store *m = memory_of(store);
    SH_CHECK(in->header.len <= SH_HEADER_BYTES_MAX && in->envelope.len <= SH_ENVELOPE_BYTES_MAX,
             SH_E_TOO_BIG);
    struct memory_message fresh = {.row = *in};
    fresh.row.seq = (int64_t)messages_len(m) + 1;
    fresh.row.header = fresh.row.envelope = bytes_of(NULL, 0);
    fresh.thread_seq = fresh.row.seq;
    if (!id_equal(&in->thread_id, &in->message_id)) {
        fresh.thread_seq = find_thread(m, &in->thread_id);
        SH_CHECK(fresh.thread_seq, SH_E_UNKNOWN_THREAD);
    }
    SH_CHECK(!find_by_id(m, &in->from, &in->message_id), SH_E_EXISTS);
    SH_TRY(add_message(m, &fresh, in));
    *out_seq = fresh.row.seq;
    return SH_OK;
}

static sh_err give(const struct memory_message *message, bool whole, struct arena *arena,
                   struct message_row *out)
{
    SH_CHECK(message, SH_E_NOT_FOUND);
    struct message_row row = message->row;
    SH_TRY(arena_copy(arena, blob_bytes(message->head.blobs[0]), &row.header));
    if (whole && blob_bytes(message->head.blobs[1]).len) {
        SH_TRY(arena_copy(arena, blob_bytes(message->head.blobs[1]), &row.envelope));
    }
    *out = row;
    return SH_OK;
}

sh_err memory_message_by_id(struct store *store, const struct address *from,
                            const struct sh_id *message_id, struct arena *arena,
                            struct message_row *out)
{
    return give(find_by_id(memory_of(store), from, message_id), true, arena, out);
}

sh_err memory_message_id_used(struct store *store, const struct sh_id *message_id, bool *out_used)
{
    struct memory_store *m = memory_of(store);
    *out_used = false;
    for (size_t i = 0; i < messages_len(m) && !*out_used; i++) {
        *out_used = id_equal(&message_at(m, i)->row.message_id, message_id);
    }
    return SH_OK;
}

sh_err memory_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                             struct message_row *out)
{
    struct memory_store *m = memory_of(store);
    bool there = seq >= 1 && (uint64_t)seq <= messages_len(m);
    return give(there ? message_at(m, (size_t)seq - 1) : NULL, true, arena, out);
}

sh_err memory_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                                struct arena *arena, struct message_row *out)
{
    struct memory_store *m = memory_of(store);
    const struct memory_message *found = NULL;
    for (size_t i = 0; i < messages_len(m) && !found; i++) {
        if (hash_equal(&message_at(m, i)->row.header_sha256, header_sha256)) {
            found = message_at(m, i);
        }
    }
    return give(found, true, arena, out);
}

sh_err memory_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                     struct arena *arena, const struct message_row **out, size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    int64_t thread_seq = find_thread(m, thread_id);
    size_t len = 0;
    for (size_t i = 0; i < messages_len(m); i++) {
        len += message_at(m, i)->thread_seq == thread_seq;
    }
    SH_CHECK(len <= len_max, SH_E_TOO_BIG);
    struct message_row *rows = arena_array(arena, len, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    size_t at = 0;
    for (size_t i = 0; i < messages_len(m); i++) {
        if (message_at(m, i)->thread_seq == thread_seq) {
            SH_TRY(give(message_at(m, i), false, arena, &rows[at++]));
        }
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

static bool somebody_waits(struct memory_store *m, int64_t seq)
{
    const struct rows *rows = &m->now[MEMORY_QUEUED];
    for (size_t i = 0; i < rows->len; i++) {
        const struct memory_queued *queued = rows_at(rows, i);
        if (queued->row.kind == QUEUE_MESSAGE && queued->row.message_seq == seq && !queued->done &&
            !queued->row.held) {
            return true;
        }
    }
    return false;
}

/* The leaf of the first DELIVERED receipt says when that was. */
static bool delivered_before(struct memory_store *m, int64_t seq, int64_t before_ms)
{
    const struct rows *receipts = &m->now[MEMORY_RECEIPTS], *leaves = &m->now[MEMORY_LEAVES];
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < receipts->len; i++) {
        const struct memory_receipt *receipt = rows_at(receipts, i);
        if (receipt->row.message_seq == seq && receipt->row.type == RECEIPT_DELIVERED &&
            receipt->row.leaf_index < first) {
            first = receipt->row.leaf_index;
        }
    }
    if (first >= leaves->len) {
        return false;
    }
    const struct memory_leaf *row = rows_at(leaves, (size_t)first);
    struct leaf leaf;
    return leaf_decode(blob_bytes(row->head.blobs[0]), &leaf) == SH_OK && leaf.time_ms < before_ms;
}

static void forget_held(struct memory_store *m, int64_t seq)
{
    struct rows *rows = &m->now[MEMORY_QUEUED];
    for (size_t i = rows->len; i > 0; i--) {
        const struct memory_queued *queued = rows_at(rows, i - 1);
        if (queued->row.message_seq == seq && queued->row.held && !queued->done) {
            rows_remove(rows, i - 1);
        }
    }
}

sh_err memory_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                              struct arena *arena, const int64_t **out_seqs, size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    int64_t *seqs = arena_array(arena, len_max, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < messages_len(m) && len < len_max; i++) {
        struct memory_message *message = message_at(m, i);
        bool due = blob_bytes(message->head.blobs[1]).len && message->row.accepted_ms < before_ms &&
                   !somebody_waits(m, message->row.seq) &&
                   delivered_before(m, message->row.seq, before_ms);
        if (due) {
            blob_drop(&message->head.blobs[1]);
            forget_held(m, message->row.seq);
            seqs[len++] = message->row.seq;
        }
    }
    *out_seqs = seqs;
    *out_len = len;
    return SH_OK;
}
