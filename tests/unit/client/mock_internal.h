/* What the two files of the relay in memory share: its log. */
#pragma once

#include "mock_relay.h"

#include <stdlib.h>

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != SH_OK) {                                                                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct merkle_reader mock_log_reader(struct mock_relay *relay);
/* Appends the signed note of the tree of that size. */
void mock_log_sign(struct mock_relay *relay, uint64_t size, struct buf *out);
uint64_t mock_log_append(struct mock_relay *relay, enum leaf_type type,
                         const struct leaf_facts *facts);
void mock_log_free_leaf(struct mock_leaf *leaf);
/* A statement under today's checkpoint; the proof and the note live in the two buffers. */
void mock_log_state(struct mock_relay *relay, uint64_t index, struct merkle_proof *proof,
                    struct buf *note, struct statement *out);
