/* See collected.h. */
#include "client/collected.h"

#include "client/connection.h"
#include "client/phone_book.h"

enum { ASKED_MAX = 16, WAIT_MS = 2 * SH_SECOND_MS };
#define LATE_MS (3 * SH_DAY_MS)

void collected_wipe(struct collected *collected)
{
    json_freep(&collected->known);
}

/* Why somebody should telephone; NULL: no reason. */
static const char *sentence_of(const struct sh_client *client, const char *address,
                               const struct frame *answer, char *out, size_t out_len)
{
    char since[SH_TIME_TEXT_BYTES];
    if (!answer->desk.has_last_collected) {
        (void)snprintf(out, out_len, "%s has never collected its mail: telephone", address);
        return out;
    }
    if (client_now_ms(client) - answer->desk.last_collected_ms <= LATE_MS) {
        return NULL;
    }
    time_to_local(answer->desk.last_collected_ms, since, sizeof since);
    (void)snprintf(out, out_len, "%s has not collected its mail since %s: telephone", address,
                   since);
    return out;
}

static sh_err describe(struct sh_client *client, const struct address *address,
                       const struct frame *answer, json_t *line)
{
    char text[256];
    SH_TRY(entry_put(line, "address", json_string(address->text)));
    SH_TRY(answer->desk.has_last_collected
               ? entry_put_time(line, "last_collected_at", answer->desk.last_collected_ms)
               : SH_OK);
    const char *warning = sentence_of(client, address->text, answer, text, sizeof text);
    if (!warning) {
        return SH_OK;
    }
    json_t *telephone = json_array();
    SH_TRY(entry_put(line, "warning", json_string(warning)));
    SH_TRY(entry_put(line, "telephone", telephone));
    return phone_book_add(client, address, telephone);
}

static sh_err ask_relay(struct sh_client *client, const struct address *address, json_t *line)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame question = {.type = FRAME_DESK_GET, .desk_get = {.address = *address}};
    struct frame answer;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_CHECK(client->session, SH_E_NET);
    int64_t patience_ms = session_answer_ms(client->session);
    session_set_answer_ms(client->session, patience_ms < WAIT_MS ? patience_ms : WAIT_MS);
    sh_err result = session_ask(client->session, &question, FRAME_DESK, arena, &answer, NULL);
    session_set_answer_ms(client->session, patience_ms);
    if (connection_is_lost(result)) {
        connection_drop(client);
    }
    SH_TRY(result);
    return describe(client, address, &answer, line);
}

/* The line of a desk; NULL if it cannot be had. */
static json_t *line_of(struct sh_client *client, struct collected *collected, const char *text)
{
    struct address address;
    json_t *known = json_object_get(collected->known, text);
    if (known || collected->stopped || collected->asked == ASKED_MAX ||
        address_from(text, &address) != SH_OK ||
        address_equal(&address, keyring_address(client->keyring))) {
        return known;
    }
    SH_DEFER(json_freep) json_t *line = json_object();
    collected->asked++;
    if (!line || ask_relay(client, &address, line) != SH_OK ||
        json_object_set(collected->known, text, line) != 0) {
        collected->stopped = true;
        return NULL;
    }
    return json_object_get(collected->known, text);
}

sh_err collected_put(struct sh_client *client, struct collected *collected, json_t *result)
{
    const json_t *to = json_object_get(result, "to");
    SH_DEFER(json_freep) json_t *list = json_array();
    collected->known = collected->known ? collected->known : json_object();
    SH_CHECK(list && collected->known, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(to); i++) {
        json_t *line = line_of(client, collected, json_string_value(json_array_get(to, i)));
        SH_CHECK(!line || json_array_append(list, line) == 0, SH_E_NOMEM);
    }
    return json_array_size(list) > 0 ? entry_put(result, "collected", json_incref(list)) : SH_OK;
}
