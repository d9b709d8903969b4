/* A thread as this vault knows it: its messages in order of acceptance, with their headers read. */
#pragma once

#include "client/state.h"
#include "wire/envelope.h"

struct thread_entry {
    struct vault_message message;
    struct header header;
};

struct thread {
    struct thread_entry *entries; /* accepted ones in order, then those that wait or were refused */
    size_t len;
};

/* Everything borrows the arena. SH_E_CORRUPT if a stored header cannot be read. */
SH_MUST_USE sh_err thread_load(struct sh_client *client, const struct sh_id *thread_id,
                               struct arena *arena, struct thread *out);
/* From a message id or a beginning of one, as a person writes it. SH_E_USAGE, SH_E_NOT_FOUND,
 * SH_E_AMBIGUOUS. */
SH_MUST_USE sh_err thread_find_message(struct sh_client *client, const char *id,
                                       struct arena *arena, struct thread_entry *out,
                                       struct sh_why *why);
SH_MUST_USE sh_err thread_read_header(const struct vault_message *message, struct arena *arena,
                                      struct header *out);
/* NULL if it is not among them. */
const struct thread_entry *thread_by_header(const struct thread *thread,
                                            const struct sh_hash *header_sha256);
/* Whether `later` answers the message with this header, directly or through others. */
bool thread_follows(const struct thread *thread, const struct thread_entry *later,
                    const struct sh_hash *header_sha256);
/* Accepted, and not in quarantine: what an answer may stand on. */
bool thread_is_readable(const struct thread_entry *entry);
