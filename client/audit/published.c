#include "audit/published.h"

#include <stdio.h>

void piece_wipe(struct piece *piece)
{
    buf_wipe(&piece->content);
    *piece = (struct piece){.whole = false};
}

typedef void (*name_of)(const struct tile *tile, char *out);

/* The file of a tile or bundle; of a partial one that is gone, the full one. */
static sh_err read_piece(const struct published *from, name_of name, struct piece *out,
                         struct sh_why *why)
{
    name(&out->tile, out->name);
    buf_reset(&out->content);
    out->whole = true;
    sh_err err = from->source->read(from->source->ctx, out->name, &out->content, why);
    if (err != SH_E_NOT_FOUND || out->tile.width == TILE_WIDTH) {
        return err;
    }
    struct tile full = out->tile;
    char full_name[TILE_PATH_BYTES];
    full.width = TILE_WIDTH;
    name(&full, full_name);
    err = from->source->read(from->source->ctx, full_name, &out->content, NULL);
    if (err == SH_OK) {
        (void)snprintf(out->name, sizeof out->name, "%s", full_name);
        out->whole = false;
    }
    return err;
}

sh_err published_tile(const struct published *from, struct tile coordinates, struct piece *out,
                      struct sh_why *why)
{
    out->tile = coordinates;
    out->tile.width = tile_width_at(coordinates.level, coordinates.index, from->size);
    SH_CHECK(out->tile.width > 0, SH_E_BUG);
    out->content.max = (size_t)TILE_WIDTH * SH_HASH_BYTES;
    SH_TRY(read_piece(from, tile_path, out, why));
    const size_t len = (size_t)out->tile.width * SH_HASH_BYTES;
    const size_t must = out->whole ? len : (size_t)TILE_WIDTH * SH_HASH_BYTES;
    if (out->content.len != must) {
        return sh_fail(why, SH_E_FORMAT, "it is %zu bytes long and must be %zu", out->content.len,
                       must);
    }
    out->content.len = len;
    return SH_OK;
}

sh_err published_bundle(const struct published *from, uint64_t index, struct piece *out,
                        struct sh_why *why)
{
    out->tile = (struct tile){.index = index, .width = tile_width_at(0, index, from->size)};
    SH_CHECK(out->tile.width > 0, SH_E_BUG);
    out->content.max = PUBLISHED_BUNDLE_BYTES_MAX;
    return read_piece(from, tile_entries_path, out, why);
}

sh_err published_entry(const struct piece *bundle, unsigned place, struct bytes *out_entry)
{
    size_t at = 0;
    struct bytes entry;
    for (unsigned i = 0; i <= place; i++) {
        sh_err err = bundle_next(bytes_buf(&bundle->content), &at, &entry);
        SH_CHECK(err != SH_E_EMPTY, SH_E_NOT_FOUND);
        SH_TRY(err);
    }
    *out_entry = entry;
    return SH_OK;
}

void published_tree_wipe(struct published_tree *tree)
{
    for (unsigned i = 0; i < PUBLISHED_LEVELS; i++) {
        piece_wipe(&tree->last[i]);
    }
}

sh_err published_tree_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    struct published_tree *tree = ctx;
    const unsigned tile_level = level / TILE_HEIGHT;
    SH_CHECK(tile_level < PUBLISHED_LEVELS, SH_E_BUG);
    struct piece *last = &tree->last[tile_level];
    const struct tile wanted = {.level = tile_level,
                                .index = index >> (TILE_HEIGHT - level % TILE_HEIGHT)};
    if (last->tile.width == 0 || last->tile.index != wanted.index) {
        sh_err err = published_tile(&tree->from, wanted, last, &tree->why);
        if (err != SH_OK) {
            last->tile.width = 0; /* what was read is no tile */
            return err;
        }
    }
    return tile_node(&last->tile, bytes_buf(&last->content), level, index, out);
}
