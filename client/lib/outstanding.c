/* See outstanding.h: the sections, in the order in which a person has to know of them. */
#include "client/outstanding.h"

#include "client/sending.h"

/* A refusal is told when it happens; for a week it is told again. */
#define REFUSAL_SHOWN_MS (7 * SH_DAY_MS)

/* ---- written but not sent ---- */

static bool is_unsent(struct sh_client *client, const struct vault_message *row)
{
    bool lately = client_now_ms(client) - row->created_at_ms < REFUSAL_SHOWN_MS;
    return row->state == MESSAGE_WAITING || (row->state == MESSAGE_REFUSED && lately);
}

/* A relay that put it off or refused it has said why; one that nobody reached has not. */
static sh_err put_reason(json_t *json)
{
    return json_object_get(json, "sentence")
               ? SH_OK
               : entry_put(json, "sentence", json_string("no relay has been reached since"));
}

static sh_err put_unsent(struct sh_client *client, json_t *json)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message *rows = NULL;
    size_t len = 0;
    json_t *list = json_array();
    SH_TRY(entry_put(json, "unsent", list));
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_messages(client->vault, LIST_UNSENT, NULL, arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        json_t *result = NULL;
        if (is_unsent(client, &rows[i])) {
            SH_TRY(sending_result(client, &rows[i], &result));
            SH_TRY(entry_append(list, result));
            SH_TRY(put_reason(result));
        }
    }
    return SH_OK;
}

/* ---- owed ---- */

static sh_err add_thread(struct sh_client *client, const struct sh_id *id, struct lines *lines)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct casefile file;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(casefile_load(client, id, arena, &file));
    return lines_add_case(lines, &file);
}

static sh_err put_sections(struct lines *lines, json_t *json)
{
    static const char *const names[SECTIONS] = {"overdue", "due_today", "waiting"};
    for (size_t i = 0; i < SECTIONS; i++) {
        json_t *list = NULL;
        SH_TRY(lines_section(lines, (enum section)i, &list));
        SH_TRY(entry_put(json, names[i], list));
    }
    return SH_OK;
}

static sh_err put_owed(struct sh_client *client, json_t *json)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(lines_wipe) struct lines lines = {.list = NULL};
    struct sh_id *ids = NULL;
    size_t len = 0;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_threads(client->vault, arena, &ids, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(add_thread(client, &ids[i], &lines));
    }
    return put_sections(&lines, json);
}

/* ---- look again ---- */

static sh_err put_concerns(struct sh_client *client, json_t *json, struct sh_why *why)
{
    json_t *list = NULL;
    size_t unread = 0;
    SH_TRY(concerns_list(client, &list, &unread, why));
    SH_TRY(entry_put(json, "look_again", list));
    return entry_put(json, "concerns_not_looked_at", json_integer((json_int_t)unread));
}

sh_err outstanding_list(struct sh_client *client, json_t **out, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    json_t *notices = NULL;
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put_time(json, "at", client_now_ms(client)));
    SH_TRY(entry_put(json, "desk", json_string(keyring_address(client->keyring)->text)));
    SH_TRY(put_unsent(client, json));
    SH_TRY(put_owed(client, json));
    SH_TRY(put_concerns(client, json, why));
    SH_TRY(notices_list(client, &notices));
    SH_TRY(entry_put(json, "notices", notices));
    *out = json;
    json = NULL;
    return SH_OK;
}
