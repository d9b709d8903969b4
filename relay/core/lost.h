/* A log that was lost (decision 25). The database is an older copy that `safehand-relay restore`
 * put in place: clients hold proofs of entries that it does not have. Until a person has accepted
 * the loss the relay is closed: it serves nobody's mail, and collects what clients and witnesses
 * know of the lost part. Then another log, with a name of its own, takes up the copy's entries as
 * its beginning, and what is missing is offered again (offered.c). Ledger thread only. */
#pragma once

#include "core/core.h"
#include "envelope/receipt.h"

struct lost; /* opaque: every log that this database was once a copy of */

/* Reads what the store says. *out is NULL if no copy was ever put back. SH_E_CORRUPT. Gives *out:
 * lost_free(). */
SH_MUST_USE sh_err lost_load(struct store *store, struct lost **out, struct sh_why *why);
void lost_free(struct lost **lost);

/* The log that is lost while the relay is closed; NULL: it is not. `lost` may be NULL. */
const struct note_verifier *lost_closed(const struct lost *lost);
/* Where the log of today parted from the one that it took up: the index of its BEGUN entry.
 * SH_E_NOT_FOUND: it took up none. */
SH_MUST_USE sh_err lost_began(const struct lost *lost, uint64_t *out_index);
/* What a closed relay answers; everything else is put off. */
bool lost_answers(enum frame_type type);

/* Puts a copy's mark into the store: from the next start on the relay is closed. The copy's own
 * checkpoint says of how many entries it is. A transaction is open. SH_E_BAD_CHECKPOINT,
 * SH_E_EXISTS: it is marked already. */
SH_MUST_USE sh_err lost_mark(struct store *store, const struct note_verifier *log,
                             struct bytes checkpoint);
/* Once a second while closed: the published folder and the witnesses' files, as they were left. */
SH_MUST_USE sh_err lost_look(struct core *core);

/* An entry of a lost log behind the copy, as somebody shows it. */
struct lost_entry {
    int64_t lost; /* which log */
    uint64_t index;
    struct verified_statement statement;
};
/* SH_E_BAD_CHECKPOINT: no lost log signed it; SH_E_PROOF: it does not verify, or the copy has it.
 */
SH_MUST_USE sh_err lost_verify(const struct lost *lost, const struct statement *in,
                               struct arena *arena, struct lost_entry *out);
/* Keeps it; `again`: its entry in the log of today, or NULL. Opens the transaction if it must. */
SH_MUST_USE sh_err lost_keep(struct core *core, const struct lost_entry *entry,
                             const struct statement *in, const uint64_t *again);

/* ---- for the operator ---- */
struct lost_state {
    int64_t number;
    struct note_verifier log;
    uint64_t size; /* of the copy */
    struct checkpoint known;
    struct sh_hash known_sha256; /* of the signed note */
    bool opened;
    char code[10]; /* "3F2A-91C0": which loss a person accepts */
};
/* Of the newest. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err lost_state(const struct core *core, struct lost_state *out);
/* It is opened, as far as the store is concerned; a transaction is open. */
SH_MUST_USE sh_err lost_open(struct core *core);
