/* See entry.h. */
#include "client/entry.h"

#include "client/by_telephone.h"
#include "client/duration.h"
#include "wire/log.h"

sh_err entry_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err entry_append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err entry_put_time(json_t *object, const char *key, int64_t ms)
{
    char text[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(ms, text);
    return entry_put(object, key, json_string(text));
}

sh_err entry_put_hex(json_t *object, const char *key, struct bytes value)
{
    char digits[2 * SH_HASH_BYTES + 1];
    SH_CHECK(value.len <= SH_HASH_BYTES, SH_E_BUG);
    hex_encode(value, digits);
    return entry_put(object, key, json_string(digits));
}

static sh_err put_desks(json_t *object, const char *key, const struct facts *facts, enum role role)
{
    json_t *list = json_array();
    SH_TRY(entry_put(object, key, list));
    for (size_t i = 0; i < facts->recipients_len; i++) {
        /* What is kept at the own desk is addressed to it. */
        bool own_only = role == ROLE_ACT && facts->recipients_len == 1;
        if (facts->recipients[i].role == role || own_only) {
            SH_TRY(entry_append(list, json_string(facts->recipients[i].address.text)));
        }
    }
    return SH_OK;
}

sh_err entry_put_facts(json_t *object, const struct facts *facts)
{
    SH_TRY(entry_put_hex(object, "message_id", BYTES_FIXED(facts->message_id)));
    SH_TRY(entry_put_hex(object, "thread_id", BYTES_FIXED(facts->thread_id)));
    SH_TRY(entry_put(object, "kind", json_string(kind_word(facts->kind))));
    if (facts->subtype != SUBTYPE_NONE) {
        SH_TRY(entry_put(object, "subtype", json_string(subtype_word(facts->subtype))));
    }
    SH_TRY(entry_put(object, "from", json_string(facts->from.text)));
    SH_TRY(put_desks(object, "to", facts, ROLE_ACT));
    SH_TRY(put_desks(object, "inform", facts, ROLE_INFORM));
    SH_TRY(put_desks(object, "cover", facts, ROLE_COVER));
    SH_TRY(entry_put(object, "urgency", json_string(urgency_word(facts->urgency))));
    if (facts->level) {
        SH_TRY(entry_put(object, "level", json_integer((json_int_t)facts->level)));
    }
    if (facts->outcome != OUTCOME_NONE) {
        SH_TRY(entry_put(object, "outcome", json_string(outcome_word(facts->outcome))));
    }
    SH_TRY(entry_put_time(object, "sent_at", facts->created_at_ms));
    SH_TRY(duration_put_event(object, facts, facts->created_at_ms));
    return entry_put_hex(object, "by_seat", BYTES_FIXED(facts->seat));
}

static sh_err put_accepted(json_t *object, const struct vault_message *message, struct arena *arena)
{
    struct statement statement;
    struct checkpoint checkpoint;
    SH_CHECK(message->accepted.len > 0, SH_OK);
    SH_CHECK(statement_decode(message->accepted, arena, &statement) == SH_OK, SH_E_CORRUPT);
    SH_CHECK(checkpoint_parse(statement.checkpoint, &checkpoint) == SH_OK, SH_E_CORRUPT);
    SH_TRY(entry_put(object, "log_index", json_integer((json_int_t)statement.index)));
    SH_TRY(entry_put(object, "log_size", json_integer((json_int_t)checkpoint.size)));
    return entry_put_time(object, "accepted_at", message->accepted_at_ms);
}

static sh_err put_state(json_t *object, const struct thread_entry *entry,
                        const struct fact_list *facts)
{
    static const struct sh_id none;
    SH_TRY(entry_put(object, "state", json_string(facts_view_state(entry, facts))));
    if (entry->message.code) {
        sh_err code = (sh_err)entry->message.code;
        SH_TRY(entry_put(object, "code", json_string(sh_err_word(code))));
        SH_TRY(entry_put(object, "sentence", json_string(sh_err_sentence(code))));
    }
    if (!id_equal(&entry->message.replaces, &none)) {
        SH_TRY(entry_put_hex(object, "replaces", BYTES_FIXED(entry->message.replaces)));
    }
    return SH_OK;
}

static sh_err make_entry(struct sh_client *client, const struct thread_entry *entry,
                         const struct thread *thread, bool with_facts, json_t **out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *json = json_object();
    struct fact_list facts;
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    const struct facts_view_order order = {entry, thread, with_facts};
    SH_TRY(facts_view_list(client, &order, arena, &facts));
    SH_TRY(entry_put_facts(json, &entry->header.facts));
    SH_TRY(put_accepted(json, &entry->message, arena));
    SH_TRY(by_telephone_put(entry, thread, arena, json));
    int64_t accepted_ms = entry->message.accepted_at_ms;
    SH_TRY(accepted_ms ? duration_put_event(json, &entry->header.facts, accepted_ms) : SH_OK);
    SH_TRY(put_state(json, entry, &facts));
    if (with_facts) {
        json_t *list = NULL;
        SH_TRY(facts_view_json(&facts, &list));
        SH_TRY(entry_put(json, "facts", list));
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err entry_json(struct sh_client *client, const struct thread_entry *entry,
                  const struct thread *thread, json_t **out)
{
    return make_entry(client, entry, thread, false, out);
}

/* One message with the thread around it. */
static sh_err append_row(struct sh_client *client, const struct vault_message *row, bool with_facts,
                         json_t *list)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct thread thread;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(thread_load(client, &row->thread_id, arena, &thread));
    const struct thread_entry *entry = thread_by_header(&thread, &row->header_sha256);
    SH_CHECK(entry, SH_E_CORRUPT);
    json_t *json = NULL;
    SH_TRY(make_entry(client, entry, &thread, with_facts, &json));
    return entry_append(list, json);
}

static sh_err append_list(struct sh_client *client, enum vault_list which, bool with_facts,
                          json_t *list)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message *rows = NULL;
    size_t len = 0;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_messages(client->vault, which, NULL, arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(append_row(client, &rows[i], with_facts, list));
    }
    return SH_OK;
}

sh_err entry_list(struct sh_client *client, enum vault_list which, json_t **out)
{
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    SH_TRY(append_list(client, which, false, list));
    *out = list;
    list = NULL;
    return SH_OK;
}

sh_err entry_track(struct sh_client *client, const char *id, json_t **out, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    if (!id) {
        SH_TRY(append_list(client, LIST_SENT, true, list));
        *out = list;
        list = NULL;
        return SH_OK;
    }
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct thread_entry entry;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(thread_find_message(client, id, arena, &entry, why));
    SH_TRY(append_row(client, &entry.message, true, list));
    *out = json_incref(json_array_get(list, 0));
    return SH_OK;
}

/* ---- threads ---- */

static sh_err thread_json(struct sh_client *client, const struct sh_id *thread_id, json_t **out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *json = json_object();
    struct thread thread;
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(thread_load(client, thread_id, arena, &thread));
    SH_CHECK(thread.len > 0, SH_E_CORRUPT);
    const struct facts *first = &thread.entries[0].header.facts;
    const struct facts *last = &thread.entries[thread.len - 1].header.facts;
    SH_TRY(entry_put_facts(json, first));
    (void)json_object_del(json, "message_id");
    SH_TRY(entry_put_time(json, "started_at", first->created_at_ms));
    SH_TRY(entry_put_time(json, "last_at", last->created_at_ms));
    json_t *messages = json_array();
    SH_TRY(entry_put(json, "messages", messages));
    for (size_t i = 0; i < thread.len; i++) {
        json_t *entry = NULL;
        SH_TRY(entry_json(client, &thread.entries[i], &thread, &entry));
        SH_TRY(entry_append(messages, entry));
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err entry_threads(struct sh_client *client, json_t **out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *list = json_array();
    struct sh_id *ids = NULL;
    size_t len = 0;
    SH_CHECK(list, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_threads(client->vault, arena, &ids, &len));
    for (size_t i = 0; i < len; i++) {
        json_t *thread = NULL;
        SH_TRY(thread_json(client, &ids[i], &thread));
        SH_TRY(entry_append(list, thread));
    }
    *out = list;
    list = NULL;
    return SH_OK;
}
