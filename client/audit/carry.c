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

/* One checkpoint on its way. */
struct trip {
    const struct carrying *carrying;
    struct witness_offer offer;
    struct audit_report *report;
    struct witness_answer *answer;
    struct sh_why *why;
};

/* Tiles that cannot be had are the log's fault if they must be there. */
static sh_err of_tiles(const struct trip *trip, sh_err err, const struct published_tree *tree)
{
    if (err == SH_E_NOT_FOUND || err == SH_E_FORMAT || err == SH_E_TOO_BIG) {
        struct audit_finding finding = {.fault = AUDIT_FAULT_FILE};
        finding_say(&finding, "a tile of the published log is missing or has not the right form");
        return finding_set(trip->report, finding);
    }
    return err == SH_OK ? SH_OK : sh_fail(trip->why, err, "%s", tree->why.text);
}

static sh_err prove(struct trip *trip)
{
    const uint64_t from = trip->offer.old_size, size = trip->report->checkpoint.size;
    trip->offer.proof.len = 0;
    if (from == 0 || from == size) {
        return SH_OK;
    }
    SH_DEFER(published_tree_wipe)
    struct published_tree tree = {.from = {trip->carrying->source, size}};
    const struct merkle_reader reader = {published_tree_read, &tree};
    return of_tiles(trip, merkle_consistency(from, size, &reader, &trip->offer.proof), &tree);
}

/* The witness says that the proof does not hold. Whether the tiles are what was signed can be seen
 * here; if they are, then the log once signed something else. */
static sh_err blame(const struct trip *trip)
{
    const struct checkpoint *now = &trip->report->checkpoint;
    const struct witness_offer *offer = &trip->offer;
    SH_DEFER(published_tree_wipe)
    struct published_tree tree = {.from = {trip->carrying->source, now->size}};
    const struct merkle_reader reader = {published_tree_read, &tree};
    struct audit_finding finding = {.fault = AUDIT_FAULT_CONTRADICTION};
    struct sh_hash old_root, root;
    SH_TRY(of_tiles(trip, merkle_root(now->size, &reader, &root), &tree));
    SH_TRY(of_tiles(trip, merkle_root(offer->old_size, &reader, &old_root), &tree));
    if (!hash_equal(&root, &now->root) ||
        merkle_check_consistency(offer->old_size, &old_root, now->size, &root, offer->proof.hashes,
                                 offer->proof.len) != SH_OK) {
        finding.fault = AUDIT_FAULT_ROOT;
        finding_say(&finding, "the tiles of the published log are not what its checkpoint signs");
        return finding_set(trip->report, finding);
    }
    finding_say(&finding,
                "a split view: the first %" PRIu64 " of the %" PRIu64
                " entries that this log signed are not the ones that the witness cosigned before",
                offer->old_size, now->size);
    return finding_set(trip->report, finding);
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

static sh_err conclude(const struct trip *trip)
{
    switch (trip->answer->verdict) {
    case WITNESS_COSIGNED:
        return SH_OK;
    case WITNESS_STALE:
        return say_rollback(trip->report, trip->answer->remembered.size);
    case WITNESS_OTHER_ROOT:
        return say_split(trip->report);
    case WITNESS_NO_PROOF:
        return blame(trip);
    case WITNESS_UNKNOWN_LOG:
        return sh_fail(trip->why, SH_E_NOT_PERMITTED, "the witness does not know this log");
    case WITNESS_UNSIGNED:
        return sh_fail(trip->why, SH_E_NOT_PERMITTED,
                       "the witness does not know this key of the log");
    default:
        return sh_fail(trip->why, SH_E_NET,
                       "the witness does not understand what is offered to it");
    }
}

/* Reads the newest checkpoint and offers it with a proof from `old_size`. */
static sh_err offer_once(struct trip *trip, uint64_t old_size)
{
    const struct carrying *carrying = trip->carrying;
    const struct audit_options options = {.key = carrying->log, .leaves = AUDIT_LEAVES_ANY};
    struct audit_report *report = trip->report;
    audit_report_wipe(report);
    witness_answer_wipe(trip->answer);
    *report = (struct audit_report){.is_signed = false};
    *trip->answer = (struct witness_answer){.verdict = WITNESS_STALE};
    SH_TRY(audit_checkpoint(carrying->source, &options, report, trip->why));
    /* Behind what the witness remembers: asked with 0, it says so itself. */
    trip->offer.old_size = old_size <= report->checkpoint.size ? old_size : 0;
    SH_TRY(prove(trip));
    trip->offer.note = bytes_buf(&report->note);
    return carrying->to.consider(carrying->to.ctx, &trip->offer, trip->answer, trip->why);
}

sh_err witness_carry(const struct carrying *carrying, struct audit_report *report,
                     struct witness_answer *answer, struct sh_why *why)
{
    struct trip trip = {.carrying = carrying, .report = report, .answer = answer, .why = why};
    uint64_t old_size = carrying->size_hint;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        SH_TRY(offer_once(&trip, old_size));
        if (answer->verdict == WITNESS_STALE && answer->remembered.size == trip.offer.old_size &&
            trip.offer.old_size == report->checkpoint.size) {
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
    return conclude(&trip);
}
