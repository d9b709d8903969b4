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

void fuzz_hold_not_fatal(sh_err err)
{
    fuzz_hold(sh_err_class(err) != SH_CLASS_FATAL, sh_err_word(err));
}

struct arena *fuzz_arena(void)
{
    struct arena *arena = NULL;
    HOLD(arena_new(64u * SH_MIB, 1000000, &arena) == SH_OK);
    return arena;
}
