/* The auditor's mirror, kept up to date over the relay protocol: asks for what it lacks, page by
 * page, as fast as the relay lets it, and believes nothing that the mirror has not verified. What
 * lists and reports show comes from audit/. One thread. */
#pragma once

#include "client/state.h"

/* Where the mirror stands: audit.db in the home. out has KEYRING_PATH_BYTES. */
#define HOME_AUDIT "audit.db"

/* sh_client_audit_sync(): *out also when something is wrong with the log. */
SH_MUST_USE sh_err audit_sync(struct sh_client *client, bool whole, json_t **out,
                              struct sh_why *why);
