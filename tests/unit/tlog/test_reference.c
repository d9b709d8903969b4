/* Every tree of up to 300 leaves: proofs are those of the recursive definitions of RFC 6962,
 * section 2.1, which are written out here as they stand there, and each proof is refused after a
 * change of one bit. */
#include "memory_tree.h"

#include <criterion/criterion.h>

struct reference {
    struct memory_tree *tree;
    struct sh_hash hashes[SMALL_MAX + 1][SMALL_MAX + 1]; /* MTH(D[low:high]) */
    bool known[SMALL_MAX + 1][SMALL_MAX + 1];
};

static unsigned split_of(unsigned n)
{
    unsigned k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    return k;
}

static struct sh_hash reference_root(struct reference *r, unsigned low, unsigned high)
{
    struct sh_hash *at = &r->hashes[low][high];
    if (!r->known[low][high]) {
        r->known[low][high] = true;
        if (high - low == 1) {
            *at = r->tree->nodes[0][low];
        } else {
            unsigned k = split_of(high - low);
            struct sh_hash left = reference_root(r, low, low + k);
            struct sh_hash right = reference_root(r, low + k, high);
            cr_assert_eq(merkle_node_hash(&left, &right, at), SH_OK);
        }
    }
    return *at;
}

static void reference_path(struct reference *r, unsigned m, unsigned low, unsigned high,
                           struct merkle_proof *out)
{
    unsigned n = high - low;
    if (n == 1) {
        return;
    }
    unsigned k = split_of(n);
    if (m < k) {
        reference_path(r, m, low, low + k, out);
        out->hashes[out->len++] = reference_root(r, low + k, high);
    } else {
        reference_path(r, m - k, low + k, high, out);
        out->hashes[out->len++] = reference_root(r, low, low + k);
    }
}

struct subproof {
    unsigned m, low, high;
    bool whole; /* the `b` of the RFC */
};

static void reference_subproof(struct reference *r, struct subproof s, struct merkle_proof *out)
{
    if (s.m == s.high - s.low) {
        if (!s.whole) {
            out->hashes[out->len++] = reference_root(r, s.low, s.high);
        }
        return;
    }
    unsigned k = split_of(s.high - s.low);
    if (s.m <= k) {
        reference_subproof(r, (struct subproof){s.m, s.low, s.low + k, s.whole}, out);
        out->hashes[out->len++] = reference_root(r, s.low + k, s.high);
    } else {
        reference_subproof(r, (struct subproof){s.m - k, s.low + k, s.high, false}, out);
        out->hashes[out->len++] = reference_root(r, s.low, s.low + k);
    }
}

static bool proofs_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
    return a->len == b->len && memcmp(a->hashes, b->hashes, a->len * sizeof a->hashes[0]) == 0;
}

/* Another item and another bit each time; over many proofs all of them get their turn. */
static void flip_one_bit(struct sh_hash *const *items, size_t len, unsigned turn)
{
    unsigned bit = turn * 37 % 256;
    items[turn % len]->b[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void check_one_inclusion(struct reference *r, unsigned index, unsigned size, unsigned turn)
{
    struct merkle_proof proof, expected = {.len = 0};
    const struct merkle_reader reader = {memory_tree_read, r->tree};
    struct sh_hash leaf = r->tree->nodes[0][index], root = reference_root(r, 0, size);
    cr_assert_eq(merkle_inclusion(index, size, &reader, &proof), SH_OK);
    reference_path(r, index, 0, size, &expected);
    cr_assert(proofs_equal(&proof, &expected), "inclusion %u %u", index, size);
    cr_assert_eq(merkle_check_inclusion(&leaf, index, size, proof.hashes, proof.len, &root), SH_OK);

    struct sh_hash *items[2 + SH_PROOF_HASHES_MAX] = {&leaf, &root};
    for (size_t i = 0; i < proof.len; i++) {
        items[2 + i] = &proof.hashes[i];
    }
    flip_one_bit(items, 2 + proof.len, turn);
    cr_assert_eq(merkle_check_inclusion(&leaf, index, size, proof.hashes, proof.len, &root),
                 SH_E_PROOF, "inclusion %u %u, turn %u", index, size, turn);
}

Test(tlog, every_inclusion_up_to_300_is_the_rfcs_and_refused_after_one_bit)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    struct reference *r = calloc(1, sizeof *r);
    unsigned turn = 0;
    memory_tree_grow(tree, SMALL_MAX);
    r->tree = tree;
    for (unsigned size = 1; size <= SMALL_MAX; size++) {
        for (unsigned index = 0; index < size; index++) {
            check_one_inclusion(r, index, size, turn++);
        }
    }
    free(r);
    free(tree);
}

static void check_one_consistency(struct reference *r, unsigned from, unsigned to, unsigned turn)
{
    struct merkle_proof proof, expected = {.len = 0};
    const struct merkle_reader reader = {memory_tree_read, r->tree};
    struct sh_hash old = reference_root(r, 0, from), new = reference_root(r, 0, to);
    cr_assert_eq(merkle_consistency(from, to, &reader, &proof), SH_OK);
    reference_subproof(r, (struct subproof){from, 0, to, true}, &expected);
    cr_assert(proofs_equal(&proof, &expected), "consistency %u %u", from, to);
    cr_assert_eq(merkle_check_consistency(from, &old, to, &new, proof.hashes, proof.len), SH_OK);

    struct sh_hash *items[2 + SH_PROOF_HASHES_MAX] = {&old, &new};
    for (size_t i = 0; i < proof.len; i++) {
        items[2 + i] = &proof.hashes[i];
    }
    flip_one_bit(items, 2 + proof.len, turn);
    cr_assert_eq(merkle_check_consistency(from, &old, to, &new, proof.hashes, proof.len),
                 SH_E_PROOF, "consistency %u %u, turn %u", from, to, turn);
}

Test(tlog, every_consistency_up_to_300_is_the_rfcs_and_refused_after_one_bit)
{
    struct memory_tree *tree = calloc(1, sizeof *tree);
    struct reference *r = calloc(1, sizeof *r);
    unsigned turn = 0;
    memory_tree_grow(tree, SMALL_MAX);
    r->tree = tree;
    for (unsigned to = 1; to <= SMALL_MAX; to++) {
        for (unsigned from = 1; from <= to; from++) {
            check_one_consistency(r, from, to, turn++);
        }
    }
    free(r);
    free(tree);
}
