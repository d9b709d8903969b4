/* What a message of any kind says, as one line of a chronology wants it: when it happened, what,
 * and who says so; word for word, in the order in which the forms are read. Internal to the
 * chronology. Pure; any thread. */
#pragma once

#include "base/bytes.h"
#include "base/cleanup.h"

#include <jansson.h>

/* When what it tells of began and ended, as written; NULL: not said. Borrows. */
const char *said_from(const json_t *casework);
const char *said_until(const json_t *casework);
/* Appends what it says; nothing if it says nothing. A part of a decision will do, too. */
SH_MUST_USE sh_err said_text(const json_t *casework, struct buf *out);
/* Appends "Name, role, organisation" of who decided, took it, or wrote. */
SH_MUST_USE sh_err said_who(const json_t *casework, struct buf *out);
