/* Trees, proofs and their refusals: against the published vectors of Certificate Transparency, and
 * at sizes that no test could store. test_reference.c has every small tree. */
#include "base/cleanup.h"
#include "memory_tree.h"

#include <criterion/criterion.h>

/* ---- published vectors: transparency-dev/merkle, testonly/constants.go ---- */

static const char *const VECTOR_LEAVES[8] = {"",
                                             "00",
                                             "10",
                                             "2021",
                                             "3031",
                                             "40414243",
                                             "5051525354555657",
                                             "606162636465666768696a6b6c6d6e6f"};

static const char *const VECTOR_ROOTS[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

/* first is an index for inclusion, an older size for consistency. */
struct vector_proof {
    uint64_t first, size;
    size_t len;
    const char *hashes[4];
};

static const struct vector_proof INCLUSIONS[] = {
    {0, 1, 0, {NULL}},
    {0,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {5,
     8,
     3,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {1,
     5,
     3,
     {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static const struct vector_proof CONSISTENCIES[] = {
    {1, 1, 0, {NULL}},
    {1,
     8,
     3,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {6,
     8,
     3,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2,
     5,
     2,
     {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
};

static struct sh_hash from_hex(const char *hex)
{
    struct sh_hash hash;
    cr_assert_eq(hex_decode(hex, hash.b, sizeof hash.b), SH_OK);
    return hash;
}

static void build_vector_tree(struct memory_tree *tree)
{
    uint8_t leaf[16];
    for (size_t i = 0; i < 8; i++) {
        size_t len = strlen(VECTOR_LEAVES[i]) / 2;
        cr_assert_eq(hex_decode(VECTOR_LEAVES[i], leaf, len), SH_OK);
        memory_tree_append(tree, bytes_of(leaf, len));
    }
}

/* ---- hashes and roots ---- */

Test(tlog, roots_of_the_published_vectors_come_out)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    struct sh_hash root, expected;
    merkle_empty_root(&root);
    expected = from_hex(VECTOR_ROOTS[0]);
    cr_assert(hash_equal(&root, &expected));
    build_vector_tree(tree);
    const struct merkle_reader reader = {memory_tree_read, tree};
    for (uint64_t size = 0; size <= 8; size++) {
        expected = from_hex(VECTOR_ROOTS[size]);
        cr_assert_eq(merkle_root(size, &reader, &root), SH_OK);
        cr_assert(hash_equal(&root, &expected), "size %u", (unsigned)size);
    }
    free(tree);
}

Test(tlog, leaf_and_node_hashes_have_different_prefixes)
{
    /* The reference implementation's known answers for "L123456" and for N123, N456. */
    struct sh_hash hash, expected;
    cr_assert_eq(merkle_leaf_hash(bytes_str("L123456"), &hash), SH_OK);
    expected = from_hex("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    cr_assert(hash_equal(&hash, &expected));

    struct sh_hash left, right;
    uint8_t both[2 * SH_HASH_BYTES];
    memset(left.b, 1, sizeof left.b);
    memset(right.b, 2, sizeof right.b);
    memcpy(both, left.b, sizeof left.b);
    memcpy(both + SH_HASH_BYTES, right.b, sizeof right.b);
    cr_assert_eq(merkle_node_hash(&left, &right, &hash), SH_OK);
    cr_assert_eq(merkle_leaf_hash(bytes_of(both, sizeof both), &expected), SH_OK);
    cr_assert_not(hash_equal(&hash, &expected));
}

Test(tlog, an_edge_gives_the_same_root_as_the_stored_tree_at_every_size)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    const struct merkle_reader reader = {memory_tree_read, tree};
    for (unsigned size = 0; size < SMALL_MAX; size++) {
        struct merkle_edge loaded;
        struct sh_hash by_edge, by_tree;
        cr_assert_eq(merkle_edge_load(size, &reader, &loaded), SH_OK);
        cr_assert_eq(loaded.size, tree->edge.size);
        cr_assert_eq(loaded.len, tree->edge.len);
        cr_assert_eq(memcmp(loaded.hashes, tree->edge.hashes, loaded.len * SH_HASH_BYTES), 0);
        cr_assert_eq(merkle_edge_root(&tree->edge, &by_edge), SH_OK);
        cr_assert_eq(merkle_root(size, &reader, &by_tree), SH_OK);
        cr_assert(hash_equal(&by_edge, &by_tree));
        memory_tree_grow(tree, 1);
    }
    free(tree);
}

Test(tlog, an_append_whose_writer_fails_leaves_the_edge_as_it_was)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    memory_tree_grow(tree, 7);
    const struct merkle_writer writer = {memory_tree_write, tree};
    const struct merkle_edge before = tree->edge;
    struct sh_hash leaf = from_hex(VECTOR_ROOTS[1]);
    /* The eighth leaf completes four nodes. */
    for (unsigned nth = 1; nth <= 4; nth++) {
        tree->writes = 0;
        tree->fail_write_at = nth;
        cr_assert_eq(merkle_edge_append(&tree->edge, &leaf, &writer), SH_E_STORE);
        cr_assert_eq(memcmp(&tree->edge, &before, sizeof before), 0);
    }
    tree->writes = 0;
    tree->fail_write_at = 5;
    cr_assert_eq(merkle_edge_append(&tree->edge, &leaf, &writer), SH_OK);
    cr_assert_eq(tree->writes, 4);
    free(tree);
}

Test(tlog, an_edge_whose_hashes_do_not_fit_its_size_is_our_bug)
{
    struct merkle_edge edge = {.size = 3, .len = 1};
    struct sh_hash hash = {{0}};
    cr_assert_eq(merkle_edge_append(&edge, &hash, NULL), SH_E_BUG);
    cr_assert_eq(merkle_edge_root(&edge, &hash), SH_E_BUG);
}

/* ---- proofs ---- */

static void check_vectors(const struct vector_proof *v, const struct merkle_proof *proof)
{
    cr_assert_eq(proof->len, v->len);
    for (size_t i = 0; i < v->len; i++) {
        struct sh_hash expected = from_hex(v->hashes[i]);
        cr_assert(hash_equal(&proof->hashes[i], &expected));
    }
}

Test(tlog, inclusion_proofs_of_the_published_vectors_come_out_and_verify)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    build_vector_tree(tree);
    const struct merkle_reader reader = {memory_tree_read, tree};
    for (size_t i = 0; i < sizeof INCLUSIONS / sizeof INCLUSIONS[0]; i++) {
        const struct vector_proof *v = &INCLUSIONS[i];
        struct merkle_proof proof;
        struct sh_hash root = from_hex(VECTOR_ROOTS[v->size]);
        cr_assert_eq(merkle_inclusion(v->first, v->size, &reader, &proof), SH_OK);
        check_vectors(v, &proof);
        cr_assert_eq(merkle_check_inclusion(&tree->nodes[0][v->first], v->first, v->size,
                                            proof.hashes, proof.len, &root),
                     SH_OK);
    }
    free(tree);
}

Test(tlog, consistency_proofs_of_the_published_vectors_come_out_and_verify)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    build_vector_tree(tree);
    const struct merkle_reader reader = {memory_tree_read, tree};
    for (size_t i = 0; i < sizeof CONSISTENCIES / sizeof CONSISTENCIES[0]; i++) {
        const struct vector_proof *v = &CONSISTENCIES[i];
        struct merkle_proof proof;
        struct sh_hash from = from_hex(VECTOR_ROOTS[v->first]),
                       to = from_hex(VECTOR_ROOTS[v->size]);
        cr_assert_eq(merkle_consistency(v->first, v->size, &reader, &proof), SH_OK);
        check_vectors(v, &proof);
        cr_assert_eq(
            merkle_check_consistency(v->first, &from, v->size, &to, proof.hashes, proof.len),
            SH_OK);
    }
    free(tree);
}

Test(tlog, an_inclusion_proof_is_refused_at_another_index_or_with_a_hash_more_or_less)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    memory_tree_grow(tree, 13);
    const struct merkle_reader reader = {memory_tree_read, tree};
    struct sh_hash root;
    cr_assert_eq(merkle_root(13, &reader, &root), SH_OK);
    for (uint64_t index = 0; index < 13; index++) {
        const struct sh_hash *leaf = &tree->nodes[0][index];
        struct merkle_proof p;
        cr_assert_eq(merkle_inclusion(index, 13, &reader, &p), SH_OK);
        p.hashes[p.len] = root;
        cr_expect_eq(merkle_check_inclusion(leaf, index, 13, p.hashes, p.len - 1, &root),
                     SH_E_PROOF);
        cr_expect_eq(merkle_check_inclusion(leaf, index, 13, p.hashes, p.len + 1, &root),
                     SH_E_PROOF);
        for (uint64_t other = 0; other < 14; other++) {
            sh_err expected = other == index ? SH_OK : SH_E_PROOF;
            cr_expect_eq(merkle_check_inclusion(leaf, other, 13, p.hashes, p.len, &root), expected);
        }
    }
    free(tree);
}

Test(tlog, a_consistency_proof_is_refused_with_a_hash_more_or_less_or_sizes_swapped)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    memory_tree_grow(tree, 13);
    const struct merkle_reader reader = {memory_tree_read, tree};
    for (uint64_t from = 1; from < 13; from++) {
        struct merkle_proof p;
        struct sh_hash old, new;
        cr_assert_eq(merkle_root(from, &reader, &old), SH_OK);
        cr_assert_eq(merkle_root(13, &reader, &new), SH_OK);
        cr_assert_eq(merkle_consistency(from, 13, &reader, &p), SH_OK);
        p.hashes[p.len] = new;
        cr_expect_eq(merkle_check_consistency(from, &old, 13, &new, p.hashes, p.len - 1),
                     SH_E_PROOF);
        cr_expect_eq(merkle_check_consistency(from, &old, 13, &new, p.hashes, p.len + 1),
                     SH_E_PROOF);
        cr_expect_eq(merkle_check_consistency(from, &old, 13, &new, p.hashes, 0), SH_E_PROOF);
        cr_expect_eq(merkle_check_consistency(13, &new, from, &old, p.hashes, p.len), SH_E_PROOF);
    }
    free(tree);
}

Test(tlog, equal_sizes_are_consistent_only_with_equal_roots_and_no_hashes)
{
    struct sh_hash a = from_hex(VECTOR_ROOTS[3]), b = from_hex(VECTOR_ROOTS[4]);
    cr_assert_eq(merkle_check_consistency(3, &a, 3, &a, NULL, 0), SH_OK);
    cr_assert_eq(merkle_check_consistency(3, &a, 3, &b, NULL, 0), SH_E_PROOF);
    cr_assert_eq(merkle_check_consistency(3, &a, 3, &a, &b, 1), SH_E_PROOF);
}

Test(tlog, nothing_is_a_prefix_of_every_tree)
{
    struct sh_hash empty, root = from_hex(VECTOR_ROOTS[4]);
    merkle_empty_root(&empty);
    cr_assert_eq(merkle_check_consistency(0, &empty, 4, &root, NULL, 0), SH_OK);
    cr_assert_eq(merkle_check_consistency(0, &empty, 0, &empty, NULL, 0), SH_OK);
    cr_assert_eq(merkle_check_consistency(0, &empty, 4, &root, &root, 1), SH_E_PROOF);
}

Test(tlog, proofs_that_cannot_be_are_not_found)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    memory_tree_grow(tree, 5);
    const struct merkle_reader reader = {memory_tree_read, tree};
    struct merkle_proof p = {.len = 77};
    cr_assert_eq(merkle_inclusion(5, 5, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(merkle_inclusion(0, 0, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(merkle_inclusion(0, MERKLE_SIZE_MAX + 1, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(merkle_consistency(0, 5, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(merkle_consistency(5, 4, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(merkle_consistency(1, MERKLE_SIZE_MAX + 1, &reader, &p), SH_E_NOT_FOUND);
    cr_assert_eq(p.len, 77);
    cr_assert_eq(tree->reads, 0);
    free(tree);
}

Test(tlog, a_reader_that_fails_is_heard)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    memory_tree_grow(tree, 5);
    tree->fail_read = true;
    const struct merkle_reader reader = {memory_tree_read, tree};
    struct merkle_proof p;
    struct merkle_edge edge;
    struct sh_hash root;
    cr_assert_eq(merkle_inclusion(2, 5, &reader, &p), SH_E_IO);
    cr_assert_eq(merkle_consistency(3, 5, &reader, &p), SH_E_IO);
    cr_assert_eq(merkle_root(5, &reader, &root), SH_E_IO);
    cr_assert_eq(merkle_edge_load(5, &reader, &edge), SH_E_IO);
    free(tree);
}

/* ---- sizes up to the limit: all leaves the same, so a node's hash depends on its level alone ----
 */

static sh_err same_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    const struct sh_hash *levels = ctx;
    (void)index;
    cr_assert(level <= 40);
    *out = levels[level];
    return SH_OK;
}

static void fill_levels(struct sh_hash levels[41])
{
    memset(levels[0].b, 7, SH_HASH_BYTES);
    for (unsigned i = 1; i <= 40; i++) {
        cr_assert_eq(merkle_node_hash(&levels[i - 1], &levels[i - 1], &levels[i]), SH_OK);
    }
}

Test(tlog, proofs_hold_in_trees_of_up_to_two_to_the_forty_leaves)
{
    static const uint64_t sizes[] = {((uint64_t)1 << 32) - 1, ((uint64_t)1 << 32) + 1,
                                     ((uint64_t)1 << 39) + 12, MERKLE_SIZE_MAX - 1,
                                     MERKLE_SIZE_MAX};
    struct sh_hash levels[41], root, old;
    struct merkle_proof p;
    const struct merkle_reader reader = {same_read, levels};
    fill_levels(levels);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t size = sizes[i], indices[] = {0, 1, size / 2, size - 2, size - 1};
        cr_assert_eq(merkle_root(size, &reader, &root), SH_OK);
        for (size_t k = 0; k < 5; k++) {
            cr_assert_eq(merkle_inclusion(indices[k], size, &reader, &p), SH_OK);
            cr_assert_eq(
                merkle_check_inclusion(&levels[0], indices[k], size, p.hashes, p.len, &root),
                SH_OK);
            uint64_t from = indices[k] + 1;
            cr_assert_eq(merkle_root(from, &reader, &old), SH_OK);
            cr_assert_eq(merkle_consistency(from, size, &reader, &p), SH_OK);
            cr_assert_eq(merkle_check_consistency(from, &old, size, &root, p.hashes, p.len), SH_OK);
        }
    }
}

Test(tlog, a_tree_grows_to_two_to_the_forty_leaves_and_no_further)
{
    struct sh_hash levels[41], grown, read;
    struct merkle_edge edge;
    const struct merkle_reader reader = {same_read, levels};
    fill_levels(levels);
    cr_assert_eq(merkle_edge_load(MERKLE_SIZE_MAX - 1, &reader, &edge), SH_OK);
    cr_assert_eq(merkle_edge_append(&edge, &levels[0], NULL), SH_OK);
    cr_assert_eq(edge.size, MERKLE_SIZE_MAX);
    cr_assert_eq(merkle_edge_root(&edge, &grown), SH_OK);
    cr_assert_eq(merkle_root(MERKLE_SIZE_MAX, &reader, &read), SH_OK);
    cr_assert(hash_equal(&grown, &read));
    cr_assert_eq(merkle_edge_append(&edge, &levels[0], NULL), SH_E_TOO_BIG);
    cr_assert_eq(edge.size, MERKLE_SIZE_MAX);
    cr_assert_eq(merkle_root(MERKLE_SIZE_MAX + 1, &reader, &read), SH_E_TOO_BIG);
    cr_assert_eq(merkle_edge_load(MERKLE_SIZE_MAX + 1, &reader, &edge), SH_E_TOO_BIG);
}

Test(tlog, a_peers_path_of_any_length_and_size_is_refused_without_harm)
{
    struct sh_hash path[200], root = from_hex(VECTOR_ROOTS[8]);
    const struct merkle_path given = {path, 200};
    struct sh_hash found;
    memset(path, 3, sizeof path);
    cr_assert_eq(merkle_path_root(&path[0], UINT64_MAX - 1, UINT64_MAX, &given, &found),
                 SH_E_PROOF);
    cr_assert_eq(merkle_path_root(&path[0], UINT64_MAX, UINT64_MAX, &given, &found), SH_E_PROOF);
    cr_assert_eq(merkle_check_consistency(UINT64_MAX - 1, &root, UINT64_MAX, &root, path, 200),
                 SH_E_PROOF);
    cr_assert_eq(merkle_check_consistency((uint64_t)1 << 63, &root, UINT64_MAX, &root, path, 0),
                 SH_E_PROOF);
    cr_assert_eq(merkle_check_consistency(6, &root, 8, &root, NULL, 0), SH_E_PROOF);
    cr_assert_eq(merkle_check_consistency(4, &root, 8, &root, NULL, 0), SH_E_PROOF);
}
