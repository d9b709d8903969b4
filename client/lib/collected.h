/* When those who are asked to act last collected their mail: said with the answer to `send`,
 * because a message that nobody fetches helps no child. It never fails a message that was accepted.
 * One thread. */
#pragma once

#include "client/entry.h"

/* What was asked already, so that many messages to one desk ask once. */
struct collected {
    json_t *known;  /* owned; by address */
    unsigned asked; /* questions to the relay */
    bool stopped;   /* it did not answer: no more questions */
};
void collected_wipe(struct collected *collected);

/* Adds "collected" to the result of a message that was accepted, over the connection that is open;
 * nothing if there is none, or if the relay does not answer at once. */
SH_MUST_USE sh_err collected_put(struct sh_client *client, struct collected *collected,
                                 json_t *result);
