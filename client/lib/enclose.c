/* Enclosures: whole earlier messages, header and SignedData with what proves them, taken from the
 * vault. */
#include "client/draft.h"
#include "client/unsealing.h"
#include "wire/log.h"

static sh_err copy_path(struct arena *arena, const struct batch_path *in, struct batch_path *out)
{
    struct sh_hash *path = arena_array(arena, in->path_len, sizeof *path);
    SH_CHECK(path, SH_E_NOMEM);
    if (in->path_len > 0) {
        memcpy(path, in->path, in->path_len * sizeof *path);
    }
    *out = *in;
    out->path = path;
    return SH_OK;
}

static sh_err copy_enclosure(struct arena *arena, const struct envelope *envelope,
                             struct bytes signed_data, struct bytes accepted, struct enclosure *out)
{
    struct bytes statement;
    SH_TRY(arena_copy(arena, envelope->header, &out->header));
    SH_TRY(arena_copy(arena, envelope->signature, &out->signature));
    SH_TRY(arena_copy(arena, signed_data, &out->signed_data));
    SH_TRY(copy_path(arena, &envelope->batch, &out->batch));
    SH_TRY(arena_copy(arena, accepted, &statement));
    SH_CHECK(statement_decode(statement, arena, &out->accepted) == SH_OK, SH_E_CORRUPT);
    return SH_OK;
}

static sh_err enclose_one(struct sh_client *client, const struct thread_entry *entry,
                          struct draft *draft, struct enclosure *out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(client, &entry->message, arena, &envelope, &opened, why));
    return copy_enclosure(draft->arena, &envelope, bytes_buf(&opened.signed_data),
                          entry->message.accepted, out);
}

sh_err enclose_messages(struct sh_client *client, const struct thread_entry *const *entries,
                        size_t entries_len, struct draft *draft, struct sh_why *why)
{
    SH_CHECK(entries_len > 0, SH_OK);
    SH_CHECK(entries_len <= SH_ENCLOSURES_MAX, SH_E_TOO_BIG);
    struct enclosure *list = arena_array(draft->arena, entries_len, sizeof *list);
    struct sh_id *ids = arena_array(draft->arena, entries_len, sizeof *ids);
    SH_CHECK(list && ids, SH_E_NOMEM);
    for (size_t i = 0; i < entries_len; i++) {
        SH_TRY(enclose_one(client, entries[i], draft, &list[i], why));
        ids[i] = entries[i]->message.message_id;
    }
    draft->enclosures = list;
    draft->enclosures_len = entries_len;
    draft->facts.encloses = ids;
    draft->facts.encloses_len = entries_len;
    return SH_OK;
}

sh_err enclose_promoted(struct sh_client *client, struct draft *draft, struct sh_why *why)
{
    const json_t *promotes = json_object_get(draft->casework, "promotes");
    size_t len = json_array_size(promotes);
    SH_CHECK(len > 0, SH_OK);
    struct thread_entry *entries = arena_array(draft->arena, len, sizeof *entries);
    const struct thread_entry **pointers =
        arena_array(draft->arena, len, sizeof(struct thread_entry *));
    SH_CHECK(entries && pointers, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        const char *id = json_string_value(json_array_get(promotes, i));
        struct sh_why detail = {{0}};
        sh_err result = thread_find_message(client, id, draft->arena, &entries[i], &detail);
        if (result != SH_OK || !thread_is_readable(&entries[i])) {
            return sh_fail(
                why, SH_E_JSON,
                "promotes[%zu]: is no message that this seat holds and the relay accepted", i);
        }
        pointers[i] = &entries[i];
    }
    return enclose_messages(client, pointers, len, draft, why);
}

static sh_err children_of_enclosed(const struct opened *opened, const struct sh_id *thread_id,
                                   uint32_t *out)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct header header;
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        SH_TRY(header_decode(opened->content.enclosures[i].header, arena, &header));
        if (id_equal(&header.facts.message_id, thread_id)) {
            *out = header.facts.children_count;
        }
    }
    return SH_OK;
}

sh_err enclose_children_of_thread(struct sh_client *client, const struct answering *answering,
                                  struct arena *arena, uint32_t *out, struct sh_why *why)
{
    const struct sh_id *thread_id = &answering->parent.message.thread_id;
    for (size_t i = 0; i < answering->thread.len; i++) {
        const struct thread_entry *entry = &answering->thread.entries[i];
        if (id_equal(&entry->message.message_id, thread_id)) {
            *out = entry->header.facts.children_count;
            return SH_OK;
        }
    }
    *out = 0;
    SH_CHECK(answering->parent.header.facts.encloses_len > 0, SH_OK);
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(
        unsealing_open_stored(client, &answering->parent.message, arena, &envelope, &opened, why));
    return children_of_enclosed(&opened, thread_id, out);
}
