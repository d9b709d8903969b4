#include "core/folder.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "tlog/tile.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "x001/x234/067" as 1234067: what is no index gives one whose path is another. */
static uint64_t read_index(const char *text)
{
    uint64_t index = 0;
    for (; *text && *text != '.' && index < UINT64_MAX / 16; text++) {
        index = *text >= '0' && *text <= '9' ? index * 10 + (uint64_t)(*text - '0') : index;
    }
    return index;
}

/* The path is read loosely and then written by the rules: only the one right way comes back. */
bool folder_has(const char *path, uint64_t size)
{
    static const char entries[] = "tile/entries/";
    char expected[TILE_PATH_BYTES] = "";
    bool is_bundle = strncmp(path, entries, sizeof entries - 1) == 0;
    bool is_tile = !is_bundle && strncmp(path, "tile/", 5) == 0 && path[5] >= '0' &&
                   path[5] <= '9' && path[6] == '/';
    if (!is_bundle && !is_tile) {
        return false;
    }
    struct tile tile = {.level = is_tile ? (unsigned)(path[5] - '0') : 0};
    tile.index = read_index(path + (is_bundle ? sizeof entries - 1 : 7));
    tile.width = tile_width_at(tile.level, tile.index, size);
    if (tile.width == 0) {
        return false;
    }
    if (is_bundle) {
        tile_entries_path(&tile, expected);
    } else {
        tile_path(&tile, expected);
    }
    return strcmp(path, expected) == 0;
}

static sh_err sweep_one(FTSENT *found, size_t prefix, uint64_t size)
{
    switch (found->fts_info) {
    case FTS_D:
    case FTS_DC:
    case FTS_NS:
        return SH_OK;
    case FTS_DNR:
    case FTS_ERR:
        return SH_E_IO;
    case FTS_DP:
        /* Only those that are empty go. */
        return rmdir(found->fts_accpath) == 0 || errno == ENOTEMPTY || errno == EEXIST ? SH_OK
                                                                                       : SH_E_IO;
    default:
        return folder_has(found->fts_path + prefix, size) || unlink(found->fts_accpath) == 0
                   ? SH_OK
                   : SH_E_IO;
    }
}

static void close_walk(FTS **walk)
{
    if (*walk) {
        (void)fts_close(*walk);
    }
}

sh_err folder_sweep(const char *log_dir, uint64_t size)
{
    char path[PATH_MAX];
    SH_TRY(path_join(path, sizeof path, log_dir, "tile"));
    char *roots[] = {path, NULL};
    /* NOCHDIR: other threads share the working directory. */
    SH_DEFER(close_walk) FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    SH_CHECK(walk, SH_E_IO);
    size_t prefix = strlen(log_dir) + 1;
    for (FTSENT *found; (found = fts_read(walk));) {
        SH_TRY(sweep_one(found, prefix, size));
    }
    return SH_OK;
}
