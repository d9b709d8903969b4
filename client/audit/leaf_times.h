/* Leaves of Safehand in a log: each must decode, and no leaf is older than the one before it. In a
 * log that somebody else made, leaves are not looked into. */
#pragma once

#include "audit/finding.h"

struct leaf_times {
    enum audit_leaves leaves;
    int64_t last_ms;
    struct audit_finding finding; /* the first that is wrong; told last, behind what is worse */
};

/* Entry after entry, from 0 on. */
void leaf_times_take(struct leaf_times *times, struct bytes entry, uint64_t index,
                     struct audit_report *report);
