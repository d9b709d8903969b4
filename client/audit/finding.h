/* How findings are made: inside audit/ alone. */
#pragma once

#include "audit/verify.h"

/* Records a finding, if none is there yet; the first one counts. Gives SH_E_PROOF. */
sh_err finding_set(struct audit_report *report, struct audit_finding finding);
/* Its sentence. */
void finding_say(struct audit_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A file could not be had: a finding if the log is to blame for that, else `err` as it is. index:
 * the first entry that is concerned. */
sh_err finding_of_file(struct audit_report *report, sh_err err, const struct piece *piece,
                       uint64_t index, const struct sh_why *why);

/* What one pass over the entries found, before anybody is blamed. */
struct pass_result {
    struct sh_hash root; /* over the entries as they are */
    /* The first hash of each level of tiles that is not what the entries give. */
    struct {
        bool found;
        uint64_t index; /* of the node: entry index >> 8 * level */
    } first[PUBLISHED_LEVELS];
};
/* Which of entries, tiles and checkpoint is to blame: the signed root is the judge. Asks the source
 * for tiles again. */
SH_MUST_USE sh_err diagnose(const struct published *from, const struct pass_result *result,
                            struct audit_report *report, struct sh_why *why);
