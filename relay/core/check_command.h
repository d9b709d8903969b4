/* safehand-core --check-database: what `safehand-relay log check` and `backup` run over a copy, in
 * a process of its own, beside a relay that serves or without one. */
#pragma once

#include "config/config.h"

struct check_arguments {
    const char *path;
    bool tree_only; /* the log alone */
    bool json;
};

/* *out_differs: a difference was found, and printed. Needs no key and no passphrase. */
SH_MUST_USE sh_err check_command(const struct config *config,
                                 const struct check_arguments *arguments, bool *out_differs,
                                 struct sh_why *why);
