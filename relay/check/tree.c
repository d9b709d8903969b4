/* The log's own rows: each leaf against its opening and its tile, each tile against what the leaves
 * give, all of it against the signed checkpoint. When a leaf and its tile disagree, the root says
 * which of them was changed. */
#include "base/cleanup.h"
#include "check/check_private.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEVELS = 6, PROGRESS_EVERY = 4096 };

struct tree {
    struct sh_hash nodes[LEVELS][TILE_WIDTH];
    unsigned width[LEVELS];
    uint64_t index[LEVELS]; /* of the tile that is being filled */
    struct merkle_edge edge;
    uint64_t tiles;                             /* compared so far */
    uint8_t stored[TILE_WIDTH * SH_HASH_BYTES]; /* the tile of leaf hashes in hand, as it stands */
    size_t stored_len;
    int64_t last_time_ms;
    /* The first tile that is not what the leaves give. */
    bool disagrees;
    unsigned level;
    uint64_t tile, position;
};

static struct place place_of_tile(unsigned level, uint64_t index, const char *column)
{
    struct place where = {.table = "tile", .column = column};
    (void)snprintf(where.row, sizeof where.row, "level %u, number %" PRIu64, level, index);
    return where;
}

static void note_disagreement(struct tree *tree, unsigned level, const struct copy_tile *tile)
{
    uint64_t at = 0;
    if (tree->disagrees) {
        return;
    }
    while (at < tree->width[level] && (at + 1) * SH_HASH_BYTES <= tile->hashes.len &&
           memcmp(tile->hashes.data + at * SH_HASH_BYTES, tree->nodes[level][at].b,
                  SH_HASH_BYTES) == 0) {
        at++;
    }
    tree->disagrees = true;
    tree->level = level;
    tree->tile = tree->index[level];
    tree->position = at < tree->width[level] ? at : tree->width[level] - 1;
}

static sh_err compare_tile(struct check *check, struct tree *tree, unsigned level)
{
    struct copy_tile tile;
    uint64_t index = tree->index[level];
    sh_err err = store_copy_tile_at(check->copy, level, index, &tile);
    if (err == SH_E_NOT_FOUND) {
        struct place where = place_of_tile(level, index, "id");
        return differ(check, &where, "no row has this number");
    }
    SH_TRY(err);
    tree->tiles++;
    struct bytes expected =
        bytes_of(tree->nodes[level], tree->width[level] * sizeof(struct sh_hash));
    if (!bytes_equal(tile.hashes, expected)) {
        note_disagreement(tree, level, &tile);
    } else if (!tile.fits) {
        struct place where = place_of_tile(level, index, "check_sha256");
        return differ(check, &where, "it is not the checksum of this row");
    }
    return SH_OK;
}

/* The root of a full tile; its nodes are used up. */
static sh_err fold(struct sh_hash *nodes, struct sh_hash *out)
{
    for (unsigned width = TILE_WIDTH; width > 1; width /= 2) {
        for (unsigned i = 0; i < width / 2; i++) {
            SH_TRY(merkle_node_hash(&nodes[2 * i], &nodes[2 * i + 1], &nodes[i]));
        }
    }
    *out = nodes[0];
    return SH_OK;
}

static sh_err append(struct check *check, struct tree *tree, const struct sh_hash *leaf_hash)
{
    struct sh_hash hash = *leaf_hash;
    SH_TRY(merkle_edge_append(&tree->edge, leaf_hash, NULL));
    for (unsigned level = 0; level < LEVELS; level++) {
        tree->nodes[level][tree->width[level]++] = hash;
        if (tree->width[level] < TILE_WIDTH) {
            return SH_OK;
        }
        SH_TRY(compare_tile(check, tree, level));
        SH_TRY(fold(tree->nodes[level], &hash));
        tree->width[level] = 0;
        tree->index[level]++;
    }
    return SH_E_TOO_BIG;
}

/* ---- leaves ---- */

static sh_err load_stored(struct check *check, struct tree *tree, uint64_t index)
{
    struct copy_tile tile;
    if (index % TILE_WIDTH != 0) {
        return SH_OK;
    }
    sh_err err = store_copy_tile_at(check->copy, 0, index / TILE_WIDTH, &tile);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    tree->stored_len = err == SH_OK ? tile.hashes.len : 0;
    tree->stored_len =
        tree->stored_len < sizeof tree->stored ? tree->stored_len : sizeof tree->stored;
    if (tree->stored_len) {
        memcpy(tree->stored, tile.hashes.data, tree->stored_len);
    }
    return SH_OK;
}

/* Whether the stored tile still has this leaf's hash. */
static bool tile_knows(const struct tree *tree, uint64_t index, const struct sh_hash *leaf_hash)
{
    size_t at = index % TILE_WIDTH * SH_HASH_BYTES;
    return at + SH_HASH_BYTES <= tree->stored_len &&
           memcmp(tree->stored + at, leaf_hash->b, SH_HASH_BYTES) == 0;
}

/* kept: the tree has this leaf. */
static sh_err check_opening(struct check *check, const struct copy_leaf *stored,
                            const struct leaf *leaf, bool kept)
{
    struct sh_hash commitment;
    const struct opening opening = {.salt = stored->row.salt, .facts = stored->row.facts};
    SH_TRY(opening_commitment(&opening, &commitment));
    if (hash_equal(&commitment, &leaf->commitment)) {
        return SH_OK;
    }
    struct place where =
        place_of("leaf", kept ? "salt, facts" : "leaf", (int64_t)stored->row.index);
    return differ(check, &where, "%s",
                  kept ? "the opening is not the one that the entry commits to"
                       : "the entry does not commit to its opening, and the tree has another one");
}

static sh_err check_leaf(struct check *check, struct tree *tree, const struct copy_leaf *stored)
{
    struct leaf leaf;
    struct sh_hash hash;
    struct place where = place_of("leaf", "leaf", (int64_t)stored->row.index);
    if (leaf_decode(stored->row.leaf, &leaf) != SH_OK) {
        return differ(check, &where, "the bytes are no entry of a log");
    }
    SH_TRY(merkle_leaf_hash(stored->row.leaf, &hash));
    SH_TRY(load_stored(check, tree, stored->row.index));
    bool kept = tile_knows(tree, stored->row.index, &hash);
    SH_TRY(check_opening(check, stored, &leaf, kept));
    if (kept && leaf.time_ms < tree->last_time_ms) {
        return differ(check, &where, "its time is before that of the entry before it");
    }
    if (kept && !stored->fits) {
        where.column = "check_sha256";
        return differ(check, &where, "it is not the checksum of this row");
    }
    tree->last_time_ms = leaf.time_ms;
    return append(check, tree, &hash);
}

static sh_err read_leaves(struct check *check, struct tree *tree)
{
    struct copy_leaf stored;
    sh_err err = SH_OK;
    uint64_t index = 0;
    for (; (err = store_copy_leaf(check->copy, &stored)) == SH_OK; index++) {
        if (stored.row.index != index) {
            struct place where = place_of("leaf", "idx", (int64_t)index);
            return differ(check, &where, "no row has this number");
        }
        SH_TRY(check_leaf(check, tree, &stored));
        if (check->order->progress && index % PROGRESS_EVERY == 0) {
            check->order->progress(index, check->counts.leaves);
        }
    }
    check->result->leaves = index;
    return err == SH_E_EMPTY ? SH_OK : err;
}

/* ---- the end ---- */

static sh_err check_size(struct check *check, const struct checkpoint *known)
{
    uint64_t leaves = check->result->leaves;
    if (known->size == leaves) {
        return SH_OK;
    }
    uint64_t first = known->size < leaves ? known->size : leaves;
    struct place where = place_of("leaf", "idx", (int64_t)first);
    return differ(check, &where,
                  "the signed checkpoint is of %" PRIu64 " entries, and %" PRIu64 " stand here",
                  known->size, leaves);
}

/* The leaves have the signed root: then it is the tile. Or they have another: then it is they. */
static sh_err blame(struct check *check, const struct tree *tree, bool leaves_are_right)
{
    if (leaves_are_right || tree->level > 0) {
        struct place where = place_of_tile(tree->level, tree->tile, "hashes");
        return differ(check, &where, "hash %" PRIu64 " is not that of the %s", tree->position,
                      leaves_are_right ? "entries below it"
                                       : "entries below it, which were changed with their tiles");
    }
    struct place where =
        place_of("leaf", "leaf", (int64_t)(tree->tile * TILE_WIDTH + tree->position));
    return differ(check, &where, "it is not the entry that the tree was made of");
}

static sh_err check_root(struct check *check, const struct tree *tree)
{
    struct checkpoint known;
    struct place where = {.table = "meta", .column = "value", .row = "checkpoint"};
    SH_TRY(merkle_edge_root(&tree->edge, &check->result->root));
    if (check->checkpoint.len == 0) {
        return differ(check, &where, "there is no checkpoint");
    }
    if (checkpoint_verify(bytes_buf(&check->checkpoint), check->log, &known) != SH_OK) {
        return differ(check, &where, "it is not signed by the log's key under the log's name");
    }
    SH_TRY(check_size(check, &known));
    bool right = hash_equal(&known.root, &check->result->root);
    if (tree->disagrees) {
        return blame(check, tree, right);
    }
    return right ? SH_OK : differ(check, &where, "its root is not that of the entries");
}

static sh_err check_last_time(struct check *check, const struct tree *tree)
{
    struct place where = {.table = "meta", .column = "value", .row = "last_leaf_ms"};
    if (!check->has_last_time || (int64_t)check->last_time_ms != tree->last_time_ms) {
        return differ(check, &where, "it is not the time of the last entry");
    }
    return SH_OK;
}

static sh_err check_stray_tiles(struct check *check, const struct tree *tree)
{
    struct copy_tile tile;
    sh_err err = SH_OK;
    if (tree->tiles == check->counts.tiles) {
        return SH_OK;
    }
    while ((err = store_copy_tile(check->copy, &tile)) == SH_OK) {
        if (tile_width_at(tile.level, tile.index, check->result->leaves) == 0) {
            struct place where = place_of_tile(tile.level, tile.index, "id");
            return differ(check, &where, "the tree has no such tile");
        }
    }
    return err == SH_E_EMPTY ? SH_E_BUG : err;
}

sh_err check_tree(struct check *check)
{
    SH_DEFER(sh_freep) struct tree *tree = calloc(1, sizeof *tree);
    SH_CHECK(tree, SH_E_NOMEM);
    SH_TRY(read_leaves(check, tree));
    for (unsigned level = 0; level < LEVELS; level++) {
        SH_TRY(tree->width[level] ? compare_tile(check, tree, level) : SH_OK);
    }
    SH_TRY(check_root(check, tree));
    SH_TRY(check_stray_tiles(check, tree));
    return check_last_time(check, tree);
}
