/* The proof, before anything is bound to the world, that ZAP answers: over loopback, on a socket
 * like the real one, a key that is listed comes in and its frames carry its User-Id, and a stranger
 * is refused (PITFALLS Z1, Z2). */
#pragma once

#include "gate/zap.h"

/* Gives the handler a list of one made-up key, tries both, and leaves it with an empty list.
 * SH_E_SELF_TEST says which of the two went wrong. */
SH_MUST_USE sh_err self_test_zap(void *context, struct zap *zap, struct sh_why *why);
