/* Leaves of Safehand in a log: each must decode, and no leaf is older than the one before it. In a
 * log that somebody else made, leaves are not looked into. */
#pragma once

#include "audit/finding.h"

struct leaf_times {
    enum audit_leaves leaves;
    int64_t last_ms;
    struct audit_finding finding; /* the first that is wrong; told last, behind what is worse */
};

/* The time of a leaf of Safehand in the one form in which relays write it; false for anything else,
 * be it a leaf or not: leaf_decode() judges that. Ten times as fast, for logs of millions. */
bool leaf_time_read(struct bytes entry, int64_t *out_ms);

/* Entry after entry, from 0 on. */
void leaf_times_take(struct leaf_times *times, struct bytes entry, uint64_t index,
                     struct audit_report *report);
