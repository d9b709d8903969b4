/* A witness cosigns what grew out of what it cosigned before, and nothing else: not one of a
 * thousand forks and roll-backs. */
#include "audit/witness_memory.h"
#include "witness_bench.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

static struct history honest, other; /* too large for a stack */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint64_t remembered(const struct bench *bench)
{
    uint64_t size = UINT64_MAX;
    struct sh_why why = {0};
    cr_assert_eq(witness_remembered_size(&bench->witness, bench->log.name, &size, &why), SH_OK,
                 "%s", why.text);
    return size;
}

static enum witness_verdict verdict_of(struct bench *bench, const struct history *history,
                                       uint64_t from, uint64_t to)
{
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    cr_assert_eq(bench_offer(bench, history, from, to, &answer), SH_OK);
    cr_assert((answer.verdict == WITNESS_COSIGNED) == (answer.line.len > 0));
    return answer.verdict;
}

Test(audit, a_witness_cosigns_a_log_as_it_grows)
{
    SH_DEFER(bench_wipe) struct bench bench;
    static const uint64_t sizes[] = {0, 0, 1, 2, 2, 3, 128, 255, 256, 257, 300};
    uint64_t before = 0;
    bench_make(&bench);
    history_make(&honest, 300, 300, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
        struct bytes text, lines;
        struct cosigned_line cosigned;
        struct checkpoint checkpoint;
        cr_assert_eq(bench_offer(&bench, &honest, before, sizes[i], &answer), SH_OK);
        cr_assert_eq(answer.verdict, WITNESS_COSIGNED, "%zu", i);
        cr_assert_eq(answer.remembered.size, before);
        cr_assert_eq(note_split(bytes_buf(&answer.note), &text, &lines), SH_OK);
        cr_assert_eq(cosign_find(text, lines, &bench.us, &cosigned), SH_OK);
        cr_assert_eq(cosigned.time_s, (uint64_t)bench.now_ms / 1000);
        cr_assert(bytes_equal(cosigned.line, bytes_buf(&answer.line)));
        cr_assert_eq(checkpoint_verify(bytes_buf(&answer.note), &bench.log, &checkpoint), SH_OK);
        cr_assert_eq(checkpoint.size, sizes[i]);
        cr_assert_eq(remembered(&bench), sizes[i]);
        before = sizes[i];
        bench.now_ms += 1000;
    }
}

/* What is tried against a witness that remembers `size` entries of the honest history. */
enum attack {
    FORK,           /* another history, with the best proof that it has */
    FORK_SAME_SIZE, /* as many entries, not the same */
    ROLL_BACK,      /* fewer entries, said to start at what the witness remembers */
    ROLL_BACK_FROM, /* fewer entries, from fewer still */
    NEW_START,      /* as if the witness had never seen the log */
    WRONG_PROOF,    /* the honest tree with a proof in which a bit is turned */
    SHORT_PROOF,    /* ... or of which the end is missing */
    LONG_PROOF,
    OTHERS_PROOF, /* another history with the proof of the honest one */
    ATTACKS
};

static void spoil(enum attack attack, uint32_t *random, struct merkle_proof *proof)
{
    if (attack == WRONG_PROOF && proof->len > 0) {
        proof->hashes[next_random(random) % proof->len].b[next_random(random) % SH_HASH_BYTES] ^=
            (uint8_t)(1u << next_random(random) % 8);
    } else if (attack == SHORT_PROOF) {
        proof->len -= proof->len > 0;
    } else if (attack == LONG_PROOF) {
        memset(&proof->hashes[proof->len++], 7, sizeof proof->hashes[0]);
    }
}

static sh_err attack_once(struct bench *bench, enum attack attack, uint64_t size, uint32_t *random,
                          struct witness_answer *answer)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct sh_why why = {0};
    struct witness_offer offer = {.old_size = size};
    const uint64_t larger = size + 1 + next_random(random) % (500 - size);
    const uint64_t smaller = next_random(random) % size;
    const bool forked = attack == FORK || attack == FORK_SAME_SIZE || attack == OTHERS_PROOF ||
                        (attack == NEW_START && next_random(random) % 2);
    uint64_t to = attack == FORK_SAME_SIZE                          ? size
                  : attack == ROLL_BACK || attack == ROLL_BACK_FROM ? smaller
                                                                    : larger;
    history_make(&other, 500, (unsigned)(next_random(random) % size), 1 + next_random(random));
    offer.old_size = attack == NEW_START ? 0 : attack == ROLL_BACK_FROM ? smaller / 2 : size;
    bench_sign(bench, forked ? &other : &honest, to, &note);
    history_prove(attack == OTHERS_PROOF || !forked ? &honest : &other, offer.old_size, to,
                  &offer.proof);
    spoil(attack, random, &offer.proof);
    offer.note = bytes_buf(&note);
    return witness_consider(&bench->witness, &offer, answer, &why);
}

Test(audit, of_a_thousand_forks_and_roll_backs_a_witness_cosigns_none, .timeout = 120)
{
    SH_DEFER(bench_wipe) struct bench bench;
    uint32_t random = 20261122;
    unsigned cosigned = 0, offered = 0, by_verdict[WITNESS_NO_PROOF + 1] = {0};
    uint64_t size = 0;
    bench_make(&bench);
    history_make(&honest, 500, 500, 0);
    while (offered < 1008) {
        /* It goes on cosigning what is honest in between. */
        uint64_t next = size + 1 + next_random(&random) % 4;
        cr_assert_eq(verdict_of(&bench, &honest, size, next), WITNESS_COSIGNED);
        size = next;
        for (unsigned attack = 0; attack < ATTACKS; attack++, offered++) {
            SH_DEFER(witness_answer_wipe)
            struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
            cr_assert_eq(attack_once(&bench, attack, size, &random, &answer), SH_OK);
            cosigned += answer.verdict == WITNESS_COSIGNED || answer.line.len > 0;
            by_verdict[answer.verdict]++;
            cr_assert_eq(remembered(&bench), size);
        }
    }
    cr_assert_eq(cosigned, 0, "%u of %u were cosigned", cosigned, offered);
    cr_assert_eq(by_verdict[WITNESS_MALFORMED] + by_verdict[WITNESS_UNSIGNED], 0);
    cr_assert(by_verdict[WITNESS_OTHER_ROOT] >= 100 && by_verdict[WITNESS_NO_PROOF] >= 400);
    cr_assert(by_verdict[WITNESS_OLD_TOO_LARGE] >= 100 && by_verdict[WITNESS_STALE] >= 100);
}

Test(audit, every_proof_with_one_bit_turned_is_refused_by_a_witness)
{
    SH_DEFER(bench_wipe) struct bench bench;
    bench_make(&bench);
    history_make(&honest, 13, 13, 0);
    cr_assert_eq(verdict_of(&bench, &honest, 0, 7), WITNESS_COSIGNED);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    bench_sign(&bench, &honest, 13, &note);
    struct witness_offer offer = {.old_size = 7, .note = bytes_buf(&note)};
    history_prove(&honest, 7, 13, &offer.proof);
    cr_assert_gt(offer.proof.len, 3);
    for (size_t bit = 0; bit < offer.proof.len * 256; bit++) {
        SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
        uint8_t *byte = &offer.proof.hashes[bit / 256].b[bit % 256 / 8];
        *byte ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(witness_consider(&bench.witness, &offer, &answer, NULL), SH_OK);
        cr_expect_eq(answer.verdict, WITNESS_NO_PROOF, "bit %zu", bit);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    cr_assert_eq(verdict_of(&bench, &honest, 7, 13), WITNESS_COSIGNED);
}

Test(audit, a_checkpoint_of_a_stranger_or_with_a_bad_signature_is_not_cosigned)
{
    SH_DEFER(bench_wipe) struct bench bench;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    bench_make(&bench);
    history_make(&honest, 5, 5, 0);
    bench_sign(&bench, &honest, 5, &note);
    for (size_t i = 0; i < note.len; i++) {
        SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_COSIGNED};
        note.data[i] ^= 1;
        const struct witness_offer offer = {.note = bytes_buf(&note)};
        cr_assert_eq(witness_consider(&bench.witness, &offer, &answer, NULL), SH_OK);
        cr_expect(answer.verdict == WITNESS_MALFORMED || answer.verdict == WITNESS_UNSIGNED ||
                      answer.verdict == WITNESS_UNKNOWN_LOG,
                  "byte %zu: %d", i, answer.verdict);
        note.data[i] ^= 1;
    }
    cr_assert_eq(remembered(&bench), 0);
}

Test(audit, a_witness_without_its_memory_or_with_a_changed_one_cosigns_nothing)
{
    SH_DEFER(bench_wipe) struct bench bench;
    struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    char path[PATH_MAX + 64], command[3 * PATH_MAX];
    bench_make(&bench);
    history_make(&honest, 9, 9, 0);
    cr_assert_eq(verdict_of(&bench, &honest, 0, 5), WITNESS_COSIGNED);

    (void)snprintf(command, sizeof command,
                   "cd '%s' && for f in *.cosigned; do sed -i s/^5$/4/ $f; done", bench.memory);
    cr_assert_eq(system(command), 0);
    cr_expect_eq(bench_offer(&bench, &honest, 5, 9, &answer), SH_E_CORRUPT);
    cr_expect_eq(bench_offer(&bench, &honest, 0, 9, &answer), SH_E_CORRUPT);

    (void)snprintf(path, sizeof path, "%s/vkey", bench.memory);
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(bench_offer(&bench, &honest, 0, 9, &answer), SH_E_NOT_FOUND);
    (void)snprintf(command, sizeof command, "rm -r '%s'", bench.memory);
    cr_assert_eq(system(command), 0);
    cr_expect_eq(bench_offer(&bench, &honest, 0, 9, &answer), SH_E_NOT_FOUND);
    cr_expect_eq(answer.line.len, 0);
    cr_expect_eq(witness_memory_make(bench.memory, "somebody+00000000+else", NULL), SH_OK);
    cr_expect_eq(bench_offer(&bench, &honest, 0, 9, &answer), SH_E_CORRUPT);
    cr_expect_eq(witness_memory_make(bench.memory, "somebody+00000000+else", NULL), SH_E_EXISTS);
    witness_answer_wipe(&answer);
}

Test(audit, no_cosignature_leaves_before_it_is_remembered)
{
    SH_DEFER(bench_wipe) struct bench bench;
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    bench_make(&bench);
    history_make(&honest, 9, 9, 0);
    cr_assert_eq(verdict_of(&bench, &honest, 0, 5), WITNESS_COSIGNED);
    struct witness_memory memory;
    char command[3 * PATH_MAX];
    /* A folder that is not empty stands where the file must go. */
    cr_assert_eq(witness_memory_open(&bench.witness, bench.log.name, &memory, NULL), SH_OK);
    (void)snprintf(command, sizeof command, "rm '%s' && mkdir -p '%s/x'", memory.path, memory.path);
    cr_assert_eq(system(command), 0);
    cr_expect_neq(witness_memory_write(&memory, bytes_str("text"), NULL), SH_OK);
    witness_memory_close(&memory);
    cr_expect_neq(bench_offer(&bench, &honest, 5, 9, &answer), SH_OK);
    cr_expect_neq(answer.verdict, WITNESS_COSIGNED);
}

Test(audit, a_clock_that_went_back_stops_a_witness_until_it_has_caught_up)
{
    SH_DEFER(bench_wipe) struct bench bench;
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    bench_make(&bench);
    history_make(&honest, 9, 9, 0);
    cr_assert_eq(verdict_of(&bench, &honest, 0, 5), WITNESS_COSIGNED);
    bench.now_ms -= 1000;
    cr_expect_eq(bench_offer(&bench, &honest, 5, 9, &answer), SH_E_CLOCK);
    cr_expect_eq(remembered(&bench), 5);
    bench.now_ms += 1000;
    cr_assert_eq(verdict_of(&bench, &honest, 5, 9), WITNESS_COSIGNED);
}
