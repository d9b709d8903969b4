/* See clarity.h. Which texts are a person's own wording is said here, since it belongs to the
 * schema; what is vague about them is said by the rules. */
#include "base/clock.h"
#include "client/clarity_draft.h"
#include "client/document.h"
#include "client/state.h"
#include "wire/casework.h"

#define DRAFT_BYTES (256u * SH_MIB)
#define DRAFT_COUNT 1000000u
#define PATH_ROOM   160u

/* Keys whose text, or list of texts, is the writer's own wording. Names, addresses, numbers and
 * codes are not judged; nor is `child_words`, whatever stands in it. */
static const char *const judged[] = {"what_happened",
                                     "words",
                                     "impact",
                                     "going_well",
                                     "worry",
                                     "asked_for",
                                     "observed",
                                     "notes",
                                     "note",
                                     "outcome",
                                     "what",
                                     "text",
                                     "reasons",
                                     "reason",
                                     "grounds",
                                     "changed_since",
                                     "not_improved",
                                     "purpose",
                                     "asked",
                                     "answers",
                                     "needed",
                                     "other_text",
                                     "asked_of_referrer",
                                     "action_taken",
                                     "declined_reason",
                                     "not_offered_reason"};

static bool is_judged(const char *key)
{
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        if (strcmp(key, judged[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- the texts of a document ---- */

static sh_err add_field(struct clarity_draft *draft, const char *path, const json_t *value)
{
    struct clarity_field field = {0};
    const struct bytes text = {(const uint8_t *)json_string_value(value),
                               json_string_length(value)};
    if (draft->fields_len == draft->fields_max) {
        size_t more = draft->fields_max ? 2 * draft->fields_max : 64;
        struct clarity_field *grown = arena_array(draft->arena, more, sizeof *grown);
        SH_CHECK(grown, SH_E_NOMEM);
        if (draft->fields_len > 0) {
            memcpy(grown, draft->fields, draft->fields_len * sizeof *grown);
        }
        draft->fields = grown;
        draft->fields_max = more;
    }
    SH_TRY(arena_string(draft->arena, path, &field.path));
    SH_TRY(clarity_text_read(text, draft->arena, &field.text));
    draft->fields[draft->fields_len++] = field;
    return SH_OK;
}

static sh_err read_object(struct clarity_draft *draft, const char *path, const json_t *object);

static sh_err read_value(struct clarity_draft *draft, const char *path, const char *key,
                         const json_t *value)
{
    if (json_is_object(value)) {
        return read_object(draft, path, value);
    }
    if (json_is_string(value)) {
        return is_judged(key) ? add_field(draft, path, value) : SH_OK;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        char at[PATH_ROOM];
        (void)snprintf(at, sizeof at, "%s[%zu]", path, i);
        SH_TRY(read_value(draft, at, key, json_array_get(value, i)));
    }
    return SH_OK;
}

/* What a child told the writer is the child's, also where it stands as an observation. */
static bool is_told_by_child(const json_t *object)
{
    const char *how = json_string_value(json_object_get(object, "how"));
    return how && strcmp(how, "told_by_child") == 0;
}

/* As deep as the schema, which the bridge has checked. */
static sh_err read_object(struct clarity_draft *draft, const char *path, const json_t *object)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        bool of_child = strcmp(key, "child_words") == 0 ||
                        (strcmp(key, "words") == 0 && is_told_by_child(object));
        if (!of_child) {
            char at[PATH_ROOM];
            (void)snprintf(at, sizeof at, "%s%s%s", path, path[0] ? "." : "", key);
            SH_TRY(read_value(draft, at, key, value));
        }
    }
    return SH_OK;
}

/* ---- findings ---- */

sh_err clarity_add(struct clarity_draft *draft, const struct clarity_finding *finding)
{
    if (json_array_size(draft->findings) >= CLARITY_FINDINGS_MAX) {
        return SH_OK;
    }
    json_t *object = json_pack("{s:s, s:s, s:s}", "code", finding->code, "about", finding->about,
                               "path", finding->path);
    SH_CHECK(object && json_array_append_new(draft->findings, object) == 0, SH_E_NOMEM);
    if (finding->words.len > 0) {
        json_t *words = json_stringn((const char *)finding->words.data, finding->words.len);
        SH_CHECK(json_object_set_new(object, "words", words) == 0, SH_E_NOMEM);
    }
    bool set = json_object_set_new(object, "why", json_string(finding->advice.why)) == 0 &&
               json_object_set_new(object, "instead", json_string(finding->advice.instead)) == 0;
    return set ? SH_OK : SH_E_NOMEM;
}

sh_err clarity_find(const struct clarity_rules *rules, const json_t *document, int64_t now_ms,
                    json_t **out_findings)
{
    SH_DEFER(json_freep) json_t *findings = json_array();
    SH_DEFER(arena_free) struct arena *arena = NULL;
    enum kind kind;
    SH_CHECK(findings, SH_E_NOMEM);
    SH_TRY(arena_new(DRAFT_BYTES, DRAFT_COUNT, &arena));
    SH_TRY(document_kind(document, &kind, NULL));
    struct clarity_draft draft = {.rules = rules,
                                  .document = document,
                                  .kind_bit = 1u << kind,
                                  .now_ms = now_ms,
                                  .arena = arena,
                                  .findings = findings};
    SH_TRY(read_object(&draft, "", document));
    SH_TRY(clarity_wording(&draft));
    SH_TRY(clarity_voice(&draft));
    SH_TRY(clarity_questions(&draft));
    *out_findings = json_incref(findings);
    return SH_OK;
}

sh_err clarity_run(struct bytes json, const char *rules_file, json_t **out, struct sh_why *why)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = NULL;
    SH_DEFER(json_freep) json_t *document = NULL;
    SH_DEFER(json_freep) json_t *findings = NULL;
    SH_TRY(clarity_rules_load(rules_file, &rules, why));
    SH_TRY(document_parse(json, &document, why));
    SH_TRY(casework_check(document, why));
    SH_TRY(clarity_find(rules, document, clock_now_ms(&clock_system), &findings));
    *out = json_pack("{s:O, s:s, s:O}", "kind", json_object_get(document, "kind"), "rules",
                     clarity_rules_name(rules), "findings", findings);
    return *out ? SH_OK : SH_E_NOMEM;
}
