/* The form of fields: what JSON may hold, and where an error says that it stands. */
#include "base/cleanup.h"
#include "casework.pb-c.h"
#include "sample.h"

#include <criterion/criterion.h>

static const struct {
    const char *kind, *path, *value, *why;
} BAD[] = {
    /* keys */
    {"referral", "colour", "1", "colour: unknown key"},
    {"referral", "concern.colour", "1", "concern.colour: unknown key"},
    {"referral", "Cara Example-One", "1", "(a key): unknown key"},
    {"referral", "concern.Cara", "1", "concern.(a key): unknown key"},
    {"referral", "expected", "'x'", "expected: unknown key"},
    {"referral", "thread", "[]", "thread: unknown key"},
    {"note", "children", "[]", "children: unknown key"},
    {"referral", "children", "[{'given_names':'x'},{'colour':1}]",
     "children[1].colour: unknown key"},
    {"referral", "children", "[{'setting':{'urn':1}}]", "children[0].setting.urn: unknown key"},
    /* null */
    {"referral", "urgency", "null", "urgency: must not be null"},
    {"referral", "to", "null", "to: must not be null"},
    {"referral", "to", "[null]", "to[0]: must not be null"},
    {"referral", "concern.impact", "null", "concern.impact: must not be null"},
    {"referral", "concern.child_words", "[{'words':null}]",
     "concern.child_words[0].words: must not be null"},
    /* types */
    {"referral", "to", "'mash@999.social-care'", "to: must be a list"},
    {"referral", "to", "[1]", "to[0]: must be text"},
    {"referral", "concern", "'x'", "concern: must be an object"},
    {"referral", "concern", "[]", "concern: must be an object"},
    {"referral", "children", "{}", "children: must be a list"},
    {"referral", "children", "['x']", "children[0]: must be an object"},
    {"referral", "children", "[{'given_names':1}]", "children[0].given_names: must be text"},
    {"referral", "children", "[{'known_as':'x'}]", "children[0].known_as: must be a list"},
    {"referral", "children", "[{'known_as':['x',2]}]", "children[0].known_as[1]: must be text"},
    {"referral", "children", "[{'interpreter_needed':'no'}]",
     "children[0].interpreter_needed: must be true or false"},
    {"referral", "children", "[{'interpreter_needed':0}]",
     "children[0].interpreter_needed: must be true or false"},
    {"referral", "concern.what_happened", "true", "concern.what_happened: must be text"},
    {"referral", "concern.immediate_danger", "'yes'",
     "concern.immediate_danger: must be true or false"},
    {"referral", "urgency", "1", "urgency: must be text"},
    {"referral", "siblings", "[{'count':'4'}]", "siblings[0].count: must be a whole number"},
    {"referral", "siblings", "[{'count':4.0}]", "siblings[0].count: must be a whole number"},
    {"referral", "siblings", "[{'count':1.5}]", "siblings[0].count: must be a whole number"},
    {"referral", "siblings", "[{'count':true}]", "siblings[0].count: must be a whole number"},
    {"referral", "siblings", "[{'count':-1}]", "siblings[0].count: out of range"},
    {"referral", "siblings", "[{'count':4294967296}]", "siblings[0].count: out of range"},
    {"reconsideration", "level", "'1'", "level: must be a whole number"},
    {"reconsideration", "cites", "[-1]", "cites[0]: out of range"},
    {"reconsideration", "cites", "[true]", "cites[0]: must be a message id or a log index"},
    {"reconsideration", "cites", "[{}]", "cites[0]: must be a message id or a log index"},
    {"correction", "was", "[]", "was: must be text, a whole number, true or false"},
    {"correction", "is", "1.5", "is: must be text, a whole number, true or false"},
    /* codes */
    {"referral", "urgency", "'fast'", "urgency: unknown code"},
    {"referral", "urgency", "'URGENT'", "urgency: unknown code"},
    {"referral", "urgency", "''", "urgency: unknown code"},
    {"referral", "urgency", "'urgency_urgent'", "urgency: unknown code"},
    {"referral", "concern.categories", "['neglect','neglekt']",
     "concern.categories[1]: unknown code"},
    {"referral", "concern.observations", "[{'how':'smelled'}]",
     "concern.observations[0].how: unknown code"},
    {"referral", "concern.observations", "[{},{'source':'teacher'}]",
     "concern.observations[1].source: unknown code"},
    {"referral", "factors", "['poor_houses']", "factors[0]: unknown code"},
    {"referral", "consent", "{'status':'asked'}", "consent.status: unknown code"},
    {"referral", "service_asked", "'police'", "service_asked: unknown code"},
    {"referral", "children", "[{'gender':'f'}]", "children[0].gender: unknown code"},
    {"referral", "children", "[{'role':'act'}]", "children[0].role: unknown code"},
    {"notification", "subtype", "'information'", "subtype: unknown code"},
    {"request", "subtype", "'missing_episode'", "subtype: unknown code"},
    {"concern", "subtype", "'other'", "subtype: unknown code"},
    {"request", "lawful_basis", "'consent'", "lawful_basis: unknown code"},
    {"decision", "outcome", "'nfa'", "outcome: unknown code"},
    {"reconsideration_response", "result", "'agreed'", "result: unknown code"},
    {"redirect", "reason", "'answered'", "reason: unknown code"},
    {"reply", "result", "'upheld'", "result: unknown code"},
    {"withdrawal", "reason", "'answered'", "reason: unknown code"},
    {"close", "reason", "'superseded'", "reason: unknown code"},
    /* dates and times */
    {"referral", "concern.child_words", "[{'when':'yesterday'}]",
     "concern.child_words[0].when: not a date and time"},
    {"referral", "concern.child_words", "[{'when':'2026-11-18T12:10:00'}]",
     "concern.child_words[0].when: not a date and time"},
    {"referral", "concern.child_words", "[{'when':'2026-11-18 12:10:00Z'}]",
     "concern.child_words[0].when: not a date and time"},
    {"referral", "concern.child_words", "[{'when':''}]",
     "concern.child_words[0].when: not a date and time"},
    {"referral", "concern.occurred_from", "'2026-02-29'",
     "concern.occurred_from: not a date and time"},
    {"referral", "concern.occurred_to", "'18/11/2026'", "concern.occurred_to: not a date and time"},
    {"referral", "children", "[{'date_of_birth':'2024-13-01'}]",
     "children[0].date_of_birth: not a date"},
    {"referral", "children", "[{'date_of_birth':'2024-10-02T00:00:00Z'}]",
     "children[0].date_of_birth: not a date"},
    {"referral", "children", "[{'due_date':'soon'}]", "children[0].due_date: not a date"},
    {"record_transfer", "starts_on", "'Monday'", "starts_on: not a date and time"},
    {"decision", "next", "[{'by':'Friday'}]", "next[0].by: not a date and time"},
    {"note", "telephone", "{'when':1}", "telephone.when: must be text"},
    /* addresses and ids */
    {"referral", "from", "'DSL@999001.school'", "from: not an address"},
    {"referral", "to", "['mash@999']", "to[0]: not an address"},
    {"referral", "to", "['a@b.c','dsl@a.b.school']", "to[1]: not an address"},
    {"referral", "to", "['a@b.c','d@e.f','a@b.c']", "to[2]: repeated address"},
    {"referral", "inform", "['mash@999.social-care']", "inform[0]: repeated address"},
    {"referral", "inform", "['a@b.c','a@b.c']", "inform[1]: repeated address"},
    {"referral", "children", "[{'setting':{'address':'Example School'}}]",
     "children[0].setting.address: not an address"},
    {"redirect", "to_address", "''", "to_address: not an address"},
    {"referral", "promotes", "[1]", "promotes[0]: must be text"},
    {"referral", "promotes", "['abc']", "promotes[0]: not a message id"},
    {"referral", "promotes", "['00112233445566778899AABBCCDDEEFF']",
     "promotes[0]: not a message id"},
    {"referral", "promotes", "['00112233445566778899aabbccddeefg']",
     "promotes[0]: not a message id"},
    {"referral", "promotes", "['00112233445566778899aabbccddeeffg']",
     "promotes[0]: not a message id"},
    {"reconsideration", "cites", "['x']", "cites[0]: not a message id"},
    {"note", "thread_id", "'1'", "thread_id: not a message id"},
    {"note", "parent", "'00112233445566778899aabbccddeeff0'", "parent: not a message id"},
};

Test(casework_bridge, every_bad_value_is_refused_with_its_place)
{
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        SH_DEFER(json_decrefp) json_t *casework = sample_of(BAD[i].kind);
        sample_set(casework, BAD[i].path, sample_json(BAD[i].value));
        struct sh_why why = {0};
        cr_expect_eq(casework_check(casework, &why), SH_E_JSON, "%s = %s", BAD[i].path,
                     BAD[i].value);
        cr_expect_str_eq(why.text, BAD[i].why);
    }
}

static void expect_top(const char *text, const char *expected)
{
    SH_DEFER(json_decrefp) json_t *json = sample_json(text);
    struct sh_why why = {0};
    cr_expect_eq(casework_check(json, &why), SH_E_JSON, "%s", text);
    cr_expect_str_eq(why.text, expected);
}

Test(casework_bridge, only_an_object_of_a_known_kind_is_looked_at)
{
    expect_top("[]", "must be an object");
    expect_top("'referral'", "must be an object");
    expect_top("{}", "kind: missing");
    expect_top("{'thread':[]}", "kind: missing");
    expect_top("{'kind':1}", "kind: must be text");
    expect_top("{'kind':null}", "kind: must be text");
    expect_top("{'kind':'Referral'}", "kind: unknown code");
    expect_top("{'kind':'letter'}", "kind: unknown code");
}

/* ---- limits ---- */

static json_t *text_of(size_t len)
{
    char *text = malloc(len + 1);
    cr_assert(text);
    memset(text, 'x', len);
    json_t *json = json_stringn(text, len);
    free(text);
    return json;
}

Test(casework_bridge, a_text_of_the_limit_passes_and_one_byte_more_is_refused)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    struct sh_why why = {0};
    sample_set(casework, "concern.impact", text_of(SH_TEXT_BYTES_MAX));
    cr_assert_eq(casework_check(casework, &why), SH_OK, "%s", why.text);
    sample_set(casework, "concern.impact", text_of(SH_TEXT_BYTES_MAX + 1));
    cr_assert_eq(casework_check(casework, &why), SH_E_JSON);
    cr_assert_str_eq(why.text, "concern.impact: longer than 65536 bytes");
}

static void set_list(json_t *casework, size_t len)
{
    json_t *list = json_array();
    for (size_t i = 0; i < len; i++) {
        cr_assert_eq(json_array_append_new(list, json_string("41/000123/26")), 0);
    }
    sample_set(casework, "references", list);
}

Test(casework_bridge, a_list_of_the_limit_passes_and_one_entry_more_is_refused)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    struct sh_why why = {0};
    set_list(casework, SH_LIST_MAX);
    cr_assert_eq(casework_check(casework, &why), SH_OK, "%s", why.text);
    set_list(casework, SH_LIST_MAX + 1);
    cr_assert_eq(casework_check(casework, &why), SH_E_JSON);
    cr_assert_str_eq(why.text, "references: more than 256 entries");
}

Test(casework_bridge, text_with_a_nul_byte_is_refused_where_a_program_made_it)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    struct sh_why why = {0};
    sample_set(casework, "concern.impact", json_stringn("a\0b", 3));
    cr_assert_eq(casework_check(casework, &why), SH_E_JSON);
    cr_assert_str_eq(why.text, "concern.impact: has a NUL byte");
}

/* ---- what is different stays different ---- */

static const struct {
    const char *kind, *path, *value;
} KEPT[] = {
    {"referral", "concern.immediate_danger", "false"},
    {"referral", "concern.immediate_danger", "true"},
    {"referral", "concern.impact", "''"},
    {"referral", "not_to_own_desk", "false"},
    {"referral", "urgency", "'routine'"},
    {"referral", "siblings", "[{'count':0}]"},
    {"referral", "siblings", "[{'count':4294967295,'names_known':false}]"},
    {"referral", "siblings", "[{}]"},
    {"referral", "handling", "{}"},
    {"referral", "concern.categories", "['neglect','neglect']"},
    {"referral", "concern.occurred_from", "'2026-11-18T15:20:00.5+01:00'"},
    {"referral", "promotes", "['00112233445566778899aabbccddeeff']"},
    {"referral", "references", "['','a']"},
    {"reconsideration", "cites", "['00112233445566778899aabbccddeeff',0,9223372036854775807]"},
    {"correction", "was", "''"},
    {"correction", "was", "false"},
    {"correction", "was", "true"},
    {"correction", "was", "0"},
    {"correction", "was", "-9223372036854775807"},
    {"note", "telephone", "{}"},
    {"acknowledgement", "note", "''"},
};

Test(casework_bridge, absent_false_0_and_empty_text_come_back_as_they_were)
{
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++) {
        SH_DEFER(json_decrefp) json_t *without = sample_of(KEPT[i].kind);
        SH_DEFER(json_decrefp) json_t *with = sample_of(KEPT[i].kind);
        sample_set(with, KEPT[i].path, sample_json(KEPT[i].value));
        SH_DEFER(json_decrefp) json_t *without_back = sample_round_trip(without);
        SH_DEFER(json_decrefp) json_t *with_back = sample_round_trip(with);
        cr_expect(json_equal(with, with_back), "%s = %s", KEPT[i].path, KEPT[i].value);
        cr_expect(json_equal(without, without_back), "without %s", KEPT[i].path);
        cr_expect_not(json_equal(without_back, with_back), "%s = %s", KEPT[i].path, KEPT[i].value);
    }
}

Test(casework_bridge, an_empty_list_is_the_same_as_none)
{
    SH_DEFER(json_decrefp) json_t *without = sample_of("referral");
    SH_DEFER(json_decrefp) json_t *with = sample_of("referral");
    sample_set(with, "factors", json_array());
    sample_set(with, "inform", json_array());
    sample_set(with, "concern.child_words", json_array());
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(with);
    cr_assert(json_equal(back, without));
}

/* ---- the schema itself ---- */

/* Every code of every list below this type is a word that CODES.md could write. */
static size_t check_lists(const ProtobufCMessageDescriptor *type, unsigned depth)
{
    size_t codes = 0;
    cr_assert_lt(depth, 10, "%s: the schema has a cycle", type->name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            codes += check_lists(field->descriptor, depth + 1);
        } else if (field->type == PROTOBUF_C_TYPE_ENUM) {
            codes += ((const ProtobufCEnumDescriptor *)field->descriptor)->n_values;
        }
    }
    return codes;
}

Test(casework_bridge, the_schema_of_content_has_no_cycle)
{
    cr_assert_gt(check_lists(&safehand__content__descriptor, 0), 100);
}

Test(casework_bridge, each_kind_has_its_place_in_content_under_its_own_name)
{
    for (unsigned kind = KIND_REFERRAL; kind <= KIND_CLOSE; kind++) {
        const ProtobufCFieldDescriptor *body =
            protobuf_c_message_descriptor_get_field(&safehand__content__descriptor, 10 + kind);
        cr_assert(body, "%s", kind_word(kind));
        cr_expect_str_eq(body->name, kind_word(kind));
    }
}

static void expect_words(const char *kind, const char *path, const char *words)
{
    SH_DEFER(json_decrefp) json_t *list = sample_json(words);
    for (size_t i = 0; i < json_array_size(list); i++) {
        SH_DEFER(json_decrefp) json_t *casework = sample_of(kind);
        sample_set(casework, path, json_incref(json_array_get(list, i)));
        sample_set(casework, "note", json_string("kept"));
        SH_DEFER(json_decrefp) json_t *back = sample_round_trip(casework);
        cr_expect(json_equal(back, casework), "%s %s", path,
                  json_string_value(json_array_get(list, i)));
    }
}

Test(casework_bridge, every_code_of_the_closed_lists_comes_back)
{
    expect_words("referral", "urgency", "['routine','urgent','immediate']");
    expect_words("referral", "consent.status", "['given','not_sought','refused']");
    expect_words("referral", "lawful_basis",
                 "['legal_obligation','public_task','vital_interests']");
    expect_words("referral", "service_asked",
                 "['childrens_social_care','early_help','mental_health','young_carer','prevent',"
                 "'other']");
    expect_words("notification", "subtype",
                 "['domestic_abuse','serious_violence','missing_episode','return_interview',"
                 "'child_missing_education','hospital_attendance','was_not_brought','exclusion',"
                 "'managed_move','home_educated','attendance','allegation_against_adult','other']");
    expect_words("request", "subtype", "['information','records','report','meeting']");
    SH_DEFER(json_decrefp) json_t *kept = sample_of("concern");
    sample_set(kept, "subtype", json_string("decision_not_to_share"));
    sample_set(kept, "not_shared",
               sample_json("{'with':['mash@999.social-care'],'with_whom':'The club',"
                           "'reasons':'r','decided_by':{'name':'n','role':'r'}}"));
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(kept);
    cr_expect(json_equal(back, kept));
    expect_words("decision", "outcome",
                 "['urgent_protection','strategy_discussion','section_47_enquiry',"
                 "'child_and_family_assessment','early_help','information_and_advice',"
                 "'no_further_action','already_open','passed_to_another_agency',"
                 "'more_information_needed','assessment_finished','stepped_down','closed']");
}

static void expect_list(const char *path, const char *words)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    sample_set(casework, "concern.other_text", json_string("Something else"));
    sample_set(casework, path, sample_json(words));
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(casework);
    cr_expect(json_equal(back, casework), "%s", path);
}

Test(casework_bridge, every_code_of_the_lists_within_lists_comes_back)
{
    expect_list(
        "concern.categories",
        "['neglect','physical_abuse','emotional_abuse','sexual_abuse',"
        "'child_sexual_exploitation','criminal_exploitation','radicalisation',"
        "'harmful_sexual_behaviour','child_on_child','domestic_abuse','self_harm','missing',"
        "'online_harm','serious_violence','fgm','honour_based_or_forced_marriage',"
        "'modern_slavery','fabricated_or_induced_illness','faith_or_belief',"
        "'allegation_against_adult','other']");
    expect_list("factors",
                "['domestic_abuse','mental_health_parent','mental_health_child',"
                "'alcohol_misuse_parent','alcohol_misuse_child','drug_misuse_parent',"
                "'drug_misuse_child','adverse_childhood_experiences_parent','criminal_behaviour',"
                "'intellectual_disability_parent','intellectual_disability_child','separation',"
                "'separation_acrimonious','social_isolation','transient_lifestyle',"
                "'multiple_partners','poverty','poor_housing','young_carer','young_parent',"
                "'large_family','late_antenatal_care','earlier_disclosure_of_violence']");
    expect_list("children", "[{'given_names':'a','gender':'female','role':'harmed'},"
                            "{'gender':'male','role':'alleged_to_have_harmed'},"
                            "{'gender':'other','role':'both'},"
                            "{'gender':'not_known','role':'witness'},{'role':'not_known'}]");
    expect_list("concern.observations",
                "[{'how':'seen','source':'professional'},{'how':'heard','source':'parent'},"
                "{'how':'told_by_child','source':'family'},"
                "{'how':'told_by_third_party','source':'neighbour'},"
                "{'how':'record','source':'anonymous'},{'source':'other'}]");
}
