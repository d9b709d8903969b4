#include "audit/prove.h"

#include "audit/finding.h"
#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>

void audit_proven_wipe(struct audit_proven *proven)
{
    buf_wipe(&proven->entry);
}

static sh_err read_entry(const struct published *from, uint64_t index, struct piece *bundle,
                         struct bytes *out_entry, struct audit_report *report)
{
    struct sh_why why = {0};
    sh_err err = published_bundle(from, index / TILE_WIDTH, bundle, &why);
    if (err == SH_OK) {
        err = published_entry(bundle, (unsigned)(index % TILE_WIDTH), out_entry);
        if (err == SH_E_NOT_FOUND || err == SH_E_FORMAT) {
            err = sh_fail(&why, SH_E_FORMAT, "entry %" PRIu64 " is not in it", index);
        }
    }
    return err == SH_OK ? SH_OK : finding_of_file(report, err, bundle, index, &why);
}

static sh_err read_path(const struct published *from, uint64_t index, struct merkle_proof *out,
                        struct audit_report *report)
{
    SH_DEFER(published_tree_wipe) struct published_tree tree = {.from = *from};
    const struct merkle_reader reader = {published_tree_read, &tree};
    sh_err err = merkle_inclusion(index, from->size, &reader, out);
    if (err == SH_OK) {
        return SH_OK;
    }
    /* The tile that failed is the one that holds nothing. */
    for (unsigned i = 0; i < PUBLISHED_LEVELS; i++) {
        const struct piece *piece = &tree.last[i];
        if (piece->tile.width == 0 && piece->name[0]) {
            return finding_of_file(report, err, piece,
                                   piece->tile.index << (TILE_HEIGHT * i + TILE_HEIGHT), &tree.why);
        }
    }
    return err;
}

static sh_err check_own(const struct proof_file *proof, struct bytes entry,
                        struct audit_report *report)
{
    struct sh_hash hash;
    struct audit_finding finding = {
        .fault = AUDIT_FAULT_ENTRY, .has_index = true, .index = proof->index};
    SH_TRY(merkle_leaf_hash(entry, &hash));
    sh_err err =
        merkle_check_inclusion(&hash, proof->index, report->checkpoint.size, proof->path.hashes,
                               proof->path.len, &report->checkpoint.root);
    if (err != SH_E_PROOF) {
        return err;
    }
    finding_say(&finding,
                "entry %" PRIu64 " cannot be proved: it does not lead to the signed root; 'audit "
                "verify' says what was changed",
                proof->index);
    return finding_set(report, finding);
}

sh_err audit_prove(const struct audit_source *source, const struct audit_options *options,
                   uint64_t index, struct buf *out, struct audit_report *report, struct sh_why *why)
{
    SH_DEFER(piece_wipe) struct piece bundle = {.whole = false};
    struct proof_file proof = {.has_extra = true, .index = index};
    SH_TRY(audit_checkpoint(source, options, report, why));
    const struct published from = {.source = source, .size = report->checkpoint.size};
    if (index >= from.size) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "there is no entry %" PRIu64 "; the log has %" PRIu64 ", counted from 0",
                       index, from.size);
    }
    SH_TRY(read_entry(&from, index, &bundle, &proof.extra, report));
    SH_TRY(read_path(&from, index, &proof.path, report));
    SH_TRY(check_own(&proof, proof.extra, report));
    proof.checkpoint = bytes_buf(&report->note);
    return proof_file_encode(&proof, out);
}

static sh_err check_checkpoint(struct bytes note, const struct audit_options *options,
                               struct checkpoint *out, struct sh_why *why)
{
    struct bytes text;
    const char *origin = options->origin ? options->origin : options->key.name;
    sh_err err = note_verify(note, &options->key, &text);
    if (err == SH_E_BAD_CHECKPOINT) {
        return sh_fail(why, err, "the checkpoint in it is not signed by the log's key");
    }
    if (err == SH_OK) {
        err = checkpoint_parse(note, out);
    }
    if (err != SH_OK) {
        return sh_fail(why, err, "what stands behind the proof is not a signed checkpoint");
    }
    if (strcmp(out->origin, origin) != 0) {
        return sh_fail(why, SH_E_BAD_CHECKPOINT, "the checkpoint in it is of another log");
    }
    return SH_OK;
}

sh_err audit_check_proof(struct bytes file, const struct bytes *entry,
                         const struct audit_options *options, struct audit_proven *out,
                         struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf extra = BUF_INIT(PROOF_EXTRA_BYTES_MAX);
    struct proof_file proof;
    struct sh_hash hash;
    sh_err err = proof_file_decode(file, &extra, &proof);
    if (err != SH_OK) {
        return sh_fail(why, err, "the file is not a proof of the form c2sp.org/tlog-proof@v1");
    }
    if (!entry && !proof.has_extra) {
        return sh_fail(why, SH_E_NOT_FOUND,
                       "the proof does not carry its entry: give it with --leaf FILE");
    }
    const struct bytes bytes = entry ? *entry : proof.extra;
    SH_TRY(check_checkpoint(proof.checkpoint, options, &out->checkpoint, why));
    SH_TRY(merkle_leaf_hash(bytes, &hash));
    err = merkle_check_inclusion(&hash, proof.index, out->checkpoint.size, proof.path.hashes,
                                 proof.path.len, &out->checkpoint.root);
    if (err != SH_OK) {
        return sh_fail(why, err, "this is not entry %" PRIu64 " of the signed log", proof.index);
    }
    out->index = proof.index;
    out->entry.max = PROOF_EXTRA_BYTES_MAX;
    return buf_append(&out->entry, bytes);
}
