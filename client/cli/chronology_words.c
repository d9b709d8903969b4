/* See chronology.h: what every view says in the same words. */
#include "chronology.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_BYTES = 8192, TURNS = 4 };

struct text {
    char *out;
    size_t len;
};

/* Adds as much as fits: these are headings and lists, no narratives. */
static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int more = vsnprintf(text->out + text->len, TEXT_BYTES - text->len, format, args);
    va_end(args);
    text->len += more > 0 ? (size_t)more : 0;
    text->len = text->len < TEXT_BYTES ? text->len : TEXT_BYTES - 1;
}

const char *chronology_when(const json_t *row, const char *key)
{
    const char *text = member_time(row, key);
    return text[0] ? text : "not said";
}

const char *chronology_kind(const json_t *row)
{
    static char out[TEXT_BYTES];
    struct text text = {out, 0};
    const char *part = member(row, "part"), *subtype = member(row, "subtype");
    const char *outcome = member(row, "outcome"), *result = member(row, "result");
    add(&text, "%s%s%s", words_of(member(row, "kind")), subtype[0] ? ": " : "", words_of(subtype));
    if (strcmp(part, "message") != 0) {
        add(&text, " (%s)",
            strcmp(part, "tried") == 0   ? "tried before"
            : strcmp(part, "entry") == 0 ? "entry"
                                         : "observation");
    }
    if (result[0] || outcome[0]) {
        add(&text, ": %s%s%s", words_of(result), result[0] && outcome[0] ? ", " : "",
            words_of(outcome));
    }
    return out;
}

const char *chronology_children(const json_t *row)
{
    static char out[TEXT_BYTES];
    struct text text = {out, 0};
    size_t i = 0;
    json_t *child = NULL;
    out[0] = '\0';
    json_array_foreach (json_object_get(row, "children"), i, child) {
        add(&text, "%s%s (role: %s)", i ? "; " : "", member(child, "name"),
            words_of(member(child, "role")));
    }
    return out;
}

const char *chronology_list(const json_t *list, const char *key)
{
    static char outs[TURNS][TEXT_BYTES];
    static unsigned turn;
    struct text text = {outs[turn++ % TURNS], 0};
    size_t i = 0;
    json_t *item = NULL;
    text.out[0] = '\0';
    json_array_foreach (list, i, item) {
        const char *value = key ? member(item, key) : json_string_value(item);
        add(&text, "%s%s", i ? "; " : "", value ? value : "");
    }
    return text.out;
}

const char *chronology_handling(const json_t *mark)
{
    static char out[TEXT_BYTES];
    struct text text = {out, 0};
    const json_t *not_told = json_object_get(mark, "not_to_be_told");
    out[0] = '\0';
    if (json_array_size(not_told) > 0) {
        add(&text, "NOT TO BE TOLD: %s. ", chronology_list(not_told, NULL));
    }
    if (member(mark, "safe_contact")[0]) {
        add(&text, "Safe contact: %s. ", member(mark, "safe_contact"));
    }
    if (json_is_true(json_object_get(mark, "address_protected"))) {
        add(&text, "ADDRESS PROTECTED. ");
    }
    if (json_is_true(json_object_get(mark, "source_identity_withheld"))) {
        add(&text, "The source's identity is withheld. ");
    }
    add(&text, "(%s, message %.8s)", member(mark, "from"), member(mark, "message_id"));
    return out;
}

const json_t *chronology_gap_after(const json_t *document, const json_t *row)
{
    size_t i = 0;
    json_t *gap = NULL;
    json_array_foreach (json_object_get(document, "gaps"), i, gap) {
        if (json_equal(json_object_get(gap, "after_row"), json_object_get(row, "row"))) {
            return gap;
        }
    }
    return NULL;
}

const char *chronology_flags_of(const json_t *document, const json_t *row)
{
    static char out[TEXT_BYTES];
    struct text text = {out, 0};
    size_t i = 0, k = 0;
    json_t *flag = NULL, *number = NULL;
    out[0] = '\0';
    json_array_foreach (json_object_get(document, "flags"), i, flag) {
        json_array_foreach (json_object_get(flag, "rows"), k, number) {
            if (json_equal(number, json_object_get(row, "row"))) {
                add(&text, "%s%s (%s)", text.len ? "; " : "", member(flag, "rule"),
                    words_of(member(flag, "role")));
            }
        }
    }
    return out;
}
