#include "support/temp.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void temp_dir_make(struct temp_dir *dir)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(dir->path, sizeof dir->path, "%s/safehand-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(dir->path)) {
        perror("mkdtemp");
        abort();
    }
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void temp_dir_remove(struct temp_dir *dir)
{
    if (dir->path[0]) {
        (void)nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        dir->path[0] = '\0';
    }
}
