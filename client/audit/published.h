/* The tiles and entry bundles of a tree of one size, read from a source: each with the width that
 * the size asks for, whole, and no longer. A log may drop a partial tile once the full one stands;
 * then the front of that is taken. One thread at a time. */
#pragma once

#include "audit/source.h"
#include "base/limits.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"

/* Of tiles in a tree of 2^40 leaves. */
#define PUBLISHED_LEVELS 6u
/* 256 entries of 65,535 bytes. */
#define PUBLISHED_BUNDLE_BYTES_MAX (TILE_WIDTH * (2u + 65535u))

struct published {
    const struct audit_source *source;
    uint64_t size;
};

/* What was read last: a tile's hashes, or a bundle. `name` says which file it came from. */
struct piece {
    struct tile tile;
    struct buf content;
    bool whole; /* false: the front of a full one, which stands for a partial one that is gone */
    char name[TILE_PATH_BYTES];
};
void piece_wipe(struct piece *piece); /* a destructor; a zeroed one is empty */

/* The tile of `level` at `index`, its content cut to what the tree has. SH_E_NOT_FOUND, SH_E_FORMAT
 * (too short), SH_E_TOO_BIG: the log does not hold what it must, piece->name says where. Others:
 * cannot be said at the moment. */
SH_MUST_USE sh_err published_tile(const struct published *from, struct tile coordinates,
                                  struct piece *out, struct sh_why *why);
/* The bundle at `index`, not looked into. The same errors. */
SH_MUST_USE sh_err published_bundle(const struct published *from, uint64_t index, struct piece *out,
                                    struct sh_why *why);

/* One entry of a bundle by its place. SH_E_NOT_FOUND: it has fewer. SH_E_FORMAT: it is cut. */
SH_MUST_USE sh_err published_entry(const struct piece *bundle, unsigned place,
                                   struct bytes *out_entry);

/* Complete nodes out of the tiles, as merkle.h reads them; keeps the tile that it read last of each
 * level. */
struct published_tree {
    struct published from;
    struct piece last[PUBLISHED_LEVELS];
    struct sh_why why;
};
void published_tree_wipe(struct published_tree *tree); /* a destructor */
/* ctx: a struct published_tree. Errors as published_tile(). */
SH_MUST_USE sh_err published_tree_read(void *ctx, unsigned level, uint64_t index,
                                       struct sh_hash *out);
