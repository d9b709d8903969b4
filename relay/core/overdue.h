/* What happens when a clock runs out: the leaf that says so, under its true due time also when the
 * relay was down at that moment, and a notice to everybody whom the policy names. Nothing ends by
 * it: what is owed is still owed. Ledger thread, inside the transaction of a tick. */
#pragma once

#include "core/core.h"

/* Looks at the clocks that are due, at most 256 messages' a tick. */
SH_MUST_USE sh_err overdue_tick(struct core *core);
