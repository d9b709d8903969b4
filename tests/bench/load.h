/* The load: letters sent to a relay from all schools, every answer checked to be ACCEPTED of the
 * right message, every hundredth with its proof. */
#pragma once

#include "letters.h"
#include "relay.h"

enum { LOAD_IN_FLIGHT = 512 };

struct load_result {
    double accepted_per_second;
    struct relay_cpu cpu;    /* a message */
    double generator_cpu_us; /* a message */
    double p50_us, p99_us;   /* of one in flight */
    size_t proofs;           /* verified */
};

struct load_order {
    const struct town *town;
    const struct letters *letters;
    const struct relay *relay;
    bool batched;
    size_t len;       /* how many of the letters */
    size_t in_flight; /* LOAD_IN_FLIGHT over all schools, or 1 */
};
void load_run(const struct load_order *order, struct load_result *out);

/* The hub collects what the first `len` letters bring it, each sent when the one before is
 * receipted: from DELIVER received, over checking nothing and signing a DELIVERED receipt, to
 * RECEIPT_STORED. */
struct delivery_result {
    double p50_us, p99_us;
    double acceptance_to_delivery_p50_us; /* from ACCEPTED received to DELIVER received */
    struct relay_cpu cpu;                 /* for one letter accepted, delivered and receipted */
};
void load_deliveries(const struct load_order *order, struct delivery_result *out);
