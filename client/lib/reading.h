/* Reading a message, as a person does. The OPENED receipt is durably in the outbox before a word is
 * given out; there is no way around it in this library. */
#pragma once

#include "client/entry.h"
#include "envelope/open.h"

/* Says that they were looked at: a row in the vault for each, and, for what was sent to this desk,
 * an OPENED receipt; all or none. SH_E_PASSPHRASE; a message's own code if it is not readable. */
SH_MUST_USE sh_err reading_mark_opened(struct sh_client *client,
                                       const struct vault_message *messages, size_t len,
                                       struct sh_why *why);
/* See sh_client_show(). Gives *out. */
SH_MUST_USE sh_err reading_show(struct sh_client *client, const char *id, json_t **out,
                                struct sh_why *why);
