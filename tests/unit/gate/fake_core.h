/* The core's end of the link, driven by the test: it says and hears exactly what the test wants. */
#pragma once

#include "curve.h"
#include "link/link.h"

struct fake_core {
    int listen_fd;
    struct link *link; /* NULL: the gate has not connected, or was left */
};

void fake_core_listen(struct fake_core *core, const char *state_dir);
void fake_core_close(struct fake_core *core);
/* Waits for the gate to connect. */
void fake_core_accept(struct fake_core *core);
void fake_core_say(struct fake_core *core, enum link_type type, uint64_t connection,
                   struct bytes payload);
/* Waits for a record and fails the test if none comes. */
void fake_core_hear(struct fake_core *core, struct link_record *out);
/* As the core does, at the beginning of each link. */
void fake_core_keys(struct fake_core *core, const struct curve_pair *const *seats, size_t len);
/* True once the gate has closed the link; what it says meanwhile is skipped. */
bool fake_core_is_left(struct fake_core *core);
