/* Receipts and collection times in memory. */
#include "base/cleanup.h"
#include "store/memory/rows.h"

static struct memory_receipt *receipt_at(struct memory_store *m, size_t i)
{
    return rows_at(&m->now[MEMORY_RECEIPTS], i);
}

static size_t receipts_len(const struct memory_store *m)
{
    return m->now[MEMORY_RECEIPTS].len;
}

static const struct memory_receipt *find_receipt(struct memory_store *m, int64_t message_seq,
                                                 const struct sh_hash *seat, enum receipt_type type)
{
    for (size_t i = 0; i < receipts_len(m); i++) {
        const struct memory_receipt *receipt = receipt_at(m, i);
        if (receipt->row.message_seq == message_seq && receipt->row.type == type &&
            hash_equal(&receipt->row.seat, seat)) {
            return receipt;
        }
    }
    return NULL;
}

static const struct memory_receipt *find_by_leaf(struct memory_store *m, uint64_t leaf_index)
{
    for (size_t i = 0; i < receipts_len(m); i++) {
        if (receipt_at(m, i)->row.leaf_index == leaf_index) {
            return receipt_at(m, i);
        }
    }
    return NULL;
}

/* Behind the last one with a lower leaf index, so that receipts() need not sort. */
static sh_err insert_receipt(struct memory_store *m, const struct memory_receipt *fresh)
{
    struct rows *rows = &m->now[MEMORY_RECEIPTS];
    SH_TRY(rows_add(rows, fresh));
    for (size_t i = rows->len - 1; i > 0; i--) {
        struct memory_receipt *here = receipt_at(m, i), *before = receipt_at(m, i - 1);
        if (before->row.leaf_index < here->row.leaf_index) {
            break;
        }
        struct memory_receipt swap = *before;
        *before = *here;
        *here = swap;
    }
    return SH_OK;
}

sh_err memory_receipt_put(struct store *store, const struct receipt_row *in)
{
    struct memory_store *m = memory_of(store);
    bool known = in->message_seq >= 1 && (uint64_t)in->message_seq <= m->now[MEMORY_MESSAGES].len;
    SH_CHECK(!find_receipt(m, in->message_seq, &in->seat, in->type), SH_E_EXISTS);
    SH_CHECK(!find_by_leaf(m, in->leaf_index), SH_E_EXISTS);
    SH_CHECK(known, SH_E_NOT_FOUND);
    SH_DEFER(blob_drop) struct blob *blob = NULL;
    SH_TRY(blob_new(in->signed_receipt, &blob));
    const struct memory_receipt receipt = {.head = {{blob, NULL}}, .row = *in};
    SH_TRY(insert_receipt(m, &receipt));
    blob = NULL;
    return SH_OK;
}

static sh_err give(const struct memory_receipt *receipt, struct arena *arena,
                   struct receipt_row *out)
{
    SH_CHECK(receipt, SH_E_NOT_FOUND);
    struct receipt_row row = receipt->row;
    SH_TRY(arena_copy(arena, blob_bytes(receipt->head.blobs[0]), &row.signed_receipt));
    *out = row;
    return SH_OK;
}

sh_err memory_receipt_get(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                          enum receipt_type type, struct arena *arena, struct receipt_row *out)
{
    return give(find_receipt(memory_of(store), message_seq, seat, type), arena, out);
}

sh_err memory_receipt_by_leaf(struct store *store, uint64_t leaf_index, struct arena *arena,
                              struct receipt_row *out)
{
    return give(find_by_leaf(memory_of(store), leaf_index), arena, out);
}

sh_err memory_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                       const struct receipt_row **out, size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    struct receipt_row *rows = arena_array(arena, receipts_len(m), sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < receipts_len(m); i++) {
        if (receipt_at(m, i)->row.message_seq == message_seq) {
            SH_TRY(give(receipt_at(m, i), arena, &rows[len++]));
        }
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

static struct memory_collected *find_collected(struct memory_store *m, const struct address *desk)
{
    struct rows *rows = &m->now[MEMORY_COLLECTED];
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_collected *collected = rows_at(rows, i);
        if (address_equal(&collected->desk, desk)) {
            return collected;
        }
    }
    return NULL;
}

sh_err memory_collected_put(struct store *store, const struct address *desk, int64_t at_ms)
{
    struct memory_store *m = memory_of(store);
    struct memory_collected *old = find_collected(m, desk);
    if (old) {
        old->at_ms = at_ms;
        return SH_OK;
    }
    const struct memory_collected fresh = {.desk = *desk, .at_ms = at_ms};
    return rows_add(&m->now[MEMORY_COLLECTED], &fresh);
}

sh_err memory_collected_get(struct store *store, const struct address *desk, int64_t *out_ms)
{
    const struct memory_collected *collected = find_collected(memory_of(store), desk);
    SH_CHECK(collected, SH_E_NOT_FOUND);
    *out_ms = collected->at_ms;
    return SH_OK;
}
