/* Reading a message, as a person does. The OPENED receipt is durably in the outbox before a word is
 * given out; there is no way around it in this library. */
#pragma once

#include "client/entry.h"
#include "envelope/open.h"

/* Says that it was looked at: a row in the vault, and, for what was sent to this desk, an OPENED
 * receipt. SH_E_PASSPHRASE; the message's own code if it is not readable. */
SH_MUST_USE sh_err reading_mark_opened(struct sh_client *client, const struct thread_entry *entry,
                                       struct sh_why *why);
/* See sh_client_show(). Gives *out. */
SH_MUST_USE sh_err reading_show(struct sh_client *client, const char *id, json_t **out,
                                struct sh_why *why);
