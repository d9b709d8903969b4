/* Every tree of up to 300 leaves: proofs are those of the recursive definitions of RFC 6962,
 * section 2.1, which are written out here as they stand there, and each proof is refused after a
 * change of one bit. SH_EXHAUSTIVE=1 (./dev exhaustive) changes a bit of every byte of every proof,
 * leaf hash and root; without it a bit of each proof, and of every byte of each 61st. */
#include "memory_tree.h"

#include <criterion/criterion.h>
#include <stdlib.h>

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

/* What is tried: the proof, and what it is checked with. */
struct trial {
    uint64_t first, size;
    struct sh_hash hashes[2]; /* leaf hash or older root; root */
    struct merkle_proof proof;
    sh_err (*check)(const struct trial *trial);
};

static sh_err check_inclusion(const struct trial *t)
{
    return merkle_check_inclusion(&t->hashes[0], t->first, t->size, t->proof.hashes, t->proof.len,
                                  &t->hashes[1]);
}

static sh_err check_consistency(const struct trial *t)
{
    return merkle_check_consistency(t->first, &t->hashes[0], t->size, &t->hashes[1],
                                    t->proof.hashes, t->proof.len);
}

/* Byte `at` of both hashes and the path, in a row. */
static uint8_t *byte_of(struct trial *t, size_t at)
{
    return at < sizeof t->hashes ? &t->hashes[at / SH_HASH_BYTES].b[at % SH_HASH_BYTES]
                                 : &t->proof.hashes[0].b[at - sizeof t->hashes];
}

/* Of every byte, or of one: another item and another bit each time, so that over many proofs all of
 * them get their turn. */
static void refuse_after_one_bit(struct trial *t, unsigned turn)
{
    const size_t items = 2 + t->proof.len;
    const bool every = turn % 61 == 0 || getenv("SH_EXHAUSTIVE");
    const size_t one = turn % items * SH_HASH_BYTES + turn * 37 % 256 / 8;
    for (size_t at = every ? 0 : one; at < items * SH_HASH_BYTES; at++) {
        uint8_t *byte = byte_of(t, at);
        const uint8_t bit = (uint8_t)(1u << (turn + at) % 8);
        *byte ^= bit;
        cr_assert_eq(t->check(t), SH_E_PROOF, "%u %u byte %zu", (unsigned)t->first,
                     (unsigned)t->size, at);
        *byte ^= bit;
        if (!every) {
            break;
        }
    }
}

static void check_one_inclusion(struct reference *r, unsigned index, unsigned size, unsigned turn)
{
    struct merkle_proof proof, expected = {.len = 0};
    const struct merkle_reader reader = {memory_tree_read, r->tree};
    struct sh_hash leaf = r->tree->nodes[0][index], root = reference_root(r, 0, size);
    cr_assert_eq(merkle_inclusion(index, size, &reader, &proof), SH_OK);
    reference_path(r, index, 0, size, &expected);
    cr_assert(proofs_equal(&proof, &expected), "inclusion %u %u", index, size);
    struct trial trial = {index, size, {leaf, root}, proof, check_inclusion};
    cr_assert_eq(trial.check(&trial), SH_OK);
    refuse_after_one_bit(&trial, turn);
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
    struct trial trial = {from, to, {old, new}, proof, check_consistency};
    cr_assert_eq(trial.check(&trial), SH_OK);
    refuse_after_one_bit(&trial, turn);
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
