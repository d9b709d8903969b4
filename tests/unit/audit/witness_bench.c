#include "witness_bench.h"

#include "audit/witness_memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const char ORIGIN[] = "relay.example/safehand/test";
static const char NAME[] = "witness.example/council";

static sh_err put_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct history *history = ctx;
    cr_assert(level < TREE_LEVELS && index < TREE_MAX);
    history->nodes[level][index] = *hash;
    return SH_OK;
}

static sh_err get_node(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    const struct history *history = ctx;
    cr_assert(level < TREE_LEVELS && (index + 1) << level <= history->edge.size);
    *out = history->nodes[level][index];
    return SH_OK;
}

static struct merkle_reader reader_of(const struct history *history)
{
    return (struct merkle_reader){get_node, (void *)(uintptr_t)history};
}

void history_make(struct history *history, unsigned size, unsigned fork, uint32_t number)
{
    const struct merkle_writer writer = {put_node, history};
    memset(history, 0, sizeof *history);
    for (unsigned i = 0; i < size; i++) {
        uint8_t leaf[8];
        struct sh_hash hash;
        be32_store(leaf, i);
        be32_store(leaf + 4, i < fork ? 0 : number);
        cr_assert_eq(merkle_leaf_hash(bytes_of(leaf, sizeof leaf), &hash), SH_OK);
        cr_assert_eq(merkle_edge_append(&history->edge, &hash, &writer), SH_OK);
    }
}

struct sh_hash history_root(const struct history *history, uint64_t size)
{
    const struct merkle_reader reader = reader_of(history);
    struct sh_hash root;
    cr_assert_eq(merkle_root(size, &reader, &root), SH_OK);
    return root;
}

void history_prove(const struct history *history, uint64_t from, uint64_t to,
                   struct merkle_proof *out)
{
    const struct merkle_reader reader = reader_of(history);
    out->len = 0;
    if (from > 0 && from < to) {
        cr_assert_eq(merkle_consistency(from, to, &reader, out), SH_OK);
    }
}

static int64_t now_of(void *ctx)
{
    return ((const struct bench *)ctx)->now_ms;
}

static void vkey_of(sh_err (*make)(const char *, const struct key *, struct buf *),
                    const char *name, const struct key *key, struct buf *out)
{
    cr_assert_eq(make(name, key, out), SH_OK);
    cr_assert_eq(buf_terminate(out), SH_OK);
}

void bench_make(struct bench *bench)
{
    SH_DEFER(buf_wipe) struct buf log_vkey = BUF_INIT(400);
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    *bench =
        (struct bench){.dir = "/tmp/safehand-witness-XXXXXX", .now_ms = INT64_C(1800000000000)};
    cr_assert(mkdtemp(bench->dir));
    (void)snprintf(bench->memory, sizeof bench->memory, "%s/memory", bench->dir);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &bench->log_key), SH_OK);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &bench->key), SH_OK);
    vkey_of(note_vkey, ORIGIN, bench->log_key, &log_vkey);
    vkey_of(cosign_vkey, NAME, bench->key, &vkey);
    cr_assert_eq(note_verifier_parse((const char *)log_vkey.data, &bench->log), SH_OK);
    cr_assert_eq(cosign_verifier_parse((const char *)vkey.data, &bench->us), SH_OK);
    cr_assert_eq(witness_memory_make(bench->memory, (const char *)vkey.data, NULL), SH_OK);
    bench->clock = (struct clock){.now_ms = now_of, .boot_ms = now_of, .ctx = bench};
    bench->witness = (struct witness){.memory = bench->memory,
                                      .key = bench->key,
                                      .name = NAME,
                                      .logs = &bench->log,
                                      .logs_len = 1,
                                      .clock = &bench->clock};
}

void bench_wipe(struct bench *bench)
{
    char command[128];
    key_free(&bench->log_key);
    key_free(&bench->key);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", bench->dir);
    cr_assert_eq(system(command), 0);
}

void bench_sign(const struct bench *bench, const struct history *history, uint64_t size,
                struct buf *note)
{
    struct checkpoint checkpoint = {.size = size, .root = history_root(history, size)};
    memcpy(checkpoint.origin, ORIGIN, sizeof ORIGIN);
    cr_assert_eq(checkpoint_sign(&checkpoint, bench->log_key, note), SH_OK);
}

sh_err bench_offer(struct bench *bench, const struct history *history, uint64_t from, uint64_t to,
                   struct witness_answer *answer)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct witness_offer offer = {.old_size = from};
    struct sh_why why = {0};
    bench_sign(bench, history, to, &note);
    history_prove(history, from, to, &offer.proof);
    offer.note = bytes_buf(&note);
    return witness_consider(&bench->witness, &offer, answer, &why);
}
