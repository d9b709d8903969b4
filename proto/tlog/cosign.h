/* Cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1): a statement that, at a time,
 * the tree of a checkpoint was the largest that the witness knew, and held all that it had seen
 * before. A line of a signed note:
 *     — name base64(key id || be64 seconds since 1970 || Ed25519 signature) \n
 * Algorithm byte 0x04. Pure; any thread. */
#pragma once

#include "tlog/note.h"

#define COSIGN_ED25519 0x04

/* SH_E_FORMAT unless vkey is a well-formed one of a witness (algorithm 0x04) whose key id fits. */
SH_MUST_USE sh_err cosign_verifier_parse(const char *vkey, struct note_verifier *out);
/* The vkey of a witness's key under its name. Appends without newline. */
SH_MUST_USE sh_err cosign_vkey(const char *name, const struct key *key, struct buf *out);

/* What a witness is asked to say. */
struct cosignature {
    struct bytes text; /* of the checkpoint: all of it up to and with the newline before the empty
                          line */
    uint64_t time_s;   /* 1 to 2^63 - 1; 0 is no time */
};
/* Appends one signature line. SH_E_FORMAT for a name, text or time that is none, SH_E_BUG for a key
 * that is not Ed25519. */
SH_MUST_USE sh_err cosign_make(const struct cosignature *in, const char *name,
                               const struct key *key, struct buf *out);

/* What a witness's line among others says. */
struct cosigned_line {
    struct bytes line; /* with its newline; borrows `lines` */
    uint64_t time_s;
};
/* Finds the line of a witness among signature lines and checks it against the text of the
 * checkpoint; of several, the newest. SH_E_NOT_FOUND: it has none. SH_E_BAD_CHECKPOINT: one of its
 * lines does not verify. SH_E_FORMAT: these are no signature lines. */
SH_MUST_USE sh_err cosign_find(struct bytes text, struct bytes lines,
                               const struct note_verifier *witness, struct cosigned_line *out);
