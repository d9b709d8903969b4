/* Resolving professional differences: where policy lets silence open the next level, the relay
 * tells the desks that it adds, but has no words to give them. The referrer's client seals the
 * words to them, by itself, once it has heard of it. */
#pragma once

#include "client/outbox.h"

/* Puts into the outbox what is due for levels that were opened by silence: for each a
 * reconsideration of that level with the grounds of the one that stayed unanswered. A level that
 * was raised or answered meanwhile needs none, and what the vault holds already is never sealed
 * twice. Only the seat that raised the level below does so; if it is no seat any more, a
 * colleague's. Whoever cannot be reached is a warning that says whom to telephone. *out: the
 * messages, over the arena. */
SH_MUST_USE sh_err levels_seal(struct sh_client *client, struct arena *arena,
                               struct vault_message **out, size_t *out_len, struct sh_why *why);
