/* The lines of lists: what stands outside of a message, as JSON, without a word of its content. */
#pragma once

#include "client/facts_view.h"

/* Sets key to a value that may be NULL for want of memory; takes it. */
SH_MUST_USE sh_err entry_put(json_t *object, const char *key, json_t *value);
SH_MUST_USE sh_err entry_put_time(json_t *object, const char *key, int64_t ms);
SH_MUST_USE sh_err entry_put_hex(json_t *object, const char *key, struct bytes value);
SH_MUST_USE sh_err entry_append(json_t *list, json_t *value);

/* The entry of public lists: see sh_client_inbox(). Gives *out. */
SH_MUST_USE sh_err entry_json(struct sh_client *client, const struct thread_entry *entry,
                              const struct thread *thread, json_t **out);
/* Header facts alone, for a message that the vault does not hold (an enclosure). */
SH_MUST_USE sh_err entry_put_facts(json_t *object, const struct facts *facts);
/* A whole list of the vault, newest first. */
SH_MUST_USE sh_err entry_list(struct sh_client *client, enum vault_list list, json_t **out);
SH_MUST_USE sh_err entry_threads(struct sh_client *client, json_t **out);
/* sh_client_track(): with "facts". id NULL: every message that this desk sent. */
SH_MUST_USE sh_err entry_track(struct sh_client *client, const char *id, json_t **out,
                               struct sh_why *why);
