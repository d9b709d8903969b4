/* See lookup.h. */
#include "client/lookup.h"

#include "client/connection.h"
#include "client/successors.h"

/* What a line is looked up in. */
struct look {
    const struct directory *directory;
    int64_t now_ms;
};

static sh_err put_text(json_t *json, const char *key, const char *text)
{
    return text ? entry_put(json, key, json_string(text)) : SH_OK;
}

/* desk: whose address is looked for at the successors; NULL: none, they alone are listed. */
static sh_err put_successors(json_t *json, const struct look *look,
                             const struct directory_organisation *organisation,
                             const struct desk *desk)
{
    struct address address = {""};
    struct closing closing;
    if (desk) {
        address = desk->address;
    } else {
        (void)snprintf(address.text, sizeof address.text, "@%s", organisation->code);
    }
    if (!successors_look(look->directory, &address, look->now_ms, &closing) ||
        closing.succession.len == 1) {
        return SH_OK;
    }
    json_t *successors = json_array();
    SH_TRY(entry_put(json, "successors", successors));
    return successors_list(&closing, successors);
}

static sh_err put_organisation(json_t *json, const struct look *look,
                               const struct directory_organisation *organisation,
                               const struct desk *desk)
{
    SH_CHECK(organisation, SH_OK);
    SH_TRY(put_text(json, "organisation", organisation->name));
    SH_TRY(put_text(json, "organisation_code", organisation->code));
    SH_TRY(put_text(json, "closed_on", organisation->closed_on));
    return put_successors(json, look, organisation, desk);
}

static sh_err put_desk(json_t *json, const struct desk *desk)
{
    SH_TRY(put_text(json, "address", desk->address.text));
    SH_TRY(put_text(json, "name", desk->name));
    SH_TRY(put_text(json, "telephone", desk->telephone));
    SH_TRY(put_text(json, "hours", desk->hours));
    SH_TRY(entry_put(json, "seats", json_integer((json_int_t)desk->seats_len)));
    json_t *cover = json_array();
    SH_TRY(entry_put(json, "cover", cover));
    for (size_t i = 0; i < desk->cover_len; i++) {
        SH_TRY(entry_append(cover, json_string(desk->cover[i].text)));
    }
    return SH_OK;
}

static sh_err line(const struct look *look, const struct directory_organisation *organisation,
                   const struct desk *desk, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(put_organisation(json, look, organisation, desk));
    if (desk) {
        SH_TRY(put_desk(json, desk));
    } else if (organisation) {
        SH_TRY(put_text(json, "telephone", organisation->telephone));
        SH_TRY(put_text(json, "hours", organisation->hours));
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

struct search {
    struct look look;
    json_t *list;
    sh_err result;
};

static bool add_found(void *ctx, const struct directory_organisation *organisation,
                      const struct desk *desk)
{
    struct search *search = ctx;
    json_t *json = NULL;
    search->result = line(&search->look, organisation, desk, &json);
    if (search->result == SH_OK) {
        search->result = entry_append(search->list, json);
    }
    return search->result == SH_OK;
}

sh_err lookup_search(struct sh_client *client, const char *text, json_t **out, struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(list, SH_E_NOMEM);
    if (!text || !text[0]) {
        return sh_fail(why, SH_E_USAGE, "there is nothing to search for");
    }
    SH_TRY(client_directory_any(client, &directory, why));
    struct search search = {{directory, client_now_ms(client)}, list, SH_OK};
    directory_search(directory, text, add_found, &search);
    SH_TRY(search.result);
    *out = list;
    list = NULL;
    return SH_OK;
}

static sh_err put_seats(json_t *json, const struct desk *desk)
{
    json_t *list = json_array();
    SH_TRY(entry_put(json, "seats", list));
    for (size_t i = 0; i < desk->seats_len; i++) {
        json_t *seat = json_object();
        SH_TRY(entry_append(list, seat));
        SH_TRY(entry_put_hex(seat, "seat", BYTES_FIXED(desk->seats[i]->hash)));
        SH_TRY(entry_put_time(seat, "expires_at", certificate_not_after_ms(desk->seats[i]->sign)));
    }
    return entry_put(json, "recovery", json_boolean(desk->recovery != NULL));
}

/* The relay may not be there; then the line is shown without. */
static sh_err put_collected(struct sh_client *client, const struct address *address, json_t *json)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame question = {.type = FRAME_DESK_GET, .desk_get = {.address = *address}};
    struct frame answer;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(connection_open(client, NULL));
    SH_TRY(session_ask(client->session, &question, FRAME_DESK, arena, &answer, NULL));
    if (answer.desk.has_last_collected) {
        return entry_put_time(json, "last_collected_at", answer.desk.last_collected_ms);
    }
    return entry_put(json, "never_collected", json_true());
}

/* An address at which there is no desk, of an organisation that has closed. */
static sh_err show_closed(const struct look *look, const struct address *address, json_t **out,
                          struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *json = NULL;
    const struct desk nobody = {.address = *address};
    const struct directory_organisation *organisation =
        directory_organisation(look->directory, address_organisation(address));
    struct closing closing;
    if (!successors_look(look->directory, address, look->now_ms, &closing)) {
        return sh_fail(why, SH_E_UNKNOWN_DESK, "no desk %s is in the directory", address->text);
    }
    SH_TRY(line(look, organisation, &nobody, &json));
    SH_TRY(entry_put(json, "seats", json_array()));
    SH_TRY(entry_put(json, "recovery", json_false()));
    SH_TRY(put_text(json, "telephone", organisation->telephone));
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err lookup_show(struct sh_client *client, const char *text, json_t **out, struct sh_why *why)
{
    struct address address;
    if (!text || address_from(text, &address) != SH_OK) {
        return sh_fail(why, SH_E_BAD_ADDRESS, "an address has the form desk@organisation.sector");
    }
    /* Asked first: what the relay has may be newer than what we have. */
    SH_DEFER(json_freep) json_t *extra = json_object();
    SH_CHECK(extra, SH_E_NOMEM);
    sh_err asked = put_collected(client, &address, extra);
    if (connection_is_lost(asked)) {
        connection_drop(client);
    }
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, why));
    const struct desk *desk = directory_desk(directory, address.text);
    const struct look look = {directory, client_now_ms(client)};
    if (!desk) {
        return show_closed(&look, &address, out, why);
    }
    SH_DEFER(json_freep) json_t *json = NULL;
    SH_TRY(line(&look, directory_organisation(directory, address_organisation(&address)), desk,
                &json));
    SH_TRY(put_seats(json, desk));
    SH_CHECK(json_object_update(json, extra) == 0, SH_E_NOMEM);
    *out = json;
    json = NULL;
    return SH_OK;
}

sh_err lookup_refresh(struct sh_client *client, json_t **out, struct sh_why *why)
{
    struct directory *directory = NULL;
    bool changed = false;
    SH_TRY(client_directory_any(client, &directory, why));
    uint64_t before = directory_serial(directory);
    SH_TRY(connection_open(client, why));
    SH_TRY(connection_refresh_directory(client, &changed, why));
    SH_TRY(client_directory_any(client, &directory, why));
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "directory_version",
                     json_integer((json_int_t)directory_serial(directory))));
    SH_TRY(entry_put_time(json, "expires_at", directory_expires_ms(directory)));
    SH_TRY(entry_put(json, "changed", json_boolean(directory_serial(directory) != before)));
    *out = json;
    json = NULL;
    return SH_OK;
}

/* ---- status ---- */

static void warn_of_certificate(struct sh_client *client)
{
    const struct certificate *cert = keyring_sign_cert(client->keyring);
    int64_t from_ms = certificate_not_before_ms(cert), to_ms = certificate_not_after_ms(cert);
    int64_t now_ms = client_now_ms(client);
    char until[SH_TIME_TEXT_BYTES];
    time_to_local(to_ms, until, sizeof until);
    if (now_ms > to_ms) {
        client_warn(client, "This seat's certificate ended on %s: ask for a new one.", until);
    } else if (now_ms > from_ms + (to_ms - from_ms) / 2) {
        client_warn(client, "This seat's certificate ends on %s: ask for a new one before that.",
                    until);
    }
}

static sh_err put_counts(struct sh_client *client, json_t *json)
{
    uint64_t messages = 0, receipts = 0, forks = 0;
    SH_TRY(vault_waiting(client->vault, &messages, &receipts));
    SH_TRY(vault_forks_count(client->vault, &forks));
    if (forks > 0) {
        client_warn(
            client,
            "The relay has shown logs that contradict each other; the evidence is in this vault.");
    }
    SH_TRY(entry_put(json, "waiting", json_integer((json_int_t)messages)));
    return entry_put(json, "receipts_waiting", json_integer((json_int_t)receipts));
}

sh_err lookup_status(struct sh_client *client, json_t **out, struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(client_directory_any(client, &directory, why));
    SH_TRY(put_text(json, "address", keyring_address(client->keyring)->text));
    SH_TRY(entry_put_hex(json, "seat", BYTES_FIXED(*keyring_seat(client->keyring))));
    SH_TRY(entry_put_time(json, "holder_expires_at",
                          certificate_not_after_ms(keyring_sign_cert(client->keyring))));
    SH_TRY(put_text(json, "partnership", directory_partnership(directory)));
    SH_TRY(entry_put(json, "directory_version",
                     json_integer((json_int_t)directory_serial(directory))));
    SH_TRY(entry_put_time(json, "directory_expires_at", directory_expires_ms(directory)));
    SH_TRY(put_counts(client, json));
    warn_of_certificate(client);
    SH_TRY(entry_put(json, "warnings", json_deep_copy(client->warnings)));
    *out = json;
    json = NULL;
    return SH_OK;
}
