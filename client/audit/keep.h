/* Evidence of a log that failed, kept for whoever must judge it: the signed checkpoints as they
 * came, and in words what is wrong. */
#pragma once

#include "audit/verify.h"

#include <limits.h>

/* Writes below dir (made if it is not there) a folder whose name comes from the checkpoints, so
 * that evidence of one failure never covers that of another. `previous` may be empty. *out_folder
 * is where. SH_E_IO, SH_E_DISK_FULL. */
SH_MUST_USE sh_err audit_keep(const char *dir, const struct audit_report *report,
                              struct bytes previous, char out_folder[PATH_MAX], struct sh_why *why);
