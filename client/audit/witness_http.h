/* A witness of somebody else's behind HTTP (C2SP tlog-witness), by libcurl. What it answers is
 * believed only as far as its key vouches for it. */
#pragma once

#include "audit/carry.h"

struct witness_web; /* opaque */

/* url: the submission prefix, http or https. who: the witness's key. Gives *out:
 * witness_web_close(). SH_E_USAGE, SH_E_NOMEM. */
SH_MUST_USE sh_err witness_web_open(const char *url, const struct note_verifier *who,
                                    struct witness_web **out, struct sh_why *why);
void witness_web_close(struct witness_web **web); /* a destructor */
/* For as long as it is open. An answer's remembered_note is empty: HTTP does not carry it. */
struct witness_reached witness_there(struct witness_web *web);
