/* Reads the rules of the clarity check. A partnership edits this file, so every mistake is named by
 * its place, and an unknown key is one: a rule that is silently left out helps nobody. */
#include "base/cleanup.h"
#include "base/files.h"
#include "client/clarity_reader.h"
#include "client/state.h"
#include "wire/types.h"

#ifndef SH_CLARITY_FILE
#error "the build must say where the rules are installed"
#endif

#define FORMAT      1
#define ARENA_BYTES (32u * SH_MIB)
#define ARENA_COUNT 200000u

/* ---- phrases and short forms ---- */

static sh_err phrase(const struct reader *reader, const json_t *object, struct clarity_phrase *out)
{
    static const char *const keys[] = {"code", "kinds", "find", "why", "instead", NULL};
    SH_TRY(read_only_keys(reader, object, keys));
    SH_TRY(read_code(reader, object, &out->code));
    SH_TRY(read_kinds(reader, object, &out->kinds));
    SH_TRY(read_patterns(reader, object, "find", &out->find));
    return read_advice(reader, object, &out->advice);
}

/* The list at the top of the file, which must be there, but may be empty. */
static sh_err entries(const struct reader *reader, const char *key, const json_t **out)
{
    const json_t *list = json_object_get(reader->rules->file, key);
    if (!json_is_array(list)) {
        return reader_complain(reader, key, list ? "must be a list" : "missing");
    }
    if (json_array_size(list) > CLARITY_ENTRIES_MAX) {
        return reader_complain(reader, key, "more than 1000 entries");
    }
    *out = list;
    return SH_OK;
}

static sh_err read_all_phrases(struct reader *reader)
{
    struct clarity_rules *rules = reader->rules;
    const json_t *list = NULL;
    SH_TRY(entries(reader, "phrases", &list));
    rules->phrases_len = json_array_size(list);
    rules->phrases = arena_array(rules->arena, rules->phrases_len, sizeof *rules->phrases);
    SH_CHECK(rules->phrases, SH_E_NOMEM);
    for (size_t i = 0; i < rules->phrases_len; i++) {
        reader_enter(reader, "phrases", i);
        SH_TRY(phrase(reader, json_array_get(list, i), &rules->phrases[i]));
    }
    reader_leave(reader);
    return SH_OK;
}

/* Makes an object of the list, so that a look-up takes no walk. */
static sh_err known_words(const struct reader *reader, json_t *object)
{
    const json_t *list = NULL;
    SH_TRY(read_list(reader, object, "known", &list));
    SH_DEFER(json_freep) json_t *known = json_object();
    SH_CHECK(known, SH_E_NOMEM);
    for (size_t i = 0; i < json_array_size(list); i++) {
        SH_CHECK(json_object_set_new(known, json_string_value(json_array_get(list, i)),
                                     json_true()) == 0,
                 SH_E_NOMEM);
    }
    return json_object_set(object, "known", known) == 0 ? SH_OK : SH_E_NOMEM;
}

static sh_err meanings(struct reader *reader, const json_t *object)
{
    const json_t *all = json_object_get(object, "meanings");
    if (!json_is_object(all)) {
        return reader_complain(reader, "meanings", all ? "must be an object" : "missing");
    }
    const char *key = NULL, *meaning = NULL;
    json_t *value = NULL;
    (void)snprintf(reader->place, sizeof reader->place, "short_forms.meanings");
    json_object_foreach ((json_t *)(uintptr_t)all, key, value) {
        SH_TRY(read_sentence(reader, all, key, &meaning));
    }
    return SH_OK;
}

static sh_err read_short_forms(struct reader *reader)
{
    static const char *const keys[] = {"known", "meanings", "why", "instead", NULL};
    struct clarity_short_forms *out = &reader->rules->short_forms;
    json_t *object = json_object_get(reader->rules->file, "short_forms");
    (void)snprintf(reader->place, sizeof reader->place, "short_forms");
    SH_TRY(read_only_keys(reader, object, keys));
    SH_TRY(read_advice(reader, object, &out->advice));
    SH_TRY(known_words(reader, object));
    SH_TRY(meanings(reader, object));
    out->known = json_object_get(object, "known");
    out->meanings = json_object_get(object, "meanings");
    reader_leave(reader);
    return SH_OK;
}

/* ---- questions ---- */

static sh_err condition(const struct reader *reader, const json_t *object,
                        struct clarity_question *out)
{
    const json_t *given = json_object_get(object, "if");
    if (!given) {
        return SH_OK;
    }
    struct reader inner = *reader;
    static const char *const keys[] = {"at", "is", NULL};
    (void)snprintf(inner.place, sizeof inner.place, "%.80s.if", reader->place);
    SH_TRY(read_only_keys(&inner, given, keys));
    SH_TRY(read_sentence(&inner, given, "at", &out->if_at));
    return read_paths(&inner, given, "is", &out->if_is);
}

/* `unless_said` names a list of `signs`, which stands in the file once. */
static sh_err said(const struct reader *reader, const json_t *object, struct clarity_question *out)
{
    const char *name = NULL;
    SH_TRY(read_sentence(reader, object, "unless_said", &name));
    const json_t *signs = json_object_get(reader->rules->file, "signs");
    if (!json_object_get(signs, name)) {
        return reader_complain(reader, "unless_said", "is no list of signs");
    }
    struct reader inner = *reader;
    (void)snprintf(inner.place, sizeof inner.place, "signs");
    return read_patterns(&inner, signs, name, &out->said);
}

static sh_err quiet_if(const struct reader *reader, const json_t *object,
                       struct clarity_question *out)
{
    bool any = false;
    if (json_object_get(object, "unless_filled")) {
        SH_TRY(read_paths(reader, object, "unless_filled", &out->filled));
        any = true;
    }
    if (json_object_get(object, "unless_timed")) {
        SH_TRY(read_paths(reader, object, "unless_timed", &out->timed));
        any = true;
    }
    if (json_object_get(object, "unless_said")) {
        SH_TRY(said(reader, object, out));
        any = true;
    }
    if (json_object_get(object, "fewer_words_than")) {
        SH_TRY(read_number(reader, object, "fewer_words_than", &out->words_min));
        return any ? reader_complain(reader, "fewer_words_than", "cannot stand beside unless_...")
                   : SH_OK;
    }
    return any ? SH_OK : reader_complain(reader, "", "needs unless_... or fewer_words_than");
}

static sh_err question(const struct reader *reader, const json_t *object,
                       struct clarity_question *out)
{
    static const char *const keys[] = {
        "code",         "kinds",       "each", "at",  "unless_filled",
        "unless_timed", "unless_said", "if",   "why", "fewer_words_than",
        "instead",      NULL};
    SH_TRY(read_only_keys(reader, object, keys));
    SH_TRY(read_code(reader, object, &out->code));
    SH_TRY(read_kinds(reader, object, &out->kinds));
    SH_TRY(read_sentence(reader, object, "at", &out->at));
    if (json_object_get(object, "each")) {
        SH_TRY(read_sentence(reader, object, "each", &out->each));
    }
    SH_TRY(quiet_if(reader, object, out));
    SH_TRY(condition(reader, object, out));
    return read_advice(reader, object, &out->advice);
}

static sh_err read_questions(struct reader *reader)
{
    struct clarity_rules *rules = reader->rules;
    const json_t *list = NULL;
    SH_TRY(entries(reader, "questions", &list));
    rules->questions_len = json_array_size(list);
    rules->questions = arena_array(rules->arena, rules->questions_len, sizeof *rules->questions);
    SH_CHECK(rules->questions, SH_E_NOMEM);
    for (size_t i = 0; i < rules->questions_len; i++) {
        reader_enter(reader, "questions", i);
        SH_TRY(question(reader, json_array_get(list, i), &rules->questions[i]));
    }
    reader_leave(reader);
    return SH_OK;
}

/* ---- the child's voice ---- */

static sh_err voice_advice(struct reader *reader, const char *key, struct clarity_advice *out)
{
    static const char *const keys[] = {"why", "instead", NULL};
    const json_t *object = json_object_get(json_object_get(reader->rules->file, "voice"), key);
    (void)snprintf(reader->place, sizeof reader->place, "voice.%s", key);
    SH_TRY(read_only_keys(reader, object, keys));
    return read_advice(reader, object, out);
}

static sh_err read_voice(struct reader *reader)
{
    static const char *const keys[] = {
        "kinds", "speaks_from_months", "not_speaking", "words", "behaviour", "unborn", NULL};
    struct clarity_voice *out = &reader->rules->voice;
    const json_t *object = json_object_get(reader->rules->file, "voice");
    (void)snprintf(reader->place, sizeof reader->place, "voice");
    SH_TRY(read_only_keys(reader, object, keys));
    SH_TRY(read_kinds(reader, object, &out->kinds));
    SH_TRY(read_number(reader, object, "speaks_from_months", &out->speaks_from_months));
    SH_TRY(read_patterns(reader, object, "not_speaking", &out->not_speaking));
    SH_TRY(voice_advice(reader, "words", &out->words));
    SH_TRY(voice_advice(reader, "behaviour", &out->behaviour));
    SH_TRY(voice_advice(reader, "unborn", &out->unborn));
    reader_leave(reader);
    return SH_OK;
}

/* ---- the file ---- */

static sh_err read_signs(struct reader *reader)
{
    const json_t *signs = json_object_get(reader->rules->file, "signs");
    const char *key = NULL;
    json_t *value = NULL;
    struct clarity_patterns unused;
    if (!json_is_object(signs)) {
        return reader_complain(reader, "signs", signs ? "must be an object" : "missing");
    }
    (void)snprintf(reader->place, sizeof reader->place, "signs");
    json_object_foreach ((json_t *)(uintptr_t)signs, key, value) {
        SH_TRY(read_patterns(reader, signs, key, &unused));
    }
    reader_leave(reader);
    return SH_OK;
}

static sh_err read_top(struct reader *reader)
{
    static const char *const keys[] = {"format",    "name",  "phrases", "short_forms",
                                       "questions", "signs", "voice",   NULL};
    const json_t *file = reader->rules->file;
    uint32_t format = 0;
    SH_TRY(read_only_keys(reader, file, keys));
    SH_TRY(read_number(reader, file, "format", &format));
    if (format != FORMAT) {
        return reader_complain(reader, "format", "this version reads format 1");
    }
    SH_TRY(read_sentence(reader, file, "name", &reader->rules->name));
    SH_TRY(read_signs(reader));
    SH_TRY(read_all_phrases(reader));
    SH_TRY(read_short_forms(reader));
    SH_TRY(read_questions(reader));
    return read_voice(reader);
}

sh_err clarity_rules_parse(struct bytes text, const char *name, struct clarity_rules **out,
                           struct sh_why *why)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = calloc(1, sizeof *rules);
    SH_CHECK(rules, SH_E_NOMEM);
    struct reader reader = {.rules = rules, .file = name, .why = why};
    json_error_t error;
    if (text.len > CLARITY_RULES_BYTES_MAX) {
        return sh_fail(why, SH_E_CONFIG, "%s: larger than 256 KiB", name);
    }
    SH_TRY(arena_new(ARENA_BYTES, ARENA_COUNT, &rules->arena));
    rules->file = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!rules->file) {
        return sh_fail(why, SH_E_CONFIG, "%s: line %d, column %d: %.100s", name, error.line,
                       error.column, error.text);
    }
    SH_TRY(read_top(&reader));
    *out = rules;
    rules = NULL;
    return SH_OK;
}

sh_err clarity_rules_load(const char *path, struct clarity_rules **out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(CLARITY_RULES_BYTES_MAX);
    const char *file = path ? path : SH_CLARITY_FILE;
    sh_err read = file_read(file, &text, why);
    if (read == SH_E_NOT_FOUND && !path) {
        const struct bytes built_in = {clarity_built_in, clarity_built_in_len};
        return clarity_rules_parse(built_in, "built-in rules", out, why);
    }
    /* Whatever is wrong with that file, it is the rules that must be put right, not tried again. */
    SH_CHECK(read == SH_OK || read == SH_E_NOMEM, SH_E_CONFIG);
    SH_TRY(read);
    return clarity_rules_parse(bytes_buf(&text), file, out, why);
}

void clarity_rules_free(struct clarity_rules **rules)
{
    if (*rules) {
        json_freep(&(*rules)->file);
        arena_free(&(*rules)->arena);
        free(*rules);
        *rules = NULL;
    }
}

const char *clarity_rules_name(const struct clarity_rules *rules)
{
    return rules->name;
}
