#include "memory_tree.h"

#include <criterion/criterion.h>

sh_err memory_tree_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct memory_tree *tree = ctx;
    tree->writes++;
    if (tree->writes == tree->fail_write_at) {
        return SH_E_STORE;
    }
    cr_assert(level < 10 && index < SMALL_MAX);
    tree->nodes[level][index] = *hash;
    return SH_OK;
}

sh_err memory_tree_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    struct memory_tree *tree = ctx;
    tree->reads++;
    SH_CHECK(!tree->fail_read, SH_E_IO);
    /* Only complete subtrees exist. */
    cr_assert(level < 10 && (index + 1) << level <= tree->edge.size);
    *out = tree->nodes[level][index];
    return SH_OK;
}

void memory_tree_append(struct memory_tree *tree, struct bytes leaf)
{
    const struct merkle_writer writer = {memory_tree_write, tree};
    struct sh_hash hash;
    cr_assert_eq(merkle_leaf_hash(leaf, &hash), SH_OK);
    cr_assert_eq(merkle_edge_append(&tree->edge, &hash, &writer), SH_OK);
}

void memory_tree_grow(struct memory_tree *tree, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t leaf[4];
        be32_store(leaf, i);
        memory_tree_append(tree, bytes_of(leaf, sizeof leaf));
    }
}
