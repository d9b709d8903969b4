#include "audit/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *audit_fault_word(enum audit_fault fault)
{
    static const char *const words[] = {
        [AUDIT_FAULT_NONE] = "",
        [AUDIT_FAULT_CHECKPOINT] = "checkpoint",
        [AUDIT_FAULT_ENTRY] = "entry",
        [AUDIT_FAULT_TILE] = "tile",
        [AUDIT_FAULT_FILE] = "file",
        [AUDIT_FAULT_ROOT] = "root",
        [AUDIT_FAULT_CONTRADICTION] = "contradiction",
        [AUDIT_FAULT_ROLLBACK] = "rollback",
        [AUDIT_FAULT_LEAF] = "leaf",
        [AUDIT_FAULT_TIME] = "time",
    };
    return words[fault];
}

sh_err finding_set(struct audit_report *report, struct audit_finding finding)
{
    if (report->finding.fault == AUDIT_FAULT_NONE) {
        report->finding = finding;
    }
    return SH_E_PROOF;
}

void finding_say(struct audit_finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(finding->sentence, sizeof finding->sentence, format, args);
    va_end(args);
}

sh_err finding_of_file(struct audit_report *report, sh_err err, const struct piece *piece,
                       uint64_t index, const struct sh_why *why)
{
    struct audit_finding finding = {.fault = AUDIT_FAULT_FILE, .has_index = true, .index = index};
    (void)snprintf(finding.path, sizeof finding.path, "%s", piece->name);
    if (err == SH_E_NOT_FOUND) {
        finding_say(&finding, "%s is missing; the first entry that is not in its place is %" PRIu64,
                    piece->name, index);
    } else if (err == SH_E_TOO_BIG) {
        finding_say(&finding, "%s is longer than it may be", piece->name);
    } else if (err == SH_E_FORMAT) {
        finding_say(&finding, "%s does not have the right form: %s", piece->name, why->text);
    } else {
        return err;
    }
    return finding_set(report, finding);
}
