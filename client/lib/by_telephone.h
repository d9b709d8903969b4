/* What was said by telephone stops no clock until it stands in writing. */
#pragma once

#include "client/thread.h"

/* Into the entry of a referral that was telephoned first: "telephone" true, and if it was late,
 * "in_writing_by": when it had to be in writing. Into that of a note of a call the same, while
 * nothing in writing has come for what it is about: "in_writing_by" is when that is due. Nothing
 * into others. */
SH_MUST_USE sh_err by_telephone_put(const struct thread_entry *entry, const struct thread *thread,
                                    struct arena *arena, json_t *json);
