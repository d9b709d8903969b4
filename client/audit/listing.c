/* See listing.h. */
#include "audit/listing.h"

#include "audit/fact_json.h"
#include "wire/log.h"

#include <inttypes.h>
#include <stdlib.h>

#define ARENA_BYTES  (64u * SH_MIB)
#define ARENA_COUNT  2000000u
#define DIGITS_LEAST 4u

/* ---- identifiers ---- */

/* First and last identifier that begin with these digits. SH_E_USAGE. */
static sh_err id_range(const char *digits, struct sh_id *first, struct sh_id *last,
                       struct sh_why *why)
{
    char text[2 * SH_ID_BYTES + 1];
    size_t len = strlen(digits);
    if (len >= DIGITS_LEAST && len <= 2 * SH_ID_BYTES) {
        memset(text, '0', sizeof text - 1);
        memcpy(text, digits, len);
        text[sizeof text - 1] = '\0';
        sh_err low = hex_decode(text, first->b, sizeof first->b);
        memset(text + len, 'f', sizeof text - 1 - len);
        sh_err high = hex_decode(text, last->b, sizeof last->b);
        SH_CHECK(low != SH_OK || high != SH_OK, SH_OK);
    }
    return sh_fail(why, SH_E_USAGE,
                   "an identifier is 4 to 32 digits of those that `audit list` shows");
}

static sh_err find_thread(struct mirror *mirror, const char *digits, int64_t *out,
                          struct sh_why *why)
{
    struct sh_id first, last;
    SH_TRY(id_range(digits, &first, &last, why));
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_THREAD_LIKE);
    SH_TRY(mirror_bind_bytes(q, 1, BYTES_FIXED(first)));
    SH_TRY(mirror_bind_bytes(q, 2, BYTES_FIXED(last)));
    sh_err result = mirror_step(q);
    if (result == SH_E_NOT_FOUND) {
        return sh_fail(why, result, "the mirror holds no case whose identifier begins so");
    }
    SH_TRY(result);
    *out = sqlite3_column_int64(q, 0);
    result = mirror_step(q);
    if (result == SH_OK) {
        return sh_fail(why, SH_E_AMBIGUOUS, "more than one case begins so: give more digits");
    }
    return result == SH_E_NOT_FOUND ? SH_OK : result;
}

/* ---- lists ---- */

struct search {
    struct mirror *mirror;
    const struct listing_filter *filter;
    struct desks desks;
    bool *wanted; /* by number of desk; NULL: all */
};

static bool desk_is_of(const struct address *desk, const char *organisation)
{
    return strcmp(desk->text, organisation) == 0 ||
           strcmp(address_organisation(desk), organisation) == 0;
}

static sh_err choose_desks(struct search *search, struct arena *arena, struct sh_why *why)
{
    const char *organisation = search->filter->organisation;
    bool any = false;
    SH_CHECK(organisation, SH_OK);
    search->wanted = arena_array(arena, search->desks.len, sizeof *search->wanted);
    SH_CHECK(search->wanted, SH_E_NOMEM);
    for (size_t i = 1; i < search->desks.len; i++) {
        search->wanted[i] = desk_is_of(&search->desks.list[i], organisation);
        any = any || search->wanted[i];
    }
    return any ? SH_OK
               : sh_fail(why, SH_E_NOT_FOUND,
                         "nothing in the log is about '%.80s': an organisation is written as in "
                         "999.social-care, a desk as in mash@999.social-care",
                         organisation);
}

/* Sender, the desk whose fact it is, or one that it was sent to. */
static sh_err is_about(struct search *search, const struct mirror_fact *fact, bool *out)
{
    *out = !search->wanted || search->wanted[fact->sender] || search->wanted[fact->by];
    for (size_t i = 1; search->wanted && i < search->desks.len && !*out; i++) {
        if (!search->wanted[i] ||
            (fact->type != LEAF_ACCEPTED && fact->type != LEAF_LEVEL_OPENED)) {
            continue;
        }
        SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(search->mirror, SQL_PARTY_HAS);
        SH_TRY(mirror_bind_int(q, 1, (int64_t)i));
        SH_TRY(mirror_bind_int(q, 2, (int64_t)fact->index));
        sh_err result = mirror_step(q);
        SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
        *out = result == SH_OK;
    }
    return SH_OK;
}

static bool is_wanted(const struct listing_filter *filter, const struct mirror_fact *fact)
{
    return fact->time_ms >= filter->from_ms &&
           (filter->to_ms == 0 || fact->time_ms < filter->to_ms) &&
           (filter->kind == 0 || fact->kind == filter->kind) &&
           (filter->event == 0 || fact->type == filter->event);
}

/* The statement that gives the fewest rows. Borrows ids until it is released. */
static sh_err bind_search(const struct search *search, struct sh_id ids[2], sqlite3_stmt **out,
                          struct sh_why *why)
{
    const struct listing_filter *filter = search->filter;
    if (filter->message) {
        SH_TRY(id_range(filter->message, &ids[0], &ids[1], why));
        *out = mirror_borrow(search->mirror, SQL_FACT_MESSAGE);
        SH_TRY(mirror_bind_bytes(*out, 1, BYTES_FIXED(ids[0])));
        return mirror_bind_bytes(*out, 2, BYTES_FIXED(ids[1]));
    }
    int64_t thread = 0;
    if (filter->thread) {
        SH_TRY(find_thread(search->mirror, filter->thread, &thread, why));
        *out = mirror_borrow(search->mirror, SQL_FACT_THREAD);
        return mirror_bind_int(*out, 1, thread);
    }
    *out = mirror_borrow(search->mirror, SQL_FACT_LIST);
    return mirror_bind_int(*out, 1, 0);
}

static sh_err visit_row(struct search *search, sqlite3_stmt *q, listing_visit visit, void *ctx)
{
    struct mirror_fact fact;
    bool about = false;
    json_t *json = NULL;
    mirror_fact_read(q, &fact);
    SH_CHECK(is_wanted(search->filter, &fact), SH_OK);
    SH_CHECK(fact.sender >= 0 && (size_t)fact.sender < search->desks.len && fact.by >= 0 &&
                 (size_t)fact.by < search->desks.len,
             SH_E_CORRUPT);
    SH_TRY(is_about(search, &fact, &about));
    SH_CHECK(about, SH_OK);
    SH_TRY(fact_json(search->mirror, &search->desks, &fact, &json));
    return visit(ctx, json);
}

sh_err listing_run(struct mirror *mirror, const struct listing_filter *filter, listing_visit visit,
                   void *ctx, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(mirror_release) sqlite3_stmt *q = NULL;
    struct search search = {.mirror = mirror, .filter = filter};
    struct sh_id ids[2];
    SH_TRY(arena_new(ARENA_BYTES, ARENA_COUNT, &arena));
    SH_TRY(desks_load(mirror, arena, &search.desks));
    SH_TRY(choose_desks(&search, arena, why));
    SH_TRY(bind_search(&search, ids, &q, why));
    for (;;) {
        sh_err result = mirror_step(q);
        SH_CHECK(result != SH_E_NOT_FOUND, SH_OK);
        SH_TRY(result);
        SH_TRY(visit_row(&search, q, visit, ctx));
    }
}

/* ---- one entry ---- */

static sh_err put_proof(struct mirror *mirror, uint64_t index, json_t *json)
{
    struct merkle_proof proof;
    struct sh_hash root;
    char text[2 * SH_HASH_BYTES + 1];
    json_t *list = json_array();
    SH_TRY(fact_put(json, "proof", list));
    SH_TRY(mirror_inclusion(mirror, index, &proof));
    for (size_t i = 0; i < proof.len; i++) {
        hex_encode(BYTES_FIXED(proof.hashes[i]), text);
        SH_CHECK(json_array_append_new(list, json_string(text)) == 0, SH_E_NOMEM);
    }
    SH_TRY(mirror_root(mirror, &root));
    SH_TRY(fact_put_hex(json, "root", BYTES_FIXED(root)));
    return fact_put_number(json, "tree_size", true, mirror_size(mirror));
}

static sh_err put_bytes(struct mirror *mirror, const struct log_entry *entry, json_t *json)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct sh_hash hash;
    SH_TRY(merkle_leaf_hash(entry->leaf, &hash));
    SH_TRY(mirror_checkpoint(mirror, &note));
    SH_TRY(fact_put_hex(json, "leaf", entry->leaf));
    SH_TRY(fact_put_hex(json, "leaf_hash", BYTES_FIXED(hash)));
    if (entry->has_opening) {
        SH_TRY(fact_put_hex(json, "salt", BYTES_FIXED(entry->opening.salt)));
        SH_TRY(fact_put_hex(json, "facts", entry->opening.facts));
    }
    return fact_put(json, "checkpoint", json_stringn((const char *)note.data, note.len));
}

static sh_err read_fact(struct mirror *mirror, uint64_t index, struct mirror_fact *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_FACT_GET);
    SH_TRY(mirror_bind_int(q, 1, (int64_t)index));
    SH_TRY(mirror_step(q));
    mirror_fact_read(q, out);
    return SH_OK;
}

sh_err listing_show(struct mirror *mirror, uint64_t index, json_t **out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(fact_json_free) json_t *json = NULL;
    struct mirror_fact fact;
    struct log_entry entry;
    struct mirror_finding finding = {.has_index = false};
    struct mirror_opened opened = {.index = index};
    struct desks desks;
    SH_TRY(arena_new(ARENA_BYTES, ARENA_COUNT, &arena));
    if (index >= mirror_size(mirror)) {
        return sh_fail(why, SH_E_NOT_FOUND, "the mirror holds the entries 0 to %" PRIu64,
                       mirror_size(mirror) - (mirror_size(mirror) > 0));
    }
    SH_TRY(read_fact(mirror, index, &fact));
    SH_TRY(desks_load(mirror, arena, &desks));
    SH_TRY(mirror_entry(mirror, index, arena, &entry));
    sh_err result = mirror_entry_check(&entry, arena, &opened, &finding);
    if (result != SH_OK) {
        return sh_fail(why, result, "%s", finding.sentence);
    }
    SH_TRY(fact_json(mirror, &desks, &fact, &json));
    SH_TRY(entry.has_opening ? fact_json_rest(json, &opened.facts) : SH_OK);
    SH_TRY(put_bytes(mirror, &entry, json));
    SH_TRY(put_proof(mirror, index, json));
    *out = json;
    json = NULL;
    return SH_OK;
}

/* ---- one case ---- */

struct life {
    struct mirror *mirror;
    struct desks desks;
    struct story story;
    int64_t as_of_ms;
    json_t *duties;
};

static const char *duty_state(const struct story_end *end, int64_t due_ms, int64_t as_of_ms)
{
    if (end->ended) {
        return end->time_ms <= due_ms ? "in_time" : "late";
    }
    return as_of_ms > due_ms ? "overdue" : "open";
}

static sh_err add_duty(struct life *life, const struct duty_view *duty, int64_t due_ms)
{
    struct story_end end;
    size_t at = (size_t)(duty->message - life->story.messages);
    json_t *json = json_object();
    SH_CHECK(json && json_array_append_new(life->duties, json) == 0, SH_E_NOMEM);
    story_duty_end(&life->story, duty, desks_find(&life->desks, &duty->by), &end);
    /* What was sent by telephone first was in writing from its acceptance. */
    if (duty->duty == DUTY_IN_WRITING) {
        end = (struct story_end){.ended = true,
                                 .time_ms = duty->message->accepted_ms,
                                 .index = life->story.rows[at]->index,
                                 .with = duty->message};
    }
    SH_TRY(fact_put_text(json, "clock", duty_word(duty->duty)));
    SH_TRY(fact_put_text(json, "by", duty->by.text));
    SH_TRY(fact_put_number(json, "because_of", true, life->story.rows[at]->index));
    SH_TRY(fact_put_time(json, "since", true, duty->message->accepted_ms));
    SH_TRY(fact_put_time(json, "due_at", true, due_ms));
    SH_TRY(fact_put_text(json, "state", duty_state(&end, due_ms, life->as_of_ms)));
    SH_TRY(fact_put_time(json, "ended_at", end.ended, end.time_ms));
    SH_TRY(fact_put_number(json, "ended_by", end.ended, end.index));
    const char *with = end.with ? kind_word(end.with->facts->kind) : "receipt";
    return fact_put_text(json, "ended_with", end.ended ? with : NULL);
}

static bool owes(const struct leaf_clock *clock, const struct recipient *to)
{
    return to->role == ROLE_ACT || (clock->owed == OWED_BY_RECIPIENTS && to->role == ROLE_INFORM);
}

static sh_err add_clock(struct life *life, size_t at, const struct leaf_clock *clock)
{
    const struct thread_message *message = &life->story.messages[at];
    struct duty_view duty = {.duty = clock->duty, .message = message, .by = clock->by};
    if (clock->owed == OWED_BY_DESK) {
        return add_duty(life, &duty, clock->due_ms);
    }
    for (size_t i = 0; i < message->facts->recipients_len; i++) {
        if (owes(clock, &message->facts->recipients[i])) {
            duty.by = message->facts->recipients[i].address;
            SH_TRY(add_duty(life, &duty, clock->due_ms));
        }
    }
    return SH_OK;
}

static sh_err add_duties(struct life *life)
{
    for (size_t i = 0; i < life->story.len; i++) {
        const struct leaf_facts *opened = &life->story.opened[i];
        for (size_t k = 0; k < opened->clocks_len; k++) {
            SH_TRY(add_clock(life, i, &opened->clocks[k]));
        }
    }
    return SH_OK;
}

static sh_err read_rows(struct mirror *mirror, int64_t thread, struct arena *arena,
                        struct mirror_fact **out, size_t *out_len)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_FACT_THREAD);
    struct mirror_fact *rows = NULL;
    size_t len = 0, cap = 0;
    SH_TRY(mirror_bind_int(q, 1, thread));
    for (;;) {
        sh_err result = mirror_step(q);
        if (result == SH_E_NOT_FOUND) {
            *out = rows;
            *out_len = len;
            return SH_OK;
        }
        SH_TRY(result);
        if (len == cap) {
            cap = cap ? cap * 2 : 32;
            struct mirror_fact *more = arena_array(arena, cap, sizeof *more);
            SH_CHECK(more, SH_E_NOMEM);
            memcpy(more, rows ? rows : more, len * sizeof *rows);
            rows = more;
        }
        mirror_fact_read(q, &rows[len++]);
    }
}

static sh_err put_events(struct life *life, json_t *json)
{
    json_t *events = json_array(), *event = NULL;
    SH_TRY(fact_put(json, "events", events));
    for (size_t i = 0, k = 0; i < life->story.all_len; i++) {
        const struct mirror_fact *row = &life->story.all[i];
        SH_TRY(fact_json(life->mirror, &life->desks, row, &event));
        SH_CHECK(json_array_append_new(events, event) == 0, SH_E_NOMEM);
        if (k < life->story.len && life->story.rows[k] == row) {
            SH_TRY(fact_json_rest(event, &life->story.opened[k++]));
        }
    }
    return SH_OK;
}

sh_err listing_thread(struct mirror *mirror, const char *id, json_t **out, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(fact_json_free) json_t *json = json_object();
    struct life life = {.mirror = mirror, .duties = json_array()};
    struct mirror_fact *rows = NULL;
    int64_t thread = 0;
    size_t len = 0;
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(fact_put(json, "duties", life.duties));
    SH_TRY(find_thread(mirror, id, &thread, why));
    SH_TRY(arena_new(ARENA_BYTES, ARENA_COUNT, &arena));
    SH_TRY(desks_load(mirror, arena, &life.desks));
    SH_TRY(read_rows(mirror, thread, arena, &rows, &len));
    SH_TRY(story_build(mirror, rows, len, arena, &life.story));
    life.as_of_ms = mirror_last_ms(mirror);
    SH_TRY(put_events(&life, json));
    SH_TRY(add_duties(&life));
    SH_TRY(fact_put(json, "thread_id",
                    json_incref(json_object_get(json_array_get(json_object_get(json, "events"), 0),
                                                "thread_id"))));
    SH_TRY(fact_put_time(json, "as_of", true, life.as_of_ms));
    *out = json;
    json = NULL;
    return SH_OK;
}
