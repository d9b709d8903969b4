/* C2SP tlog-tiles: coordinates, paths and contents of tiles of height 8 and of entry bundles. Pure;
 * any thread. */
#pragma once

#include "base/bytes.h"

#define TILE_WIDTH  256u
#define TILE_HEIGHT 8u

struct tile {
    unsigned level; /* of the tile: node level is 8 * level */
    uint64_t index;
    unsigned width; /* 1 to 256; under 256 it is partial */
};

#define TILE_PATH_BYTES 128
/* "tile/0/x001/067" or "tile/0/x001/067.p/8". out has TILE_PATH_BYTES. */
void tile_path(const struct tile *t, char *out);
/* "tile/entries/x001/067[.p/8]"; level is ignored. */
void tile_entries_path(const struct tile *t, char *out);
/* How wide tile `index` of `level` is in a tree of `size`; 0 if it does not exist. */
unsigned tile_width_at(unsigned level, uint64_t index, uint64_t size);
/* The hash of node (level, index), 8*t->level <= level < 8*t->level + 8, from the tile's bytes
 * (width * 32). SH_E_NOT_FOUND if the tile does not reach so far. */
SH_MUST_USE sh_err tile_node(const struct tile *t, struct bytes content, unsigned level,
                             uint64_t index, struct sh_hash *out);
/* Entry bundle: each entry is a big-endian u16 length and the bytes. Appends one; walks one. */
SH_MUST_USE sh_err bundle_append(struct buf *bundle, struct bytes entry);
/* *at starts at 0 and advances; SH_E_EMPTY at the end, SH_E_FORMAT if cut. */
SH_MUST_USE sh_err bundle_next(struct bytes bundle, size_t *at, struct bytes *out_entry);
