#include "base/cleanup.h"
#include "client/patterns.h"

#include <criterion/criterion.h>

struct planted {
    struct arena *arena;
    struct rows rows;
};

static void planted_make(struct planted *planted)
{
    cr_assert_eq(arena_new(SH_MIB, 1000, &planted->arena), SH_OK);
    planted->rows.list = (struct growing)GROWING_INIT(planted->arena, struct row);
}

static void planted_wipe(struct planted *planted)
{
    rows_wipe(&planted->rows);
    arena_free(&planted->arena);
}

/* A row of the first child. more: other members, as JSON. */
static void plant(struct planted *planted, const char *day, const char *from, const char *role,
                  const char *more)
{
    void *item = NULL;
    cr_assert_eq(growing_add(&planted->rows.list, &item), SH_OK);
    struct row *row = item;
    cr_assert_eq(event_time_from(day, &row->at), SH_OK);
    row->known_at_ms = row->at.ms;
    row->nth = planted->rows.list.len;
    row->json = json_pack("{s:s, s:s, s:[{s:i, s:s}]}", "part", "message", "from", from, "children",
                          "person", 1, "role", role);
    json_t *others = json_loads(more, 0, NULL);
    cr_assert(row->json && others);
    cr_assert_eq(json_object_update(row->json, others), 0);
    json_decref(others);
}

static json_t *flags_of(struct planted *planted, const char *rules)
{
    SH_DEFER(patterns_free) struct patterns *patterns = NULL;
    struct sh_why why = {{0}};
    json_t *list = json_array();
    cr_assert_eq(patterns_parse(bytes_str(rules), "rules", &patterns, &why), SH_OK, "%s", why.text);
    cr_assert_eq(rows_sort(&planted->rows), SH_OK);
    cr_assert_eq(patterns_flag(patterns, &planted->rows, 1, planted->arena, list), SH_OK);
    return list;
}

static size_t count(struct planted *planted, const char *rules)
{
    SH_DEFER(json_freep) json_t *list = flags_of(planted, rules);
    return json_array_size(list);
}

#define CONCERN    "{\"kind\": \"concern\"}"
#define RULE(text) "{\"gap_days\": 9, \"rules\": [{\"id\": \"r\", \"says\": \"s\", " text "}]}"
#define THREE      RULE("\"kinds\": [\"concern\"], \"count\": 3, \"within_days\": 30")

Test(patterns, three_in_thirty_days_and_not_in_thirty_one)
{
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2026-01-01", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-15", "a@b.school", "not_said", CONCERN);
    cr_assert_eq(count(&planted, THREE), 0);
    plant(&planted, "2026-01-31", "a@b.school", "witness", CONCERN);
    SH_DEFER(json_freep) json_t *list = flags_of(&planted, THREE);
    cr_assert_eq(json_array_size(list), 1);
    const json_t *flag = json_array_get(list, 0);
    cr_expect_str_eq(json_string_value(json_object_get(flag, "on")), "2026-01-31");
    cr_expect_eq(json_array_size(json_object_get(flag, "rows")), 3);
    cr_expect_str_eq(json_string_value(json_object_get(flag, "role")), "harmed_or_not_said");
    plant(&planted, "2026-03-02", "a@b.school", "harmed", CONCERN);
    cr_assert_eq(count(&planted, THREE), 1, "30 January days later there is only one other");
}

Test(patterns, a_day_more_is_outside)
{
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2026-01-01", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-02", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-02-01", "a@b.school", "harmed", CONCERN);
    cr_assert_eq(count(&planted, THREE), 0);
}

Test(patterns, harmed_and_alleged_are_never_counted_together)
{
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2026-01-01", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-02", "a@b.school", "alleged_to_have_harmed", CONCERN);
    plant(&planted, "2026-01-03", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-04", "a@b.school", "alleged_to_have_harmed", CONCERN);
    cr_assert_eq(count(&planted, THREE), 0);
    plant(&planted, "2026-01-05", "a@b.school", "both", CONCERN);
    SH_DEFER(json_freep) json_t *list = flags_of(&planted, THREE);
    cr_assert_eq(json_array_size(list), 2, "one in each role");
    cr_expect_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "role")),
                     "alleged_to_have_harmed");
}

Test(patterns, another_child_of_the_household_is_not_counted)
{
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2026-01-01", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-02", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-03", "a@b.school", "harmed",
          "{\"kind\": \"concern\", \"children\": [{\"person\": 2, \"role\": \"harmed\"}]}");
    cr_assert_eq(count(&planted, THREE), 0);
}

Test(patterns, two_desks_of_one_organisation_are_one_agency)
{
    static const char rule[] = RULE("\"kinds\": [\"concern\"], \"count\": 2, \"within_days\": 7, "
                                    "\"different\": \"organisation\"");
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2026-01-01", "dsl@1.school", "harmed", CONCERN);
    plant(&planted, "2026-01-02", "head@1.school", "harmed", CONCERN);
    cr_assert_eq(count(&planted, rule), 0);
    plant(&planted, "2026-01-08", "a@x.police", "harmed", CONCERN);
    cr_assert_eq(count(&planted, rule), 1);
}

Test(patterns, outcomes_count_at_any_time_and_a_quoting_referral_is_no_further_concern)
{
    static const char outcome[] = RULE("\"kinds\": [\"decision\"], \"count\": 2, "
                                       "\"outcomes\": [\"no_further_action\"]");
    static const char both[] = RULE("\"kinds\": [\"concern\", \"referral\"], \"count\": 2");
    SH_DEFER(planted_wipe) struct planted planted;
    planted_make(&planted);
    plant(&planted, "2001-01-01", "m@1.social-care", "harmed",
          "{\"kind\": \"decision\", \"outcome\": \"no_further_action\"}");
    plant(&planted, "2026-01-02", "m@1.social-care", "harmed",
          "{\"kind\": \"decision\", \"outcome\": \"early_help\"}");
    cr_assert_eq(count(&planted, outcome), 0);
    plant(&planted, "2026-01-03", "m@1.social-care", "harmed",
          "{\"kind\": \"decision\", \"outcome\": \"no_further_action\"}");
    cr_assert_eq(count(&planted, outcome), 1);
    plant(&planted, "2026-01-04", "a@b.school", "harmed", CONCERN);
    plant(&planted, "2026-01-05", "a@b.school", "harmed",
          "{\"kind\": \"referral\", \"quotes\": true}");
    cr_assert_eq(count(&planted, both), 0);
}

struct bad_rules {
    const char *text, *place;
};

Test(patterns, a_rule_that_cannot_be_right_is_an_error_with_its_place)
{
    static const struct bad_rules table[] = {
        {"", "rules"},
        {"[]", "rules"},
        {"{\"rules\": []}", "gap_days"},
        {"{\"gap_days\": 0, \"rules\": []}", "gap_days"},
        {"{\"gap_days\": 1}", "rules"},
        {"{\"gap_days\": 1, \"rules\": [], \"more\": 1}", "unknown key"},
        {"{\"gap_days\": 1, \"rules\": [1]}", "rules[0].id"},
        {RULE("\"kinds\": [\"concern\"]"), "rules[0].count"},
        {RULE("\"count\": 2"), "rules[0].kinds"},
        {RULE("\"kinds\": [\"concerns\"], \"count\": 2"), "rules[0].kinds"},
        {RULE("\"kinds\": [], \"count\": 2"), "rules[0].kinds"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 0"), "rules[0].count"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 101"), "rules[0].count"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 2, \"colour\": 1"), "rules[0].colour"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 2, \"outcomes\": [\"nfa\"]"),
         "rules[0].outcomes"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 2, \"different\": \"desk\""),
         "rules[0].different"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 2, \"time\": \"sent\""), "rules[0].time"},
        {RULE("\"kinds\": [\"concern\"], \"count\": 2, \"within_days\": 1, \"within_months\": 1"),
         "rules[0].within_months"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct patterns *patterns = NULL;
        struct sh_why why = {{0}};
        cr_expect_eq(patterns_parse(bytes_str(table[i].text), "rules", &patterns, &why),
                     SH_E_CONFIG, "%s", table[i].text);
        cr_expect_not_null(strstr(why.text, table[i].place), "%s: %s", table[i].text, why.text);
        patterns_free(&patterns);
    }
}

Test(patterns, a_home_without_rules_has_those_of_the_program)
{
    SH_DEFER(patterns_free) struct patterns *patterns = NULL;
    struct sh_why why = {{0}};
    cr_assert_eq(patterns_load("/nowhere", &patterns, &why), SH_OK, "%s", why.text);
    cr_expect_eq(patterns_gap_days(patterns), 180);
}
