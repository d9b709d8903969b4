/* The control socket: health and counters for the operator, over a Unix socket (0600) in the state
 * folder. A client sends one line, "health" or "metrics", and gets text back; metrics are
 * OpenMetrics 1.0. "backup PATH", "rebuild" and "restore ..." are handed to the ledger thread,
 * which answers on the same connection (operator.h). Link thread only. */
#pragma once

#include "base/err.h"
#include "core/ring.h"
#include "core/stats.h"

struct control; /* opaque */

SH_MUST_USE sh_err control_open(const char *path, struct control **out, struct sh_why *why);
void control_close(struct control **control);
int control_fd(const struct control *control);
/* Where requests go; before that they are refused. Borrows the ring. */
void control_requests_to(struct control *control, struct ring *ring);
/* Serves one waiting client, within a second at most; its errors are its own. */
void control_serve(struct control *control, const struct stats *stats, bool gate_connected);
