/* A message that a lost log had accepted, offered again by one who has it: the sender or a
 * recipient (decision 25). It was decided then; now only the proof of that is looked at. Ledger
 * thread, inside the transaction. */
#pragma once

#include "core/lost.h"
#include "core/submission.h"

struct offered {
    struct lost_entry entry; /* its acceptance then */
    int64_t accepted_ms;     /* when it was accepted first, through however many lost logs */
};

/* In place of time, quota, seats and policy. Fills sub->offered, sub->casefile. SH_E_PROOF,
 * SH_E_BAD_CHECKPOINT, SH_E_UNKNOWN_THREAD (what began it was not offered yet). */
SH_MUST_USE sh_err offered_authorise(struct core *core, struct submission *sub);
/* What the lost log said of it, and where and when it said so. */
void offered_facts(const struct submission *sub, struct leaf_facts *out);
/* The clocks as they were started then: sub->starts. */
SH_MUST_USE sh_err offered_starts(struct submission *sub);
/* Notes where it stands now. */
SH_MUST_USE sh_err offered_keep(struct core *core, const struct submission *sub);
