/* See outstanding.h: what a desk is told of messages that it does not have. A level of resolving
 * professional differences that adds it, somebody else's lateness. It never hears that such a thing
 * is done, so what only tells it something goes from the list after two weeks. */
#include "client/outstanding.h"
#include "client/phone_book.h"

#define TOLD_SHOWN_MS  (14 * SH_DAY_MS)
#define LEVEL_SHOWN_MS (90 * SH_DAY_MS)

static bool adds_us(const struct case_fact *fact, const struct address *own)
{
    for (size_t i = 0; i < fact->facts.to_len && fact->type == LEAF_LEVEL_OPENED; i++) {
        if (address_equal(&fact->facts.to[i].address, own)) {
            return true;
        }
    }
    return false;
}

/* The words have come: a reconsideration at that level, or above, in the same thread. */
static sh_err have_words(struct sh_client *client, const struct case_fact *fact,
                         struct arena *arena, bool *out)
{
    struct thread thread;
    SH_TRY(thread_load(client, &fact->facts.thread_id, arena, &thread));
    *out = false;
    for (size_t i = 0; i < thread.len; i++) {
        const struct facts *facts = &thread.entries[i].header.facts;
        *out = *out || (thread_is_readable(&thread.entries[i]) &&
                        facts->kind == KIND_RECONSIDERATION && facts->level >= fact->facts.level);
    }
    return SH_OK;
}

static void say_level(const struct case_fact *fact, bool added, char *out, size_t out_len)
{
    (void)snprintf(out, out_len,
                   "level %u of resolving professional differences has opened for the %s of %s%s",
                   (unsigned)fact->facts.level, kind_word(fact->facts.kind), fact->facts.from.text,
                   added ? "; the words follow when they are sealed to you" : "");
}

static void say_late(const struct case_fact *fact, char *out, size_t out_len)
{
    char due[SH_TIME_TEXT_BYTES];
    const char *what =
        duty_word(fact->facts.clock) ? outstanding_what(fact->facts.clock, false) : "act";
    time_to_local(fact->facts.due_ms, due, sizeof due);
    const char *verb = fact->type == LEAF_WARNED ? "has until" : "was to";
    if (fact->type == LEAF_WARNED) {
        (void)snprintf(out, out_len, "%s %s %s to %s: the %s of %s", fact->facts.by.text, verb, due,
                       what, kind_word(fact->facts.kind), fact->facts.from.text);
        return;
    }
    (void)snprintf(out, out_len, "%s %s %s by %s, and has not: the %s of %s", fact->facts.by.text,
                   verb, what, due, kind_word(fact->facts.kind), fact->facts.from.text);
}

static void say(const struct case_fact *fact, bool added, char *out, size_t out_len)
{
    switch (fact->type) {
    case LEAF_LEVEL_OPENED:
        say_level(fact, added, out, out_len);
        return;
    case LEAF_WARNED:
    case LEAF_OVERDUE:
    case LEAF_NOT_YET_DELIVERED:
        say_late(fact, out, out_len);
        return;
    case LEAF_ACCEPTED:
        (void)snprintf(out, out_len, "%s has sent a %s%s", fact->facts.from.text,
                       fact->facts.kind == KIND_RECONSIDERATION ? "request to reconsider"
                                                                : kind_word(fact->facts.kind),
                       fact->facts.kind == KIND_RECONSIDERATION
                           ? " (resolving professional differences)"
                           : "");
        return;
    default:
        (void)snprintf(out, out_len, "%s: the %s of %s", leaf_type_word(fact->type),
                       kind_word(fact->facts.kind), fact->facts.from.text);
        return;
    }
}

static sh_err notice_json(struct sh_client *client, const struct case_fact *fact, bool added,
                          json_t **out)
{
    char words[512];
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "notice", json_string(leaf_type_word(fact->type))));
    SH_TRY(entry_put_hex(json, "message_id", BYTES_FIXED(fact->facts.message_id)));
    SH_TRY(entry_put_hex(json, "thread_id", BYTES_FIXED(fact->facts.thread_id)));
    SH_TRY(entry_put(json, "kind", json_string(kind_word(fact->facts.kind))));
    SH_TRY(entry_put(json, "from", json_string(fact->facts.from.text)));
    SH_TRY(entry_put_time(json, "at", fact->at_ms));
    SH_TRY(entry_put(json, "log_index", json_integer((json_int_t)fact->log_index)));
    SH_TRY(fact->facts.by.text[0] ? entry_put(json, "owed_by", json_string(fact->facts.by.text))
                                  : SH_OK);
    SH_TRY(fact->facts.level ? entry_put(json, "level", json_integer((json_int_t)fact->facts.level))
                             : SH_OK);
    say(fact, added, words, sizeof words);
    SH_TRY(entry_put(json, "what", json_string(words)));
    json_t *telephone = json_array();
    SH_TRY(entry_put(json, "telephone", telephone));
    SH_TRY(phone_book_add(client, added ? &fact->facts.from : &fact->facts.by, telephone));
    *out = json;
    json = NULL;
    return SH_OK;
}

static sh_err add_notice(struct sh_client *client, const struct case_fact *fact,
                         struct arena *arena, json_t *list)
{
    bool added = adds_us(fact, keyring_address(client->keyring)), have = false;
    int64_t age_ms = client_now_ms(client) - fact->at_ms;
    json_t *json = NULL;
    if (!kind_word(fact->facts.kind) || age_ms > (added ? LEVEL_SHOWN_MS : TOLD_SHOWN_MS)) {
        return SH_OK;
    }
    if (fact->type == LEAF_LEVEL_OPENED) {
        SH_TRY(have_words(client, fact, arena, &have));
    }
    if (have) {
        return SH_OK;
    }
    SH_TRY(notice_json(client, fact, added, &json));
    return entry_append(list, json);
}

sh_err notices_list(struct sh_client *client, json_t **out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *list = json_array();
    struct vault_fact *rows = NULL;
    size_t len = 0;
    SH_CHECK(list, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_facts_of_others(client->vault, arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        struct case_fact fact;
        SH_TRY(casefile_read_fact(&rows[i], arena, &fact));
        SH_TRY(add_notice(client, &fact, arena, list));
    }
    *out = list;
    list = NULL;
    return SH_OK;
}
