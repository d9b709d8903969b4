/* See corrections.h. */
#include "client/corrections.h"

#include "client/unsealing.h"

/* What a correction answers; NULL: this vault does not have it. */
static const struct thread_entry *corrected_by(const struct thread *thread,
                                               const struct thread_entry *correction)
{
    return correction->header.facts.has_parent
               ? thread_by_header(thread, &correction->header.facts.parent)
               : NULL;
}

static sh_err append_correction(struct sh_client *client, const struct thread_entry *correction,
                                const struct thread *thread, json_t *list, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    json_t *json = NULL;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(unsealing_open_stored(client, &correction->message, arena, &envelope, &opened, why));
    SH_TRY(reading_mark_opened(client, &correction->message, 1, why));
    SH_TRY(entry_json(client, correction, thread, &json));
    SH_TRY(entry_append(list, json));
    return entry_put(json, "content", json_incref(opened.content.casework));
}

static sh_err put_corrections(struct sh_client *client, const struct thread_entry *entry,
                              const struct thread *thread, json_t *json, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_entry *other = &thread->entries[i];
        if (other->header.facts.kind == KIND_CORRECTION && thread_is_readable(other) &&
            corrected_by(thread, other) == entry) {
            SH_TRY(append_correction(client, other, thread, list, why));
        }
    }
    return json_array_size(list) > 0 ? entry_put(json, "corrections", json_incref(list)) : SH_OK;
}

sh_err corrections_put(struct sh_client *client, const struct thread_entry *entry,
                       const struct thread *thread, json_t *json, struct sh_why *why)
{
    json_t *corrected = NULL;
    SH_TRY(put_corrections(client, entry, thread, json, why));
    if (entry->header.facts.kind != KIND_CORRECTION || !corrected_by(thread, entry)) {
        return SH_OK;
    }
    SH_TRY(entry_json(client, corrected_by(thread, entry), thread, &corrected));
    return entry_put(json, "corrected", corrected);
}
