/* The public functions: each calls the file that does the work, and turns what it says into a code,
 * a sentence and a text. What is promised about each stands in include/safehand/client.h. */
#include "client/face.h"

#include "client/audit_sync.h"
#include "client/chronology.h"
#include "client/clarity.h"
#include "client/connection.h"
#include "client/enrol.h"
#include "client/entry.h"
#include "client/evidence.h"
#include "client/lookup.h"
#include "client/outbox.h"
#include "client/outstanding.h"
#include "client/reading.h"
#include "client/resend.h"
#include "client/sending.h"
#include "client/sync.h"

#define TEXT_FLAGS (JSON_COMPACT | JSON_ENCODE_ANY)

static sh_err dump(sh_err result, json_t **json, char **out)
{
    *out = NULL;
    if (*json) {
        *out = json_dumps(*json, TEXT_FLAGS);
        if (!*out && result == SH_OK) {
            result = SH_E_NOMEM;
        }
        json_freep(json);
    }
    return result;
}

int face_finish_json(sh_err result, json_t **json, const struct sh_why *why, char **out,
                     struct sh_client_error *error)
{
    return face_finish(dump(result, json, out), why, error);
}

int sh_client_enrol_request(const struct sh_client_enrol *enrol, char **out_json,
                            struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = enrol_request(enrol, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_enrol_install(const struct sh_client_enrol *enrol, char **out_json,
                            struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = enrol_install(enrol, &clock_system, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_open(const struct sh_client_options *options, struct sh_client **out,
                   struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    *out = NULL;
    return face_finish(client_open(options, NULL, NULL, out, &why), &why, error);
}

int sh_client_status(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = lookup_status(client, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

/* One document gives one result, not a list of one; split, it gives a list. */
static int finish_single(sh_err result, json_t **list, const struct sh_why *why, char **out_json,
                         struct sh_client_error *error)
{
    json_t *single = json_array_size(*list) > 0 ? json_incref(json_array_get(*list, 0)) : NULL;
    json_freep(list);
    return face_finish_json(result, &single, why, out_json, error);
}

int sh_client_send(struct sh_client *client, const char *json, size_t json_len,
                   const struct sh_client_send *how, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *list = NULL;
    const struct sh_client_document document = {NULL, json, json_len};
    const struct sending_order order = {.documents = &document, .documents_len = 1, .how = how};
    sh_err result = sending_run(client, &order, &list, &why);
    if (how && (how->flags & SH_CLIENT_SPLIT)) {
        return face_finish_json(result, &list, &why, out_json, error);
    }
    return finish_single(result, &list, &why, out_json, error);
}

int sh_client_send_many(struct sh_client *client, const struct sh_client_document *documents,
                        size_t documents_len, const struct sh_client_send *how, char **out_json,
                        struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *list = NULL;
    const struct sending_order order = {
        .documents = documents, .documents_len = documents_len, .how = how, .many = true};
    sh_err result = sending_run(client, &order, &list, &why);
    return face_finish_json(result, &list, &why, out_json, error);
}

int sh_client_answer(struct sh_client *client, const char *verb, const char *message_id,
                     const char *json, size_t json_len, const struct sh_client_send *how,
                     char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *list = NULL;
    const struct sh_client_document document = {NULL, json ? json : "", json ? json_len : 0};
    const struct sending_order order = {.documents = &document,
                                        .documents_len = 1,
                                        .how = how,
                                        .verb = verb ? verb : "",
                                        .message_id = message_id ? message_id : ""};
    if (how && (how->flags & SH_CLIENT_PASS_ON) && strcmp(order.verb, "redirect") == 0) {
        sh_err passed = resend_pass_on(client, &order, &list, &why);
        return face_finish_json(passed, &list, &why, out_json, error);
    }
    sh_err result = sending_run(client, &order, &list, &why);
    return finish_single(result, &list, &why, out_json, error);
}

int sh_client_resend(struct sh_client *client, const char *message_id,
                     const struct sh_client_send *how, char **out_json,
                     struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *list = NULL;
    sh_err result = resend_run(client, message_id, how, &list, &why);
    return finish_single(result, &list, &why, out_json, error);
}

int sh_client_sync(struct sh_client *client, uint32_t wait_seconds, char **out_json,
                   struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = sync_run(client, wait_seconds, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_audit_sync(struct sh_client *client, int whole, char **out_json,
                         struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = audit_sync(client, whole != 0, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_warnings(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = json_incref(client->warnings);
    return face_finish_json(SH_OK, &json, &why, out_json, error);
}

int sh_client_inbox(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = entry_list(client, LIST_INBOX, &json);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_sent(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = entry_list(client, LIST_SENT, &json);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_threads(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = entry_threads(client, &json);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_show(struct sh_client *client, const char *message_id, char **out_json,
                   struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = reading_show(client, message_id, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_chronology(struct sh_client *client, const char *key, unsigned flags, char **out_json,
                         struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    const struct chronology_order order = {.key = key ? key : "",
                                           .household = (flags & SH_CLIENT_HOUSEHOLD) != 0};
    sh_err result = chronology_build(client, &order, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_chronology_send(struct sh_client *client, const struct sh_client_selection *selection,
                              char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *list = NULL, *json = NULL;
    const struct chronology_selection wanted = {.key = selection->key ? selection->key : "",
                                                .rows = selection->rows,
                                                .rows_len = selection->rows_len,
                                                .to = selection->to,
                                                .to_len = selection->to_len,
                                                .author = selection->author,
                                                .role = selection->role,
                                                .note = selection->note};
    sh_err result = chronology_select(client, &wanted, &json, &why);
    char *text = result == SH_OK ? json_dumps(json, JSON_COMPACT) : NULL;
    json_freep(&json);
    if (result == SH_OK && !text) {
        result = SH_E_NOMEM;
    }
    if (text) {
        const struct sh_client_document document = {NULL, text, strlen(text)};
        const struct sending_order order = {.documents = &document, .documents_len = 1};
        result = sending_run(client, &order, &list, &why);
    }
    sh_client_free_text(&text);
    return finish_single(result, &list, &why, out_json, error);
}

int sh_client_chronology_link(struct sh_client *client, const struct sh_client_link *link,
                              char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    const struct chronology_link order = {.key = link->key ? link->key : "",
                                          .other = link->other ? link->other : "",
                                          .reason = link->reason,
                                          .joined = !link->apart};
    sh_err result = chronology_put_link(client, &order, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_return_receipts(struct sh_client *client, struct sh_client_error *error)
{
    enum { SHORT_CONNECT_MS = 2000 };
    struct sh_why why = {{0}};
    size_t sent = 0;
    int64_t patience_ms = client->connect_ms;
    client->connect_ms = patience_ms < SHORT_CONNECT_MS ? patience_ms : SHORT_CONNECT_MS;
    sh_err result = connection_open(client, &why);
    client->connect_ms = patience_ms;
    result = result == SH_OK ? outbox_push_receipts(client, &sent, &why) : result;
    /* They are kept, and `sync` tells what is wrong with the line; a contradiction by the relay is
     * told at once. */
    result = sh_err_class(result) == SH_CLASS_DEFER ? SH_OK : result;
    return face_finish(result, &why, error);
}

int sh_client_track(struct sh_client *client, const char *message_id, char **out_json,
                    struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = entry_track(client, message_id, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_outstanding(struct sh_client *client, char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = outstanding_list(client, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_directory_search(struct sh_client *client, const char *text, char **out_json,
                               struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = lookup_search(client, text, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_directory_show(struct sh_client *client, const char *address, char **out_json,
                             struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = lookup_show(client, address, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_directory_refresh(struct sh_client *client, char **out_json,
                                struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = lookup_refresh(client, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_evidence_export(struct sh_client *client, const char *message_id, const char *dir,
                              char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = evidence_export(client, message_id, dir, &json, &why);
    return face_finish_json(result, &json, &why, out_json, error);
}

int sh_client_evidence_verify(const char *dir, const char *root_file, const char *vkey,
                              char **out_json, struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *json = NULL;
    sh_err result = evidence_verify(dir, root_file, vkey, &json, &why);
    return face_finish_bare(dump(result, &json, out_json), &why, error);
}

int sh_client_check(const char *json, size_t json_len, const char *rules_file, char **out_json,
                    struct sh_client_error *error)
{
    struct sh_why why = {{0}};
    json_t *found = NULL;
    sh_err result = clarity_run(bytes_of(json, json_len), rules_file, &found, &why);
    return face_finish_bare(dump(result, &found, out_json), &why, error);
}
