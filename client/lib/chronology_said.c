/* See chronology_said.h. */
#include "client/chronology_said.h"

#include "client/event_time.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- times ---- */

struct place_of_time {
    const char *object, *key;
};

static const char *first_time(const json_t *casework, const struct place_of_time *places,
                              size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const json_t *object =
            places[i].object ? json_object_get(casework, places[i].object) : casework;
        const char *text = text_of(object, places[i].key);
        if (text) {
            return text;
        }
    }
    return NULL;
}
#define FIRST_TIME(casework, places)                                                               \
    first_time(casework, places, sizeof(places) / sizeof(places)[0])

/* The earliest that anyone saw or was told anything, where the form does not say it itself. */
static const char *earliest_within(const json_t *concern)
{
    static const char *const lists[] = {"observations", "child_words"};
    const char *found = NULL;
    struct event_time best = {.ms = INT64_MAX};
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
        const json_t *list = json_object_get(concern, lists[k]);
        for (size_t i = 0; i < json_array_size(list); i++) {
            struct event_time at;
            const char *text = text_of(json_array_get(list, i), "when");
            if (text && event_time_from(text, &at) == SH_OK && at.ms < best.ms) {
                best = at;
                found = text;
            }
        }
    }
    return found;
}

const char *said_from(const json_t *casework)
{
    static const struct place_of_time places[] = {
        {"concern", "occurred_from"}, {"event", "occurred_at"},
        {"event", "missing_from"},    {"event", "held_at"},
        {"event", "offered_at"},      {"event", "starts_on"},
        {"telephone", "when"},        {NULL, "period_from"},
        {NULL, "starts_on"},          {NULL, "left_on"}};
    const char *text = FIRST_TIME(casework, places);
    return text ? text : earliest_within(json_object_get(casework, "concern"));
}

const char *said_until(const json_t *casework)
{
    static const struct place_of_time places[] = {{"concern", "occurred_to"},
                                                  {"event", "found_at"},
                                                  {"event", "ends_on"},
                                                  {NULL, "period_to"}};
    return FIRST_TIME(casework, places);
}

/* ---- words ---- */

static sh_err add_text(struct buf *out, const char *text, const char *between)
{
    SH_CHECK(text && text[0], SH_OK);
    SH_TRY(out->len > 0 ? buf_append_str(out, between) : SH_OK);
    return buf_append_str(out, text);
}

static sh_err add_list(struct buf *out, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        SH_TRY(add_text(out, json_string_value(json_array_get(list, i)), "\n"));
    }
    return SH_OK;
}

/* Members of answers and notices that say something, in the order in which they are read. */
static const char *const telling[] = {"reasons",  "grounds", "changed_since", "not_improved",
                                      "purpose",  "asked",   "answers",       "reason",
                                      "moved_to", "text",    "note"};

/* A value of a correction: text, truth or number. */
static sh_err add_value(struct buf *out, const json_t *value)
{
    if (json_is_integer(value)) {
        return buf_printf(out, "%lld", (long long)json_integer_value(value));
    }
    const char *text = json_string_value(value);
    const char *truth = json_is_true(value) ? "true" : "false";
    return buf_append_str(out, text ? text : truth);
}

/* Both are read: what was said, and what is right. */
static sh_err say_correction(const json_t *casework, struct buf *out)
{
    const json_t *was = json_object_get(casework, "was"), *is = json_object_get(casework, "is");
    SH_CHECK(text_of(casework, "corrects") && is, SH_OK);
    SH_TRY(add_text(out, text_of(casework, "corrects"), "\n"));
    SH_TRY(buf_append_str(out, was ? ": was " : ": is "));
    SH_TRY(add_value(out, was ? was : is));
    SH_CHECK(was, SH_OK);
    SH_TRY(buf_append_str(out, ", is "));
    return add_value(out, is);
}

sh_err said_text(const json_t *casework, struct buf *out)
{
    SH_TRY(add_text(out, text_of(json_object_get(casework, "concern"), "what_happened"), "\n"));
    SH_TRY(add_text(out, text_of(json_object_get(casework, "telephone"), "said"), "\n"));
    SH_TRY(say_correction(casework, out));
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        const json_t *value = json_object_get(casework, telling[i]);
        SH_TRY(json_is_array(value) ? add_list(out, value)
                                    : add_text(out, json_string_value(value), "\n"));
    }
    const json_t *not_shared = json_object_get(casework, "not_shared");
    SH_TRY(add_text(out, text_of(not_shared, "reasons"), "\n"));
    const json_t *event = json_object_get(casework, "event");
    SH_TRY(add_text(out, text_of(event, "action_taken"), "\n"));
    return add_text(out, text_of(event, "declined_reason"), "\n");
}

sh_err said_who(const json_t *casework, struct buf *out)
{
    static const char *const keys[] = {"decided_by", "taken_by", "referrer", "author"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && out->len == 0; i++) {
        const json_t *person = json_object_get(casework, keys[i]);
        SH_TRY(add_text(out, text_of(person, "name"), ""));
        SH_TRY(add_text(out, text_of(person, "role"), ", "));
        SH_TRY(add_text(out, text_of(person, "organisation"), ", "));
    }
    return SH_OK;
}
