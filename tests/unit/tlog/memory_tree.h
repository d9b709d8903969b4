/* A tree of up to 300 leaves in memory, as a reader and writer for merkle.h, which can be told to
 * fail. */
#pragma once

#include "base/cleanup.h"
#include "tlog/merkle.h"

#define SMALL_MAX 300u

struct memory_tree {
    struct sh_hash nodes[10][SMALL_MAX];
    struct merkle_edge edge;
    unsigned writes, reads;
    unsigned fail_write_at; /* 0: never */
    bool fail_read;
};

sh_err memory_tree_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash);
sh_err memory_tree_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out);
void memory_tree_append(struct memory_tree *tree, struct bytes leaf);
/* So many more leaves: the numbers from 0, four bytes each. */
void memory_tree_grow(struct memory_tree *tree, unsigned leaves);
