/* Selected rows as a message: see chronology_select() in chronology.h. */
#include "client/chronology.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static sh_err copy(json_t *to, const char *key, const json_t *from, const char *from_key)
{
    json_t *value = json_object_get(from, from_key);
    return value ? entry_put(to, key, json_incref(value)) : SH_OK;
}

static sh_err find_row(const json_t *chronology, unsigned number, const json_t **out,
                       struct sh_why *why)
{
    const json_t *row =
        number > 0 ? json_array_get(json_object_get(chronology, "rows"), number - 1) : NULL;
    const char *proof = text_of(row, "proof");
    SH_CHECK(row, sh_fail(why, SH_E_USAGE, "there is no row %u", number));
    SH_CHECK(proof && strcmp(proof, "verified") == 0,
             sh_fail(why, SH_E_USAGE,
                     "row %u cannot be sent on: its proof does not hold, or is "
                     "not there yet",
                     number));
    *out = row;
    return SH_OK;
}

/* An entry of another desk's chronology is about a message of a third; where that is not held, it
 * is the other desk's word, and that desk's message is enclosed. */
static sh_err add_entry(const json_t *row, json_t *entries)
{
    json_t *entry = json_object();
    const char *what = text_of(row, "what");
    SH_TRY(entry_append(entries, entry));
    SH_TRY(copy(entry, "when", row, "happened_at"));
    SH_TRY(copy(entry, "who", row, "who"));
    SH_TRY(copy(entry, "source", row, "source"));
    SH_TRY(copy(entry, "agency", row, "from"));
    SH_TRY(copy(entry, "message", row, "message_id"));
    /* Quoted, never retyped; what is too long to quote is enclosed all the same. */
    return what && strlen(what) <= SH_TEXT_BYTES_MAX ? copy(entry, "what", row, "what") : SH_OK;
}

/* The child as this desk knows it, with every identifier that was written. */
static sh_err add_identifiers(const json_t *person, json_t *child)
{
    const json_t *list = json_object_get(person, "identifiers");
    json_t *local = json_array();
    SH_TRY(entry_put(child, "local_ids", local));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *identifier = json_array_get(list, i);
        const char *kind = text_of(identifier, "kind");
        json_t *value = json_object_get(identifier, "value");
        if (strcmp(kind, "local_id") == 0) {
            SH_TRY(entry_append(local, json_incref(value)));
        } else {
            SH_TRY(entry_put(child, kind, json_incref(value)));
        }
    }
    return SH_OK;
}

static sh_err add_child(const json_t *chronology, json_t *children)
{
    const json_t *person = json_array_get(json_object_get(chronology, "children"), 0);
    const json_t *names = json_object_get(person, "names");
    const json_t *born = json_object_get(person, "dates_of_birth");
    const json_t *due = json_object_get(person, "due_dates");
    json_t *child = json_object();
    SH_TRY(entry_append(children, child));
    if (json_array_size(names) > 0) {
        SH_TRY(entry_put(child, "given_names", json_incref(json_array_get(names, 0))));
    }
    if (json_array_size(born) > 0) {
        SH_TRY(entry_put(child, "date_of_birth", json_incref(json_array_get(born, 0))));
    } else if (json_array_size(due) > 0) {
        SH_TRY(entry_put(child, "due_date", json_incref(json_array_get(due, 0))));
    }
    return add_identifiers(person, child);
}

/* ---- handling marks: all of them, the strictest where they differ ---- */

static sh_err add_marks(const json_t *mark, json_t *handling, json_t *not_told)
{
    static const char *const flags[] = {"address_protected", "source_identity_withheld"};
    const json_t *list = json_object_get(mark, "not_to_be_told");
    for (size_t i = 0; i < json_array_size(list); i++) {
        SH_TRY(entry_append(not_told, json_incref(json_array_get(list, i))));
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (json_is_true(json_object_get(mark, flags[i]))) {
            SH_TRY(entry_put(handling, flags[i], json_true()));
        }
    }
    const char *before = text_of(handling, "safe_contact"), *more = text_of(mark, "safe_contact");
    SH_CHECK(more, SH_OK);
    json_t *both = before ? json_sprintf("%s; %s", before, more) : json_string(more);
    return entry_put(handling, "safe_contact", both);
}

static sh_err put_handling(const json_t *chronology, json_t *document)
{
    const json_t *marks = json_object_get(chronology, "handling");
    SH_CHECK(json_array_size(marks) > 0, SH_OK);
    json_t *handling = json_object(), *not_told = json_array();
    SH_TRY(entry_put(document, "handling", handling));
    SH_TRY(entry_put(handling, "not_to_be_told", not_told));
    for (size_t i = 0; i < json_array_size(marks); i++) {
        SH_TRY(add_marks(json_array_get(marks, i), handling, not_told));
    }
    return SH_OK;
}

/* ---- all of it ---- */

static sh_err put_people(const struct chronology_selection *selection, json_t *document,
                         struct sh_why *why)
{
    json_t *to = json_array(), *author = json_object();
    SH_TRY(entry_put(document, "to", to));
    SH_TRY(entry_put(document, "author", author));
    SH_CHECK(selection->author && selection->role,
             sh_fail(why, SH_E_USAGE, "who has put it together? Name and role are needed"));
    SH_TRY(entry_put(author, "name", json_string(selection->author)));
    SH_TRY(entry_put(author, "role", json_string(selection->role)));
    for (size_t i = 0; i < selection->to_len; i++) {
        SH_TRY(entry_append(to, json_string(selection->to[i])));
    }
    return SH_OK;
}

static sh_err put_entries(const struct chronology_selection *selection, const json_t *chronology,
                          json_t *document, struct sh_why *why)
{
    json_t *entries = json_array(), *children = json_array();
    SH_TRY(entry_put(document, "children", children));
    SH_TRY(entry_put(document, "entries", entries));
    SH_CHECK(selection->rows_len > 0, sh_fail(why, SH_E_USAGE, "no row was chosen"));
    for (size_t i = 0; i < selection->rows_len; i++) {
        const json_t *row = NULL;
        SH_TRY(find_row(chronology, selection->rows[i], &row, why));
        SH_TRY(add_entry(row, entries));
    }
    return add_child(chronology, children);
}

sh_err chronology_select(struct sh_client *client, const struct chronology_selection *selection,
                         json_t **out, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *chronology = NULL;
    SH_DEFER(json_freep) json_t *document = json_object();
    const struct chronology_order order = {.key = selection->key};
    SH_CHECK(document, SH_E_NOMEM);
    SH_TRY(chronology_build(client, &order, &chronology, why));
    SH_TRY(entry_put(document, "kind", json_string("chronology")));
    SH_TRY(put_people(selection, document, why));
    SH_TRY(put_entries(selection, chronology, document, why));
    SH_TRY(put_handling(chronology, document));
    if (selection->note) {
        SH_TRY(entry_put(document, "note", json_string(selection->note)));
    }
    *out = document;
    document = NULL;
    return SH_OK;
}
