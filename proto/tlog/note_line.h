/* Signature lines and verifier keys of signed notes, for any algorithm whose key is one of Ed25519:
 * inside tlog/ alone. */
#pragma once

#include "tlog/note.h"

#define NOTE_KEY_BYTES 33 /* algorithm, public key */

SH_MUST_USE sh_err note_line_vkey_parse(const char *vkey, uint8_t algorithm,
                                        struct note_verifier *out);
SH_MUST_USE sh_err note_line_vkey(const char *name, const struct key *key, uint8_t algorithm,
                                  struct buf *out);
SH_MUST_USE sh_err note_line_key_id(const char *name, const struct key *key, uint8_t algorithm,
                                    uint32_t *out_id);
/* signature: the key id and what follows it. Appends; after an error *out may end in half a line.
 */
SH_MUST_USE sh_err note_line_append(const char *name, struct bytes signature, struct buf *out);
/* Splits the next line off *lines: whose it says it is, and key id and signature together in
 * *signature, at least 5 bytes. SH_E_FORMAT. */
SH_MUST_USE sh_err note_line_next(struct bytes *lines, struct bytes *out_name,
                                  struct buf *signature);
