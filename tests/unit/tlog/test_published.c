/* The published proofs of transparency-dev/merkle (tests/data/README.md): good ones, and ones that
 * are wrong in one thing alone. */
#include "base/cleanup.h"
#include "crypto/digest.h"
#include "tlog/merkle.h"

#include <criterion/criterion.h>
#include <jansson.h>

/* Some vectors have words where a hash would be, to say that it does not matter: the hash of the
 * word stands for it, which is equal where the words are. */
static struct sh_hash read_hash(const json_t *value)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(256);
    struct sh_hash hash;
    cr_assert(json_is_string(value));
    cr_assert_eq(base64_decode(bytes_str(json_string_value(value)), &bytes), SH_OK);
    if (hash_from(bytes_buf(&bytes), &hash) != SH_OK) {
        cr_assert_eq(digest_sha256(bytes_buf(&bytes), &hash), SH_OK);
    }
    return hash;
}

static struct merkle_proof read_path(const json_t *value)
{
    struct merkle_proof path = {.len = 0};
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach (value, i, item) {
        cr_assert(path.len < SH_PROOF_HASHES_MAX);
        path.hashes[path.len++] = read_hash(item);
    }
    return path;
}

struct proof {
    const char *hashes[2]; /* names of members */
    const char *numbers[2];
    sh_err (*check)(const struct sh_hash hashes[2], const uint64_t numbers[2],
                    const struct merkle_proof *path);
};

static sh_err check_inclusion(const struct sh_hash hashes[2], const uint64_t numbers[2],
                              const struct merkle_proof *path)
{
    return merkle_check_inclusion(&hashes[0], numbers[0], numbers[1], path->hashes, path->len,
                                  &hashes[1]);
}

static sh_err check_consistency(const struct sh_hash hashes[2], const uint64_t numbers[2],
                                const struct merkle_proof *path)
{
    return merkle_check_consistency(numbers[0], &hashes[0], numbers[1], &hashes[1], path->hashes,
                                    path->len);
}

static uint64_t read_number(const json_t *value)
{
    /* Read as real numbers: 2^64 - 1, which stands for minus one, is none of jansson's integers. */
    const double number = json_number_value(value);
    return number > (double)MERKLE_SIZE_MAX ? UINT64_MAX : (uint64_t)number;
}

static sh_err run_vector(const struct proof *proof, const json_t *vector)
{
    struct sh_hash hashes[2];
    uint64_t numbers[2];
    const struct merkle_proof path = read_path(json_object_get(vector, "proof"));
    for (int i = 0; i < 2; i++) {
        const json_t *hash = json_object_get(vector, proof->hashes[i]);
        /* No hash at all: our types cannot even say that. */
        SH_CHECK(json_string_length(hash) > 0, SH_E_PROOF);
        hashes[i] = read_hash(hash);
        numbers[i] = read_number(json_object_get(vector, proof->numbers[i]));
    }
    return proof->check(hashes, numbers, &path);
}

/* Here a tree of no leaves is a front of every tree, by an empty proof (merkle.h); there, asking is
 * called an error. What an empty tree's root is, checkpoint.c checks. */
static bool differs_on_purpose(const json_t *vector)
{
    const json_t *size = json_object_get(vector, "size1");
    return json_is_number(size) && json_number_value(size) < 1 &&
           json_array_size(json_object_get(vector, "proof")) == 0;
}

static void run_vectors(const char *file, const struct proof *proof, unsigned on_purpose)
{
    unsigned good = 0, bad = 0, other = 0;
    const char *name = NULL;
    json_t *vector = NULL, *vectors = json_load_file(file, JSON_DECODE_INT_AS_REAL, NULL);
    cr_assert(vectors, "%s", file);
    json_object_foreach (vectors, name, vector) {
        const bool must_fail = json_is_true(json_object_get(vector, "wantErr"));
        const sh_err err = run_vector(proof, vector);
        if (differs_on_purpose(vector)) {
            cr_expect(must_fail && err == SH_OK, "%s: %s", file, name);
            other++;
            continue;
        }
        cr_expect_eq(err, must_fail ? SH_E_PROOF : SH_OK, "%s: %s", file, name);
        good += !must_fail;
        bad += must_fail;
    }
    cr_expect_eq(good, 6);
    cr_expect_eq(bad, 92 - on_purpose);
    cr_expect_eq(other, on_purpose);
    json_decref(vectors);
}

Test(tlog, the_published_inclusion_proofs_hold_or_are_refused_as_published)
{
    const struct proof proof = {{"leafHash", "root"}, {"leafIdx", "treeSize"}, check_inclusion};
    run_vectors(SH_TESTS_DIR "/data/merkle/inclusion.json", &proof, 0);
}

Test(tlog, the_published_consistency_proofs_hold_or_are_refused_as_published)
{
    const struct proof proof = {{"root1", "root2"}, {"size1", "size2"}, check_consistency};
    run_vectors(SH_TESTS_DIR "/data/merkle/consistency.json", &proof, 5);
}
