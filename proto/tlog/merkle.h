/* The RFC 6962 Merkle tree (section 2.1; RFC 9162 section 2.1 for the algorithms): hashes, roots,
 * inclusion and consistency proofs. Pure functions over a reader of complete subtrees; relay,
 * client and auditor use the same. A node (level, index) covers the leaves [index << level, (index
 * + 1) << level); only complete ones are read. Any thread. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

/* Leaves in a tree at most; past it nothing is appended, proved or believed. */
#define MERKLE_SIZE_MAX ((uint64_t)1 << 40)

SH_MUST_USE sh_err merkle_leaf_hash(struct bytes leaf,
                                    struct sh_hash *out); /* SHA-256(0x00 || leaf) */
SH_MUST_USE sh_err merkle_node_hash(const struct sh_hash *left, const struct sh_hash *right,
                                    struct sh_hash *out); /* SHA-256(0x01 || l || r) */
struct digester;
/* The same, with a digester of crypto/digest.h for many of them; NULL: without. */
SH_MUST_USE sh_err merkle_leaf_hash_with(struct digester *digester, struct bytes leaf,
                                         struct sh_hash *out);
void merkle_empty_root(struct sh_hash *out); /* SHA-256() */

/* Where complete subtrees' hashes come from: a database, tiles, an array. */
struct merkle_reader {
    sh_err (*read)(void *ctx, unsigned level, uint64_t index, struct sh_hash *out);
    void *ctx;
};

struct merkle_proof {
    struct sh_hash hashes[SH_PROOF_HASHES_MAX];
    size_t len;
};

/* The right edge of a growing tree: hashes of its maximal complete subtrees, largest first. Enough
 * to append and to know the root; nothing older is read. A value: copy it to try a batch, keep the
 * copy on commit. */
struct merkle_edge {
    uint64_t size;
    struct sh_hash hashes[SH_PROOF_HASHES_MAX];
    unsigned len;
};

/* Told each node that becomes complete when a leaf is appended, level 0 (the leaf hash) first. */
struct merkle_writer {
    sh_err (*write)(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash);
    void *ctx;
};

/* Appends one leaf hash. writer may be NULL. SH_E_TOO_BIG at 2^40 leaves. */
SH_MUST_USE sh_err merkle_edge_append(struct merkle_edge *edge, const struct sh_hash *leaf_hash,
                                      const struct merkle_writer *writer);
SH_MUST_USE sh_err merkle_edge_append_with(struct digester *digester, struct merkle_edge *edge,
                                           const struct sh_hash *leaf_hash,
                                           const struct merkle_writer *writer);
SH_MUST_USE sh_err merkle_edge_root(const struct merkle_edge *edge, struct sh_hash *out);
/* The edge of a tree of `size` leaves, read back. */
SH_MUST_USE sh_err merkle_edge_load(uint64_t size, const struct merkle_reader *reader,
                                    struct merkle_edge *out);

SH_MUST_USE sh_err merkle_root(uint64_t size, const struct merkle_reader *reader,
                               struct sh_hash *out);
/* index < size, else SH_E_NOT_FOUND. */
SH_MUST_USE sh_err merkle_inclusion(uint64_t index, uint64_t size,
                                    const struct merkle_reader *reader, struct merkle_proof *out);
/* 0 < from <= to, else SH_E_NOT_FOUND; from == to gives an empty proof. */
SH_MUST_USE sh_err merkle_consistency(uint64_t from, uint64_t to,
                                      const struct merkle_reader *reader, struct merkle_proof *out);

/* A proof that somebody else keeps. */
struct merkle_path {
    const struct sh_hash *hashes;
    size_t len;
};
/* The root that a path leads to from the leaf hash at index, in a tree of size. SH_E_PROOF if the
 * path is too short or too long for that; whether the root is the right one is for a signature to
 * say. */
SH_MUST_USE sh_err merkle_path_root(const struct sh_hash *leaf_hash, uint64_t index, uint64_t size,
                                    const struct merkle_path *path, struct sh_hash *out);
/* SH_E_PROOF unless the path leads from the leaf hash at index to root in a tree of size. */
SH_MUST_USE sh_err merkle_check_inclusion(const struct sh_hash *leaf_hash, uint64_t index,
                                          uint64_t size, const struct sh_hash *path,
                                          size_t path_len, const struct sh_hash *root);
/* SH_E_PROOF unless the tree (from, from_root) is a prefix of (to, to_root). from = 0 is a prefix
 * of all. */
SH_MUST_USE sh_err merkle_check_consistency(uint64_t from, const struct sh_hash *from_root,
                                            uint64_t to, const struct sh_hash *to_root,
                                            const struct sh_hash *path, size_t path_len);
