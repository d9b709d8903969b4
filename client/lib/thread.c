/* See thread.h. */
#include "client/thread.h"

#define ID_DIGITS_MIN 6u

sh_err thread_read_header(const struct vault_message *message, struct arena *arena,
                          struct header *out)
{
    sh_err result = header_decode(message->header, arena, out);
    SH_CHECK(result != SH_E_NOMEM, result);
    /* It was checked before it was stored. */
    SH_CHECK(result == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

sh_err thread_load(struct sh_client *client, const struct sh_id *thread_id, struct arena *arena,
                   struct thread *out)
{
    struct vault_message *rows = NULL;
    size_t len = 0;
    SH_TRY(vault_messages(client->vault, LIST_THREAD, thread_id, arena, &rows, &len));
    struct thread_entry *entries = arena_array(arena, len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        entries[i].message = rows[i];
        SH_TRY(thread_read_header(&rows[i], arena, &entries[i].header));
    }
    *out = (struct thread){entries, len};
    return SH_OK;
}

/* "1a2b3c": the ids from 1a2b3c00... to 1a2b3cff... */
static sh_err id_range(const char *text, struct sh_id *low, struct sh_id *high)
{
    char digits[2 * SH_ID_BYTES + 1];
    size_t len = strlen(text);
    SH_CHECK(len >= ID_DIGITS_MIN && len <= 2 * SH_ID_BYTES, SH_E_USAGE);
    memset(digits, '0', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    memcpy(digits, text, len);
    SH_CHECK(hex_decode(digits, low->b, sizeof low->b) == SH_OK, SH_E_USAGE);
    memset(digits + len, 'f', sizeof digits - 1 - len);
    SH_CHECK(hex_decode(digits, high->b, sizeof high->b) == SH_OK, SH_E_USAGE);
    return SH_OK;
}

sh_err thread_find_message(struct sh_client *client, const char *id, struct arena *arena,
                           struct thread_entry *out, struct sh_why *why)
{
    struct sh_id low, high;
    if (!id || id_range(id, &low, &high) != SH_OK) {
        return sh_fail(why, SH_E_USAGE,
                       "a message id is 32 hexadecimal digits, or at least its first %u",
                       ID_DIGITS_MIN);
    }
    struct thread_entry found;
    sh_err result = vault_message_by_id(client->vault, &low, &high, arena, &found.message);
    if (result == SH_E_NOT_FOUND) {
        return sh_fail(why, result,
                       "this seat has no message %s; 'safehand sync' fetches what is due", id);
    }
    if (result == SH_E_AMBIGUOUS) {
        return sh_fail(why, result, "several messages begin with %s; give more of the id", id);
    }
    SH_TRY(result);
    SH_TRY(thread_read_header(&found.message, arena, &found.header));
    *out = found;
    return SH_OK;
}

const struct thread_entry *thread_by_header(const struct thread *thread,
                                            const struct sh_hash *header_sha256)
{
    for (size_t i = 0; i < thread->len; i++) {
        if (hash_equal(&thread->entries[i].message.header_sha256, header_sha256)) {
            return &thread->entries[i];
        }
    }
    return NULL;
}

bool thread_is_readable(const struct thread_entry *entry)
{
    return entry->message.accepted.len > 0 && entry->message.state == MESSAGE_ACCEPTED;
}

/* Parents are hashes of headers, so there is no circle. */
bool thread_follows(const struct thread *thread, const struct thread_entry *later,
                    const struct sh_hash *header_sha256)
{
    while (later && later->header.facts.has_parent) {
        if (hash_equal(&later->header.facts.parent, header_sha256)) {
            return true;
        }
        later = thread_by_header(thread, &later->header.facts.parent);
    }
    return false;
}
