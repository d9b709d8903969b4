#include "base/random.h"
#include "envelope/receipt.h"
#include "mock_internal.h"

#include <stdio.h>

static sh_err read_node(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    const struct mock_relay *relay = ctx;
    if (level == 0) {
        *out = relay->leaves[index].hash;
        return SH_OK;
    }
    struct sh_hash left, right;
    SH_TRY(read_node(ctx, level - 1, 2 * index, &left));
    SH_TRY(read_node(ctx, level - 1, 2 * index + 1, &right));
    return merkle_node_hash(&left, &right, out);
}

struct merkle_reader mock_log_reader(struct mock_relay *relay)
{
    return (struct merkle_reader){read_node, relay};
}

void mock_log_sign(struct mock_relay *relay, uint64_t size, struct buf *out)
{
    struct checkpoint checkpoint = {.size = size};
    struct merkle_reader reader = mock_log_reader(relay);
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", PKI_ORIGIN);
    MUST(merkle_root(size, &reader, &checkpoint.root));
    MUST(checkpoint_sign(&checkpoint, relay->pki->log_key, out));
}

uint64_t mock_log_append(struct mock_relay *relay, enum leaf_type type,
                         const struct leaf_facts *facts)
{
    struct mock_leaf *leaf = &relay->leaves[relay->leaves_len];
    leaf->leaf = (struct buf)BUF_INIT(SH_LEAF_BYTES_MAX);
    leaf->facts = (struct buf)BUF_INIT(SH_FACTS_BYTES_MAX);
    MUST(random_hash(&leaf->salt));
    MUST(leaf_facts_encode(facts, &leaf->facts));
    struct opening opening = {leaf->salt, bytes_buf(&leaf->facts)};
    struct leaf plain = {.type = type, .time_ms = relay->now_ms};
    MUST(opening_commitment(&opening, &plain.commitment));
    MUST(leaf_encode(&plain, &leaf->leaf));
    MUST(merkle_leaf_hash(bytes_buf(&leaf->leaf), &leaf->hash));
    return relay->leaves_len++;
}

void mock_log_free_leaf(struct mock_leaf *leaf)
{
    buf_wipe(&leaf->leaf);
    buf_wipe(&leaf->facts);
}

/* A statement under today's checkpoint; the proof and the note live in the two buffers. */
void mock_log_state(struct mock_relay *relay, uint64_t index, struct merkle_proof *proof,
                    struct buf *note, struct statement *out)
{
    struct mock_leaf *leaf = &relay->leaves[index];
    struct merkle_reader reader = mock_log_reader(relay);
    MUST(merkle_inclusion(index, relay->leaves_len, &reader, proof));
    mock_log_sign(relay, relay->leaves_len, note);
    *out = (struct statement){
        .leaf = bytes_buf(&leaf->leaf),
        .opening = {leaf->salt, bytes_buf(&leaf->facts)},
        .index = index,
        .proof = proof->hashes,
        .proof_len = proof->len,
        .checkpoint = bytes_buf(note),
    };
    if (relay->corrupt_statement) {
        out->opening.salt.b[0] ^= 1;
    }
}

void mock_relay_fork(struct mock_relay *relay)
{
    relay->leaves[0].hash.b[0] ^= 1;
}

void mock_relay_roll_back(struct mock_relay *relay, size_t leaves)
{
    for (size_t i = 0; i < leaves; i++) {
        mock_log_free_leaf(&relay->leaves[--relay->leaves_len]);
    }
}
