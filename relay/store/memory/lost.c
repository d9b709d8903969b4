/* Lost logs in memory. */
#include "base/cleanup.h"
#include "store/memory/rows.h"

static struct memory_lost *find_lost(struct memory_store *m, int64_t number)
{
    struct rows *rows = &m->now[MEMORY_LOST];
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_lost *lost = rows_at(rows, i);
        if (lost->row.number == number) {
            return lost;
        }
    }
    return NULL;
}

static void drop_blobs(struct row_head *head)
{
    blob_drop(&head->blobs[0]);
    blob_drop(&head->blobs[1]);
}

sh_err memory_lost_put(struct store *store, const struct lost_row *in)
{
    struct memory_store *m = memory_of(store);
    SH_DEFER(blob_drop) struct blob *vkey = NULL;
    SH_DEFER(blob_drop) struct blob *known = NULL;
    SH_TRY(blob_new(in->vkey, &vkey));
    SH_TRY(blob_new(in->known, &known));
    const struct memory_lost fresh = {.head = {{vkey, known}}, .row = *in};
    struct memory_lost *old = find_lost(m, in->number);
    if (old) {
        drop_blobs(&old->head);
        *old = fresh;
    } else {
        SH_TRY(rows_add(&m->now[MEMORY_LOST], &fresh));
    }
    vkey = known = NULL;
    return SH_OK;
}

sh_err memory_lost_get(struct store *store, int64_t number, struct arena *arena,
                       struct lost_row *out)
{
    const struct memory_lost *lost = find_lost(memory_of(store), number);
    SH_CHECK(lost, SH_E_NOT_FOUND);
    struct lost_row row = lost->row;
    SH_TRY(arena_copy(arena, blob_bytes(lost->head.blobs[0]), &row.vkey));
    SH_TRY(arena_copy(arena, blob_bytes(lost->head.blobs[1]), &row.known));
    *out = row;
    return SH_OK;
}

/* The one with the lowest index at or behind `from`. */
static struct memory_missing *first_missing(struct memory_store *m, int64_t lost, uint64_t from)
{
    struct rows *rows = &m->now[MEMORY_MISSING];
    struct memory_missing *first = NULL;
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_missing *at = rows_at(rows, i);
        if (at->row.lost == lost && at->row.index >= from &&
            (!first || at->row.index < first->row.index)) {
            first = at;
        }
    }
    return first;
}

sh_err memory_missing_put(struct store *store, const struct missing_row *in)
{
    struct memory_store *m = memory_of(store);
    SH_CHECK(find_lost(m, in->lost), SH_E_NOT_FOUND);
    SH_DEFER(blob_drop) struct blob *statement = NULL;
    SH_TRY(blob_new(in->statement, &statement));
    const struct memory_missing fresh = {.head = {{statement, NULL}}, .row = *in};
    struct memory_missing *old = first_missing(m, in->lost, in->index);
    if (old && old->row.index == in->index) {
        drop_blobs(&old->head);
        *old = fresh;
    } else {
        SH_TRY(rows_add(&m->now[MEMORY_MISSING], &fresh));
    }
    statement = NULL;
    return SH_OK;
}

sh_err memory_missing_next(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                           struct missing_row *out)
{
    const struct memory_missing *found = first_missing(memory_of(store), lost, from);
    SH_CHECK(found, SH_E_EMPTY);
    struct missing_row row = found->row;
    SH_TRY(arena_copy(arena, blob_bytes(found->head.blobs[0]), &row.statement));
    *out = row;
    return SH_OK;
}
