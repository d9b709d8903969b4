/* Carries a published log's checkpoint to a witness: reads it, makes the proof from the tiles that
 * the witness asks for, and brings the cosignature back. The witness may be in this process or
 * behind HTTP. */
#pragma once

#include "audit/verify.h"
#include "audit/witness.h"

/* A witness, wherever it is. Errors mean that it could not be asked. */
struct witness_reached {
    sh_err (*consider)(void *ctx, const struct witness_offer *offer, struct witness_answer *out,
                       struct sh_why *why);
    void *ctx;
};
/* The one in this process. */
struct witness_reached witness_here(const struct witness *witness);

struct carrying {
    const struct audit_source *source;
    struct note_verifier log;
    struct witness_reached to;
    uint64_t size_hint; /* what the witness remembers, if that is known; else 0 */
};

/* Fills *report with the checkpoint and *answer with what the witness said last. SH_OK: cosigned.
 * SH_E_PROOF: the log is not what it was, or not what it says; report->finding. Else nothing was
 * found out: SH_E_NOT_PERMITTED (the witness does not know this log or its key), SH_E_NET, ...;
 * *why. */
SH_MUST_USE sh_err witness_carry(const struct carrying *carrying, struct audit_report *report,
                                 struct witness_answer *answer, struct sh_why *why);
