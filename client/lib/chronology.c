/* See chronology.h. The order of things: find in the index, open, say that it was looked at, and
 * only then make rows. */
#include "client/chronology.h"

#include "client/child_index.h"
#include "client/patterns.h"
#include "client/reading.h"

#define PERSONS_MAX 64u

struct building {
    struct sh_client *client;
    struct arena *arena;
    struct child_group groups[PERSONS_MAX];
    uint32_t persons; /* how many groups there are */
    struct gathering gathering;
    struct rows rows;
    struct patterns *patterns;
    json_t *out; /* borrowed from chronology_build() */
    struct sh_why *why;
};

static void building_wipe(struct building *building)
{
    gathering_wipe(&building->gathering);
    rows_wipe(&building->rows);
    patterns_free(&building->patterns);
    arena_free(&building->arena);
}

static sh_err building_init(struct sh_client *client, struct building *building, struct sh_why *why)
{
    building->client = client;
    building->why = why;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &building->arena));
    gathering_init(&building->gathering, client, building->arena);
    building->rows.list = (struct growing)GROWING_INIT(building->arena, struct row);
    return patterns_load(keyring_home(client->keyring), &building->patterns, why);
}

static const struct source *source_at(const struct building *building, size_t i)
{
    return &((const struct source *)building->gathering.sources.items)[i];
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- who else belongs to the household ---- */

static bool is_grouped(const struct building *building, const struct child_record *record)
{
    for (uint32_t i = 0; i < building->persons; i++) {
        for (size_t k = 0; k < building->groups[i].len; k++) {
            if (child_record_equal(&building->groups[i].matches[k].record, record)) {
                return true;
            }
        }
    }
    return false;
}

static sh_err add_sibling(struct building *building, const struct child_record *record)
{
    SH_CHECK(!is_grouped(building, record) && building->persons < PERSONS_MAX, SH_OK);
    struct child_group *group = &building->groups[building->persons];
    SH_TRY(child_match_record(building->client, record, building->arena, group));
    building->persons++;
    return SH_OK;
}

/* Two children in one message may have nothing to do with each other, or worse. They are taken for
 * siblings if they have a family name or an address in common. */
static bool is_alike(const json_t *a, const json_t *b, const char *key)
{
    SH_DEFER(buf_wipe) struct buf left = BUF_INIT(SH_TEXT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf right = BUF_INIT(SH_TEXT_BYTES_MAX);
    return identifier_normal_name(text_of(a, key), &left) == SH_OK &&
           identifier_normal_name(text_of(b, key), &right) == SH_OK && left.len > 0 &&
           bytes_equal(bytes_buf(&left), bytes_buf(&right));
}

static sh_err add_siblings_of(struct building *building, const struct child_record *record,
                              const json_t *casework)
{
    const json_t *children = json_object_get(casework, "children");
    const json_t *own = json_array_get(children, record->position - 1);
    struct child_record other = *record;
    for (size_t i = 0; i < json_array_size(children); i++) {
        const json_t *child = json_array_get(children, i);
        other.position = (uint32_t)i + 1;
        if (other.position != record->position &&
            (is_alike(own, child, "family_name") || is_alike(own, child, "address"))) {
            SH_TRY(add_sibling(building, &other));
        }
    }
    other.part = CHILD_SIBLING;
    for (size_t i = 0; i < json_array_size(json_object_get(casework, "siblings")); i++) {
        other.position = (uint32_t)i + 1;
        SH_TRY(add_sibling(building, &other));
    }
    return SH_OK;
}

/* Where this child is named as somebody's sibling, that message's children are its siblings. */
static sh_err add_named_by(struct building *building, const struct child_record *record)
{
    struct child_hit *hits = NULL;
    size_t len = 0;
    SH_TRY(vault_child_by_message(building->client->vault, record->message, building->arena, &hits,
                                  &len));
    for (size_t i = 0; i < len; i++) {
        if (hits[i].record.enclosure == record->enclosure) {
            SH_TRY(add_sibling(building, &hits[i].record));
        }
    }
    return SH_OK;
}

/* Gathered anew with all of them: an answer is about each child of what it answers. */
static sh_err gather_all(struct building *building)
{
    gathering_wipe(&building->gathering);
    gathering_init(&building->gathering, building->client, building->arena);
    for (uint32_t i = 1; i <= building->persons; i++) {
        SH_TRY(gathering_add(&building->gathering, i, &building->groups[i - 1]));
    }
    return gathering_open(&building->gathering, building->why);
}

static sh_err add_household(struct building *building)
{
    const struct child_group *own = &building->groups[0];
    for (size_t i = 0; i < own->len; i++) {
        const struct child_record *record = &own->matches[i].record;
        if (record->part == CHILD_SIBLING) {
            SH_TRY(add_named_by(building, record));
            continue;
        }
        for (size_t k = 0; k < building->gathering.sources.len; k++) {
            const struct source *source = source_at(building, k);
            if (source->row == record->message && source->enclosure == record->enclosure &&
                source->casework) {
                SH_TRY(add_siblings_of(building, record, source->casework));
                break;
            }
        }
    }
    return building->persons > 1 ? gather_all(building) : SH_OK;
}

/* ---- what is known of each child ---- */

/* A list without repeats. */
static sh_err put_once(json_t *object, const char *key, const char *text)
{
    json_t *list = json_object_get(object, key);
    SH_CHECK(text[0], SH_OK);
    if (!list) {
        list = json_array();
        SH_TRY(entry_put(object, key, list));
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0) {
            return SH_OK;
        }
    }
    return entry_append(list, json_string(text));
}

static sh_err put_identifier(json_t *person, enum identifier_kind kind, const char *text)
{
    SH_DEFER(buf_wipe) struct buf normal = BUF_INIT(SH_TEXT_BYTES_MAX);
    json_t *list = json_object_get(person, "identifiers");
    SH_CHECK(text[0], SH_OK);
    SH_TRY(identifier_normal(kind, text, &normal));
    SH_TRY(buf_terminate(&normal));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *known = json_array_get(list, i);
        if (strcmp(text_of(known, "value"), text) == 0 &&
            strcmp(text_of(known, "kind"), identifier_kind_word(kind)) == 0) {
            return SH_OK;
        }
    }
    json_t *json = json_object();
    enum identifier_state state = identifier_check(kind, (const char *)normal.data);
    SH_TRY(entry_append(list, json));
    SH_TRY(entry_put(json, "kind", json_string(identifier_kind_word(kind))));
    SH_TRY(entry_put(json, "value", json_string(text)));
    SH_TRY(entry_put(json, "check", json_string(identifier_state_words(state))));
    return entry_put(json, "doubtful", json_boolean(state == IDENTIFIER_DOUBTFUL));
}

static sh_err put_names(json_t *person, const json_t *child)
{
    char name[512];
    const char *given = text_of(child, "given_names"), *family = text_of(child, "family_name");
    (void)snprintf(name, sizeof name, "%s%s%s", given, given[0] && family[0] ? " " : "", family);
    SH_TRY(put_once(person, "names", name));
    const json_t *known_as = json_object_get(child, "known_as");
    for (size_t i = 0; i < json_array_size(known_as); i++) {
        SH_TRY(put_once(person, "known_as", json_string_value(json_array_get(known_as, i))));
    }
    SH_TRY(put_once(person, "dates_of_birth", text_of(child, "date_of_birth")));
    return put_once(person, "due_dates", text_of(child, "due_date"));
}

static sh_err put_person(json_t *person, const json_t *child)
{
    const char *role = text_of(child, "role");
    const json_t *local = json_object_get(child, "local_ids");
    SH_TRY(put_names(person, child));
    SH_TRY(put_once(person, "roles", role[0] ? role : "not_said"));
    SH_TRY(put_identifier(person, IDENTIFIER_UPN, text_of(child, "upn")));
    SH_TRY(put_identifier(person, IDENTIFIER_NHS, text_of(child, "nhs_number")));
    for (size_t i = 0; i < json_array_size(local); i++) {
        SH_TRY(
            put_identifier(person, IDENTIFIER_LOCAL, json_string_value(json_array_get(local, i))));
    }
    return SH_OK;
}

/* A sibling of whom no message is: its name stands in the form of another child. */
static sh_err put_named(const struct building *building, uint32_t person, json_t *json)
{
    const struct child_group *group = &building->groups[person - 1];
    for (size_t i = 0; i < group->len; i++) {
        const struct child_record *record = &group->matches[i].record;
        for (size_t k = 0; record->part == CHILD_SIBLING && k < building->gathering.sources.len;
             k++) {
            const struct source *source = source_at(building, k);
            if (source->row == record->message && source->enclosure == record->enclosure) {
                const json_t *list = json_object_get(source->casework, "siblings");
                const json_t *sibling = json_array_get(list, record->position - 1);
                SH_TRY(put_once(json, "names", text_of(sibling, "name")));
                SH_TRY(put_once(json, "dates_of_birth", text_of(sibling, "date_of_birth")));
                SH_TRY(put_once(json, "due_dates", text_of(sibling, "due_date")));
            }
        }
    }
    return SH_OK;
}

/* Messages that are joined and still disagree: shown, so that a person can part them. */
static sh_err put_differs(json_t *person)
{
    json_t *differs = json_array();
    SH_TRY(entry_put(person, "differs", differs));
    if (json_array_size(json_object_get(person, "names")) > 1) {
        SH_TRY(entry_append(differs, json_string("name")));
    }
    if (json_array_size(json_object_get(person, "dates_of_birth")) > 1) {
        SH_TRY(entry_append(differs, json_string("date of birth")));
    }
    return SH_OK;
}

static sh_err put_persons(struct building *building)
{
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "children", list));
    for (uint32_t i = 1; i <= building->persons; i++) {
        json_t *person = json_object();
        SH_TRY(entry_append(list, person));
        SH_TRY(entry_put(person, "person", json_integer((json_int_t)i)));
        SH_TRY(entry_put(person, "identifiers", json_array()));
        for (size_t k = 0; k < building->gathering.sources.len; k++) {
            const struct source *source = source_at(building, k);
            const struct told_child *told = source->children.items;
            for (size_t n = 0; n < source->children.len; n++) {
                if (told[n].person == i && told[n].child && !told[n].inherited) {
                    SH_TRY(put_person(person, told[n].child));
                }
            }
        }
        if (json_array_size(json_object_get(person, "names")) == 0) {
            SH_TRY(put_named(building, i, person));
        }
        SH_TRY(put_differs(person));
    }
    return SH_OK;
}

/* ---- what stands around the rows ---- */

static sh_err put_handling(struct building *building)
{
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "handling", list));
    for (size_t i = 0; i < building->gathering.sources.len; i++) {
        const struct source *source = source_at(building, i);
        const json_t *marks = json_object_get(source->casework, "handling");
        if (source->is_left_out || json_object_size(marks) == 0) {
            continue;
        }
        json_t *json = json_deep_copy(marks);
        SH_TRY(entry_append(list, json));
        SH_TRY(entry_put(json, "from", json_string(source->from.text)));
        SH_TRY(entry_put_hex(json, "message_id", BYTES_FIXED(source->message_id)));
    }
    return SH_OK;
}

static sh_err put_rows(struct building *building)
{
    for (size_t i = 0; i < building->gathering.sources.len; i++) {
        SH_TRY(rows_add(&building->rows, source_at(building, i)));
    }
    rows_drop_told(&building->rows);
    SH_TRY(rows_sort(&building->rows));
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "rows", list));
    const struct row *rows = building->rows.list.items;
    for (size_t i = 0; i < building->rows.list.len; i++) {
        SH_TRY(entry_append(list, json_incref(rows[i].json)));
    }
    return SH_OK;
}

static sh_err put_gap(const struct row *before, const struct row *after, json_t *list)
{
    char from[32], to[32];
    json_t *gap = json_object();
    SH_TRY(entry_append(list, gap));
    event_day_text(before->at.day, from, sizeof from);
    event_day_text(after->at.day, to, sizeof to);
    SH_TRY(entry_put(gap, "after_row", json_incref(json_object_get(before->json, "row"))));
    SH_TRY(entry_put(gap, "from", json_string(from)));
    SH_TRY(entry_put(gap, "to", json_string(to)));
    return entry_put(gap, "days", json_integer((json_int_t)(after->at.day - before->at.day)));
}

static sh_err put_gaps(struct building *building)
{
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "gaps", list));
    const struct row *rows = building->rows.list.items;
    for (size_t i = 1; i < building->rows.list.len; i++) {
        if (rows[i].at.day - rows[i - 1].at.day >= patterns_gap_days(building->patterns)) {
            SH_TRY(put_gap(&rows[i - 1], &rows[i], list));
        }
    }
    return SH_OK;
}

static sh_err put_flags(struct building *building)
{
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "flags", list));
    for (uint32_t i = 1; i <= building->persons; i++) {
        SH_TRY(patterns_flag(building->patterns, &building->rows, i, building->arena, list));
    }
    return entry_put(building->out, "rules", json_string(patterns_origin(building->patterns)));
}

static sh_err put_one_possible(struct building *building, const struct child_match *match,
                               json_t *list)
{
    struct vault_message message;
    json_t *json = json_object(), *like = json_array();
    const char *as = match->record.part == CHILD_SIBLING ? "sibling" : "child";
    SH_TRY(entry_append(list, json));
    SH_TRY(entry_put(json, "like", like));
    SH_TRY(vault_message_by_row(building->client->vault, match->record.message, building->arena,
                                &message));
    SH_TRY(entry_put_hex(json, "message_id", BYTES_FIXED(message.message_id)));
    SH_TRY(entry_put(json, "from", json_string(message.sender.text)));
    SH_TRY(entry_put_time(json, "sent_at", message.created_at_ms));
    SH_TRY(entry_put(json, "child", json_integer((json_int_t)match->record.position)));
    SH_TRY(entry_put(json, "as", json_string(as)));
    SH_TRY(entry_put(json, "kept_apart", json_boolean(match->kept_apart)));
    for (uint32_t by = BY_UPN; by <= BY_LAST; by++) {
        if (match->by_bits & (1u << by)) {
            SH_TRY(entry_append(like, json_string(child_by_words(by))));
        }
    }
    return SH_OK;
}

/* What only looks alike, and what names the child as a sibling of others: where it is and what is
 * alike, without a word of it. */
static sh_err put_possible(struct building *building, const struct child_group *group)
{
    json_t *list = json_array();
    SH_TRY(entry_put(building->out, "possible", list));
    for (size_t i = 0; i < group->possible_len; i++) {
        SH_TRY(put_one_possible(building, &group->possible[i], list));
    }
    for (size_t i = 0; i < group->len; i++) {
        if (group->matches[i].record.part == CHILD_SIBLING) {
            SH_TRY(put_one_possible(building, &group->matches[i], list));
        }
    }
    return SH_OK;
}

/* ---- all of it ---- */

static sh_err find_child(struct building *building, const char *key)
{
    struct sh_hash index_key;
    struct child_token token;
    uint64_t left = 0;
    SH_TRY(child_index_key(building->client, &index_key, building->why));
    SH_TRY(child_key_parse(key, &index_key, &token, building->why));
    SH_TRY(child_index_fill(building->client, &left, building->why));
    SH_TRY(entry_put(building->out, "not_searched", json_integer((json_int_t)left)));
    sh_err result =
        child_match_key(building->client, &token, building->arena, &building->groups[0]);
    building->persons = 1;
    if (result == SH_E_NOT_FOUND) {
        return sh_fail(building->why, result, "this vault holds nothing on such a child");
    }
    if (result == SH_E_AMBIGUOUS) {
        SH_TRY(put_possible(building, &building->groups[0]));
        return sh_fail(building->why, result,
                       "this key fits messages that nothing shows to be about one child: give the "
                       "date of birth (KEY/2016-05-21), or link them");
    }
    return result;
}

static sh_err fill_document(struct building *building)
{
    SH_TRY(put_persons(building));
    SH_TRY(put_handling(building));
    SH_TRY(put_rows(building));
    SH_TRY(put_gaps(building));
    SH_TRY(put_flags(building));
    SH_TRY(put_possible(building, &building->groups[0]));
    json_t *links = json_array();
    SH_TRY(entry_put(building->out, "links", links));
    return chronology_read_links(building->client, &building->groups[0], links, building->why);
}

static sh_err build(struct building *building, const struct chronology_order *order)
{
    SH_TRY(find_child(building, order->key));
    SH_TRY(gather_all(building));
    if (order->household) {
        SH_TRY(add_household(building));
    }
    const struct growing *messages = &building->gathering.messages;
    SH_TRY(reading_mark_opened(building->client, messages->items, messages->len, building->why));
    return fill_document(building);
}

sh_err chronology_build(struct sh_client *client, const struct chronology_order *order,
                        json_t **out, struct sh_why *why)
{
    SH_DEFER(building_wipe) struct building building = {.persons = 0};
    SH_DEFER(json_freep) json_t *json = json_object();
    SH_CHECK(json, SH_E_NOMEM);
    building.out = json;
    SH_TRY(building_init(client, &building, why));
    SH_TRY(entry_put(json, "key", json_string(order->key)));
    SH_TRY(entry_put(json, "desk", json_string(keyring_address(client->keyring)->text)));
    SH_TRY(entry_put_time(json, "made_at", client_now_ms(client)));
    sh_err result = build(&building, order);
    SH_CHECK(result == SH_OK || result == SH_E_AMBIGUOUS, result);
    *out = json;
    json = NULL;
    return result;
}
