/* A folder that is there for one test and gone after it. */
#pragma once

#include <limits.h>

struct temp_dir {
    char path[PATH_MAX];
};

void temp_dir_make(struct temp_dir *dir);   /* aborts the test if it cannot */
void temp_dir_remove(struct temp_dir *dir); /* with everything in it; a destructor */
