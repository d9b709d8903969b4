#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { ARENA_BLOCK_BYTES = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t cap;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct arena_block *blocks;
    size_t bytes_used, bytes_max;
    size_t count_used, count_max;
};

sh_err arena_new(size_t bytes_max, size_t count_max, struct arena **out)
{
    struct arena *arena = calloc(1, sizeof *arena);
    SH_CHECK(arena, SH_E_NOMEM);
    arena->bytes_max = bytes_max;
    arena->count_max = count_max;
    *out = arena;
    return SH_OK;
}

void arena_free(struct arena **arena_p)
{
    struct arena *arena = *arena_p;
    if (!arena) {
        return;
    }
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        sh_cleanse(block->data, block->used);
        free(block);
    }
    free(arena);
    *arena_p = NULL;
}

static struct arena_block *add_block(struct arena *arena, size_t need)
{
    size_t cap = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;
    struct arena_block *block = malloc(sizeof *block + cap);
    if (!block) {
        return NULL;
    }
    block->next = arena->blocks;
    block->used = 0;
    block->cap = cap;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t len)
{
    const size_t align = alignof(max_align_t);
    if (len > arena->bytes_max || len > SIZE_MAX - align || arena->count_used == arena->count_max) {
        return NULL;
    }
    size_t need = len ? (len + align - 1) / align * align : align;
    if (need > arena->bytes_max - arena->bytes_used) {
        return NULL;
    }
    struct arena_block *block = arena->blocks;
    if (!block || need > block->cap - block->used) {
        block = add_block(arena, need);
        if (!block) {
            return NULL;
        }
    }
    void *at = block->data + block->used;
    block->used += need;
    arena->bytes_used += need;
    arena->count_used++;
    memset(at, 0, need);
    return at;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t len = 0;
    return size_mul(n, size, &len) == SH_OK ? arena_alloc(arena, len) : NULL;
}

sh_err arena_copy(struct arena *arena, struct bytes in, struct bytes *out)
{
    size_t len = 0;
    SH_TRY(size_add(in.len, 1, &len));
    uint8_t *copy = arena_alloc(arena, len);
    SH_CHECK(copy, SH_E_NOMEM);
    if (in.len) {
        memcpy(copy, in.data, in.len);
    }
    *out = bytes_of(copy, in.len);
    return SH_OK;
}

sh_err arena_string(struct arena *arena, const char *in, const char **out)
{
    struct bytes copy;
    SH_TRY(arena_copy(arena, bytes_str(in), &copy));
    *out = (const char *)copy.data;
    return SH_OK;
}

size_t arena_used_bytes(const struct arena *arena)
{
    return arena->bytes_used;
}
