/* What belongs in a published folder, and what does not. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

/* Whether a log of `size` has a file at this path ("tile/0/x001/067.p/8", relative to the folder).
 * Pure. */
bool folder_has(const char *path, uint64_t size);
/* Removes every other file from below "tile", and folders that are empty then. Links are removed
 * and not followed. SH_E_IO. */
SH_MUST_USE sh_err folder_sweep(const char *log_dir, uint64_t size);
