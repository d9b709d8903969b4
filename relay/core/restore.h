/* What an operator asks of a relay that was put back from an older copy: what is known to be
 * missing, and to begin again in spite of it (decision 25). Ledger thread. */
#pragma once

#include "core/lost.h"

/* Writes the report into a private, empty file that the caller made: for people, or as JSON. Gives
 * the number of entries that are known to be missing and were not offered again. SH_E_NOT_FOUND:
 * this relay never lost a log; SH_E_IO. */
SH_MUST_USE sh_err restore_report(struct core *core, const char *path, bool json,
                                  uint64_t *out_missing, struct sh_why *why);
/* Begins the new log, if `code` is that of the loss as it is known now: its BEGUN entry is in the
 * transaction, which becomes durable with the group. The published folder of the lost log is moved
 * aside. SH_E_NOT_PERMITTED (not closed), SH_E_USAGE (another code), SH_E_CONFIG (no new name, or
 * not in the directory), SH_E_CLOCK, SH_E_DISK_FULL, SH_E_IO. */
SH_MUST_USE sh_err restore_open(struct core *core, const char *code, struct sh_why *why);
