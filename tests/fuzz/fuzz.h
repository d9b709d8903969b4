/* What the targets share. A target is one function over any bytes; it must come back, and may only
 * stop the program when something that must hold for all bytes does not. libFuzzer calls it in
 * builds with SH_FUZZ; replay_main.c calls it over a corpus in all others. */
#pragma once

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the program, and so fails the run. */
void fuzz_hold(bool held, const char *what);
#define HOLD(cond) fuzz_hold((cond), #cond)
/* No bytes of a peer may look like a mistake of ours. */
void fuzz_hold_not_fatal(sh_err err);

/* Gives an arena as large as any reader has: arena_free(). */
struct arena *fuzz_arena(void);
