/* The directory as a person asks it. Everything is from the verified file; only when a desk last
 * collected its mail is the relay's word. */
#pragma once

#include "client/entry.h"

SH_MUST_USE sh_err lookup_search(struct sh_client *client, const char *text, json_t **out,
                                 struct sh_why *why);
SH_MUST_USE sh_err lookup_show(struct sh_client *client, const char *address, json_t **out,
                               struct sh_why *why);
SH_MUST_USE sh_err lookup_refresh(struct sh_client *client, json_t **out, struct sh_why *why);
/* sh_client_status(). */
SH_MUST_USE sh_err lookup_status(struct sh_client *client, json_t **out, struct sh_why *why);
