/* The case files: what was sent comes back value for value. */
#include "base/cleanup.h"
#include "sample.h"
#include "support/cases.h"

#include <criterion/criterion.h>

static void expect_return(const char *name, json_t *message)
{
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(message);
    sample_drop_empty_lists(message);
    cr_expect(json_equal(back, message), "%s", name);
}

Test(casework_cases, every_message_of_every_case_comes_back_value_for_value)
{
    struct case_names names;
    cr_assert_eq(cases_list(&names, NULL), SH_OK);
    cr_assert_geq(names.len, 21);
    for (size_t i = 0; i < names.len; i++) {
        SH_DEFER(json_decrefp) json_t *messages = NULL;
        struct sh_why why = {0};
        cr_assert_eq(case_load(names.name[i], &messages, &why), SH_OK, "%s", why.text);
        size_t at = 0;
        json_t *message = NULL;
        json_array_foreach (messages, at, message) {
            expect_return(names.name[i], message);
        }
    }
}

static const char NARRATIVE[] =
    "He wrote: \"you're nothing\" \xf0\x9f\x98\xa2 \xe2\x80\x94 then \\n\\t literal backslashes, a "
    "tab\there, a null-looking \\u0000, <script>alert(1)</script>, ' OR 1=1 --, and a line\nbreak. "
    "All of it must be shown exactly as written.";

Test(casework_cases, the_text_of_case_11_survives_byte_for_byte)
{
    SH_DEFER(json_decrefp) json_t *message = NULL;
    cr_assert_eq(case_load_message("11", 0, &message, NULL), SH_OK);
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(message);
    json_t *child = json_array_get(json_object_get(back, "children"), 0);
    json_t *concern = json_object_get(back, "concern");
    json_t *words = json_array_get(json_object_get(concern, "child_words"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(concern, "what_happened")), NARRATIVE);
    /* With the left-to-right mark and the non-joiner that somebody's keyboard put there. */
    cr_expect_str_eq(json_string_value(json_object_get(child, "family_name")),
                     "O\xe2\x80\x99"
                     "Brien-Ng\xe2\x80\x8euy\xe1\xbb\x85n");
    cr_expect_str_eq(
        json_string_value(json_object_get(words, "words")),
        "\xd9\x85\xd9\x86 \xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xaa\xd8\xb1\xd8\xb3\xd9\x85");
}

Test(casework_cases, kind_comes_first_when_a_message_is_read)
{
    SH_DEFER(json_decrefp) json_t *message = NULL;
    cr_assert_eq(case_load_message("01", 0, &message, NULL), SH_OK);
    SH_DEFER(json_decrefp) json_t *back = sample_round_trip(message);
    SH_DEFER(sh_freep) char *text = json_dumps(back, JSON_COMPACT);
    cr_assert_eq(strncmp(text, "{\"kind\":\"referral\",\"from\":", 26), 0);
}

Test(casework_cases, the_loader_takes_the_wrappers_off_and_nothing_else)
{
    SH_DEFER(json_decrefp) json_t *promoted = NULL;
    SH_DEFER(json_decrefp) json_t *transfer = NULL;
    cr_assert_eq(case_load_message("09", 2, &promoted, NULL), SH_OK);
    cr_assert_eq(case_load_message("12", 0, &transfer, NULL), SH_OK);
    cr_expect_null(json_object_get(promoted, "promotes"));
    cr_expect_not_null(json_object_get(promoted, "consent"));
    cr_expect_null(json_object_get(transfer, "attachments"));
    cr_expect_null(json_object_get(transfer, "expected"));
    cr_expect_str_eq(json_string_value(json_object_get(transfer, "left_on")), "2026-11-13");
    json_t *none = NULL;
    cr_expect_eq(case_load_message("12", 1, &none, NULL), SH_E_NOT_FOUND);
    cr_expect_eq(case_load("no such case", &none, NULL), SH_E_NOT_FOUND);
}

/* Every field that DOMAIN.md names and no case uses, in one referral. */
Test(casework_cases, a_referral_with_everything_in_it_comes_back)
{
    SH_DEFER(json_decrefp)
    json_t *message = sample_json(
        "{'kind':'referral','from':'dsl@999001.school','to':['mash@999.social-care'],"
        "'inform':['edt@999.social-care'],'urgency':'immediate','not_to_own_desk':false,"
        "'handling':{'not_to_be_told':['Father'],'safe_contact':'Work only',"
        "'address_protected':true,'source_identity_withheld':false},"
        "'references':['41/000123/26'],'told':['Mother'],'lawful_basis':'public_task',"
        "'attachments':[{'file':'a.pdf','title':'A','media_type':'application/pdf',"
        "'records_from':'2019-09-03','records_to':'2026-11-13'}],"
        "'children':[{'given_names':'A','aliases':['B'],'known_as':['C'],'due_date':'2027-02-01',"
        "'local_ids':['L1'],'where_now':'With her aunt','religion':'None','signer_needed':true,"
        "'interpreter_needed':true,'interpreter_for':'Mother','communication':'Signs',"
        "'immigration_status':'Not known','nhs_number':'9990001235','disability':'None known'}],"
        "'household':[{'name':'Mother','known_as':['M'],'aliases':['N'],'in_household':true,"
        "'date_of_birth':'1990-01-01','gender':'female','telephone':'01632 960001'}],"
        "'siblings':[{'name':'D','due_date':'2027-02-01','gender':'male',"
        "'setting':{'name':'School','address':'dsl@999002.school'}}],"
        "'concern':{'what_happened':'It.','where':'At home','child_words':[{'present':['Aunt'],"
        "'where':'School'}],'observations':[{'where':'Hall'}]},"
        "'consent':{'lawful_basis':'vital_interests'},'service_asked':'early_help',"
        "'telephoned':{'telephone':'01632 960001'},'note':'x',"
        "'referrer':{'name':'DSL','role':'DSL','organisation':'School','email':'a@b.c'}}");
    expect_return("everything", message);
}
