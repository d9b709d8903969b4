/* Clocks in memory. */
#include "base/cleanup.h"
#include "store/memory/rows.h"

static struct memory_clocks *find_clocks(struct memory_store *m, int64_t message_seq)
{
    struct rows *rows = &m->now[MEMORY_CLOCKS];
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_clocks *clocks = rows_at(rows, i);
        if (clocks->row.message_seq == message_seq) {
            return clocks;
        }
    }
    return NULL;
}

sh_err memory_clocks_put(struct store *store, const struct clock_row *in)
{
    struct memory_store *m = memory_of(store);
    bool known = in->message_seq >= 1 && (uint64_t)in->message_seq <= m->now[MEMORY_MESSAGES].len;
    SH_CHECK(known, SH_E_NOT_FOUND);
    SH_DEFER(blob_drop) struct blob *blob = NULL;
    SH_TRY(blob_new(bytes_of((const uint8_t *)in->entries, in->len * sizeof *in->entries), &blob));
    struct memory_clocks fresh = {.head = {{blob, NULL}}, .row = *in};
    fresh.row.entries = NULL;
    struct memory_clocks *old = find_clocks(m, in->message_seq);
    if (old) {
        blob_drop(&old->head.blobs[0]);
        *old = fresh;
    } else {
        SH_TRY(rows_add(&m->now[MEMORY_CLOCKS], &fresh));
    }
    blob = NULL;
    return SH_OK;
}

sh_err memory_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                         struct clock_row *out)
{
    const struct memory_clocks *clocks = find_clocks(memory_of(store), message_seq);
    SH_CHECK(clocks, SH_E_NOT_FOUND);
    struct clock_entry *entries = arena_array(arena, clocks->row.len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    memcpy(entries, clocks->head.blobs[0]->data, clocks->row.len * sizeof *entries);
    *out = clocks->row;
    out->entries = entries;
    return SH_OK;
}

/* Behind those that have waited longer; of the same time, in order of message. */
static void insert_seq(struct memory_store *m, int64_t *seqs, size_t len,
                       const struct clock_row *row)
{
    size_t at = len;
    for (; at > 0; at--) {
        const struct clock_row *before = &find_clocks(m, seqs[at - 1])->row;
        if (before->next_ms < row->next_ms ||
            (before->next_ms == row->next_ms && before->message_seq < row->message_seq)) {
            break;
        }
        seqs[at] = seqs[at - 1];
    }
    seqs[at] = row->message_seq;
}

sh_err memory_clocks_due(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                         const int64_t **out_seqs, size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    const struct rows *rows = &m->now[MEMORY_CLOCKS];
    int64_t *seqs = arena_array(arena, rows->len + 1, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < rows->len; i++) {
        const struct clock_row *row = &((struct memory_clocks *)rows_at(rows, i))->row;
        if (row->next_ms <= now_ms && row->next_ms < STORE_CLOCK_NEVER) {
            insert_seq(m, seqs, len++, row);
        }
    }
    *out_seqs = seqs;
    *out_len = len < len_max ? len : len_max;
    return SH_OK;
}
