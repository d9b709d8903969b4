/* What is wrong when a relay's log does not fit the auditor's mirror: which entry, and in what
 * words. The signed checkpoints are the judge; the relay's own proofs are used against it. One
 * thread. */
#pragma once

#include "audit/mirror.h"
#include "client/state.h"

/* One synchronisation. */
struct audit_round {
    struct sh_client *client;
    struct mirror *mirror;
    bool whole;
    struct checkpoint shown;       /* what is to be reached */
    struct buf note;               /* the same, signed */
    struct buf previous;           /* the mirror's newest, signed, when we began; empty: none */
    struct mirror_finding finding; /* sentence "": nothing is wrong */
    const char *fault;             /* a word of audit_fault_word() */
};

/* A page of entries, from `from`; put off, it asks again. The codes of session.h. */
SH_MUST_USE sh_err audit_ask_page(struct sh_client *client, uint64_t from, uint32_t count,
                                  uint64_t size, struct arena *arena, struct frame *out,
                                  struct sh_why *why);

/* Whether round->shown continues what the mirror holds. SH_E_FORK, SH_E_ROLLBACK with the finding.
 */
SH_MUST_USE sh_err audit_check_shown(struct audit_round *round, struct sh_why *why);
/* A page was refused by the mirror: the first entry that the relay cannot prove. Gives SH_E_PROOF,
 * or what kept us from asking. */
SH_MUST_USE sh_err audit_blame_page(struct audit_round *round, const struct mirror_page *page,
                                    struct sh_why *why);
/* The relay contradicted what it showed before: the first entry that is another one now. Gives
 * SH_E_FORK. */
SH_MUST_USE sh_err audit_blame_fork(struct audit_round *round, struct sh_why *why);
