/* A file that an operator's command makes: private, empty, ours alone, and gone unless it is kept;
 * and the lock that keeps a relay from starting meanwhile. */
#pragma once

#include "config/config.h"

struct part {
    int fd; /* -1: none */
    char path[PATH_MAX];
};

/* The whole path of a file in a folder that is there. SH_E_NOT_FOUND, SH_E_USAGE (a name that
 * SQLite would take for more than a name). */
SH_MUST_USE sh_err part_whole_path(const char *file, char *out, size_t out_len, struct sh_why *why);
/* Makes part->path. One that was cut off is begun again; one that another is writing is not
 * touched: SH_E_LOCKED. The relay's user can write it. SH_E_IO, SH_E_DISK_FULL. */
SH_MUST_USE sh_err part_make(const struct config *config, struct part *part, struct sh_why *why);
/* It is gone. A destructor; NULL fd: nothing. */
void part_drop(struct part *part);
/* Gives it its name, durably; never over a file that is there: SH_E_EXISTS. */
SH_MUST_USE sh_err part_keep(struct part *part, const char *path, struct sh_why *why);

/* The supervisor's lock of a state folder: no relay runs or starts while it is held. *out_fd stays
 * -1 where no relay was ever started, unless `make`. SH_E_LOCKED, SH_E_IO. */
SH_MUST_USE sh_err part_lock_state(const struct config *config, bool make, int *out_fd,
                                   struct sh_why *why);
