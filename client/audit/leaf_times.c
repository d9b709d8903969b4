#include "audit/leaf_times.h"

#include "base/clock.h"
#include "wire/log.h"

#include <inttypes.h>

static void blame(struct leaf_times *times, enum audit_fault fault, uint64_t index,
                  const struct leaf *leaf)
{
    struct audit_finding *finding = &times->finding;
    if (finding->fault != AUDIT_FAULT_NONE) {
        return;
    }
    *finding = (struct audit_finding){.fault = fault, .has_index = true, .index = index};
    if (fault == AUDIT_FAULT_LEAF) {
        finding_say(finding, "entry %" PRIu64 " is not a leaf of Safehand", index);
        return;
    }
    char now[SH_TIME_TEXT_BYTES], before[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(leaf->time_ms, now);
    time_to_rfc3339(times->last_ms, before);
    finding_say(finding,
                "entry %" PRIu64 " says that it was written at %s, and the entry before it at %s: "
                "time ran backwards",
                index, now, before);
}

void leaf_times_take(struct leaf_times *times, struct bytes entry, uint64_t index,
                     struct audit_report *report)
{
    struct leaf leaf;
    if (times->leaves == AUDIT_LEAVES_ANY) {
        return;
    }
    bool decodes = leaf_decode(entry, &leaf) == SH_OK;
    if (index == 0) {
        report->safehand = decodes || times->leaves == AUDIT_LEAVES_SAFEHAND;
        times->leaves = report->safehand ? AUDIT_LEAVES_SAFEHAND : AUDIT_LEAVES_ANY;
    }
    if (!decodes) {
        if (report->safehand) {
            blame(times, AUDIT_FAULT_LEAF, index, NULL);
        }
        return;
    }
    if (index == 0) {
        report->first_ms = leaf.time_ms;
    } else if (leaf.time_ms < times->last_ms) {
        blame(times, AUDIT_FAULT_TIME, index, &leaf);
    }
    times->last_ms = leaf.time_ms;
    report->last_ms = leaf.time_ms;
}
