/* What auditors ask: the log itself, leaf by leaf, with the opening of each that was not destroyed.
 * Their right is their desk's sector, their pace is the policy's, and both give way to acceptance:
 * reading is never urgent. One AUDIT_READ leaf a desk and day says that they did. Ledger thread
 * only. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

struct core;
struct submission;
struct address;

/* Auditors' seats whose pace is known at one time; the one that read longest ago makes room. */
#define AUDIT_SEATS_MAX 32

/* When each seat that reads may read on; CLOCK_BOOTTIME. A value, zeroed at the start: a restart
 * forgives. */
struct audit_pace {
    struct audit_seat {
        struct sh_hash seat;
        int64_t next_ms, last_ms;
    } seats[AUDIT_SEATS_MAX];
};

/* Desks of this sector read the log's openings and take no part in casework. */
bool audit_is_auditor(const struct address *desk);
/* The page that was asked for, after audit_run() has let it be asked. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err audit_answer(struct core *core, struct submission *sub);
