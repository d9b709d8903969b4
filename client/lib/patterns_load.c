/* Reads patterns.json. Every key is known or an error that names its place, so that a misspelt rule
 * never goes unnoticed. */
#include "base/files.h"
#include "client/patterns_rules.h"
#include "wire/casework.h"

#define PATTERNS_FILE "patterns.json"
#define COUNT_MAX     100
#define DAYS_MAX      36525
#define MONTHS_MAX    1200
#define OUTCOME_WORDS 32

void patterns_free(struct patterns **patterns)
{
    if (*patterns) {
        json_decref((*patterns)->json);
        free((*patterns)->origin);
        free(*patterns);
        *patterns = NULL;
    }
}

const char *patterns_origin(const struct patterns *patterns)
{
    return patterns->origin;
}

int64_t patterns_gap_days(const struct patterns *patterns)
{
    return patterns->gap_days;
}

/* ---- one rule ---- */

struct reading {
    const char *file;
    size_t rule; /* from 0 */
    struct sh_why *why;
};

static sh_err complain(const struct reading *reading, const char *key, const char *complaint)
{
    return sh_fail(reading->why, SH_E_CONFIG, "%s: rules[%zu].%s: %s", reading->file, reading->rule,
                   key, complaint);
}

static sh_err check_keys(const struct reading *reading, json_t *rule)
{
    static const char *const known[] = {"id",        "says",  "kinds",       "outcomes",
                                        "subtypes",  "count", "within_days", "within_months",
                                        "different", "time"};
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach (rule, key, value) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strcmp(known[i], key) == 0;
        }
        SH_CHECK(found, complain(reading, key, "unknown key"));
    }
    return SH_OK;
}

static sh_err take_text(const struct reading *reading, const json_t *rule, const char *key,
                        const char **out)
{
    const char *text = json_string_value(json_object_get(rule, key));
    SH_CHECK(text && text[0], complain(reading, key, "missing"));
    *out = text;
    return SH_OK;
}

typedef bool (*is_word)(const char *word);

static bool is_kind(const char *word)
{
    return kind_from_word(word) != 0;
}

static bool is_subtype(const char *word)
{
    return subtype_from_word(word) != 0;
}

/* The outcomes of the forms are more than those of the header: tests/cases/CODES.md. */
static bool is_outcome(const char *word)
{
    static const char *const words[] = {"urgent_protection",
                                        "strategy_discussion",
                                        "section_47_enquiry",
                                        "child_and_family_assessment",
                                        "early_help",
                                        "information_and_advice",
                                        "no_further_action",
                                        "already_open",
                                        "passed_to_another_agency",
                                        "more_information_needed",
                                        "assessment_finished",
                                        "stepped_down",
                                        "closed"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static sh_err take_words(const struct reading *reading, const json_t *rule, const char *key,
                         is_word check, const json_t **out)
{
    const json_t *list = json_object_get(rule, key);
    *out = list;
    SH_CHECK(list, SH_OK);
    SH_CHECK(json_array_size(list) > 0, complain(reading, key, "must be a list of words"));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        SH_CHECK(word && check(word), complain(reading, key, "has a word that is no code"));
    }
    return SH_OK;
}

static sh_err take_number(const struct reading *reading, const json_t *rule, const char *key,
                          json_int_t max, int64_t *out)
{
    const json_t *number = json_object_get(rule, key);
    *out = 0;
    SH_CHECK(number, SH_OK);
    bool fits = json_is_integer(number) && json_integer_value(number) >= 1 &&
                json_integer_value(number) <= max;
    SH_CHECK(fits, complain(reading, key, "must be a whole number above 0, and not so large"));
    *out = json_integer_value(number);
    return SH_OK;
}

/* *out: whether the word is there. */
static sh_err take_choice(const struct reading *reading, const json_t *rule, const char *key,
                          const char *word, bool *out)
{
    const json_t *value = json_object_get(rule, key);
    const char *text = json_string_value(value);
    *out = text && strcmp(text, word) == 0;
    SH_CHECK(!value || *out || (text && strcmp(text, "happened") == 0 && key[0] == 't'),
             complain(reading, key, "has a word that is not known"));
    return SH_OK;
}

static sh_err read_rule(const struct reading *reading, json_t *json, struct pattern_rule *out)
{
    struct pattern_rule rule = {.id = NULL};
    int64_t count = 0;
    SH_TRY(check_keys(reading, json));
    SH_TRY(take_text(reading, json, "id", &rule.id));
    SH_TRY(take_text(reading, json, "says", &rule.says));
    SH_TRY(take_words(reading, json, "kinds", is_kind, &rule.kinds));
    SH_TRY(take_words(reading, json, "outcomes", is_outcome, &rule.outcomes));
    SH_TRY(take_words(reading, json, "subtypes", is_subtype, &rule.subtypes));
    SH_TRY(take_number(reading, json, "count", COUNT_MAX, &count));
    SH_TRY(take_number(reading, json, "within_days", DAYS_MAX, &rule.within_days));
    SH_TRY(take_number(reading, json, "within_months", MONTHS_MAX, &rule.within_months));
    SH_TRY(take_choice(reading, json, "different", "organisation", &rule.different_organisations));
    SH_TRY(take_choice(reading, json, "time", "known", &rule.by_known));
    SH_CHECK(rule.kinds, complain(reading, "kinds", "missing"));
    SH_CHECK(count > 0, complain(reading, "count", "missing"));
    SH_CHECK(!rule.within_days || !rule.within_months,
             complain(reading, "within_months", "cannot stand beside within_days"));
    rule.count = (size_t)count;
    *out = rule;
    return SH_OK;
}

/* ---- the file ---- */

static sh_err read_gap(struct patterns *patterns, const char *name, struct sh_why *why)
{
    const json_t *gap = json_object_get(patterns->json, "gap_days");
    SH_CHECK(json_is_integer(gap) && json_integer_value(gap) >= 1,
             sh_fail(why, SH_E_CONFIG, "%s: gap_days: must be a whole number above 0", name));
    patterns->gap_days = json_integer_value(gap);
    return SH_OK;
}

static sh_err read_rules(struct patterns *patterns, const char *name, struct sh_why *why)
{
    const json_t *rules = json_object_get(patterns->json, "rules");
    SH_CHECK(json_is_array(rules) && json_array_size(rules) <= PATTERN_RULES_MAX,
             sh_fail(why, SH_E_CONFIG, "%s: rules: must be a list of at most %u", name,
                     PATTERN_RULES_MAX));
    SH_CHECK(json_object_size(patterns->json) == 2,
             sh_fail(why, SH_E_CONFIG, "%s: has an unknown key beside gap_days and rules", name));
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const struct reading reading = {name, i, why};
        SH_TRY(read_rule(&reading, json_array_get(rules, i), &patterns->rules[i]));
        patterns->rules_len++;
    }
    return SH_OK;
}

sh_err patterns_parse(struct bytes text, const char *name, struct patterns **out,
                      struct sh_why *why)
{
    SH_DEFER(patterns_free) struct patterns *patterns = calloc(1, sizeof *patterns);
    struct sh_why detail = {{0}};
    SH_CHECK(patterns, SH_E_NOMEM);
    patterns->origin = strdup(name);
    SH_CHECK(patterns->origin, SH_E_NOMEM);
    sh_err result = casework_parse(text, &patterns->json, &detail);
    SH_CHECK(result != SH_E_NOMEM, result);
    SH_CHECK(result == SH_OK, sh_fail(why, SH_E_CONFIG, "%s: %s", name, detail.text));
    SH_TRY(read_gap(patterns, name, why));
    SH_TRY(read_rules(patterns, name, why));
    *out = patterns;
    patterns = NULL;
    return SH_OK;
}

/* SH_E_NOT_FOUND: there is no such file, so the next place counts. */
static sh_err load_from(const char *dir, struct patterns **out, struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    SH_TRY(path_join(path, sizeof path, dir, PATTERNS_FILE));
    SH_TRY(file_read(path, &text, why));
    return patterns_parse(bytes_buf(&text), path, out, why);
}

sh_err patterns_load(const char *home, struct patterns **out, struct sh_why *why)
{
    const char *const dirs[] = {home, SH_CLIENT_DATA_DIR};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        struct sh_why detail = {{0}};
        sh_err result = load_from(dirs[i], out, &detail);
        if (result != SH_E_NOT_FOUND) {
            return result == SH_OK ? result : sh_fail(why, result, "%s", detail.text);
        }
    }
    return patterns_parse(bytes_of(patterns_built_in, patterns_built_in_len),
                          "the rules of this program", out, why);
}
