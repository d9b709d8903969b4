/* Proofs of single entries as files (tlog/proof.h): made from a published log, checked off line.
 * Files made here carry the entry itself as `extra`, so that one file is enough; nothing vouches
 * for it but the proof. */
#pragma once

#include "audit/verify.h"
#include "tlog/proof.h"

/* Reads the checkpoint, the entry and what the proof needs, no more, and gives nothing that does
 * not verify. Appends the file to *out. SH_E_NOT_FOUND: no checkpoint, or no such entry, said in
 * *why. Else errors as audit_verify(). */
SH_MUST_USE sh_err audit_prove(const struct audit_source *source,
                               const struct audit_options *options, uint64_t index, struct buf *out,
                               struct audit_report *report, struct sh_why *why);

/* What a proof says once it held. */
struct audit_proven {
    uint64_t index;
    struct checkpoint checkpoint;
    struct buf entry;
};
void audit_proven_wipe(struct audit_proven *proven); /* a destructor; a zeroed one is empty */

/* entry: NULL means the one that the file carries. SH_E_PROOF, SH_E_BAD_CHECKPOINT: it does not
 * hold. SH_E_FORMAT, SH_E_TOO_BIG: not a proof. SH_E_NOT_FOUND: it carries no entry and none was
 * given. *why has the sentence. */
SH_MUST_USE sh_err audit_check_proof(struct bytes file, const struct bytes *entry,
                                     const struct audit_options *options, struct audit_proven *out,
                                     struct sh_why *why);
