#include "fuzz.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_hold(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

struct arena *fuzz_arena(void)
{
    struct arena *arena = NULL;
    HOLD(arena_new(64u * SH_MIB, 1000000, &arena) == SH_OK);
    return arena;
}
