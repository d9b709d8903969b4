/* Asking the relay that runs: one request on its control socket, lines as answer (core/operator.h).
 */
#pragma once

#include "config/config.h"

/* Sends `request` and reads until it is done; shows progress on a terminal, with `doing` before it.
 * *out_count: what "done" said. SH_E_NET: no relay answers, or it ended before it was done; else
 * the relay's own code, with its sentence in *why. */
SH_MUST_USE sh_err ask_relay(const struct config *config, const char *request, const char *doing,
                             uint64_t *out_count, struct sh_why *why);
/* Whether a relay listens. */
bool relay_listens(const struct config *config);
