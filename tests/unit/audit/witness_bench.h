/* A witness with a memory of its own in a temporary folder, and logs to offer to it: growing trees
 * in memory that share a front and then differ. */
#pragma once

#include "audit/witness.h"
#include "base/cleanup.h"

#include <limits.h>

#define TREE_LEVELS 10u
#define TREE_MAX    512u

/* One history of a log. */
struct history {
    struct sh_hash nodes[TREE_LEVELS][TREE_MAX];
    struct merkle_edge edge;
};
/* `fork` leaves are those of every history; from there on they are this one's. */
void history_make(struct history *history, unsigned size, unsigned fork, uint32_t number);
struct sh_hash history_root(const struct history *history, uint64_t size);
void history_prove(const struct history *history, uint64_t from, uint64_t to,
                   struct merkle_proof *out);

struct bench {
    char dir[64], memory[PATH_MAX];
    struct key *log_key, *key;
    struct note_verifier log, us;
    int64_t now_ms;
    struct clock clock;
    struct witness witness;
};
void bench_make(struct bench *bench);
void bench_wipe(struct bench *bench); /* a destructor */
/* The signed checkpoint of a history. Appends. */
void bench_sign(const struct bench *bench, const struct history *history, uint64_t size,
                struct buf *note);
/* Offers it with the proof that the history itself gives. */
sh_err bench_offer(struct bench *bench, const struct history *history, uint64_t from, uint64_t to,
                   struct witness_answer *answer);
