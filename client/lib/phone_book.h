/* Whom to telephone: a desk's number and hours from the directory, at any age. One thread. */
#pragma once

#include "client/entry.h"

/* Appends {"address","name","telephone","hours"} to the list; what the directory does not say is
 * left out, and a desk that it does not know is passed over. */
SH_MUST_USE sh_err phone_book_add(struct sh_client *client, const struct address *desk,
                                  json_t *list);
/* "telephone": a list of the desks that a message asks to act. */
SH_MUST_USE sh_err phone_book_put_act(struct sh_client *client, const struct facts *facts,
                                      json_t *object);
