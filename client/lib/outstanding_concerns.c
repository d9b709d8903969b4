/* See outstanding.h: early concerns with a date on which somebody meant to look again. The date is
 * content, so each is unsealed; nothing of it but the date leaves this file, and so no look is
 * recorded. */
#include "client/duration.h"
#include "client/outstanding.h"
#include "client/unsealing.h"

#define SHOWN_BEFORE_DAYS 7

struct looking {
    struct sh_client *client;
    struct arena *arena;
    json_t *promoted; /* ids of concerns that a referral quotes, as keys */
    json_t *list;
    size_t unread;
    bool locked; /* there is no passphrase: asked once is enough */
    struct sh_why *why;
};

/* ---- what was done since ---- */

static bool answers(const struct facts *later, const struct thread_entry *earlier)
{
    return later->has_parent && hash_equal(&later->parent, &earlier->message.header_sha256);
}

/* Sent in error, or to the wrong desk: what it quoted is to be looked at all the same. */
static bool is_taken_back(const struct thread *thread, const struct thread_entry *referral)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_entry *later = &thread->entries[i];
        if (later->header.facts.kind == KIND_WITHDRAWAL && thread_is_readable(later) &&
            answers(&later->header.facts, referral)) {
            return true;
        }
    }
    return false;
}

/* A referral may quote concerns of other threads. */
static sh_err note_enclosed(struct looking *looking, const struct thread *thread)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct facts *facts = &thread->entries[i].header.facts;
        if (facts->kind != KIND_REFERRAL || is_taken_back(thread, &thread->entries[i])) {
            continue;
        }
        for (size_t k = 0; k < facts->encloses_len; k++) {
            char id[2 * SH_ID_BYTES + 1];
            hex_encode(BYTES_FIXED(facts->encloses[k]), id);
            SH_TRY(entry_put(looking->promoted, id, json_true()));
        }
    }
    return SH_OK;
}

/* It became a referral that stands, was taken back or closed; or on that day or after it somebody
 * added to it. */
static bool was_looked_at(const struct looking *looking, const struct thread *thread,
                          const struct thread_entry *concern, int64_t day)
{
    char id[2 * SH_ID_BYTES + 1];
    hex_encode(BYTES_FIXED(concern->message.message_id), id);
    if (json_object_get(looking->promoted, id)) {
        return true;
    }
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_entry *later = &thread->entries[i];
        enum kind kind = later->header.facts.kind;
        bool referred = kind == KIND_REFERRAL && !is_taken_back(thread, later);
        bool ends = referred || kind == KIND_CLOSE || kind == KIND_WITHDRAWAL;
        bool adds = kind == KIND_NOTE || kind == KIND_CONCERN;
        bool since = duration_day(later->message.accepted_at_ms) >= day;
        if (thread_is_readable(later) && answers(&later->header.facts, concern) &&
            (ends || (adds && since))) {
            return true;
        }
    }
    return false;
}

/* ---- the date ---- */

/* A day, or the day of a moment; -1: there is none. */
static int64_t day_of(const char *text)
{
    int64_t day = -1, ms = 0;
    if (text && day_from_date(text, &day) == SH_OK) {
        return day;
    }
    return text && time_from_rfc3339(text, &ms) == SH_OK ? duration_day(ms) : -1;
}

/* *out_day: -1 if no date is given. */
static sh_err read_day(struct looking *looking, const struct thread_entry *concern,
                       int64_t *out_day)
{
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    struct envelope envelope;
    SH_TRY(unsealing_open_stored(looking->client, &concern->message, looking->arena, &envelope,
                                 &opened, looking->why));
    *out_day = day_of(json_string_value(json_object_get(opened.content.casework, "look_again_on")));
    return SH_OK;
}

static sh_err append_line(struct looking *looking, const struct thread_entry *concern, int64_t day,
                          int64_t today)
{
    char date[SH_DATE_TEXT_BYTES], words[96];
    json_t *json = json_object();
    SH_TRY(entry_append(looking->list, json));
    day_to_date(day, date);
    SH_TRY(entry_put_facts(json, &concern->header.facts));
    SH_TRY(entry_put(json, "turn", json_string("ours")));
    SH_TRY(entry_put(json, "look_again_on", json_string(date)));
    SH_TRY(entry_put(json, "reached", json_boolean(day <= today)));
    (void)snprintf(words, sizeof words, "look again %s %s",
                   day < today    ? "since"
                   : day == today ? "today,"
                                  : "on",
                   date);
    return entry_put(json, "what", json_string(words));
}

static sh_err look_at(struct looking *looking, const struct thread *thread,
                      const struct thread_entry *concern)
{
    int64_t day = -1, today = duration_day(client_now_ms(looking->client));
    sh_err result = looking->locked ? SH_E_PASSPHRASE : read_day(looking, concern, &day);
    if (result != SH_OK) {
        looking->unread++;
        looking->locked = looking->locked || result == SH_E_PASSPHRASE;
        bool ends_all = sh_err_class(result) != SH_CLASS_REJECT;
        return ends_all ? result : SH_OK;
    }
    bool soon = day >= 0 && day <= today + SHOWN_BEFORE_DAYS;
    if (!soon || was_looked_at(looking, thread, concern, day)) {
        return SH_OK;
    }
    return append_line(looking, concern, day, today);
}

/* ---- all ---- */

typedef sh_err visit(struct looking *looking, const struct thread *thread);

static sh_err visit_threads(struct looking *looking, visit *with)
{
    struct sh_id *ids = NULL;
    size_t len = 0;
    SH_TRY(vault_threads(looking->client->vault, looking->arena, &ids, &len));
    for (size_t i = 0; i < len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct thread thread;
        SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
        SH_TRY(thread_load(looking->client, &ids[i], arena, &thread));
        SH_TRY(with(looking, &thread));
    }
    return SH_OK;
}

static sh_err look_at_thread(struct looking *looking, const struct thread *thread)
{
    for (size_t i = 0; i < thread->len; i++) {
        const struct thread_entry *entry = &thread->entries[i];
        if (entry->header.facts.kind == KIND_CONCERN && thread_is_readable(entry)) {
            SH_TRY(look_at(looking, thread, entry));
        }
    }
    return SH_OK;
}

sh_err concerns_list(struct sh_client *client, json_t **out, size_t *out_unread, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *promoted = json_object();
    SH_DEFER(json_freep) json_t *list = json_array();
    SH_CHECK(promoted && list, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    struct looking looking = {
        .client = client, .arena = arena, .promoted = promoted, .list = list, .why = why};
    SH_TRY(visit_threads(&looking, note_enclosed));
    SH_TRY(visit_threads(&looking, look_at_thread));
    *out = list;
    *out_unread = looking.unread;
    list = NULL;
    return SH_OK;
}
