/* log.proto: leaves, openings, statements. Same refusals and ownership as wire/envelope.h. Pure;
 * any thread. Whether a leaf commits to an opening and stands in the tree is tlog's and envelope's
 * to say. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

SH_MUST_USE sh_err leaf_decode(struct bytes in, struct leaf *out);
SH_MUST_USE sh_err leaf_encode(const struct leaf *in, struct buf *out);
SH_MUST_USE sh_err leaf_facts_decode(struct bytes in, struct arena *arena, struct leaf_facts *out);
SH_MUST_USE sh_err leaf_facts_encode(const struct leaf_facts *in, struct buf *out);
SH_MUST_USE sh_err statement_decode(struct bytes in, struct arena *arena, struct statement *out);
SH_MUST_USE sh_err statement_encode(const struct statement *in, struct buf *out);
