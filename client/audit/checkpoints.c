/* Signed checkpoints: the log's own, and an older one that somebody kept. */
#include "audit/finding.h"

#include <inttypes.h>
#include <string.h>

void audit_report_wipe(struct audit_report *report)
{
    buf_wipe(&report->note);
}

static sh_err blame(struct audit_report *report, const char *whose, const char *what)
{
    struct audit_finding finding = {.fault = AUDIT_FAULT_CHECKPOINT, .path = "checkpoint"};
    finding_say(&finding, "the %scheckpoint %s", whose, what);
    return finding_set(report, finding);
}

/* Our own faults and want of memory stay what they are; the rest is the note's fault. */
static sh_err check_note(struct bytes note, const char *whose, const struct audit_options *options,
                         struct audit_report *report, struct checkpoint *out)
{
    struct bytes text;
    const char *origin = options->origin ? options->origin : options->key.name;
    sh_err err = note_verify(note, &options->key, &text);
    if (err == SH_E_BAD_CHECKPOINT) {
        return blame(report, whose, "is not signed by the log's key");
    }
    if (err == SH_OK) {
        err = checkpoint_parse(note, out);
    }
    if (err == SH_E_FORMAT || err == SH_E_TOO_BIG) {
        return blame(report, whose, "does not have the form of a signed checkpoint");
    }
    SH_TRY(err);
    if (strcmp(out->origin, origin) != 0) {
        return blame(report, whose, "is of another log: its origin is not the one expected");
    }
    return SH_OK;
}

/* Two sizes of one log say by themselves what no entry is needed for. */
static sh_err compare_sizes(struct audit_report *report)
{
    const struct checkpoint *now = &report->checkpoint, *old = &report->previous;
    struct audit_finding finding = {.path = "checkpoint"};
    if (now->size == old->size && !hash_equal(&now->root, &old->root)) {
        finding.fault = AUDIT_FAULT_CONTRADICTION;
        finding_say(&finding,
                    "this log contradicts itself: it signed two different histories of %" PRIu64
                    " entries",
                    now->size);
        return finding_set(report, finding);
    }
    if (now->size < old->size) {
        finding.fault = AUDIT_FAULT_ROLLBACK;
        finding.has_index = true;
        finding.index = now->size;
        finding_say(&finding,
                    "the log has %" PRIu64 " entries now and had %" PRIu64
                    " before: it was rolled back, or this is an old copy of it",
                    now->size, old->size);
        return finding_set(report, finding);
    }
    return SH_OK;
}

sh_err audit_checkpoint(const struct audit_source *source, const struct audit_options *options,
                        struct audit_report *out, struct sh_why *why)
{
    out->note.max = SH_CHECKPOINT_BYTES_MAX;
    sh_err err = source->read(source->ctx, "checkpoint", &out->note, why);
    if (err == SH_E_TOO_BIG) {
        return blame(out, "", "is longer than it may be");
    }
    SH_TRY(err);
    SH_TRY(check_note(bytes_buf(&out->note), "", options, out, &out->checkpoint));
    out->is_signed = true;
    if (options->previous.len > 0) {
        SH_TRY(check_note(options->previous, "previous ", options, out, &out->previous));
        out->has_previous = true;
        SH_TRY(compare_sizes(out));
    }
    return SH_OK;
}
