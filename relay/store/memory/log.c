/* Leaves and tiles in memory. */
#include "base/cleanup.h"
#include "store/memory/rows.h"

static sh_err add_leaf(struct memory_store *m, const struct leaf_row *in)
{
    SH_DEFER(blob_drop) struct blob *leaf = NULL;
    SH_DEFER(blob_drop) struct blob *facts = NULL;
    SH_TRY(blob_new(in->leaf, &leaf));
    SH_TRY(blob_new(in->facts, &facts));
    const struct memory_leaf row = {.head = {{leaf, facts}}, .row = *in};
    SH_TRY(rows_add(&m->now[MEMORY_LEAVES], &row));
    leaf = facts = NULL;
    return SH_OK;
}

sh_err memory_leaf_put(struct store *store, const struct leaf_row *row)
{
    struct memory_store *m = memory_of(store);
    size_t leaves = m->now[MEMORY_LEAVES].len;
    SH_CHECK(row->index >= leaves, SH_E_EXISTS);
    SH_CHECK(row->index == leaves, SH_E_BUG);
    SH_CHECK(row->leaf.len <= SH_LEAF_BYTES_MAX && row->facts.len <= SH_FACTS_BYTES_MAX,
             SH_E_TOO_BIG);
    return add_leaf(m, row);
}

sh_err memory_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                       struct leaf_row *out)
{
    const struct rows *rows = &memory_of(store)->now[MEMORY_LEAVES];
    SH_CHECK(index < rows->len, SH_E_NOT_FOUND);
    const struct memory_leaf *leaf = rows_at(rows, (size_t)index);
    struct leaf_row row = leaf->row;
    SH_TRY(arena_copy(arena, blob_bytes(leaf->head.blobs[0]), &row.leaf));
    SH_TRY(arena_copy(arena, blob_bytes(leaf->head.blobs[1]), &row.facts));
    *out = row;
    return SH_OK;
}

sh_err memory_leaves_count(struct store *store, uint64_t *out)
{
    *out = memory_of(store)->now[MEMORY_LEAVES].len;
    return SH_OK;
}

static struct memory_tile *find_tile(struct memory_store *m, unsigned level, uint64_t index)
{
    struct rows *rows = &m->now[MEMORY_TILES];
    for (size_t i = 0; i < rows->len; i++) {
        struct memory_tile *tile = rows_at(rows, i);
        if (tile->level == level && tile->index == index) {
            return tile;
        }
    }
    return NULL;
}

sh_err memory_tile_put(struct store *store, unsigned level, uint64_t index, struct bytes hashes)
{
    struct memory_store *m = memory_of(store);
    SH_CHECK(level < STORE_TILE_LEVELS && index < STORE_TILE_INDEX_END, SH_E_TOO_BIG);
    SH_CHECK(hashes.len <= STORE_TILE_BYTES_MAX, SH_E_TOO_BIG);
    SH_DEFER(blob_drop) struct blob *blob = NULL;
    SH_TRY(blob_new(hashes, &blob));
    const struct memory_tile fresh = {.head = {{blob, NULL}}, .level = level, .index = index};
    struct memory_tile *old = find_tile(m, level, index);
    if (old) {
        blob_drop(&old->head.blobs[0]);
        *old = fresh;
    } else {
        SH_TRY(rows_add(&m->now[MEMORY_TILES], &fresh));
    }
    blob = NULL;
    return SH_OK;
}

sh_err memory_tile_get(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                       struct bytes *out)
{
    const struct memory_tile *tile = find_tile(memory_of(store), level, index);
    SH_CHECK(tile, SH_E_NOT_FOUND);
    return arena_copy(arena, blob_bytes(tile->head.blobs[0]), out);
}
