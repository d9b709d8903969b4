/* The connection to a relay: opened when something first needs it, with the directory's endpoints
 * and keys; a newer directory is fetched at once, and the relay's checkpoint must be consistent
 * with the newest one known. One thread. */
#pragma once

#include "client/state.h"

/* Opens it unless it is open. SH_E_NET, SH_E_UNKNOWN_SEAT, SH_E_PASSPHRASE, SH_E_FORK and the codes
 * of proofs.h. */
SH_MUST_USE sh_err connection_open(struct sh_client *client, struct sh_why *why);
/* Opens it without holding the relay's checkpoint against ours: to ask a relay that contradicted
 * itself where. Nothing else may be done with such a session. */
SH_MUST_USE sh_err connection_open_to_question(struct sh_client *client, struct sh_why *why);
void connection_drop(struct sh_client *client);
/* Fetches the directory if the relay has a newer one than ours, over an open connection. */
SH_MUST_USE sh_err connection_refresh_directory(struct sh_client *client, bool *out_changed,
                                                struct sh_why *why);
/* True for codes after which the session is of no more use, and another may help. */
bool connection_is_lost(sh_err code);
