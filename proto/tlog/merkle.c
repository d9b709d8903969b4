/* RFC 6962 trees without recursion and without the tree: every function walks one edge of it,
 * reading complete subtrees from whoever keeps them. Proof checks are the algorithms of RFC
 * 9162, 2.1.3.2 and 2.1.4.2, as they stand there, so that they can be read side by side. Nothing
 * here keeps nodes, caches them or knows what a leaf says. */
#include "tlog/merkle.h"

#include "crypto/digest.h"

static const struct sh_hash EMPTY_ROOT = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                           0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                           0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                           0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

static sh_err hash_text(struct digester *digester, uint8_t prefix, const struct bytes *text,
                        struct sh_hash *out)
{
    const struct bytes parts[] = {bytes_of(&prefix, 1), *text};
    return digester ? digester_sha256_parts(digester, parts, 2, out)
                    : digest_sha256_parts(parts, 2, out);
}

sh_err merkle_leaf_hash_with(struct digester *digester, struct bytes leaf, struct sh_hash *out)
{
    return hash_text(digester, 0x00, &leaf, out);
}

sh_err merkle_leaf_hash(struct bytes leaf, struct sh_hash *out)
{
    return hash_text(NULL, 0x00, &leaf, out);
}

static sh_err node_hash(struct digester *digester, const struct sh_hash *left,
                        const struct sh_hash *right, struct sh_hash *out)
{
    uint8_t text[2 * SH_HASH_BYTES];
    memcpy(text, left->b, SH_HASH_BYTES);
    memcpy(text + SH_HASH_BYTES, right->b, SH_HASH_BYTES);
    const struct bytes both = bytes_of(text, sizeof text);
    return hash_text(digester, 0x01, &both, out);
}

sh_err merkle_node_hash(const struct sh_hash *left, const struct sh_hash *right,
                        struct sh_hash *out)
{
    return node_hash(NULL, left, right, out);
}

void merkle_empty_root(struct sh_hash *out)
{
    *out = EMPTY_ROOT;
}

sh_err merkle_edge_append(struct merkle_edge *edge, const struct sh_hash *leaf_hash,
                          const struct merkle_writer *writer)
{
    return merkle_edge_append_with(NULL, edge, leaf_hash, writer);
}

sh_err merkle_edge_append_with(struct digester *digester, struct merkle_edge *edge,
                               const struct sh_hash *leaf_hash, const struct merkle_writer *writer)
{
    SH_CHECK(edge->size < MERKLE_SIZE_MAX, SH_E_TOO_BIG);
    SH_CHECK(edge->len == (unsigned)__builtin_popcountll(edge->size), SH_E_BUG);

    /* *edge changes only at the end: a writer that fails leaves a tree that can go on. */
    struct sh_hash carry = *leaf_hash;
    unsigned level = 0, len = edge->len;
    for (;;) {
        if (writer) {
            SH_TRY(writer->write(writer->ctx, level, edge->size >> level, &carry));
        }
        if (!(edge->size >> level & 1)) {
            break;
        }
        SH_TRY(node_hash(digester, &edge->hashes[len - 1], &carry, &carry));
        len--;
        level++;
    }
    edge->hashes[len] = carry;
    edge->len = len + 1;
    edge->size++;
    return SH_OK;
}

sh_err merkle_edge_root(const struct merkle_edge *edge, struct sh_hash *out)
{
    SH_CHECK(edge->len == (unsigned)__builtin_popcountll(edge->size), SH_E_BUG);
    if (edge->size == 0) {
        merkle_empty_root(out);
        return SH_OK;
    }
    struct sh_hash root = edge->hashes[edge->len - 1];
    for (unsigned i = edge->len - 1; i > 0; i--) {
        SH_TRY(merkle_node_hash(&edge->hashes[i - 1], &root, &root));
    }
    *out = root;
    return SH_OK;
}

/* The edge of the leaves [start, start + n). start is a multiple of the power of two at or above n,
 * which makes each of the subtrees that n falls into a node of the whole tree. */
static sh_err load_range(uint64_t start, uint64_t n, const struct merkle_reader *reader,
                         struct merkle_edge *out)
{
    struct merkle_edge edge = {.size = n};
    for (unsigned level = 64; level-- > 0;) {
        if (n >> level & 1) {
            SH_TRY(reader->read(reader->ctx, level, start >> level, &edge.hashes[edge.len]));
            edge.len++;
            start += (uint64_t)1 << level;
        }
    }
    *out = edge;
    return SH_OK;
}

sh_err merkle_edge_load(uint64_t size, const struct merkle_reader *reader, struct merkle_edge *out)
{
    SH_CHECK(size <= MERKLE_SIZE_MAX, SH_E_TOO_BIG);
    return load_range(0, size, reader, out);
}

sh_err merkle_root(uint64_t size, const struct merkle_reader *reader, struct sh_hash *out)
{
    struct merkle_edge edge;
    SH_TRY(merkle_edge_load(size, reader, &edge));
    return merkle_edge_root(&edge, out);
}

/* The hash over what node (level, index) covers of a tree of `size`, be the node complete or cut
 * off at the edge. */
static sh_err read_node(unsigned level, uint64_t index, uint64_t size,
                        const struct merkle_reader *reader, struct sh_hash *out)
{
    uint64_t start = index << level;
    if (size - start >= (uint64_t)1 << level) {
        return reader->read(reader->ctx, level, index, out);
    }
    struct merkle_edge edge;
    SH_TRY(load_range(start, size - start, reader, &edge));
    return merkle_edge_root(&edge, out);
}

/* Appends the siblings on the way from node (level, index) up to the root. A node that stands alone
 * at the right edge has none on that level. At most one sibling is cut off. */
static sh_err climb(unsigned level, uint64_t index, uint64_t size,
                    const struct merkle_reader *reader, struct merkle_proof *proof)
{
    uint64_t last = (size - 1) >> level;
    for (; last > 0; level++, index >>= 1, last >>= 1) {
        uint64_t sibling = index ^ 1;
        if (sibling > last) {
            continue;
        }
        SH_CHECK(proof->len < SH_PROOF_HASHES_MAX, SH_E_BUG);
        SH_TRY(read_node(level, sibling, size, reader, &proof->hashes[proof->len]));
        proof->len++;
    }
    return SH_OK;
}

sh_err merkle_inclusion(uint64_t index, uint64_t size, const struct merkle_reader *reader,
                        struct merkle_proof *out)
{
    SH_CHECK(index < size && size <= MERKLE_SIZE_MAX, SH_E_NOT_FOUND);
    struct merkle_proof proof = {.len = 0};
    SH_TRY(climb(0, index, size, reader, &proof));
    *out = proof;
    return SH_OK;
}

sh_err merkle_consistency(uint64_t from, uint64_t to, const struct merkle_reader *reader,
                          struct merkle_proof *out)
{
    SH_CHECK(from > 0 && from <= to && to <= MERKLE_SIZE_MAX, SH_E_NOT_FOUND);
    struct merkle_proof proof = {.len = 0};
    if (from < to) {
        /* The last complete subtree that the older tree ends with. */
        unsigned level = (unsigned)__builtin_ctzll(from);
        uint64_t index = (from - 1) >> level;
        /* If that is the whole older tree the verifier has it: it is the root he brought. */
        if (index > 0) {
            SH_TRY(reader->read(reader->ctx, level, index, &proof.hashes[0]));
            proof.len = 1;
        }
        SH_TRY(climb(level, index, to, reader, &proof));
    }
    *out = proof;
    return SH_OK;
}

sh_err merkle_path_root(const struct sh_hash *leaf_hash, uint64_t index, uint64_t size,
                        const struct merkle_path *path, struct sh_hash *out)
{
    SH_CHECK(index < size, SH_E_PROOF);
    uint64_t fn = index, sn = size - 1;
    struct sh_hash r = *leaf_hash;
    for (size_t i = 0; i < path->len; i++, fn >>= 1, sn >>= 1) {
        const struct sh_hash *p = &path->hashes[i];
        SH_CHECK(sn > 0, SH_E_PROOF);
        if (!(fn & 1) && fn != sn) {
            SH_TRY(merkle_node_hash(&r, p, &r));
            continue;
        }
        SH_TRY(merkle_node_hash(p, &r, &r));
        for (; !(fn & 1) && fn != 0; fn >>= 1, sn >>= 1) {
        }
    }
    SH_CHECK(sn == 0, SH_E_PROOF);
    *out = r;
    return SH_OK;
}

sh_err merkle_check_inclusion(const struct sh_hash *leaf_hash, uint64_t index, uint64_t size,
                              const struct sh_hash *path, size_t path_len,
                              const struct sh_hash *root)
{
    const struct merkle_path given = {path, path_len};
    struct sh_hash found;
    SH_TRY(merkle_path_root(leaf_hash, index, size, &given, &found));
    SH_CHECK(hash_equal(&found, root), SH_E_PROOF);
    return SH_OK;
}

/* RFC 9162, 2.1.4.2, for 0 < from < to. */
static sh_err check_growth(uint64_t from, const struct sh_hash *from_root, uint64_t to,
                           const struct sh_hash *to_root, const struct merkle_path *path)
{
    uint64_t fn = from - 1, sn = to - 1;
    for (; fn & 1; fn >>= 1, sn >>= 1) {
    }
    /* fn is 0 when `from` is a power of two: then the older root itself begins the path. */
    size_t i = fn == 0 ? 0 : 1;
    SH_CHECK(path->len > 0, SH_E_PROOF);
    struct sh_hash fr = fn == 0 ? *from_root : path->hashes[0], sr = fr;
    for (; i < path->len; i++, fn >>= 1, sn >>= 1) {
        const struct sh_hash *c = &path->hashes[i];
        SH_CHECK(sn > 0, SH_E_PROOF);
        if (!(fn & 1) && fn != sn) {
            SH_TRY(merkle_node_hash(&sr, c, &sr));
            continue;
        }
        SH_TRY(merkle_node_hash(c, &fr, &fr));
        SH_TRY(merkle_node_hash(c, &sr, &sr));
        for (; !(fn & 1) && fn != 0; fn >>= 1, sn >>= 1) {
        }
    }
    SH_CHECK(sn == 0 && hash_equal(&fr, from_root) && hash_equal(&sr, to_root), SH_E_PROOF);
    return SH_OK;
}

sh_err merkle_check_consistency(uint64_t from, const struct sh_hash *from_root, uint64_t to,
                                const struct sh_hash *to_root, const struct sh_hash *path,
                                size_t path_len)
{
    SH_CHECK(from <= to, SH_E_PROOF);
    if (from == 0 || from == to) {
        SH_CHECK(path_len == 0, SH_E_PROOF);
        SH_CHECK(from == 0 || hash_equal(from_root, to_root), SH_E_PROOF);
        return SH_OK;
    }
    const struct merkle_path given = {path, path_len};
    return check_growth(from, from_root, to, to_root, &given);
}
