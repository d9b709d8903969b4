/* Something differs: who is to blame? The signed root is the judge. If the entries lead to it, a
 * tile was changed. If the tiles lead to it, from the top down to the hash that differs, the entry
 * under that hash was. If neither does, both were, and it is said so. */
#include "audit/finding.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>

struct inquiry {
    struct published_tree tree;
    const struct pass_result *result;
    struct audit_report *report;
    bool edge_is_signed; /* the partial tiles, one of each level, lead to the signed root */
};

static void inquiry_wipe(struct inquiry *inquiry)
{
    published_tree_wipe(&inquiry->tree);
}

/* The hash over a full tile, which is a hash in the tile above it. */
static sh_err fold_tile(struct inquiry *inquiry, struct tile tile, struct sh_hash *out)
{
    const unsigned level = TILE_HEIGHT * tile.level + TILE_HEIGHT - 1;
    struct sh_hash left, right;
    SH_TRY(published_tree_read(&inquiry->tree, level, 2 * tile.index, &left));
    SH_TRY(published_tree_read(&inquiry->tree, level, 2 * tile.index + 1, &right));
    return merkle_node_hash(&left, &right, out);
}

/* Does the chain of tiles above this one lead to the signed root? */
static sh_err is_signed(struct inquiry *inquiry, struct tile tile, bool *out)
{
    while (tile_width_at(tile.level, tile.index, inquiry->tree.from.size) == TILE_WIDTH) {
        struct sh_hash folded, above;
        SH_TRY(fold_tile(inquiry, tile, &folded));
        tile.level++;
        SH_TRY(published_tree_read(&inquiry->tree, TILE_HEIGHT * tile.level, tile.index, &above));
        if (!hash_equal(&folded, &above)) {
            *out = false;
            return SH_OK;
        }
        tile.index /= TILE_WIDTH;
    }
    *out = inquiry->edge_is_signed;
    return SH_OK;
}

static sh_err blame_tile(struct inquiry *inquiry, unsigned level, uint64_t index)
{
    struct tile tile = {.level = level, .index = index / TILE_WIDTH};
    struct audit_finding finding = {
        .fault = AUDIT_FAULT_TILE, .has_index = true, .index = index << (TILE_HEIGHT * level)};
    tile.width = tile_width_at(level, tile.index, inquiry->tree.from.size);
    tile_path(&tile, finding.path);
    finding_say(&finding,
                "%s was changed: its hash number %u, over the entries from %" PRIu64
                " on, is not what the entries give, and the entries are those that were signed",
                finding.path, (unsigned)(index % TILE_WIDTH), finding.index);
    return finding_set(inquiry->report, finding);
}

/* One entry, or all that stand under one hash of a higher tile. */
static sh_err blame_entries(struct inquiry *inquiry, unsigned level, uint64_t index, bool sure)
{
    const uint64_t first = index << (TILE_HEIGHT * level);
    const uint64_t last = first + ((uint64_t)1 << (TILE_HEIGHT * level)) - 1;
    struct tile bundle = {.index = first / TILE_WIDTH};
    struct audit_finding finding = {.fault = AUDIT_FAULT_ENTRY, .has_index = true, .index = first};
    bundle.width = tile_width_at(0, bundle.index, inquiry->tree.from.size);
    tile_entries_path(&bundle, finding.path);
    if (!sure) {
        finding_say(&finding,
                    "from entry %" PRIu64 " on, entries and tiles differ, and neither lead to the "
                    "root that was signed: both were changed",
                    first);
    } else if (level == 0) {
        finding_say(&finding,
                    "entry %" PRIu64 " is not the one that was signed: it was changed, moved or "
                    "replaced (%s)",
                    first, finding.path);
    } else {
        finding_say(&finding,
                    "of the entries %" PRIu64 " to %" PRIu64 " at least one was replaced, and the "
                    "tile over them changed to match",
                    first, last);
    }
    return finding_set(inquiry->report, finding);
}

static sh_err blame_root(struct inquiry *inquiry)
{
    struct audit_finding finding = {.fault = AUDIT_FAULT_ROOT, .path = "checkpoint"};
    finding_say(&finding, "entries and tiles agree with each other, but do not lead to the root "
                          "that was signed: the log was rewritten under its checkpoint");
    return finding_set(inquiry->report, finding);
}

static sh_err inquire(struct inquiry *inquiry, bool entries_are_signed)
{
    for (unsigned level = 0; level < PUBLISHED_LEVELS; level++) {
        const uint64_t index = inquiry->result->first[level].index;
        const struct tile tile = {.level = level, .index = index / TILE_WIDTH};
        bool tile_is_signed = false;
        if (!inquiry->result->first[level].found) {
            continue;
        }
        if (entries_are_signed) {
            return blame_tile(inquiry, level, index);
        }
        SH_TRY(is_signed(inquiry, tile, &tile_is_signed));
        return blame_entries(inquiry, level, index, tile_is_signed);
    }
    return entries_are_signed ? SH_OK : blame_root(inquiry);
}

sh_err diagnose(const struct published *from, const struct pass_result *result,
                struct audit_report *report, struct sh_why *why)
{
    SH_DEFER(inquiry_wipe)
    struct inquiry inquiry = {.tree = {.from = *from}, .result = result, .report = report};
    const struct merkle_reader reader = {published_tree_read, &inquiry.tree};
    const bool entries_are_signed = hash_equal(&result->root, &report->checkpoint.root);
    bool differs = !entries_are_signed;
    for (unsigned i = 0; i < PUBLISHED_LEVELS; i++) {
        differs = differs || result->first[i].found;
    }
    if (!differs) {
        return SH_OK;
    }
    struct sh_hash root;
    sh_err err = merkle_root(from->size, &reader, &root);
    if (err == SH_OK) {
        inquiry.edge_is_signed = hash_equal(&root, &report->checkpoint.root);
        err = inquire(&inquiry, entries_are_signed);
    }
    if (err != SH_OK && err != SH_E_PROOF) {
        return sh_fail(why, err, "a tile could be read once and not again");
    }
    return err;
}
