/* See chronology_rows.h. */
#include "client/chronology_rows.h"

#include "client/chronology_said.h"
#include "client/identifiers.h"

void rows_wipe(struct rows *rows)
{
    struct row *items = rows->list.items;
    for (size_t i = 0; i < rows->list.len; i++) {
        json_decref(items[i].json);
    }
    memset(&rows->list, 0, sizeof rows->list);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Copies a member under another name, if it is there. */
static sh_err copy(json_t *row, const char *key, const json_t *object, const char *from)
{
    json_t *value = json_object_get(object, from);
    return value ? entry_put(row, key, json_incref(value)) : SH_OK;
}

/* ---- one row ---- */

struct making {
    struct rows *rows;
    const struct source *source;
    const struct told_child *only; /* the one child that this row is about; NULL: all */
    json_t *row;                   /* borrowed: the list owns it */
    json_t *missing;               /* borrowed: what a reader would want to know and is not said */
};

static sh_err miss(struct making *making, const char *what)
{
    for (size_t i = 0; i < json_array_size(making->missing); i++) {
        if (strcmp(json_string_value(json_array_get(making->missing, i)), what) == 0) {
            return SH_OK;
        }
    }
    return entry_append(making->missing, json_string(what));
}

static sh_err put_or_miss(struct making *making, const char *key, const char *value,
                          const char *what)
{
    return value && value[0] ? entry_put(making->row, key, json_string(value)) : miss(making, what);
}

static sh_err put_happened(struct making *making, struct row *row, const char *from, bool is_event)
{
    const struct source *source = making->source;
    if (from && event_time_from(from, &row->at) == SH_OK) {
        SH_TRY(entry_put(making->row, "happened_at", json_string(from)));
        struct event_time known = event_time_of(source->known_at_ms);
        SH_TRY(entry_put(making->row, "days_until_known",
                         json_integer((json_int_t)(known.day - row->at.day))));
        return SH_OK;
    }
    row->at = event_time_of(source->created_at_ms);
    if (is_event) {
        /* Sending is what happened: a decision, an acknowledgement. */
        return entry_put_time(making->row, "happened_at", source->created_at_ms);
    }
    return miss(making, "when it happened");
}

static sh_err put_addresses(json_t *row, const struct source *source)
{
    json_t *list = json_array();
    SH_TRY(entry_put(row, "to", list));
    for (size_t i = 0; i < source->to.len; i++) {
        SH_TRY(entry_append(list, json_string(source->to.items[i].text)));
    }
    return SH_OK;
}

static const char *proof_words(const struct source *source)
{
    if (source->problem != SH_OK) {
        return sh_err_sentence(source->problem);
    }
    if (!source->is_accepted) {
        return "not accepted yet";
    }
    return source->proof == SH_OK ? "verified" : sh_err_sentence(source->proof);
}

static sh_err put_message(json_t *row, const struct source *source)
{
    static const struct sh_id none;
    const char *kind = kind_word(source->kind);
    SH_TRY(entry_put_hex(row, "message_id", BYTES_FIXED(source->message_id)));
    if (!id_equal(&source->enclosed_in, &none)) {
        SH_TRY(entry_put_hex(row, "enclosed_in", BYTES_FIXED(source->enclosed_in)));
    }
    SH_TRY(kind ? entry_put(row, "kind", json_string(kind)) : SH_OK);
    if (source->subtype != SUBTYPE_NONE) {
        SH_TRY(entry_put(row, "subtype", json_string(subtype_word(source->subtype))));
    }
    SH_TRY(entry_put(row, "from", json_string(source->from.text)));
    SH_TRY(put_addresses(row, source));
    SH_TRY(entry_put_time(row, "sent_at", source->created_at_ms));
    if (source->known_at_ms) {
        SH_TRY(entry_put_time(row, "known_at", source->known_at_ms));
    }
    return entry_put(row, "proof", json_string(proof_words(source)));
}

static sh_err put_name(json_t *json, const json_t *child)
{
    char name[512];
    const char *given = text_of(child, "given_names"), *family = text_of(child, "family_name");
    SH_CHECK(given || family, SH_OK);
    (void)snprintf(name, sizeof name, "%s%s%s", given ? given : "", given && family ? " " : "",
                   family ? family : "");
    json_t *text = json_string(name);
    /* A name longer than the buffer may end within a character. */
    return entry_put(json, "name", text ? text : json_string("(a long name)"));
}

static sh_err put_matched(json_t *json, const struct told_child *told)
{
    json_t *list = json_array();
    SH_TRY(entry_put(json, "matched", list));
    for (uint32_t by = BY_UPN; by <= BY_LAST; by++) {
        if (told->by_bits & (1u << by)) {
            SH_TRY(entry_append(list, json_string(child_by_words(by))));
        }
    }
    return told->by_link ? entry_append(list, json_string("linked by hand")) : SH_OK;
}

static sh_err put_child(struct making *making, const struct told_child *told, json_t *list)
{
    json_t *json = json_object();
    SH_TRY(entry_append(list, json));
    SH_TRY(entry_put(json, "person", json_integer((json_int_t)told->person)));
    SH_TRY(put_name(json, told->child));
    const char *role = text_of(told->child, "role");
    if (role) {
        SH_TRY(entry_put(json, "role", json_string(role)));
    } else {
        SH_TRY(entry_put(json, "role", json_string("not_said")));
        SH_TRY(miss(making, "role of the child"));
    }
    SH_TRY(copy(json, "seen_alone", told->child, "seen_alone"));
    SH_TRY(copy(json, "observed", told->child, "observed"));
    return put_matched(json, told);
}

/* Whether a decision that names children by position names this one; one that names none is about
 * all. */
static const json_t *part_for(const json_t *decision, const struct told_child *told,
                              bool *out_about)
{
    const json_t *children = json_object_get(decision, "children");
    *out_about = json_array_size(children) == 0;
    for (size_t i = 0; i < json_array_size(children); i++) {
        const json_t *part = json_array_get(children, i);
        if (json_integer_value(json_object_get(part, "child")) == (json_int_t)told->position) {
            *out_about = true;
            return part;
        }
    }
    return NULL;
}

static const json_t *decision_in(const struct source *source)
{
    const json_t *decision = json_object_get(source->casework, "new_decision");
    return decision ? decision : source->casework;
}

static bool is_about(const struct source *source, const struct told_child *told)
{
    bool about = true;
    if (told->inherited) {
        (void)part_for(decision_in(source), told, &about);
    }
    return about;
}

static sh_err put_children(struct making *making)
{
    const struct told_child *told = making->source->children.items;
    json_t *list = json_array();
    SH_TRY(entry_put(making->row, "children", list));
    for (size_t i = 0; i < making->source->children.len; i++) {
        bool wanted = !making->only || making->only == &told[i];
        if (wanted && is_about(making->source, &told[i])) {
            SH_TRY(put_child(making, &told[i], list));
        }
    }
    return SH_OK;
}

/* A row with what every row of the source has; the caller adds the rest to making->row. */
static sh_err begin_row(struct making *making, const char *part, struct row **out)
{
    void *item = NULL;
    SH_TRY(growing_add(&making->rows->list, &item));
    struct row *row = item;
    row->json = json_object();
    SH_CHECK(row->json, SH_E_NOMEM);
    row->nth = making->rows->list.len;
    row->known_at_ms = making->source->known_at_ms;
    making->row = row->json;
    making->missing = json_array();
    SH_TRY(entry_put(row->json, "part", json_string(part)));
    SH_TRY(put_message(row->json, making->source));
    SH_TRY(entry_put(row->json, "missing", making->missing));
    *out = row;
    return put_children(making);
}

/* ---- what it says ---- */

static sh_err put_what(struct making *making, const json_t *said)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_JSON_BYTES_MAX);
    SH_TRY(said_text(said, &text));
    SH_CHECK(text.len > 0, SH_OK);
    return entry_put(making->row, "what", json_stringn((const char *)text.data, text.len));
}

static sh_err put_outcome(struct making *making)
{
    const json_t *casework = making->source->casework;
    bool about = false;
    const json_t *part =
        making->only ? part_for(decision_in(making->source), making->only, &about) : NULL;
    SH_TRY(copy(making->row, "result", casework, "result"));
    SH_TRY(copy(making->row, "outcome", part ? part : decision_in(making->source), "outcome"));
    return put_what(making, part ? part : casework);
}

static sh_err put_who(struct making *making)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(4 * SH_TEXT_BYTES_MAX);
    SH_TRY(said_who(making->source->casework, &text));
    SH_TRY(buf_terminate(&text));
    return put_or_miss(making, "who", (const char *)text.data, "who");
}

/* Kinds that tell of something that happened, not of what is asked or was decided. */
static bool tells_of_event(const struct source *source)
{
    return gathering_has_children(source->kind) && source->kind != KIND_REQUEST &&
           source->subtype != SUBTYPE_DECISION_NOT_TO_SHARE;
}

static sh_err put_main(struct making *making)
{
    const json_t *casework = making->source->casework;
    const json_t *concern = json_object_get(casework, "concern");
    const json_t *words = json_object_get(concern, "child_words");
    struct row *row = NULL;
    SH_TRY(begin_row(making, "message", &row));
    SH_TRY(put_happened(making, row, said_from(casework), !tells_of_event(making->source)));
    if (said_until(casework)) {
        SH_TRY(entry_put(making->row, "happened_until", json_string(said_until(casework))));
    }
    SH_TRY(put_who(making));
    SH_TRY(put_outcome(making));
    SH_TRY(copy(making->row, "categories", concern, "categories"));
    SH_TRY(copy(making->row, "child_words", words ? concern : casework, "child_words"));
    SH_TRY(copy(making->row, "urgency", casework, "urgency"));
    if (json_array_size(json_object_get(casework, "promotes")) > 0) {
        SH_TRY(entry_put(making->row, "quotes", json_true()));
    }
    /* How a thing is known stands with each observation, which has a row of its own. */
    bool is_told = tells_of_event(making->source) && json_object_get(casework, "concern");
    if (is_told && json_array_size(json_object_get(concern, "observations")) == 0) {
        SH_TRY(miss(making, "who saw it"));
        SH_TRY(miss(making, "how it is known"));
        SH_TRY(miss(making, "from what source"));
    }
    return SH_OK;
}

/* A decision that decides child by child has a row for each: their outcomes differ. */
static sh_err put_mains(struct making *making)
{
    const struct told_child *told = making->source->children.items;
    size_t len = making->source->children.len;
    bool by_child = len > 0 && told[0].inherited &&
                    json_array_size(json_object_get(decision_in(making->source), "children")) > 0;
    if (!by_child) {
        return put_main(making);
    }
    for (size_t i = 0; i < len; i++) {
        if (is_about(making->source, &told[i])) {
            making->only = &told[i];
            SH_TRY(put_main(making));
        }
    }
    making->only = NULL;
    return SH_OK;
}

static sh_err put_observation(struct making *making, const json_t *in)
{
    struct row *row = NULL;
    SH_TRY(begin_row(making, "observation", &row));
    SH_TRY(put_happened(making, row, text_of(in, "when"), false));
    SH_TRY(put_or_miss(making, "who", text_of(in, "seen_by"), "who saw it"));
    SH_TRY(put_or_miss(making, "how", text_of(in, "how"), "how it is known"));
    SH_TRY(put_or_miss(making, "source", text_of(in, "source"), "from what source"));
    SH_TRY(copy(making->row, "where", in, "where"));
    return copy(making->row, "what", in, "words");
}

static sh_err put_tried(struct making *making, const json_t *in)
{
    struct row *row = NULL;
    SH_TRY(begin_row(making, "tried", &row));
    SH_TRY(put_happened(making, row, text_of(in, "when"), false));
    SH_TRY(put_or_miss(making, "who", text_of(in, "by"), "who"));
    SH_TRY(copy(making->row, "what", in, "what"));
    return copy(making->row, "outcome_words", in, "outcome");
}

/* An entry is what the sender of the chronology says; what another agency signed is enclosed beside
 * it, and has its own rows. */
static sh_err put_entry(struct making *making, const json_t *in)
{
    struct row *row = NULL;
    SH_TRY(begin_row(making, "entry", &row));
    SH_TRY(put_happened(making, row, text_of(in, "when"), false));
    SH_TRY(put_or_miss(making, "who", text_of(in, "who"), "who"));
    SH_TRY(put_or_miss(making, "source", text_of(in, "source"), "from what source"));
    SH_TRY(copy(making->row, "agency", in, "agency"));
    SH_TRY(copy(making->row, "about_message", in, "message"));
    return copy(making->row, "what", in, "what");
}

struct part {
    const char *object, *key;
    sh_err (*put)(struct making *making, const json_t *in);
};

sh_err rows_add(struct rows *rows, const struct source *source)
{
    static const struct part parts[] = {{"concern", "observations", put_observation},
                                        {NULL, "tried", put_tried},
                                        {NULL, "entries", put_entry}};
    struct making making = {.rows = rows, .source = source};
    struct row *row = NULL;
    bool about = false;
    const struct told_child *told = source->children.items;
    for (size_t i = 0; i < source->children.len; i++) {
        about = about || is_about(source, &told[i]);
    }
    SH_CHECK(about && !source->is_left_out, SH_OK);
    if (source->problem != SH_OK) {
        SH_TRY(begin_row(&making, "message", &row));
        row->at = event_time_of(source->created_at_ms);
        return miss(&making, "what it says: it could not be read");
    }
    SH_TRY(put_mains(&making));
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
        const json_t *object =
            parts[k].object ? json_object_get(source->casework, parts[k].object) : source->casework;
        const json_t *list = json_object_get(object, parts[k].key);
        for (size_t i = 0; i < json_array_size(list); i++) {
            SH_TRY(parts[k].put(&making, json_array_get(list, i)));
        }
    }
    return SH_OK;
}

static bool has_message(const struct rows *rows, const char *id)
{
    const struct row *items = rows->list.items;
    for (size_t i = 0; i < rows->list.len; i++) {
        const char *part = text_of(items[i].json, "part");
        const char *own = text_of(items[i].json, "message_id");
        if (part && strcmp(part, "entry") != 0 && own && strcmp(own, id) == 0) {
            return true;
        }
    }
    return false;
}

void rows_drop_told(struct rows *rows)
{
    struct row *items = rows->list.items;
    size_t kept = 0;
    for (size_t i = 0; i < rows->list.len; i++) {
        const char *about = text_of(items[i].json, "about_message");
        if (about && has_message(rows, about)) {
            json_decref(items[i].json);
            items[i].json = NULL;
        }
    }
    for (size_t i = 0; i < rows->list.len; i++) {
        if (items[i].json) {
            items[kept++] = items[i];
        }
    }
    rows->list.len = kept;
}

static int by_event(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->at.ms != b->at.ms) {
        return a->at.ms < b->at.ms ? -1 : 1;
    }
    if (a->known_at_ms != b->known_at_ms) {
        return a->known_at_ms < b->known_at_ms ? -1 : 1;
    }
    return a->nth < b->nth ? -1 : a->nth > b->nth;
}

sh_err rows_sort(struct rows *rows)
{
    struct row *items = rows->list.items;
    if (rows->list.len > 1) {
        qsort(items, rows->list.len, sizeof *items, by_event);
    }
    for (size_t i = 0; i < rows->list.len; i++) {
        SH_TRY(entry_put(items[i].json, "row", json_integer((json_int_t)i + 1)));
    }
    return SH_OK;
}
