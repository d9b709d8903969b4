/* See reading.h. */
#include "client/reading.h"

#include "client/corrections.h"
#include "client/receive.h"
#include "client/unsealing.h"

static sh_err check_readable(const struct vault_message *message, struct sh_why *why)
{
    if (message->state == MESSAGE_UNREADABLE) {
        sh_err code = session_code(message->code);
        return sh_fail(why, code, "this message could not be read: %s; its sender was told",
                       sh_err_sentence(code));
    }
    return SH_OK;
}

static sh_err mark_one(struct sh_client *client, const struct vault_message *message,
                       struct sh_why *why)
{
    const struct sh_hash *seat = keyring_seat(client->keyring);
    bool opened = false;
    SH_TRY(vault_look_put(client->vault, &message->header_sha256, seat, client_now_ms(client)));
    SH_TRY(vault_receipt_has(client->vault, &message->header_sha256, RECEIPT_OPENED, &opened));
    SH_CHECK(!opened && message->box != BOX_SENT, SH_OK);
    const struct receipt_order order = {.type = RECEIPT_OPENED,
                                        .message_id = message->message_id,
                                        .header_sha256 = message->header_sha256};
    return receive_sign_receipt(client, &order, why);
}

sh_err reading_mark_opened(struct sh_client *client, const struct vault_message *messages,
                           size_t len, struct sh_why *why)
{
    for (size_t i = 0; i < len; i++) {
        SH_TRY(check_readable(&messages[i], why));
    }
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    for (size_t i = 0; i < len; i++) {
        SH_TRY(mark_one(client, &messages[i], why));
    }
    return vault_commit(open);
}

/* ---- what is inside ---- */

static sh_err put_enclosure(struct sh_client *client, const struct enclosure *in, json_t *list,
                            struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct sh_why detail = {{0}};
    json_t *json = json_object();
    SH_TRY(entry_append(list, json));
    sh_err result = unsealing_open_enclosure(client, in, &opened, &detail);
    if (result != SH_OK && sh_err_class(result) != SH_CLASS_REJECT) {
        return sh_fail(why, result, "%s", detail.text);
    }
    /* One that does not verify is shown as that, without its words. */
    SH_TRY(entry_put(json, "proof",
                     json_string(result == SH_OK ? "verified" : sh_err_sentence(result))));
    SH_CHECK(result == SH_OK, SH_OK);
    SH_TRY(entry_put_facts(json, &opened.header.facts));
    return entry_put(json, "content", json_incref(opened.content.casework));
}

static sh_err put_enclosures(struct sh_client *client, const struct opened *opened, json_t *json,
                             struct sh_why *why)
{
    json_t *list = json_array();
    SH_TRY(entry_put(json, "enclosures", list));
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_TRY(put_enclosure(client, &opened->content.enclosures[i], list, why));
    }
    return SH_OK;
}

static sh_err put_parent(const struct thread_entry *entry, const struct thread *thread,
                         json_t *json)
{
    SH_CHECK(entry->header.facts.has_parent, SH_OK);
    const struct thread_entry *parent = thread_by_header(thread, &entry->header.facts.parent);
    return parent ? entry_put_hex(json, "parent", BYTES_FIXED(parent->message.message_id)) : SH_OK;
}

static sh_err put_facts(struct sh_client *client, const struct thread_entry *entry,
                        const struct thread *thread, struct arena *arena, json_t *json)
{
    const struct facts_view_order order = {entry, thread, true};
    struct fact_list facts;
    json_t *list = NULL;
    SH_TRY(facts_view_list(client, &order, arena, &facts));
    SH_TRY(facts_view_json(&facts, &list));
    SH_TRY(entry_put(json, "facts", list));
    /* The acceptance is the proof that the message is what it says since when it says. */
    const char *proof = "not accepted yet";
    for (size_t i = 0; i < facts.len; i++) {
        if (strcmp(facts.facts[i].word, "accepted") == 0) {
            proof =
                facts.facts[i].proof == SH_OK ? "verified" : sh_err_sentence(facts.facts[i].proof);
        }
    }
    return entry_put(json, "proof", json_string(proof));
}

static sh_err put_content(struct sh_client *client, const struct thread_entry *entry,
                          struct arena *arena, json_t *json, struct sh_why *why)
{
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(client, &entry->message, arena, &envelope, &opened, why));
    SH_TRY(reading_mark_opened(client, &entry->message, 1, why));
    SH_TRY(entry_put(json, "content", json_incref(opened.content.casework)));
    return put_enclosures(client, &opened, json, why);
}

sh_err reading_show(struct sh_client *client, const char *id, json_t **out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *json = NULL;
    struct thread_entry found;
    struct thread thread;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(thread_find_message(client, id, arena, &found, why));
    SH_TRY(check_readable(&found.message, why));
    SH_TRY(thread_load(client, &found.message.thread_id, arena, &thread));
    const struct thread_entry *entry = thread_by_header(&thread, &found.message.header_sha256);
    SH_CHECK(entry, SH_E_CORRUPT);
    SH_TRY(entry_json(client, entry, &thread, &json));
    SH_TRY(put_content(client, entry, arena, json, why));
    SH_TRY(put_parent(entry, &thread, json));
    SH_TRY(corrections_put(client, entry, &thread, json, why));
    SH_TRY(put_facts(client, entry, &thread, arena, json));
    *out = json;
    json = NULL;
    return SH_OK;
}
