/* The figures of all repetitions, and the one JSON object that says their medians. */
#pragma once

#include "load.h"

enum { REPETITIONS_MAX = 32 };

struct floor_result {
    double verify_us, echo_us, insert_us;
};

struct repetition {
    struct floor_result floor;
    struct load_result many[2], one[2]; /* [0] individually signed, [1] batch-signed */
    struct delivery_result delivery;
};

struct report {
    size_t messages, messages_one_by_one, deliveries;
    size_t frame_bytes;
    size_t repetitions_len;
    struct repetition repetitions[REPETITIONS_MAX];
};

/* To standard output. */
void report_print(const struct report *report);
