/* See fact_json.h. */
#include "audit/fact_json.h"

#include "base/clock.h"

#define HEX_BYTES_MAX (SH_FACTS_BYTES_MAX)

sh_err fact_put(json_t *object, const char *key, json_t *value)
{
    SH_CHECK(value, SH_E_NOMEM);
    return json_object_set_new(object, key, value) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err fact_put_text(json_t *object, const char *key, const char *text)
{
    return text && text[0] ? fact_put(object, key, json_string(text)) : SH_OK;
}

sh_err fact_put_time(json_t *object, const char *key, bool has, int64_t ms)
{
    char text[SH_TIME_TEXT_BYTES];
    SH_CHECK(has, SH_OK);
    time_to_rfc3339(ms, text);
    return fact_put(object, key, json_string(text));
}

sh_err fact_put_number(json_t *object, const char *key, bool has, uint64_t number)
{
    return has ? fact_put(object, key, json_integer((json_int_t)number)) : SH_OK;
}

sh_err fact_put_hex(json_t *object, const char *key, struct bytes value)
{
    static const size_t most = HEX_BYTES_MAX;
    char text[2 * HEX_BYTES_MAX + 1];
    SH_CHECK(value.len <= most, SH_E_TOO_BIG);
    hex_encode(value, text);
    return fact_put(object, key, json_string(text));
}

static sh_err put_codes(json_t *json, const struct mirror_fact *fact)
{
    SH_TRY(fact_put_text(json, "kind", kind_word(fact->kind)));
    SH_TRY(fact_put_text(json, "subtype", subtype_word(fact->subtype)));
    SH_TRY(fact_put_text(json, "urgency", urgency_word(fact->urgency)));
    SH_TRY(fact_put_text(json, "outcome", outcome_word(fact->outcome)));
    SH_TRY(fact_put_number(json, "level", fact->level > 0, fact->level));
    SH_TRY(fact_put_text(json, "code", fact->code ? sh_err_word((sh_err)fact->code) : NULL));
    return fact_put_text(json, "clock", duty_word(fact->duty));
}

static sh_err put_numbers(json_t *json, const struct mirror_fact *fact)
{
    SH_TRY(fact_put_number(json, "about", fact->has_about, fact->about));
    SH_TRY(fact_put_time(json, "due_at", fact->has_due, fact->due_ms));
    SH_TRY(fact_put_time(json, "receipt_at", fact->has_at, fact->at_ms));
    SH_TRY(fact_put_time(json, "clock_from", fact->has_clock_from, fact->clock_from_ms));
    SH_TRY(fact_put_number(json, "count", fact->has_count, fact->count));
    return fact->own ? fact_put(json, "own_desk", json_true()) : SH_OK;
}

static sh_err put_thread(struct mirror *mirror, json_t *json, int64_t thread)
{
    SH_CHECK(thread > 0, SH_OK);
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_THREAD_ID);
    SH_TRY(mirror_bind_int(q, 1, thread));
    SH_TRY(mirror_step(q));
    return fact_put_hex(json, "thread_id", mirror_column(q, 0));
}

sh_err fact_json(struct mirror *mirror, const struct desks *desks, const struct mirror_fact *fact,
                 json_t **out)
{
    SH_DEFER(fact_json_free) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(fact_put_number(json, "index", true, fact->index));
    SH_TRY(fact_put_time(json, "at", true, fact->time_ms));
    SH_TRY(fact_put_text(json, "event", leaf_type_word(fact->type)));
    SH_TRY(fact_put_text(json, "opening", fact->has_opening ? NULL : "destroyed"));
    SH_TRY(put_codes(json, fact));
    SH_TRY(fact_put_text(json, "from", desks_at(desks, fact->sender)->text));
    SH_TRY(fact_put_text(json, "by", desks_at(desks, fact->by)->text));
    SH_TRY(fact->has_message ? fact_put_hex(json, "message_id", BYTES_FIXED(fact->message))
                             : SH_OK);
    SH_TRY(put_thread(mirror, json, fact->thread));
    SH_TRY(put_numbers(json, fact));
    *out = json;
    json = NULL;
    return SH_OK;
}

/* ---- the rest of an opening ---- */

static sh_err append(json_t *list, json_t *item)
{
    return item && json_array_append_new(list, item) == 0 ? SH_OK : SH_E_NOMEM;
}

static sh_err put_recipients(json_t *list, const struct leaf_facts *facts)
{
    for (size_t i = 0; i < facts->to_len; i++) {
        SH_TRY(append(list, json_pack("{s:s, s:s}", "desk", facts->to[i].address.text, "role",
                                      role_word(facts->to[i].role))));
    }
    return SH_OK;
}

static sh_err put_children(json_t *list, const struct leaf_facts *facts)
{
    for (size_t i = 0; i < facts->children_len; i++) {
        SH_TRY(append(list, json_pack("{s:I, s:s}", "child", (json_int_t)facts->children[i].child,
                                      "outcome", outcome_word(facts->children[i].outcome))));
    }
    return SH_OK;
}

static sh_err put_cites(json_t *list, const struct leaf_facts *facts)
{
    char text[2 * SH_HASH_BYTES + 1];
    for (size_t i = 0; i < facts->cites_len; i++) {
        const struct cite *cite = &facts->cites[i];
        hex_encode(BYTES_FIXED(cite->header_sha256), text);
        SH_TRY(append(list, cite->is_index ? json_integer((json_int_t)cite->log_index)
                                           : json_string(text)));
    }
    return SH_OK;
}

static sh_err put_clocks(json_t *list, const struct leaf_facts *facts)
{
    static const char *const owed[] = {"", "act", "recipients", "desk"};
    for (size_t i = 0; i < facts->clocks_len; i++) {
        const struct leaf_clock *clock = &facts->clocks[i];
        json_t *item = json_pack("{s:s, s:s}", "clock", duty_word(clock->duty), "owed_by",
                                 clock->by.text[0] ? clock->by.text : owed[clock->owed & 3]);
        SH_TRY(append(list, item));
        SH_TRY(fact_put_time(item, "due_at", true, clock->due_ms));
    }
    return SH_OK;
}

static sh_err put_list(json_t *object, const char *key, const struct leaf_facts *facts,
                       sh_err (*fill)(json_t *list, const struct leaf_facts *facts))
{
    json_t *list = json_array();
    SH_TRY(fact_put(object, key, list));
    SH_TRY(fill(list, facts));
    return json_array_size(list) > 0 || json_object_del(object, key) == 0 ? SH_OK : SH_E_NOMEM;
}

sh_err fact_json_rest(json_t *object, const struct leaf_facts *facts)
{
    static const struct sh_hash none;
    SH_TRY(put_list(object, "to", facts, put_recipients));
    SH_TRY(put_list(object, "children", facts, put_children));
    SH_TRY(put_list(object, "cites", facts, put_cites));
    SH_TRY(put_list(object, "clocks", facts, put_clocks));
    SH_TRY(fact_put_time(object, "created_at", facts->has_created_at, facts->created_at_ms));
    SH_TRY(fact_put_time(object, "next_due_at", facts->has_next_due, facts->next_due_ms));
    SH_TRY(fact_put_number(object, "children_count", facts->children_count > 0,
                           facts->children_count));
    SH_TRY(fact_put_number(object, "sealed_bytes", facts->has_sealed_bytes, facts->sealed_bytes));
    SH_TRY(fact_put_number(object, "version", facts->has_version, facts->version));
    SH_TRY(fact_put_text(object, "name", facts->name));
    SH_TRY(facts->telephone ? fact_put(object, "telephone", json_true()) : SH_OK);
    const struct {
        const char *key;
        const struct sh_hash *hash;
    } hashes[] = {{"header_sha256", &facts->header_sha256},
                  {"parent", &facts->parent},
                  {"seat", &facts->seat},
                  {"receipt_sha256", &facts->receipt_sha256},
                  {"sha256", &facts->sha256},
                  {"checkpoint_sha256", &facts->checkpoint_sha256}};
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        SH_TRY(hash_equal(hashes[i].hash, &none)
                   ? SH_OK
                   : fact_put_hex(object, hashes[i].key, BYTES_FIXED(*hashes[i].hash)));
    }
    return SH_OK;
}
