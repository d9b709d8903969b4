/* Gives a vector to whoever reads it, the real code, and says what he answered. */
#pragma once

#include "index.h"
#include "support/relay.h"

struct runner {
    const char *dir;
    const struct vector_index *index;
    struct relay relay; /* its post office is the one of the files */
};

void runner_open(struct runner *r, const char *dir, const struct vector_index *index);
void runner_close(struct runner *r); /* a destructor */

/* SH_OK for "ok". Relay vectors each meet a fresh relay, which has accepted what they need. */
sh_err runner_run(struct runner *r, const struct vector *v);
/* A relay vector to the relay as it stands, whatever has happened to it before. */
sh_err runner_throw(struct runner *r, const struct vector *v);
bool vector_is_for_relay(const struct vector *v);
