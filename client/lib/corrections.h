/* A correction and what it corrects: whoever reads the one sees the other. One thread. */
#pragma once

#include "client/reading.h"

/* Of a message that was corrected: "corrections", a list in order of acceptance, each an entry with
 * its "content"; showing it is opening it, and signed as that. Of a correction: "corrected", the
 * entry of what it corrects. */
SH_MUST_USE sh_err corrections_put(struct sh_client *client, const struct thread_entry *entry,
                                   const struct thread *thread, json_t *json, struct sh_why *why);
