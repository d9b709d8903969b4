/* The relay's own three processes, started afresh on an empty state folder, and their CPU time. */
#pragma once

#include "town.h"

#include <sys/types.h>

struct relay {
    pid_t supervisor, gate, core;
};

struct relay_cpu {
    double supervisor_us, gate_us, core_us;
};

/* programs: the folder of safehand-relay. Returns when clients can come. Its log goes to
 * relay.log in the town's folder. */
void relay_start(struct relay *relay, const struct town *town, const char *programs);
void relay_stop(struct relay *relay); /* a destructor; waits for the end */
struct relay_cpu relay_cpu(const struct relay *relay);
struct relay_cpu relay_cpu_since(const struct relay *relay, const struct relay_cpu *before);
double relay_cpu_total_us(const struct relay_cpu *cpu);
