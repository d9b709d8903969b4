#include "audit/leaf_times.h"

#include "base/clock.h"
#include "wire/log.h"

#include <inttypes.h>

/* Fields of a Leaf as protobuf writes them: version 1, the type, the time, 32 bytes. */
#define TAG_VERSION    0x08
#define TAG_TYPE       0x10
#define TAG_TIME       0x18
#define TAG_COMMITMENT 0x22
/* A time of today takes six bytes of seven bits each; the last one holds bits, or it would be a
 * longer way to write a shorter number. */
#define TIME_BYTES 6u
#define LEAF_BYTES (2u + 2u + 1u + TIME_BYTES + 2u + SH_HASH_BYTES)

bool leaf_time_read(struct bytes entry, int64_t *out_ms)
{
    const uint8_t *p = entry.data;
    if (entry.len != LEAF_BYTES || p[0] != TAG_VERSION || p[1] != 1 || p[2] != TAG_TYPE ||
        p[3] < LEAF_ACCEPTED || p[3] > LEAF_EXPIRED || p[4] != TAG_TIME ||
        p[5 + TIME_BYTES] != TAG_COMMITMENT || p[6 + TIME_BYTES] != SH_HASH_BYTES) {
        return false;
    }
    int64_t ms = 0;
    for (unsigned i = 0; i < TIME_BYTES; i++) {
        const uint8_t byte = p[5 + i];
        if ((byte & 0x80) != (i + 1 < TIME_BYTES ? 0x80 : 0)) {
            return false;
        }
        ms |= (int64_t)(byte & 0x7f) << (7 * i);
    }
    *out_ms = ms;
    return p[4 + TIME_BYTES] != 0;
}

/* The quick way first; what is no leaf in that form may still be one. */
static bool read_time(struct bytes entry, int64_t *out_ms)
{
    struct leaf leaf;
    if (leaf_time_read(entry, out_ms)) {
        return true;
    }
    if (leaf_decode(entry, &leaf) != SH_OK) {
        return false;
    }
    *out_ms = leaf.time_ms;
    return true;
}

static void blame(struct leaf_times *times, enum audit_fault fault, uint64_t index, int64_t time_ms)
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
    time_to_rfc3339(time_ms, now);
    time_to_rfc3339(times->last_ms, before);
    finding_say(finding,
                "entry %" PRIu64 " says that it was written at %s, and the entry before it at %s: "
                "time ran backwards",
                index, now, before);
}

void leaf_times_take(struct leaf_times *times, struct bytes entry, uint64_t index,
                     struct audit_report *report)
{
    int64_t time_ms = 0;
    if (times->leaves == AUDIT_LEAVES_ANY) {
        return;
    }
    const bool decodes = read_time(entry, &time_ms);
    if (index == 0) {
        report->safehand = decodes || times->leaves == AUDIT_LEAVES_SAFEHAND;
        times->leaves = report->safehand ? AUDIT_LEAVES_SAFEHAND : AUDIT_LEAVES_ANY;
    }
    if (!decodes) {
        if (report->safehand) {
            blame(times, AUDIT_FAULT_LEAF, index, 0);
        }
        return;
    }
    if (index == 0) {
        report->first_ms = time_ms;
    } else if (time_ms < times->last_ms) {
        blame(times, AUDIT_FAULT_TIME, index, time_ms);
    }
    times->last_ms = time_ms;
    report->last_ms = time_ms;
}
