#include "core/tiles.h"

#include "base/cleanup.h"

#include <stdlib.h>

/* 2^40 leaves are five levels of tiles. Ways: a group touches at most (appended / 256 + 2) tiles of
 * level 0, and the book flushes before that exceeds them. */
enum { TILE_LEVELS = 5, TILE_WAYS = 16, TILE_NODES = 2 * TILE_WIDTH - 2 };

struct hot_tile {
    bool used, dirty;
    uint64_t index;
    unsigned width;
    /* Inner levels behind one another: 256 of level 0, 128 of level 1, ... 2 of level 7. */
    struct sh_hash nodes[TILE_NODES];
};

struct tiles {
    struct store *store;
    struct hot_tile *hot[TILE_LEVELS][TILE_WAYS];
};

sh_err tiles_new(struct store *store, struct tiles **out)
{
    struct tiles *tiles = calloc(1, sizeof *tiles);
    SH_CHECK(tiles, SH_E_NOMEM);
    tiles->store = store;
    *out = tiles;
    return SH_OK;
}

void tiles_free(struct tiles **tiles_p)
{
    struct tiles *tiles = *tiles_p;
    if (!tiles) {
        return;
    }
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        for (unsigned way = 0; way < TILE_WAYS; way++) {
            free(tiles->hot[level][way]);
        }
    }
    free(tiles);
    *tiles_p = NULL;
}

void tiles_forget(struct tiles *tiles)
{
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        for (unsigned way = 0; way < TILE_WAYS; way++) {
            if (tiles->hot[level][way]) {
                tiles->hot[level][way]->used = false;
            }
        }
    }
}

static struct sh_hash *inner_node(struct hot_tile *tile, unsigned inner, uint64_t at)
{
    /* Levels below `inner` take 256 + 128 + ... = 512 - (512 >> inner). */
    return &tile->nodes[2 * TILE_WIDTH - (2 * TILE_WIDTH >> inner) + at];
}

static sh_err expand(struct hot_tile *tile)
{
    for (unsigned inner = 1; inner < TILE_HEIGHT; inner++) {
        for (unsigned at = 0; at < tile->width >> inner; at++) {
            SH_TRY(merkle_node_hash(inner_node(tile, inner - 1, 2 * at),
                                    inner_node(tile, inner - 1, 2 * at + 1),
                                    inner_node(tile, inner, at)));
        }
    }
    return SH_OK;
}

static sh_err load(struct tiles *tiles, unsigned level, uint64_t index, struct hot_tile *into)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(TILE_WIDTH * SH_HASH_BYTES * 2, 16, &arena));
    struct bytes row = {0};
    sh_err err = store_tile_get(tiles->store, level, index, arena, &row);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    SH_CHECK(row.len % SH_HASH_BYTES == 0 && row.len <= TILE_WIDTH * SH_HASH_BYTES, SH_E_CORRUPT);
    into->used = true;
    into->dirty = false;
    into->index = index;
    into->width = (unsigned)(row.len / SH_HASH_BYTES);
    if (row.len) {
        memcpy(into->nodes, row.data, row.len);
    }
    return expand(into);
}

static sh_err find(struct tiles *tiles, unsigned level, uint64_t index, struct hot_tile **out)
{
    SH_CHECK(level < TILE_LEVELS, SH_E_TOO_BIG);
    struct hot_tile **slot = &tiles->hot[level][index % TILE_WAYS];
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        SH_CHECK(*slot, SH_E_NOMEM);
    }
    if (!(*slot)->used || (*slot)->index != index) {
        SH_CHECK(!(*slot)->used || !(*slot)->dirty, SH_E_BUG);
        (*slot)->used = false;
        SH_TRY(load(tiles, level, index, *slot));
    }
    *out = *slot;
    return SH_OK;
}

sh_err tiles_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    unsigned inner = level % TILE_HEIGHT;
    struct hot_tile *tile = NULL;
    SH_TRY(find(ctx, level / TILE_HEIGHT, index >> (TILE_HEIGHT - inner), &tile));
    uint64_t at = index & ((TILE_WIDTH >> inner) - 1);
    SH_CHECK(at < tile->width >> inner, SH_E_NOT_FOUND);
    *out = *inner_node(tile, inner, at);
    return SH_OK;
}

sh_err tiles_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    unsigned inner = level % TILE_HEIGHT;
    struct hot_tile *tile = NULL;
    SH_TRY(find(ctx, level / TILE_HEIGHT, index >> (TILE_HEIGHT - inner), &tile));
    uint64_t at = index & ((TILE_WIDTH >> inner) - 1);
    *inner_node(tile, inner, at) = *hash;
    if (inner == 0) {
        SH_CHECK(at == tile->width, SH_E_BUG);
        tile->width++;
        tile->dirty = true;
    }
    return SH_OK;
}

sh_err tiles_flush(struct tiles *tiles)
{
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        for (unsigned way = 0; way < TILE_WAYS; way++) {
            struct hot_tile *tile = tiles->hot[level][way];
            if (!tile || !tile->used || !tile->dirty) {
                continue;
            }
            struct bytes row = bytes_of(tile->nodes, tile->width * sizeof tile->nodes[0]);
            SH_TRY(store_tile_put(tiles->store, level, tile->index, row));
            tile->dirty = false;
        }
    }
    return SH_OK;
}
