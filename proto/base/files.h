/* Files as a careful program handles them: read whole up to a limit, written whole or not at all
 * (temporary name, fsync, rename, fsync of the folder), made private from the first moment. Any
 * thread. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

/* Appends the whole file to *out (whose max is the limit). SH_E_NOT_FOUND, SH_E_IO, SH_E_TOO_BIG;
 * the reason with the path in *why. */
SH_MUST_USE sh_err file_read(const char *path, struct buf *out, struct sh_why *why);
/* Durable replacement: after SH_OK the new content survives a power cut; after an error the old one
 * stands. mode such as 0600. SH_E_DISK_FULL, SH_E_IO. */
SH_MUST_USE sh_err file_write_atomic(const char *path, struct bytes content, unsigned mode,
                                     struct sh_why *why);
/* Is this errno one of those that mean "no room": a full disk, a quota that is used up, a limit of
 * the file's size (with SIGXFSZ ignored)? */
bool file_is_no_room(int error);
/* Makes a folder (mode such as 0700) and its parents; an existing one is fine. SH_E_IO. */
SH_MUST_USE sh_err dir_make(const char *path, unsigned mode, struct sh_why *why);
/* "dir/name" into out. SH_E_TOO_BIG if it does not fit. */
SH_MUST_USE sh_err path_join(char *out, size_t out_len, const char *dir, const char *name);
