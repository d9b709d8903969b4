/* Signatures of envelopes, one by one or many under one: a batch is an RFC 6962 tree whose leaves
 * are header bytes, and its size and root are what is signed. The relay verifies that signature
 * once for all messages of the batch and hashes a path for each; cache.c remembers which. Chain and
 * revocation of the signer are not asked here. */
#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "envelope/build.h"
#include "envelope/cache.h"
#include "tlog/merkle.h"

/* All complete nodes of the tree over one batch, level by level. */
struct batch_tree {
    uint64_t size;
    struct sh_hash *nodes;
    struct merkle_edge edge;
};

static void tree_wipe(struct batch_tree *tree)
{
    free(tree->nodes);
    tree->nodes = NULL;
}

/* Level l has size >> l complete nodes; they lie behind those of the levels below. */
static struct sh_hash *tree_node(const struct batch_tree *tree, unsigned level, uint64_t index)
{
    uint64_t at = index;
    for (unsigned l = 0; l < level; l++) {
        at += tree->size >> l;
    }
    return &tree->nodes[at];
}

static sh_err tree_write(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    *tree_node(ctx, level, index) = *hash;
    return SH_OK;
}

static sh_err tree_read(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    *out = *tree_node(ctx, level, index);
    return SH_OK;
}

static sh_err tree_grow(struct batch_tree *tree, const struct bytes *headers, size_t len)
{
    const struct merkle_writer writer = {tree_write, tree};
    tree->size = len;
    tree->nodes = calloc(len, 2 * sizeof *tree->nodes);
    SH_CHECK(tree->nodes, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        struct sh_hash leaf;
        SH_TRY(merkle_leaf_hash(headers[i], &leaf));
        SH_TRY(merkle_edge_append(&tree->edge, &leaf, &writer));
    }
    return SH_OK;
}

/* What is signed: the size, eight bytes big-endian, then the root. */
struct batch_text {
    uint8_t b[8 + SH_HASH_BYTES];
};

static struct batch_text write_text(uint64_t size, const struct sh_hash *root)
{
    struct batch_text text;
    be64_store(text.b, size);
    memcpy(text.b + 8, root->b, SH_HASH_BYTES);
    return text;
}

static sh_err sign_tree(const struct batch_tree *tree, const struct key *sign_key,
                        struct buf *signature)
{
    struct sh_hash root;
    SH_TRY(merkle_edge_root(&tree->edge, &root));
    const struct batch_text text = write_text(tree->size, &root);
    return sign_p256(sign_key, SIGN_LABEL_BATCH, BYTES_FIXED(text), signature);
}

/* One envelope of the batch; env has all but the path. */
static sh_err encode_member(struct batch_tree *tree, uint64_t index, struct envelope env,
                            struct buf *out)
{
    const struct merkle_reader reader = {tree_read, tree};
    struct merkle_proof proof;
    SH_TRY(merkle_inclusion(index, tree->size, &reader, &proof));
    env.batch = (struct batch_path){
        .size = tree->size,
        .index = index,
        .path = proof.hashes,
        .path_len = proof.len,
    };
    return envelope_encode(&env, out);
}

sh_err envelope_sign_batch(const struct bytes *headers, const struct bytes *sealed, size_t len,
                           const struct key *sign_key, struct buf *out)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    SH_DEFER(tree_wipe) struct batch_tree tree = {.size = 0};
    SH_CHECK(len >= 1, SH_E_BAD_BATCH);
    SH_CHECK(len <= SH_BATCH_MAX, SH_E_TOO_BIG);
    SH_DEFER(sh_freep) size_t *starts = calloc(len, sizeof *starts);
    SH_CHECK(starts, SH_E_NOMEM);
    SH_TRY(tree_grow(&tree, headers, len));
    SH_TRY(sign_tree(&tree, sign_key, &signature));
    for (size_t i = 0; i < len; i++) {
        starts[i] = out[i].len;
        const struct envelope env = {
            .header = headers[i], .sealed = sealed[i], .signature = bytes_buf(&signature)};
        sh_err err = encode_member(&tree, i, env, &out[i]);
        if (err != SH_OK) {
            /* All or none: half a batch in an outbox would look like a whole one. */
            for (size_t k = 0; k < i; k++) {
                out[k].len = starts[k];
            }
            return err;
        }
    }
    return SH_OK;
}

/* Path and signature stand or fall together: a wrong path leads to a root that nobody signed. */
static sh_err verify_batch(const struct envelope *env, const struct certificate *sign_cert,
                           struct batch_cache *cache)
{
    const struct batch_path *batch = &env->batch;
    const struct merkle_path path = {batch->path, batch->path_len};
    struct sh_hash leaf, root;
    SH_CHECK(batch->size <= SH_BATCH_MAX && batch->index < batch->size, SH_E_BAD_BATCH);
    SH_TRY(merkle_leaf_hash(env->header, &leaf));
    sh_err err = merkle_path_root(&leaf, batch->index, batch->size, &path, &root);
    SH_CHECK(err != SH_E_PROOF, SH_E_BAD_BATCH);
    SH_TRY(err);

    const struct batch_claim claim = {certificate_sha256(sign_cert), batch->size, &root,
                                      env->signature};
    if (cache && cache_holds(cache, &claim)) {
        return SH_OK;
    }
    const struct batch_text text = write_text(batch->size, &root);
    err = sign_verify_p256(sign_cert, SIGN_LABEL_BATCH, BYTES_FIXED(text), env->signature);
    SH_CHECK(err != SH_E_BAD_SIGNATURE, SH_E_BAD_BATCH);
    SH_TRY(err);
    if (cache) {
        cache_add(cache, &claim);
    }
    return SH_OK;
}

sh_err envelope_verify(const struct envelope *env, const struct certificate *sign_cert,
                       struct batch_cache *cache)
{
    if (env->batch.size > 0) {
        return verify_batch(env, sign_cert, cache);
    }
    struct sh_hash hash;
    SH_TRY(header_hash(env->header, &hash));
    return sign_verify_p256(sign_cert, SIGN_LABEL_ENVELOPE, BYTES_FIXED(hash), env->signature);
}
