/* What a reader will have to ask for: the questions of the rules, each put to the document. */
#include "client/clarity_draft.h"

#define PATH_ROOM 160u

/* ---- what stands at a path ---- */

/* Calls `is` on every value that the path leads to, until one says yes. Only as deep as the path is
 * long: a list takes no step of it, and lists of lists do not exist in the schema. */
static bool any_at(const json_t *value, const char *path, bool (*is)(const json_t *value))
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (any_at(json_array_get(value, i), path, is)) {
                return true;
            }
        }
        return false;
    }
    if (!*path) {
        return is(value);
    }
    size_t len = strcspn(path, ".");
    const json_t *next = json_object_getn(value, path, len);
    return next && any_at(next, path + len + (path[len] == '.'), is);
}

static bool has_something(const json_t *value)
{
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        return text[strspn(text, " \t\r\n")] != '\0';
    }
    return !json_is_object(value) || json_object_size(value) > 0;
}

/* "2026-11-18T15:20:00Z" */
static bool has_time_of_day(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strchr(text, 'T');
}

bool clarity_filled(const json_t *value, const char *path)
{
    return any_at(value, path, has_something);
}

static const json_t *value_at(const json_t *value, const char *path)
{
    while (value && *path) {
        size_t len = strcspn(path, ".");
        value = json_object_getn(value, path, len);
        path += len + (path[len] == '.');
    }
    return value;
}

/* ---- one question ---- */

static bool any_path(const json_t *value, const struct clarity_paths *paths,
                     bool (*is)(const json_t *value))
{
    for (size_t i = 0; i < paths->len; i++) {
        if (any_at(value, paths->items[i], is)) {
            return true;
        }
    }
    return false;
}

static bool applies(const struct clarity_question *question, const json_t *item)
{
    if (!question->if_at) {
        return true;
    }
    const char *word = json_string_value(value_at(item, question->if_at));
    for (size_t i = 0; word && i < question->if_is.len; i++) {
        if (strcmp(word, question->if_is.items[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_said(const struct clarity_draft *draft, const struct clarity_question *question)
{
    for (size_t i = 0; question->said.len > 0 && i < draft->fields_len; i++) {
        if (clarity_patterns_find(&question->said, &draft->fields[i].text)) {
            return true;
        }
    }
    return false;
}

/* A text that is there and too short to say something. What stands in quotation marks counts here.
 */
static bool is_too_short(const json_t *item, const struct clarity_question *question)
{
    const char *text = json_string_value(value_at(item, question->at));
    size_t words = 0;
    if (!text) {
        return false;
    }
    for (text += strspn(text, " \t\r\n"); *text && words < question->words_min; words++) {
        text += strcspn(text, " \t\r\n");
        text += strspn(text, " \t\r\n");
    }
    return words > 0 && words < question->words_min;
}

static bool is_open(const struct clarity_draft *draft, const struct clarity_question *question,
                    const json_t *item)
{
    if (!applies(question, item)) {
        return false;
    }
    if (question->words_min > 0) {
        return is_too_short(item, question);
    }
    return !any_path(item, &question->filled, has_something) &&
           !any_path(item, &question->timed, has_time_of_day) && !is_said(draft, question);
}

/* Whether something vague has been found in this very text: then that is told, and not also that it
 * is short. */
static bool is_told(const struct clarity_draft *draft, const char *path)
{
    for (size_t i = 0; i < json_array_size(draft->findings); i++) {
        const json_t *finding = json_array_get(draft->findings, i);
        if (strcmp(json_string_value(json_object_get(finding, "path")), path) == 0) {
            return true;
        }
    }
    return false;
}

static sh_err ask(struct clarity_draft *draft, const struct clarity_question *question,
                  const json_t *item, const char *path)
{
    if (!is_open(draft, question, item) || (question->words_min > 0 && is_told(draft, path))) {
        return SH_OK;
    }
    const struct clarity_finding finding = {
        .code = question->code, .about = "missing", .path = path, .advice = question->advice};
    return clarity_add(draft, &finding);
}

static sh_err ask_each(struct clarity_draft *draft, const struct clarity_question *question)
{
    const json_t *list = value_at(draft->document, question->each);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char path[PATH_ROOM];
        (void)snprintf(path, sizeof path, "%s[%zu].%s", question->each, i, question->at);
        SH_TRY(ask(draft, question, json_array_get(list, i), path));
    }
    return SH_OK;
}

sh_err clarity_questions(struct clarity_draft *draft)
{
    const struct clarity_rules *rules = draft->rules;
    for (size_t i = 0; i < rules->questions_len; i++) {
        const struct clarity_question *question = &rules->questions[i];
        if (question->kinds & draft->kind_bit) {
            SH_TRY(question->each ? ask_each(draft, question)
                                  : ask(draft, question, draft->document, question->at));
        }
    }
    return SH_OK;
}
