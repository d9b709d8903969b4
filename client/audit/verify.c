/* The pass over a log: entries become leaf hashes, leaf hashes a tree, and each node that has a
 * place in a tile is compared with what stands there. It notes what differs and blames nobody:
 * that is diagnose.c, once the root is known. A file that is missing or cut ends the pass, for
 * behind it nothing has its place. */
#include "audit/verify.h"

#include "audit/finding.h"
#include "audit/leaf_times.h"
#include "base/cleanup.h"
#include "crypto/digest.h"

#include <inttypes.h>

/* Bundles between two reports of progress. */
#define PROGRESS_BUNDLES 64u

struct pass {
    const struct audit_options *options;
    struct audit_report *report;
    struct published from;
    struct digester *digester;
    struct piece bundle;
    struct piece tiles[PUBLISHED_LEVELS]; /* the one of each level that is being compared */
    struct merkle_edge edge;
    struct pass_result result;
    struct leaf_times times;
    struct sh_hash previous_root; /* over as many entries as the previous checkpoint has */
    struct sh_why *why;
};

static void pass_wipe(struct pass *pass)
{
    digester_free(&pass->digester);
    piece_wipe(&pass->bundle);
    for (unsigned i = 0; i < PUBLISHED_LEVELS; i++) {
        piece_wipe(&pass->tiles[i]);
    }
}

/* The first entry that differs from its tile, if one did: behind something that was taken out or
 * put in, nothing is in its place, and the file that is short in the end is far from it. */
static uint64_t first_out_of_place(const struct pass *pass, uint64_t otherwise)
{
    return pass->result.first[0].found ? pass->result.first[0].index : otherwise;
}

static sh_err blame_file(struct pass *pass, sh_err err, const struct piece *piece,
                         const struct sh_why *why)
{
    const uint64_t start = piece->tile.index << (TILE_HEIGHT * piece->tile.level + TILE_HEIGHT);
    *pass->why = *why;
    return finding_of_file(pass->report, err, piece, first_out_of_place(pass, start), why);
}

/* Nodes of a level come in order, so each tile is read once. */
static sh_err load_tile(struct pass *pass, unsigned level, uint64_t index)
{
    struct piece *piece = &pass->tiles[level];
    if (piece->tile.width > 0 && piece->tile.index == index) {
        return SH_OK;
    }
    struct sh_why why = {0};
    const struct tile wanted = {.level = level, .index = index};
    sh_err err = published_tile(&pass->from, wanted, piece, &why);
    if (err != SH_OK) {
        return blame_file(pass, err, piece, &why);
    }
    pass->report->tiles++;
    return SH_OK;
}

/* A merkle_writer: a node is complete. */
static sh_err compare_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct pass *pass = ctx;
    if (level % TILE_HEIGHT != 0) {
        return SH_OK;
    }
    const unsigned tile_level = level / TILE_HEIGHT;
    const size_t place = (size_t)(index % TILE_WIDTH) * SH_HASH_BYTES;
    SH_TRY(load_tile(pass, tile_level, index / TILE_WIDTH));
    const uint8_t *published = pass->tiles[tile_level].content.data + place;
    if (memcmp(published, hash->b, SH_HASH_BYTES) != 0 && !pass->result.first[tile_level].found) {
        pass->result.first[tile_level].found = true;
        pass->result.first[tile_level].index = index;
    }
    return SH_OK;
}

static sh_err note_previous_root(struct pass *pass)
{
    if (pass->report->has_previous && pass->edge.size == pass->report->previous.size) {
        return merkle_edge_root(&pass->edge, &pass->previous_root);
    }
    return SH_OK;
}

static sh_err take_entry(struct pass *pass, struct bytes entry)
{
    const struct merkle_writer writer = {compare_node, pass};
    const uint64_t index = pass->edge.size;
    struct sh_hash hash;
    SH_TRY(merkle_leaf_hash_with(pass->digester, entry, &hash));
    SH_TRY(merkle_edge_append_with(pass->digester, &pass->edge, &hash, &writer));
    leaf_times_take(&pass->times, entry, index, pass->report);
    return note_previous_root(pass);
}

/* A bundle that has not the entries that it must have. */
static sh_err blame_bundle(struct pass *pass, const char *what)
{
    const struct piece *bundle = &pass->bundle;
    const uint64_t start = bundle->tile.index * TILE_WIDTH;
    struct audit_finding finding = {.fault = AUDIT_FAULT_FILE,
                                    .has_index = true,
                                    .index = first_out_of_place(pass, pass->edge.size)};
    (void)snprintf(finding.path, sizeof finding.path, "%s", bundle->name);
    finding_say(&finding,
                "%s %s; it must hold entries %" PRIu64 " to %" PRIu64
                ", and the first that is not in its place is entry %" PRIu64,
                bundle->name, what, start, start + bundle->tile.width - 1, finding.index);
    return finding_set(pass->report, finding);
}

static sh_err take_bundle(struct pass *pass, uint64_t index)
{
    struct sh_why why = {0};
    sh_err err = published_bundle(&pass->from, index, &pass->bundle, &why);
    if (err != SH_OK) {
        return blame_file(pass, err, &pass->bundle, &why);
    }
    const struct bytes content = bytes_buf(&pass->bundle.content);
    size_t at = 0;
    struct bytes entry;
    for (unsigned i = 0; i < pass->bundle.tile.width; i++) {
        err = bundle_next(content, &at, &entry);
        if (err == SH_E_EMPTY) {
            return blame_bundle(pass, "holds too few entries");
        }
        if (err == SH_E_FORMAT) {
            return blame_bundle(pass, "ends in the middle of an entry");
        }
        SH_TRY(err);
        SH_TRY(take_entry(pass, entry));
    }
    if (pass->bundle.whole && at != content.len) {
        return blame_bundle(pass, "holds more than its entries");
    }
    pass->report->bundles++;
    pass->report->entries = pass->edge.size;
    return SH_OK;
}

static sh_err take_all(struct pass *pass)
{
    const struct audit_options *options = pass->options;
    const uint64_t size = pass->from.size, bundles = (size + TILE_WIDTH - 1) / TILE_WIDTH;
    SH_TRY(note_previous_root(pass));
    for (uint64_t i = 0; i < bundles; i++) {
        if (options->progress && i % PROGRESS_BUNDLES == 0) {
            options->progress(options->progress_ctx, pass->edge.size, size);
        }
        SH_TRY(take_bundle(pass, i));
    }
    if (options->progress) {
        options->progress(options->progress_ctx, size, size);
    }
    return merkle_edge_root(&pass->edge, &pass->result.root);
}

static sh_err compare_previous(const struct pass *pass)
{
    struct audit_report *report = pass->report;
    struct audit_finding finding = {.fault = AUDIT_FAULT_CONTRADICTION, .path = "checkpoint"};
    if (!report->has_previous || hash_equal(&pass->previous_root, &report->previous.root)) {
        return SH_OK;
    }
    finding_say(&finding,
                "this log contradicts itself: of the %" PRIu64 " entries that it signed before, at "
                "least one is not what it is among the %" PRIu64 " that it signs now",
                report->previous.size, report->checkpoint.size);
    return finding_set(report, finding);
}

sh_err audit_verify(const struct audit_source *source, const struct audit_options *options,
                    struct audit_report *out, struct sh_why *why)
{
    struct sh_why own = {0};
    SH_TRY(audit_checkpoint(source, options, out, why));
    SH_DEFER(pass_wipe)
    struct pass pass = {.options = options,
                        .report = out,
                        .from = {.source = source, .size = out->checkpoint.size},
                        .times = {.leaves = options->leaves},
                        .why = why ? why : &own};
    SH_TRY(digester_new(&pass.digester));
    SH_TRY(take_all(&pass));
    SH_TRY(diagnose(&pass.from, &pass.result, out, why));
    SH_TRY(compare_previous(&pass));
    if (pass.times.finding.fault != AUDIT_FAULT_NONE) {
        return finding_set(out, pass.times.finding);
    }
    return SH_OK;
}
