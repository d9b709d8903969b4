/* One synchronisation: what waits goes out, what is due comes in, receipts go back. */
#pragma once

#include "client/state.h"

/* See sh_client_sync(). Gives *out_json, also with an error as far as there is something to tell.
 */
SH_MUST_USE sh_err sync_run(struct sh_client *client, uint32_t wait_seconds, json_t **out_json,
                            struct sh_why *why);
