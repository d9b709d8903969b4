#include "audit/carry.h"

#include "audit/finding.h"
#include "base/cleanup.h"

#include <inttypes.h>

/* Others may carry for the same log, and it grows: after so many tries they are ahead of us. */
#define TRIES_MAX 5u

static sh_err consider_here(void *ctx, const struct witness_offer *offer,
                            struct witness_answer *out, struct sh_why *why)
{
    return witness_consider(ctx, offer, out, why);
}

struct witness_reached witness_here(const struct witness *witness)
{
    return (struct witness_reached){consider_here, (void *)(uintptr_t)witness};
}

/* Tiles that cannot be had are the log's fault if they must be there. */
static sh_err of_tiles(struct audit_report *report, sh_err err, const struct published_tree *tree,
                       struct sh_why *why)
{
    if (err == SH_E_NOT_FOUND || err == SH_E_FORMAT || err == SH_E_TOO_BIG) {
        struct audit_finding finding = {.fault = AUDIT_FAULT_FILE};
        finding_say(&finding, "a tile of the published log is missing or has not the right form");
        return finding_set(report, finding);
    }
    return err == SH_OK ? SH_OK : sh_fail(why, err, "%s", tree->why.text);
}

static sh_err prove(const struct carrying *carrying, uint64_t from, struct audit_report *report,
                    struct merkle_proof *out, struct sh_why *why)
{
    const uint64_t size = report->checkpoint.size;
    out->len = 0;
    if (from == 0 || from == size) {
        return SH_OK;
    }
    SH_DEFER(published_tree_wipe)
    struct published_tree tree = {.from = {carrying->source, size}};
    const struct merkle_reader reader = {published_tree_read, &tree};
    return of_tiles(report, merkle_consistency(from, size, &reader, out), &tree, why);
}

/* The witness says that the proof does not hold. Whether the tiles are what was signed can be seen
 * here; if they are, then the log once signed something else. */
static sh_err blame(const struct carrying *carrying, const struct witness_offer *offer,
                    struct audit_report *report, struct sh_why *why)
{
    SH_DEFER(published_tree_wipe)
    struct published_tree tree = {.from = {carrying->source, report->checkpoint.size}};
    const struct merkle_reader reader = {published_tree_read, &tree};
    const struct checkpoint *now = &report->checkpoint;
    struct audit_finding finding = {.fault = AUDIT_FAULT_CONTRADICTION};
    struct sh_hash old_root, root;
    SH_TRY(of_tiles(report, merkle_root(now->size, &reader, &root), &tree, why));
    SH_TRY(of_tiles(report, merkle_root(offer->old_size, &reader, &old_root), &tree, why));
    if (!hash_equal(&root, &now->root) ||
        merkle_check_consistency(offer->old_size, &old_root, now->size, &root, offer->proof.hashes,
                                 offer->proof.len) != SH_OK) {
        finding.fault = AUDIT_FAULT_ROOT;
        finding_say(&finding, "the tiles of the published log are not what its checkpoint signs");
        return finding_set(report, finding);
    }
    finding_say(&finding,
                "a split view: the first %" PRIu64 " of the %" PRIu64
                " entries that this log signed are not the ones that the witness cosigned before",
                offer->old_size, now->size);
    return finding_set(report, finding);
}

static sh_err say_rollback(struct audit_report *report, uint64_t remembered)
{
    struct audit_finding finding = {
        .fault = AUDIT_FAULT_ROLLBACK, .has_index = true, .index = report->checkpoint.size};
    finding_say(&finding,
                "the log has %" PRIu64 " entries now, and the witness cosigned %" PRIu64
                " before: it was rolled back, or this is an old copy of it",
                report->checkpoint.size, remembered);
    return finding_set(report, finding);
}

static sh_err say_split(struct audit_report *report)
{
    struct audit_finding finding = {.fault = AUDIT_FAULT_CONTRADICTION, .path = "checkpoint"};
    finding_say(&finding,
                "a split view: this log signed two different histories of %" PRIu64
                " entries, and the witness cosigned the other one",
                report->checkpoint.size);
    return finding_set(report, finding);
}

static sh_err conclude(const struct carrying *carrying, const struct witness_offer *offer,
                       const struct witness_answer *answer, struct audit_report *report,
                       struct sh_why *why)
{
    switch (answer->verdict) {
    case WITNESS_COSIGNED:
        return SH_OK;
    case WITNESS_STALE:
        return say_rollback(report, answer->remembered.size);
    case WITNESS_OTHER_ROOT:
        return say_split(report);
    case WITNESS_NO_PROOF:
        return blame(carrying, offer, report, why);
    case WITNESS_UNKNOWN_LOG:
        return sh_fail(why, SH_E_NOT_PERMITTED, "the witness does not know this log");
    case WITNESS_UNSIGNED:
        return sh_fail(why, SH_E_NOT_PERMITTED, "the witness does not know this key of the log");
    default:
        return sh_fail(why, SH_E_NET, "the witness does not understand what is offered to it");
    }
}

/* Reads the newest checkpoint and offers it with a proof from `old_size`. */
static sh_err offer_once(const struct carrying *carrying, uint64_t old_size,
                         struct audit_report *report, struct witness_offer *offer,
                         struct witness_answer *answer, struct sh_why *why)
{
    const struct audit_options options = {.key = carrying->log, .leaves = AUDIT_LEAVES_ANY};
    audit_report_wipe(report);
    witness_answer_wipe(answer);
    *report = (struct audit_report){.is_signed = false};
    *answer = (struct witness_answer){.verdict = WITNESS_STALE};
    SH_TRY(audit_checkpoint(carrying->source, &options, report, why));
    /* Behind what the witness remembers: asked with 0, it says so itself. */
    offer->old_size = old_size <= report->checkpoint.size ? old_size : 0;
    SH_TRY(prove(carrying, offer->old_size, report, &offer->proof, why));
    offer->note = bytes_buf(&report->note);
    return carrying->to.consider(carrying->to.ctx, offer, answer, why);
}

sh_err witness_carry(const struct carrying *carrying, struct audit_report *report,
                     struct witness_answer *answer, struct sh_why *why)
{
    struct witness_offer offer = {.old_size = 0};
    uint64_t old_size = carrying->size_hint;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        SH_TRY(offer_once(carrying, old_size, report, &offer, answer, why));
        if (answer->verdict == WITNESS_STALE && answer->remembered.size == offer.old_size &&
            offer.old_size == report->checkpoint.size) {
            answer->verdict = WITNESS_OTHER_ROOT; /* some witnesses say it with their size */
        }
        if (answer->verdict != WITNESS_STALE) {
            break;
        }
        old_size = answer->remembered.size;
    }
    if (answer->verdict == WITNESS_STALE && answer->remembered.size <= report->checkpoint.size) {
        return sh_fail(why, SH_E_BUSY, "others carry to this witness at the same time");
    }
    return conclude(carrying, &offer, answer, report, why);
}
