/* Step 6: what is due, to those who are connected and have asked for more. Ledger thread, after
 * COMMIT. */
#pragma once

#include "core/core.h"

/* Sends to every marked session as much as its credit allows. */
SH_MUST_USE sh_err deliver_due(struct core *core);
