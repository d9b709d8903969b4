/* What those sub-commands of `safehand audit` share that read the mirror. */
#pragma once

#include "audit/mirror.h"
#include "cli.h"

/* The mirror of the home, or an exit status after having said why not. Gives *out. */
int audit_open_mirror(struct cli *cli, struct mirror **out);
/* Says why something could not be shown; the exit status. */
int audit_refused(struct cli *cli, sh_err err, const struct sh_why *why);
/* YYYY-MM-DD as the day's beginning in Europe/London, or as its end. */
bool audit_take_day(const char *text, bool end, int64_t *out_ms);
