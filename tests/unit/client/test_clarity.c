/* The clarity check: what the rules find, and where they keep quiet. */
#include "base/clock.h"
#include "base/files.h"
#include "client/clarity_rules.h"
#include "client/state.h"
#include "support/temp.h"

#include <criterion/criterion.h>

#define RULES_PATH SH_SOURCE_DIR "/client/dist/clarity-england.json"
#define NOW_MS     1795176000000 /* 2026-11-20T12:00:00Z */

/* A referral to which nothing need be added. */
static const char whole[] =
    "{'kind':'referral','to':['mash@999.social-care'],'urgency':'routine','children':[{"
    "'given_names':'A','date_of_birth':'2015-01-01'}],'concern':{'occurred_from':'2026-11-18T"
    "08:00:00Z','where':'Classroom 3','what_happened':'He ate nothing and slept on the table.',"
    "'observations':[{'seen_by':'Teacher','how':'seen','when':'2026-11-18T09:00:00Z','words':'He "
    "slept.'}],'child_words':[{'words':'I am tired.','said_to':'Teacher','when':'2026-11-18T09:00:"
    "00Z'}],'impact':'He has lost weight.','asked_for':'An assessment.'},'consent':{'status':"
    "'given','parents_informed':true},'referrer':{'name':'B','role':'DSL'}}";

static json_t *parse(const char *text)
{
    char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *c = copy; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    json_error_t error;
    json_t *json = json_loads(copy, 0, &error);
    cr_assert_not_null(json, "%s in %s", error.text, copy);
    return json;
}

static struct clarity_rules *default_rules(void)
{
    struct clarity_rules *rules = NULL;
    struct sh_why why = {{0}};
    cr_assert_eq(clarity_rules_load(RULES_PATH, &rules, &why), SH_OK, "%s", why.text);
    return rules;
}

static json_t *find(const struct clarity_rules *rules, const json_t *document)
{
    json_t *findings = NULL;
    cr_assert_eq(clarity_find(rules, document, NOW_MS, &findings), SH_OK);
    return findings;
}

/* The position of a finding with this code (and path, unless NULL), from 1; 0: none. */
static size_t has(const json_t *findings, const char *code, const char *path)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        const char *of = json_string_value(json_object_get(finding, "code"));
        const char *at = json_string_value(json_object_get(finding, "path"));
        if (strcmp(of, code) == 0 && (!path || strcmp(at, path) == 0)) {
            return i + 1;
        }
    }
    return 0;
}

static const char *words_at(const json_t *findings, size_t position)
{
    const json_t *finding = json_array_get(findings, position - 1);
    const char *words = json_string_value(json_object_get(finding, "words"));
    return words ? words : "";
}

/* What is found in a whole referral whose story is `text`. */
static json_t *find_in_story(const struct clarity_rules *rules, const char *text)
{
    SH_DEFER(json_freep) json_t *document = parse(whole);
    json_t *concern = json_object_get(document, "concern");
    cr_assert_eq(json_object_set_new(concern, "what_happened", json_string(text)), 0, "%s", text);
    return find(rules, document);
}

/* ---- wording ---- */

Test(clarity, a_whole_referral_gets_no_advice)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep) json_t *document = parse(whole);
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    cr_assert_eq(json_array_size(findings), 0, "%s", json_dumps(findings, 0));
}

Test(clarity, phrases_are_found_as_people_write_them)
{
    static const struct {
        const char *text, *code, *words;
    } rows[] = {
        {"There are CONCERNS about the home", "vague_concern", "CONCERNS about"},
        {"Mum struggles to engage with us all", "engagement", "struggles to engage"},
        {"The mother doesn't engage with the plan", "engagement", "doesn't engage"},
        {"The mother doesn\u2019t engage with the plan", "engagement", "doesn\u2019t engage"},
        {"They are a hard-to-reach family of five", "family_label", "hard-to-reach"},
        {"They live in poor\nhome  conditions over there", "home_conditions",
         "poor\nhome  conditions"},
        {"He was inappropriately dressed for the day", "inappropriate", "inappropriately"},
        {"Zo\u00eb can be challenging \u2014 her aunt said so", "behaviour_label",
         "can be challenging"},
        {"He is con\u00adstantly and fre\u00adquently late for it", "how_often",
         "fre\u00adquently"},
        {"\u4ed6 was promiscuous \u4ed6 and so on and on", "blames_child", "promiscuous"},
        {"The family is well known to children\u2019s services here", "known_to_services",
         "well known to children\u2019s services"},
    };
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(json_freep) json_t *findings = find_in_story(rules, rows[i].text);
        size_t at = has(findings, rows[i].code, "concern.what_happened");
        cr_assert_eq(json_array_size(findings), 1, "%s", rows[i].text);
        cr_assert_eq(at, 1, "%s", rows[i].text);
        cr_assert_str_eq(words_at(findings, at), rows[i].words);
    }
}

Test(clarity, what_only_looks_like_a_phrase_is_left_alone)
{
    static const char *const rows[] = {
        "We are challenging the decision of Monday now",   /* a verb */
        "Her concerns. About ten people were in the room", /* two sentences */
        "He had concerns, about ten of them, he counted",
        "He is known to youth justice since the summer", /* a named service */
        "She wrote that \"he can be challenging\" in her letter",
        "She wrote that \u201che can be challenging\u201d in her letter",
        "She wrote that \u2018he doesn\u2019t engage\u2019 in her letter",
        "She wrote that 'he doesn't engage' in her letter",
        "The unnaughty and naughty\u00e9 words of some other tongue",
        "At the same times each day he came to us",
        "Hewas\u00e9inappropriate is one word of some tongue",
        "A strategy discussion with other agencies was held at once",
        "",
        "\"",
        "'",
        "\u201c\u2018",
    };
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(json_freep) json_t *findings = find_in_story(rules, rows[i]);
        for (size_t f = 1; f <= json_array_size(findings); f++) {
            cr_assert_str_eq(words_at(findings, f), "", "%s", rows[i]);
        }
    }
}

Test(clarity, a_mark_that_opens_no_quotation_hides_nothing)
{
    static const char *const rows[] = {
        "The girls' father struggles to engage with anyone",
        "He is 5'10\" tall and struggles to engage with us",
        "The 'rest of it: he struggles to engage with us",
        "\u201cUnclosed: he struggles to engage with us all",
        "'Twas so: he struggles to engage with us all",
    };
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(json_freep) json_t *findings = find_in_story(rules, rows[i]);
        cr_assert(has(findings, "engagement", NULL), "%s", rows[i]);
    }
}

Test(clarity, the_words_of_a_child_are_not_judged_and_those_of_others_are)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep) json_t *document = parse(whole);
    json_t *concern = json_object_get(document, "concern");
    json_t *said = json_array_get(json_object_get(concern, "child_words"), 0);
    json_t *seen = json_array_get(json_object_get(concern, "observations"), 0);
    json_object_set_new(said, "words", json_string("He was inappropriate."));
    json_object_set_new(said, "wishes", json_string("Not to be called naughty."));
    json_object_set_new(seen, "how", json_string("told_by_child"));
    json_object_set_new(seen, "words", json_string("He was inappropriate."));
    SH_DEFER(json_freep) json_t *of_child = find(rules, document);
    cr_assert_eq(json_array_size(of_child), 0);
    json_object_set_new(seen, "how", json_string("told_by_third_party"));
    SH_DEFER(json_freep) json_t *of_other = find(rules, document);
    cr_assert_eq(json_array_size(of_other), 1);
    cr_assert(has(of_other, "inappropriate", "concern.observations[0].words"));
}

Test(clarity, names_and_addresses_are_not_judged)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep) json_t *document = parse(whole);
    json_t *child = json_array_get(json_object_get(document, "children"), 0);
    json_object_set_new(child, "given_names", json_string("Naughty"));
    json_object_set_new(child, "address", json_string("TAF House, 1 Inappropriate Road"));
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    cr_assert_eq(json_array_size(findings), 0);
}

Test(clarity, findings_of_one_text_stand_in_its_order_and_do_not_overlap)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *findings = find_in_story(
        rules, "Naughty at times. Ongoing concerns around poor home conditions. At times naughty.");
    cr_assert_eq(json_array_size(findings), 4);
    cr_assert_str_eq(words_at(findings, 1), "Naughty");
    cr_assert_str_eq(words_at(findings, 2), "at times");
    cr_assert_str_eq(words_at(findings, 3), "Ongoing concerns around");
    cr_assert_str_eq(words_at(findings, 4), "poor home conditions");
}

/* "fail* to engage" as somebody could write it. */
static void example_of(const char *pattern, char *out, size_t out_len)
{
    size_t len = 0;
    for (; *pattern && len + 1 < out_len; pattern++) {
        if (*pattern == '#') {
            out[len++] = '1';
        } else if (*pattern != '*') {
            out[len++] = *pattern;
        } else if (len == 0) {
            out[len++] = 'x'; /* a word of its own cannot be empty */
        }
    }
    out[len] = '\0';
}

/* A document of the kind with the text where a person's own words stand. */
static json_t *document_of(const char *kind, const char *text)
{
    json_t *document = parse("{'kind':'note','concern':{'asked_for':'x'},'reasons':''}");
    json_object_set_new(document, "kind", json_string(kind));
    json_object_set_new(document, "note", json_string(text));
    return document;
}

Test(clarity, every_phrase_of_the_default_rules_fires)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    size_t i = 0, k = 0;
    json_t *phrase = NULL, *find_text = NULL;
    json_array_foreach (json_object_get(rules->file, "phrases"), i, phrase) {
        const char *code = json_string_value(json_object_get(phrase, "code"));
        const json_t *kinds = json_object_get(phrase, "kinds");
        json_array_foreach (json_object_get(phrase, "find"), k, find_text) {
            char example[200], text[300];
            example_of(json_string_value(find_text), example, sizeof example);
            (void)snprintf(text, sizeof text, "Then we wrote %s, and more.", example);
            const char *kind = kinds ? json_string_value(json_array_get(kinds, 0)) : "close";
            SH_DEFER(json_freep) json_t *document = document_of(kind, text);
            SH_DEFER(json_freep) json_t *findings = find(rules, document);
            cr_assert(has(findings, code, "note"), "%s: %s", code, example);
        }
    }
    cr_assert_geq(i, 20);
}

Test(clarity, phrases_about_decisions_are_for_decisions)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep) json_t *note = document_of("note", "They said: threshold not met.");
    SH_DEFER(json_freep)
    json_t *decision = document_of("decision", "They said: threshold not met.");
    SH_DEFER(json_freep) json_t *of_note = find(rules, note);
    SH_DEFER(json_freep) json_t *of_decision = find(rules, decision);
    cr_assert_not(has(of_note, "vague_reasons", NULL));
    cr_assert(has(of_decision, "vague_reasons", NULL));
}

/* ---- short forms ---- */

Test(clarity, short_forms_are_told_once_unless_known_or_explained)
{
    static const struct {
        const char *text, *words; /* "": none */
    } rows[] = {
        {"A TAF was held in his second week", "TAF"},
        {"Two TAFs and one TAF were held then", "TAFs"},
        {"A ZQX was held in his second week", "ZQX"},
        {"A TAF (team around the family) met. The TAF agreed", ""},
        {"A team around the family (TAF) met. The TAF agreed", ""},
        {"His GP and the A&E doctor saw him", ""},
        {"He is NOT to go home with HIM", ""},
        {"THE TAF SAID THAT HE SHOULD COME HOME NOW", ""}, /* all in capitals: cannot be told */
        {"We had a taf and a Taf over there", ""},
        {"Child K and Mr X met in Year 5", ""},
        {"She said \"the TAF is no use\" to us", ""},
    };
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(json_freep) json_t *findings = find_in_story(rules, rows[i].text);
        bool some = rows[i].words[0] != '\0';
        cr_assert_eq(json_array_size(findings), some, "%s", rows[i].text);
        cr_assert_str_eq(some ? words_at(findings, 1) : "", rows[i].words, "%s", rows[i].text);
    }
}

Test(clarity, a_short_form_that_the_rules_know_is_written_out)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *findings = find_in_story(rules, "The TAF of last Monday in school");
    const char *instead =
        json_string_value(json_object_get(json_array_get(findings, 0), "instead"));
    cr_assert_str_eq(instead, "Write it out: team around the family.");
}

/* ---- the child's voice ---- */

Test(clarity, the_voice_that_is_asked_for_fits_the_child)
{
    static const struct {
        const char *children, *words; /* of a child, or "" */
        const char *code, *path;      /* NULL: nothing is asked */
    } rows[] = {
        {"[{'date_of_birth':'2015-01-01'}]", "", "child_words", "concern.child_words"},
        {"[{'given_names':'x'}]", "", "child_words", "concern.child_words"},
        {"[{'date_of_birth':'2015-01-01'}]", "No.", NULL, NULL},
        {"[{'date_of_birth':'2015-01-01','observed':'Hides'}]", "", NULL, NULL},
        {"[{'date_of_birth':'2015-01-01','observed':' '}]", "", "child_words", NULL},
        {"[{'date_of_birth':'2015-01-01','spoken_to':false}]", "", NULL, NULL},
        {"[{'date_of_birth':'2015-01-01','spoken_to':true}]", "", "child_words", NULL},
        /* two years old tomorrow, today */
        {"[{'date_of_birth':'2024-11-21'}]", "", "child_behaviour", "children[0].observed"},
        {"[{'date_of_birth':'2024-11-20'}]", "", "child_words", NULL},
        {"[{'date_of_birth':'2026-06-30','observed':'Smiles'}]", "", NULL, NULL},
        {"[{'due_date':'2027-02-01'}]", "", "child_behaviour", "children[0].observed"},
        {"[{'date_of_birth':'2026-12-01'}]", "", "child_behaviour", NULL},
        {"[{'date_of_birth':'2015-01-01','communication':'Non-verbal, points'}]", "",
         "child_behaviour", "children[0].observed"},
        {"[{'date_of_birth':'2015-01-01','disability':'Can\u2019t speak'}]", "", "child_behaviour",
         NULL},
        {"[{'date_of_birth':'2015-01-01','communication':'Non-verbal'}]", "Ball.", NULL, NULL},
        /* of two, the baby did not say them */
        {"[{'date_of_birth':'2015-01-01'},{'date_of_birth':'2026-06-30'}]", "No.",
         "child_behaviour", "children[1].observed"},
        {"[{'date_of_birth':'2015-01-01'},{'date_of_birth':'2016-01-01'}]", "No.", NULL, NULL},
    };
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SH_DEFER(json_freep) json_t *document = parse(whole);
        json_t *words =
            json_array_get(json_object_get(json_object_get(document, "concern"), "child_words"), 0);
        json_object_set_new(words, "words", json_string(rows[i].words));
        json_object_set_new(document, "children", parse(rows[i].children));
        SH_DEFER(json_freep) json_t *findings = find(rules, document);
        bool asked = has(findings, "child_words", NULL) || has(findings, "child_behaviour", NULL);
        cr_assert_eq(asked, rows[i].code != NULL, "%s", rows[i].children);
        cr_assert(!asked || has(findings, rows[i].code, rows[i].path), "%s", rows[i].children);
    }
}

Test(clarity, an_unborn_child_and_a_baby_get_different_advice)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *document = parse("{'kind':'referral','children':[{'due_date':'2027-02-01'},{'date_of_"
                             "birth':'2026-06-30'}]}");
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    size_t unborn = has(findings, "child_behaviour", "children[0].observed"),
           baby = has(findings, "child_behaviour", "children[1].observed");
    cr_assert(unborn && baby);
    cr_assert_not(json_equal(json_object_get(json_array_get(findings, unborn - 1), "instead"),
                             json_object_get(json_array_get(findings, baby - 1), "instead")));
}

Test(clarity, concerns_that_go_with_a_referral_bring_their_dates_and_words)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *document = parse("{'kind':'referral','children':[{'given_names':'x'"
                             "}],'concern':{'what_happened':'As below'}}");
    SH_DEFER(json_freep) json_t *alone = find(rules, document);
    json_object_set_new(document, "promotes", parse("['00000000000000000000000000000001']"));
    SH_DEFER(json_freep) json_t *promoting = find(rules, document);
    static const char *const codes[] = {"child_words", "when", "time_of_day", "where", "who_saw"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        cr_assert(has(alone, codes[i], NULL), "%s", codes[i]);
        cr_assert_not(has(promoting, codes[i], NULL), "%s", codes[i]);
    }
}

/* ---- questions ---- */

/* Puts a value at a path of the schema, through its lists. */
static void put(json_t *object, const char *path, const char *text)
{
    static const char *const lists[] = {"observations", "child_words", "children",         "next",
                                        "promotes",     "needed",      "asked_of_referrer"};
    char key[64];
    size_t len = strcspn(path, ".");
    (void)snprintf(key, sizeof key, "%.*s", (int)len, path);
    bool is_list = false, is_last = path[len] == '\0';
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        is_list = is_list || strcmp(lists[i], key) == 0;
    }
    json_t *inner = is_last ? json_string(text) : json_object();
    if (!is_last) {
        put(inner, path + len + 1, text);
    }
    if (is_list) {
        json_t *list = json_array();
        json_array_append_new(list, inner);
        inner = list;
    }
    json_t *there = json_object_get(object, key);
    if (json_is_object(there) && json_is_object(inner)) {
        json_object_update(there, inner);
        json_decref(inner);
    } else {
        json_object_set_new(object, key, inner);
    }
}

/* A document of the question's kind that says nothing, and meets its condition. */
static json_t *silent_document(const json_t *question)
{
    const json_t *kinds = json_object_get(question, "kinds"),
                 *condition = json_object_get(question, "if");
    const char *kind = kinds ? json_string_value(json_array_get(kinds, 0)) : "referral";
    const char *each = json_string_value(json_object_get(question, "each"));
    json_t *document = parse("{'kind':'x','concern':{}}");
    json_object_set_new(document, "kind", json_string(kind));
    if (condition) {
        put(document, json_string_value(json_object_get(condition, "at")),
            json_string_value(json_array_get(json_object_get(condition, "is"), 0)));
    }
    if (each) {
        char inner[80];
        (void)snprintf(inner, sizeof inner, "%s.other_key", each);
        put(document, inner, "x");
    }
    return document;
}

static void put_for(json_t *document, const json_t *question, const char *path, const char *text)
{
    const char *each = json_string_value(json_object_get(question, "each"));
    char full[128];
    (void)snprintf(full, sizeof full, "%s%s%s", each ? each : "", each ? "." : "", path);
    put(document, full, text);
}

static size_t asked(const struct clarity_rules *rules, const json_t *question,
                    const json_t *document)
{
    const char *each = json_string_value(json_object_get(question, "each"));
    char path[128];
    (void)snprintf(path, sizeof path, "%s%s%s", each ? each : "", each ? "[0]." : "",
                   json_string_value(json_object_get(question, "at")));
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    return has(findings, json_string_value(json_object_get(question, "code")), path);
}

static void quiet_when_put(const struct clarity_rules *rules, const json_t *question,
                           const char *list, const char *text)
{
    size_t i = 0;
    json_t *path = NULL;
    json_array_foreach (json_object_get(question, list), i, path) {
        SH_DEFER(json_freep) json_t *document = silent_document(question);
        put_for(document, question, json_string_value(path), text);
        cr_assert_not(asked(rules, question, document), "%s: %s",
                      json_string_value(json_object_get(question, "code")),
                      json_string_value(path));
    }
}

static void quiet_when_said(const struct clarity_rules *rules, const json_t *question)
{
    const char *list = json_string_value(json_object_get(question, "unless_said"));
    size_t i = 0;
    json_t *sign = NULL;
    json_array_foreach (json_object_get(json_object_get(rules->file, "signs"), list ? list : ""), i,
                        sign) {
        char example[200], text[300];
        SH_DEFER(json_freep) json_t *document = silent_document(question);
        example_of(json_string_value(sign), example, sizeof example);
        (void)snprintf(text, sizeof text, "So it was, %s, then.", example);
        put(document, "concern.what_happened", text);
        cr_assert_not(asked(rules, question, document), "%s: %s", list, example);
    }
}

/* One word too few is told, one more is not. */
static void short_text_is_told(const struct clarity_rules *rules, const json_t *question,
                               json_int_t words)
{
    char text[200] = "";
    SH_DEFER(json_freep) json_t *document = silent_document(question);
    const char *at = json_string_value(json_object_get(question, "at"));
    cr_assert_not(asked(rules, question, document), "what is not there is not short");
    for (json_int_t i = 1; i < words; i++) {
        (void)strcat(text, " wet");
        put_for(document, question, at, text);
        cr_assert(asked(rules, question, document), "%s", text);
    }
    (void)strcat(text, " wet ");
    put_for(document, question, at, text);
    cr_assert_not(asked(rules, question, document), "%s", text);
}

Test(clarity, every_question_of_the_default_rules_is_asked_and_can_be_answered)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    size_t i = 0;
    json_t *question = NULL;
    json_array_foreach (json_object_get(rules->file, "questions"), i, question) {
        const json_t *words = json_object_get(question, "fewer_words_than");
        if (words) {
            short_text_is_told(rules, question, json_integer_value(words));
            continue;
        }
        SH_DEFER(json_freep) json_t *document = silent_document(question);
        cr_assert(asked(rules, question, document), "%s",
                  json_string_value(json_object_get(question, "code")));
        quiet_when_put(rules, question, "unless_filled", "2026-11-18");
        quiet_when_put(rules, question, "unless_timed", "2026-11-18T09:00:00Z");
        quiet_when_said(rules, question);
    }
    cr_assert_geq(i, 20);
}

Test(clarity, a_date_without_time_does_not_say_the_time_of_day)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *document = parse("{'kind':'referral','concern':{'occurred_from':'2026-11-18'}}");
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    cr_assert(has(findings, "time_of_day", NULL));
    cr_assert_not(has(findings, "when", NULL));
}

Test(clarity, a_condition_that_does_not_hold_asks_nothing)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep) json_t *given = parse("{'kind':'referral','consent':{'status':'given'}}");
    SH_DEFER(json_freep)
    json_t *refused = parse("{'kind':'referral','consent':{'status':'refused'}}");
    SH_DEFER(json_freep) json_t *of_given = find(rules, given);
    SH_DEFER(json_freep) json_t *of_refused = find(rules, refused);
    cr_assert_not(has(of_given, "parents_reason", NULL));
    cr_assert(has(of_refused, "parents_reason", NULL));
}

Test(clarity, parents_who_do_not_know_are_an_answer)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = default_rules();
    SH_DEFER(json_freep)
    json_t *document = parse("{'kind':'referral','consent':{'parents_informed':false}}");
    SH_DEFER(json_freep) json_t *findings = find(rules, document);
    cr_assert_not(has(findings, "parents_know", NULL));
}
