/* The rules file of the clarity check, its limits, and the public function. */
#include "base/files.h"
#include "client/clarity_rules.h"
#include "client/state.h"
#include "support/temp.h"

#include <criterion/criterion.h>

#define RULES_PATH SH_SOURCE_DIR "/client/dist/clarity-england.json"

/* The least that is a rules file; a test puts its own member in place of one of these. */
static json_t *least(void)
{
    static const char text[] =
        "{\"format\":1,\"name\":\"n\",\"phrases\":[],\"questions\":[],\"signs\":{},"
        "\"short_forms\":{\"known\":[\"GP\"],\"meanings\":{},\"why\":\"w\",\"instead\":\"i\"},"
        "\"voice\":{\"kinds\":[\"referral\"],\"speaks_from_months\":24,\"not_speaking\":[\"mute\"],"
        "\"words\":{\"why\":\"w\",\"instead\":\"i\"},\"behaviour\":{\"why\":\"w\",\"instead\":"
        "\"i\"},"
        "\"unborn\":{\"why\":\"w\",\"instead\":\"i\"}}}";
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_not_null(json);
    return json;
}

static sh_err parse_text(const char *text, size_t len, struct sh_why *why)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = NULL;
    sh_err result = clarity_rules_parse(bytes_of(text, len), "x.json", &rules, why);
    cr_assert_eq(result == SH_OK, rules != NULL);
    return result;
}

static sh_err parse_json(const json_t *json, struct sh_why *why)
{
    char *text = json_dumps(json, 0);
    sh_err result = parse_text(text, strlen(text), why);
    free(text);
    return result;
}

/* The least file with `key` set to the JSON text, or removed if that is NULL. */
static sh_err parse_with(const char *key, const char *value, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *json = least();
    if (value) {
        json_t *member = json_loads(value, JSON_DECODE_ANY, NULL);
        cr_assert_not_null(member, "%s", value);
        json_object_set_new(json, key, member);
    } else {
        json_object_del(json, key);
    }
    return parse_json(json, why);
}

Test(clarity_rules, the_least_file_is_one)
{
    SH_DEFER(json_freep) json_t *json = least();
    struct sh_why why = {{0}};
    cr_assert_eq(parse_json(json, &why), SH_OK, "%s", why.text);
}

Test(clarity_rules, a_mistake_is_told_with_its_place)
{
#define PHRASE "\"why\":\"w\",\"instead\":\"i\""
#define ASK    "\"code\":\"c\",\"at\":\"a\"," PHRASE
    static const struct {
        const char *key, *value, *place;
    } rows[] = {
        {"format", NULL, "format: must be a number"},
        {"format", "2", "format: this version reads format 1"},
        {"format", "\"1\"", "format: must be a number"},
        {"name", NULL, "name: missing"},
        {"name", "7", "name: must be text"},
        {"nmae", "7", "nmae: unknown key"},
        {"phrases", NULL, "phrases: missing"},
        {"phrases", "{}", "phrases: must be a list"},
        {"phrases", "[7]", "phrases[0]: not an object"},
        {"phrases", "[{\"code\":\"c\",\"find\":[\"a\"],\"why\":\"w\"}]",
         "phrases[0].instead: missing"},
        {"phrases", "[{\"code\":\"C\",\"find\":[\"a\"]," PHRASE "}]",
         "phrases[0].code: must be lower-case"},
        {"phrases", "[{\"code\":\"c\"," PHRASE "}]", "phrases[0].find: missing"},
        {"phrases", "[{\"code\":\"c\",\"find\":[]," PHRASE "}]", "phrases[0].find: must be a list"},
        {"phrases", "[{\"code\":\"c\",\"find\":[7]," PHRASE "}]", "phrases[0].find[0]: must be"},
        {"phrases", "[{\"code\":\"c\",\"find\":[\"a\",\"b, c\"]," PHRASE "}]",
         "phrases[0].find[1]: must be 1 to 12 words"},
        {"phrases", "[{\"code\":\"c\",\"find\":[\"  \"]," PHRASE "}]", "phrases[0].find[0]"},
        {"phrases", "[{\"code\":\"c\",\"find\":[\"a\"],\"kinds\":[\"letter\"]," PHRASE "}]",
         "phrases[0].kinds: no such kind"},
        {"phrases", "[{\"code\":\"c\",\"find\":[\"a\"],\"words\":1," PHRASE "}]",
         "phrases[0].words: unknown key"},
        {"short_forms", NULL, "short_forms: not an object"},
        {"short_forms", "{" PHRASE ",\"meanings\":{}}", "short_forms.known: missing"},
        {"short_forms", "{" PHRASE ",\"known\":[\"A\"]}", "short_forms.meanings: missing"},
        {"short_forms", "{" PHRASE ",\"known\":[\"A\"],\"meanings\":{\"CP\":7}}",
         "short_forms.meanings.CP: must be text"},
        {"signs", NULL, "signs: missing"},
        {"signs", "{\"dates\":[\"?\"]}", "signs.dates[0]"},
        {"questions", NULL, "questions: missing"},
        {"questions", "[{" ASK "}]", "questions[0]: needs unless_"},
        {"questions", "[{" ASK ",\"unless_said\":\"dates\"}]",
         "questions[0].unless_said: is no list of signs"},
        {"questions", "[{" ASK ",\"unless_filled\":\"a\"}]", "questions[0].unless_filled: must be"},
        {"questions", "[{" ASK ",\"fewer_words_than\":0}]",
         "questions[0].fewer_words_than: must be"},
        {"questions", "[{" ASK ",\"fewer_words_than\":2,\"unless_filled\":[\"a\"]}]",
         "questions[0].fewer_words_than: cannot stand beside"},
        {"questions", "[{" ASK ",\"unless_filled\":[\"a\"],\"if\":{\"at\":\"a\"}}]",
         "questions[0].if.is: missing"},
        {"questions", "[{" ASK ",\"unless_filled\":[\"a\"],\"if\":7}]",
         "questions[0].if: not an object"},
        {"voice", NULL, "voice: not an object"},
        {"voice", "{\"speaks_from_months\":24,\"not_speaking\":[\"a\"]}",
         "voice.words: not an object"},
        {"voice", "{\"speaks_from_months\":24}", "voice.not_speaking: missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sh_why why = {{0}};
        cr_assert_eq(parse_with(rows[i].key, rows[i].value, &why), SH_E_CONFIG, "%s %s",
                     rows[i].key, rows[i].value ? rows[i].value : "removed");
        cr_assert_eq(strncmp(why.text, "x.json: ", 8), 0, "%s", why.text);
        cr_assert_eq(strncmp(why.text + 8, rows[i].place, strlen(rows[i].place)), 0, "%s for %s",
                     why.text, rows[i].place);
    }
}

Test(clarity_rules, text_that_is_no_json_is_told_with_line_and_column)
{
    static const char *const rows[] = {"", "{", "{\"format\":1,\n\"format\":1}", "\xff\xfe",
                                       "[] []"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sh_why why = {{0}};
        cr_assert_eq(parse_text(rows[i], strlen(rows[i]), &why), SH_E_CONFIG);
        cr_assert_not_null(strstr(why.text, "x.json: line "), "%s", why.text);
    }
}

/* ---- limits ---- */

Test(clarity_rules, a_file_may_have_256_kib_and_not_one_byte_more)
{
    SH_DEFER(json_freep) json_t *json = least();
    char *text = json_dumps(json, 0);
    char *padded = malloc(CLARITY_RULES_BYTES_MAX + 1);
    struct sh_why why = {{0}};
    memset(padded, ' ', CLARITY_RULES_BYTES_MAX + 1);
    memcpy(padded, text, strlen(text));
    cr_assert_eq(parse_text(padded, CLARITY_RULES_BYTES_MAX, &why), SH_OK, "%s", why.text);
    cr_assert_eq(parse_text(padded, CLARITY_RULES_BYTES_MAX + 1, &why), SH_E_CONFIG);
    free(padded);
    free(text);
}

static sh_err parse_phrases(size_t phrases, size_t finds, struct sh_why *why)
{
    SH_DEFER(json_freep) json_t *json = least();
    json_t *list = json_array();
    for (size_t i = 0; i < phrases; i++) {
        json_t *find = json_array();
        for (size_t k = 0; k < finds; k++) {
            json_array_append_new(find, json_string("a"));
        }
        json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:s}", "code", "c", "find", find, "why",
                                              "w", "instead", "i"));
    }
    json_object_set_new(json, "phrases", list);
    return parse_json(json, why);
}

Test(clarity_rules, lists_have_limits)
{
    struct sh_why why = {{0}};
    cr_assert_eq(parse_phrases(CLARITY_ENTRIES_MAX, 1, &why), SH_OK, "%s", why.text);
    cr_assert_eq(parse_phrases(CLARITY_ENTRIES_MAX + 1, 1, &why), SH_E_CONFIG);
    cr_assert_eq(parse_phrases(1, CLARITY_FINDS_MAX, &why), SH_OK, "%s", why.text);
    cr_assert_eq(parse_phrases(1, CLARITY_FINDS_MAX + 1, &why), SH_E_CONFIG);
}

Test(clarity_rules, a_phrase_may_have_12_words)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct clarity_pattern pattern;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(clarity_pattern_read("a b c d e f g h i j k l", arena, &pattern), SH_OK);
    cr_assert_eq(pattern.len, CLARITY_PATTERN_WORDS_MAX);
    cr_assert_eq(clarity_pattern_read("a b c d e f g h i j k l m", arena, &pattern), SH_E_FORMAT);
}

static bool matches(const char *pattern_text, const char *text)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct clarity_pattern pattern;
    struct clarity_text read;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(clarity_pattern_read(pattern_text, arena, &pattern), SH_OK, "%s", pattern_text);
    cr_assert_eq(clarity_text_read(bytes_str(text), arena, &read), SH_OK);
    const struct clarity_patterns patterns = {&pattern, 1};
    return clarity_patterns_find(&patterns, &read);
}

Test(clarity_rules, stars_and_digits_of_a_phrase_fit_as_the_manual_says)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        {"struggl* to", "struggling to", true},
        {"struggl* to", "struggl to", true},
        {"struggl* to", "strugg to", false},
        {"* to", "anything to", true},
        {"* to", "to", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "aXbYbZ", false},
        {"##:##", "at 10:30 then", true},
        {"##:##", "at 1:30 then", false},
        {"#:##*", "at 1:30pm then", true},
        {"####-##-##", "on 2026-11-20.", true},
        {"#/#*", "on 5/11/2026", true},
        {"don't", "I don\u2019t", true},
        {"don\u2019t", "I don't", true},
        {"\u0174yr", "fy \u0175yr i", true},
        {"\u00c9t\u00e9", "un \u00e9t\u00c9", true},
        {"\u0179", "a \u017a b", true},
        {"a&e", "the A&E there", true},
        {"s", "s.47 enquiry", true},
        {"well-known", "well known", true},
        {"well known", "well-known", true},
        {"well known", "well/known", true},
        {"well known", "well \u2014 known", false},
        {"well known", "well\n\nknown", false},
        {"well known", "well\nknown", true},
        {"well known", "well\u00a0known", true},
        {"well known", "well (known)", false},
        {"well known", "well \U0001F622 known", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(matches(rows[i].pattern, rows[i].text), rows[i].fits, "%s in %s",
                     rows[i].pattern, rows[i].text);
    }
}

/* A text of one kind of mark must not cost its square: 64 KiB of each, read in well under what a
 * quadratic walk takes (a minute and more under the sanitizers). */
Test(clarity_rules, a_page_of_opening_marks_is_read_at_once, .timeout = 20)
{
    static const char *const units[] = {"'a ", "\" ", "\u201ca ", "\u2018a ",
                                        "a'",  "(",   "1:",       "A "};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_TEXT_BYTES_MAX + 8);
        struct clarity_text read;
        while (text.len < SH_TEXT_BYTES_MAX) {
            cr_assert_eq(buf_append_str(&text, units[i]), SH_OK);
        }
        cr_assert_eq(arena_new(64 * SH_MIB, 1000, &arena), SH_OK);
        cr_assert_eq(clarity_text_read(bytes_buf(&text), arena, &read), SH_OK);
    }
}

/* ---- the public function ---- */

static const char vague[] =
    "{\"kind\":\"referral\",\"to\":[\"mash@999.social-care\"],\"children\":[{\"given_names\":\"A\"}"
    "]"
    ",\"concern\":{\"what_happened\":\"There are concerns about him.\"},\"referrer\":{\"name\":"
    "\"B\",\"role\":\"C\"}}";

Test(clarity_check, gives_the_shape_that_the_header_promises)
{
    struct sh_client_error error;
    char *text = NULL;
    cr_assert_eq(sh_client_check(vague, strlen(vague), RULES_PATH, &text, &error), 0);
    SH_DEFER(json_freep) json_t *result = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_str_eq(json_string_value(json_object_get(result, "kind")), "referral");
    cr_assert(json_is_string(json_object_get(result, "rules")));
    const json_t *first = json_array_get(json_object_get(result, "findings"), 0);
    static const char *const members[] = {"code", "about", "path", "words", "why", "instead"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        cr_assert(json_is_string(json_object_get(first, members[i])), "%s", members[i]);
    }
    cr_assert_str_eq(json_string_value(json_object_get(first, "about")), "wording");
    cr_assert_str_eq(json_string_value(json_object_get(first, "words")), "concerns about");
}

Test(clarity_check, refuses_what_sending_refuses_with_the_place)
{
    static const struct {
        const char *json, *place;
    } rows[] = {
        {"{\"thread\":[]}", "thread: "},
        {"{\"kind\":\"note\",\"expected\":\"x\"}", "expected: "},
        {"[]", "the document is not a JSON object"},
        {"{\"kind\":\"note\",\"text\":null}", "text"},
        {"{\"kind\":\"note\",\"txet\":\"x\"}", "txet: "},
        {"{\"kind\":\"letter\"}", "kind: "},
        {"{}", "kind: "},
        {"", "kind: "},
        {"{\"kind\":", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sh_client_error error;
        char *text = NULL;
        int code = sh_client_check(rows[i].json, strlen(rows[i].json), RULES_PATH, &text, &error);
        cr_assert_eq(code, SH_CLIENT_JSON, "%s", rows[i].json);
        cr_assert_eq(sh_client_exit_status(code), 2);
        cr_assert_null(text);
        cr_assert_eq(strncmp(error.sentence, rows[i].place, strlen(rows[i].place)), 0, "%s",
                     error.sentence);
    }
}

Test(clarity_check, a_rules_file_that_is_not_there_or_is_broken_is_bad_input)
{
    struct temp_dir dir;
    temp_dir_make(&dir);
    char path[512];
    cr_assert_eq(path_join(path, sizeof path, dir.path, "clarity.json"), SH_OK);
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_check(vague, strlen(vague), path, &text, &error);
    cr_assert_eq(sh_client_exit_status(code), 2);
    cr_assert_eq(file_write_atomic(path, bytes_str("{\"format\":1}"), 0600, NULL), SH_OK);
    code = sh_client_check(vague, strlen(vague), path, &text, &error);
    cr_assert_eq(sh_client_exit_status(code), 2);
    cr_assert_null(text);
    cr_assert_not_null(strstr(error.sentence, "name: missing"), "%s", error.sentence);
    temp_dir_remove(&dir);
}

Test(clarity_check, what_is_built_in_is_the_file_that_is_installed)
{
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(CLARITY_RULES_BYTES_MAX);
    cr_assert_eq(file_read(RULES_PATH, &file, NULL), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&file), bytes_of(clarity_built_in, clarity_built_in_len)));
}

Test(clarity_check, no_more_than_200_findings_are_given)
{
    SH_DEFER(json_freep) json_t *document = json_loads(vague, 0, NULL);
    json_t *concern = json_object_get(document, "concern"), *list = json_array();
    for (size_t i = 0; i < CLARITY_FINDINGS_MAX + 1; i++) {
        json_array_append_new(list, json_pack("{s:s}", "words", "He was naughty."));
    }
    json_object_set_new(concern, "observations", list);
    char *json = json_dumps(document, 0), *text = NULL;
    cr_assert_eq(sh_client_check(json, strlen(json), RULES_PATH, &text, NULL), 0);
    SH_DEFER(json_freep) json_t *result = json_loads(text, 0, NULL);
    cr_assert_eq(json_array_size(json_object_get(result, "findings")), CLARITY_FINDINGS_MAX);
    sh_client_free_text(&text);
    free(json);
}
