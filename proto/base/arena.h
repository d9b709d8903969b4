/* One arena per message: everything that belongs to it is taken from here and goes at once.
 *
 * An arena has a budget in bytes and in number of allocations; past either, arena_alloc returns
 * NULL (docs/PROTOCOL.md, "Limits": one MiB of crafted protobuf would otherwise take 48 MiB).
 * Memory is cleansed when it goes, since it may have held plaintext. One thread at a time. */
#pragma once

#include "base/bytes.h"

struct arena; /* opaque */

/* Gives *out: arena_free(). bytes_max: what may be taken in all; count_max: how many times. */
SH_MUST_USE sh_err arena_new(size_t bytes_max, size_t count_max, struct arena **out);
void arena_free(struct arena **arena);

/* Zeroed, aligned for any type; NULL past the budget. Goes with the arena. */
void *arena_alloc(struct arena *arena, size_t len);
/* n * size with checked arithmetic; NULL past the budget. n = 0 gives a pointer that must not be
 * read. */
void *arena_array(struct arena *arena, size_t n, size_t size);
/* A copy with a NUL behind it. SH_E_NOMEM past the budget. */
SH_MUST_USE sh_err arena_copy(struct arena *arena, struct bytes in, struct bytes *out);
SH_MUST_USE sh_err arena_string(struct arena *arena, const char *in, const char **out);
size_t arena_used_bytes(const struct arena *arena);
