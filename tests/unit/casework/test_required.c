/* What each kind must hold. */
#include "base/cleanup.h"
#include "sample.h"

#include <criterion/criterion.h>

static const char *const KINDS[] = {
#define X(name, number, word) word,
    SH_KINDS(X)
#undef X
};

Test(casework_required, the_least_of_every_kind_passes)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        SH_DEFER(json_decrefp) json_t *casework = sample_of(KINDS[i]);
        struct sh_why why = {0};
        cr_expect_eq(casework_check(casework, &why), SH_OK, "%s: %s", KINDS[i], why.text);
    }
}

/* value NULL: taken out. */
static const struct {
    const char *kind, *path, *value, *why;
} LACKING[] = {
    {"referral", "to", NULL, "to: missing"},
    {"referral", "to", "[]", "to: missing"},
    {"referral", "children", NULL, "children: missing"},
    {"referral", "children", "[{'upn':'X'}]", "children: at least one child needs a name"},
    {"referral", "children", "[{'given_names':''}]", "children: at least one child needs a name"},
    {"referral", "concern", NULL, "concern.what_happened: missing"},
    {"referral", "concern.what_happened", NULL, "concern.what_happened: missing"},
    {"referral", "concern.what_happened", "''", "concern.what_happened: must not be empty"},
    {"referral", "concern.categories", "['neglect','other']", "concern.other_text: missing"},
    {"referral", "referrer", NULL, "referrer.name: missing"},
    {"referral", "referrer.name", "''", "referrer.name: must not be empty"},
    {"referral", "referrer.role", NULL, "referrer.role: missing"},
    {"referral", "author", "{'name':'DSL'}", "author: unknown key"},
    {"notification", "to", NULL, "to: missing"},
    {"notification", "children", NULL, "children: missing"},
    {"notification", "concern", NULL, "concern.what_happened: missing"},
    {"notification", "author", NULL, "author.name: missing"},
    {"notification", "author.role", NULL, "author.role: missing"},
    {"concern", "to", NULL, "to: missing"},
    {"concern", "concern", NULL, "concern.what_happened: missing"},
    {"concern", "author", NULL, "author.name: missing"},
    {"concern", "subtype", "'decision_not_to_share'", "not_shared: missing"},
    {"concern", "not_shared", "{'reasons':'r'}", "subtype: missing"},
    {"acknowledgement", "author", "{'name':'DSL'}", "author.role: missing"},
    {"acknowledgement", "author", "{}", "author.name: missing"},
    {"acknowledgement", "taken_by", "{'role':'DSL'}", "taken_by.name: missing"},
    {"decision", "outcome", NULL, "outcome: missing"},
    {"decision", "reasons", NULL, "reasons: missing"},
    {"decision", "reasons", "''", "reasons: must not be empty"},
    {"decision", "author", NULL, "author.name: missing"},
    {"decision", "decided_by", "{}", "decided_by.name: missing"},
    {"decision", "agreed_by", "{'name':''}", "agreed_by.name: must not be empty"},
    {"decision", "children", "[{'child':1,'outcome':'closed','reasons':'x'}]",
     "outcome: cannot stand beside children"},
    {"decision", "children", "[{'outcome':'closed','reasons':'x'}]", "children[0].child: missing"},
    {"decision", "children", "[{'child':1,'reasons':'x'}]", "children[0].outcome: missing"},
    {"decision", "children", "[{'child':1,'outcome':'closed'}]", "children[0].reasons: missing"},
    {"reconsideration", "level", NULL, "level: missing"},
    {"reconsideration", "level", "0", "level: must be from 1 to 9"},
    {"reconsideration", "level", "10", "level: must be from 1 to 9"},
    {"reconsideration", "grounds", NULL, "grounds: missing"},
    {"reconsideration", "author", NULL, "author.name: missing"},
    {"reconsideration_response", "level", NULL, "level: missing"},
    {"reconsideration_response", "result", NULL, "result: missing"},
    {"reconsideration_response", "reasons", NULL, "reasons: missing"},
    {"reconsideration_response", "result", "'changed'", "new_decision: missing"},
    {"reconsideration_response", "new_decision", "{}", "new_decision: only with result changed"},
    {"redirect", "reason", NULL, "reason: missing"},
    {"redirect", "author", NULL, "author.name: missing"},
    {"request", "to", NULL, "to: missing"},
    {"request", "children", NULL, "children: missing"},
    {"request", "asked", NULL, "asked: missing"},
    {"request", "asked", "[]", "asked: missing"},
    {"request", "author", NULL, "author.name: missing"},
    {"reply", "result", NULL, "result: missing"},
    {"reply", "result", "'refused'", "reasons: missing"},
    {"reply", "author", NULL, "author.name: missing"},
    {"chronology", "to", NULL, "to: missing"},
    {"chronology", "children", NULL, "children: missing"},
    {"record_transfer", "to", NULL, "to: missing"},
    {"record_transfer", "children", NULL, "children: missing"},
    {"record_transfer", "author", NULL, "author.name: missing"},
    {"note", "text", NULL, "text: missing"},
    {"note", "text", "''", "text: must not be empty"},
    {"note", "author", NULL, "author.name: missing"},
    {"correction", "corrects", NULL, "corrects: missing"},
    {"correction", "is", NULL, "is: missing"},
    {"correction", "reason", NULL, "reason: missing"},
    {"withdrawal", "reason", NULL, "reason: missing"},
    {"withdrawal", "reason", "'other'", "text: missing"},
    {"close", "reason", NULL, "reason: missing"},
    {"close", "reason", "'other'", "text: missing"},
    {"close", "author", NULL, "author.name: missing"},
};

Test(casework_required, what_a_kind_needs_is_named_when_it_is_missing)
{
    for (size_t i = 0; i < sizeof LACKING / sizeof LACKING[0]; i++) {
        SH_DEFER(json_decrefp) json_t *casework = sample_of(LACKING[i].kind);
        json_t *value = LACKING[i].value ? sample_json(LACKING[i].value) : NULL;
        sample_set(casework, LACKING[i].path, value);
        struct sh_why why = {0};
        cr_expect_eq(casework_check(casework, &why), SH_E_JSON, "%s %s", LACKING[i].kind,
                     LACKING[i].path);
        cr_expect_str_eq(why.text, LACKING[i].why);
    }
}

static const struct {
    const char *kind, *path, *value;
} ENOUGH[] = {
    {"referral", "children", "[{'upn':'X'},{'family_name':'Example'}]"},
    {"referral", "children", "[{'known_as':['Kiki']}]"},
    {"referral", "concern.categories", "['neglect']"},
    {"referral", "urgency", NULL},
    {"acknowledgement", "taken_by", "{'name':'Duty social worker'}"},
    {"reconsideration", "level", "9"},
    {"reconsideration_response", "result", "'more_information_needed'"},
    {"correction", "is", "''"},
    {"correction", "is", "false"},
    {"correction", "is", "0"},
    {"close", "reason", "'moved_away'"},
};

Test(casework_required, what_is_enough_passes)
{
    for (size_t i = 0; i < sizeof ENOUGH / sizeof ENOUGH[0]; i++) {
        SH_DEFER(json_decrefp) json_t *casework = sample_of(ENOUGH[i].kind);
        if (ENOUGH[i].value) {
            sample_set(casework, ENOUGH[i].path, sample_json(ENOUGH[i].value));
        }
        struct sh_why why = {0};
        cr_expect_eq(casework_check(casework, &why), SH_OK, "%s %s: %s", ENOUGH[i].kind,
                     ENOUGH[i].path, why.text);
    }
}

static void expect_response(const char *new_decision, const char *expected)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("reconsideration_response");
    sample_set(casework, "result", json_string("changed"));
    sample_set(casework, "reasons", NULL);
    sample_set(casework, "new_decision", sample_json(new_decision));
    struct sh_why why = {0};
    sh_err result = casework_check(casework, &why);
    cr_expect_eq(result, expected ? SH_E_JSON : SH_OK, "%s: %s", new_decision, why.text);
    cr_expect_str_eq(why.text, expected ? expected : "");
}

Test(casework_required, a_changed_decision_needs_what_a_decision_needs)
{
    expect_response("{'outcome':'early_help','reasons':'x'}", NULL);
    expect_response("{'children':[{'child':1,'outcome':'closed','reasons':'x'}]}", NULL);
    expect_response("{'reasons':'x'}", "new_decision.outcome: missing");
    expect_response("{'outcome':'early_help'}", "new_decision.reasons: missing");
    expect_response("{'children':[{'child':65,'outcome':'closed','reasons':'x'}]}",
                    "new_decision.children[0].child: must be from 1 to 64");
}

static void expect_positions(const char *children, const char *expected)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("decision");
    sample_set(casework, "outcome", NULL);
    sample_set(casework, "reasons", NULL);
    sample_set(casework, "children", sample_json(children));
    struct sh_why why = {0};
    cr_expect_eq(casework_check(casework, &why), expected ? SH_E_JSON : SH_OK, "%s", children);
    cr_expect_str_eq(why.text, expected ? expected : "");
}

Test(casework_required, positions_of_children_count_from_1_and_stand_once)
{
    expect_positions("[{'child':64,'outcome':'closed','reasons':'x'}]", NULL);
    expect_positions("[{'child':2,'outcome':'closed','reasons':'x'},"
                     "{'child':1,'outcome':'closed','reasons':'x'}]",
                     NULL);
    expect_positions("[{'child':0,'outcome':'closed','reasons':'x'}]",
                     "children[0].child: must be from 1 to 64");
    expect_positions("[{'child':65,'outcome':'closed','reasons':'x'}]",
                     "children[0].child: must be from 1 to 64");
    expect_positions("[{'child':1,'outcome':'closed','reasons':'x'},"
                     "{'child':1,'outcome':'closed','reasons':'x'}]",
                     "children[1].child: repeated child");
}

static void expect_children(size_t count, sh_err expected)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    json_t *children = json_array();
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(json_array_append_new(children, sample_json("{'given_names':'Child'}")), 0);
    }
    sample_set(casework, "children", children);
    cr_expect_eq(casework_check(casework, NULL), expected, "%zu children", count);
}

Test(casework_required, a_referral_names_at_most_64_children)
{
    expect_children(SH_CHILDREN_MAX, SH_OK);
    expect_children(SH_CHILDREN_MAX + 1, SH_E_JSON);
}
