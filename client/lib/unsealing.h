/* Unsealing a message of the vault with this seat's key: every check of envelope/open.h, at the
 * time that the log proved. What comes out is plaintext in memory; it never goes to a disk from
 * here. */
#pragma once

#include "client/thread.h"
#include "envelope/open.h"

/* The certificate of a seat, also of a revoked one, or our own. SH_E_UNKNOWN_SEAT. It belongs to
 * the directory. */
SH_MUST_USE sh_err unsealing_find_cert(struct sh_client *client, const struct sh_hash *seat,
                                       const struct certificate **out, struct sh_why *why);
/* An envelope as this seat reads it. Codes of envelope_open(). Gives *out: opened_wipe(). */
SH_MUST_USE sh_err unsealing_open(struct sh_client *client, const struct envelope *envelope,
                                  int64_t accepted_at_ms, struct opened *out, struct sh_why *why);
/* A message of the vault; one that was not accepted yet is read as of now. *out_envelope borrows
 * the arena. */
SH_MUST_USE sh_err unsealing_open_stored(struct sh_client *client,
                                         const struct vault_message *message, struct arena *arena,
                                         struct envelope *out_envelope, struct opened *out,
                                         struct sh_why *why);
/* An enclosed message: its own signatures and chain, and the log's proof that it was accepted.
 * Gives *out. */
SH_MUST_USE sh_err unsealing_open_enclosure(struct sh_client *client, const struct enclosure *in,
                                            struct opened *out, struct sh_why *why);
