/* Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): the text that a log signs.
 *     origin \n size \n base64(root) \n [extension lines] \n — name base64(key id || signature) \n
 * Ed25519 only (algorithm byte 0x01); cosignatures of witnesses (0x04) are carried and skipped. Any
 * thread. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "crypto/key.h"

/* name+hex(key id)+base64(0x01 || public key) */
struct note_verifier {
    char name[SH_ORIGIN_BYTES_MAX + 1];
    uint32_t key_id;
    uint8_t public_key[32];
};

/* SH_E_FORMAT unless text is a well-formed Ed25519 vkey whose key id fits. */
SH_MUST_USE sh_err note_verifier_parse(const char *vkey, struct note_verifier *out);
/* The vkey line of a verifier. Appends without newline. */
SH_MUST_USE sh_err note_verifier_vkey(const struct note_verifier *in, struct buf *out);
/* The vkey of a signing key under a name (a log's name is its origin). Appends without newline. */
SH_MUST_USE sh_err note_vkey(const char *name, const struct key *key, struct buf *out);

/* Any text, ending in newline, as a signed note. Appends. SH_E_FORMAT for a name that is none,
 * SH_E_TOO_BIG past SH_CHECKPOINT_BYTES_MAX, SH_E_BUG for a key that is not Ed25519. */
SH_MUST_USE sh_err note_sign(struct bytes text, const char *name, const struct key *key,
                             struct buf *out);
/* The text, vouched for by exactly one valid signature of the verifier; signature lines of others
 * are passed over. *out_text borrows `note`. SH_E_BAD_CHECKPOINT (no signature, two, or a bad one),
 * SH_E_FORMAT, SH_E_TOO_BIG. */
SH_MUST_USE sh_err note_verify(struct bytes note, const struct note_verifier *verifier,
                               struct bytes *out_text);
/* The two halves of a note, unverified. Both borrow it. SH_E_FORMAT, SH_E_TOO_BIG. */
SH_MUST_USE sh_err note_split(struct bytes note, struct bytes *out_text,
                              struct bytes *out_signatures);
/* The first line that names the verifier's key, with its newline, among signature lines; not
 * checked against any text. *out_line borrows `lines`. SH_E_NOT_FOUND, SH_E_FORMAT. */
SH_MUST_USE sh_err note_signature_line(struct bytes lines, const struct note_verifier *verifier,
                                       struct bytes *out_line);

struct checkpoint {
    char origin[SH_ORIGIN_BYTES_MAX + 1];
    uint64_t size;
    struct sh_hash root;
};

/* Appends the whole signed note. */
SH_MUST_USE sh_err checkpoint_sign(const struct checkpoint *in, const struct key *key,
                                   struct buf *out);
/* Parses, requires origin == log->name and exactly one valid signature by it; other signature lines
 * are passed over. SH_E_BAD_CHECKPOINT, SH_E_FORMAT, SH_E_TOO_BIG. */
SH_MUST_USE sh_err checkpoint_verify(struct bytes note, const struct note_verifier *log,
                                     struct checkpoint *out);
/* The text alone, unverified: for showing and for finding the verifier. */
SH_MUST_USE sh_err checkpoint_parse(struct bytes note, struct checkpoint *out);
