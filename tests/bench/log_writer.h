/* Writes a published log of any size into a folder, as fast as the disk takes it: for measuring
 * who reads it. Nothing is synced. */
#pragma once

#include "tlog/note.h"

struct written_log {
    uint64_t leaves;
    size_t leaf_bytes; /* of each, or of the longest */
    char vkey[400];
};

/* dir is there and empty. Leaves of Safehand, a second apart. Ends the program if it cannot. */
void log_write(const char *dir, uint64_t leaves, struct written_log *out);
