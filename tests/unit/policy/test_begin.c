/* First messages: each row of `begin`, and what is refused beside it. */
#include "talk.h"

struct first {
    struct say say;
    sh_err expected;
};

#define FROM(from_, kind_, ...)                                                                    \
    {                                                                                              \
        .from = (from_), .kind = KIND_##kind_, .parent = FIRST, __VA_ARGS__                        \
    }

static const struct first firsts[] = {
    {FROM(SCHOOL, REFERRAL, .to = {MASH}), SH_OK},
    {FROM("dsl@999003.early-years", REFERRAL, .to = {MASH}), SH_OK},
    {FROM(SCHOOL, REFERRAL, .to = {"earlyhelp@999.council"}), SH_OK},
    {FROM(SCHOOL, REFERRAL, .to = {"camhs@ex1.health"}), SH_OK},
    {FROM(SCHOOL, REFERRAL, .to = {"carers@yc1.voluntary"}), SH_OK},
    {FROM(HEALTH, REFERRAL, .to = {MASH}, .inform = {SCHOOL}), SH_OK},
    {FROM(SCHOOL, REFERRAL, .to = {MASH}, .cover = {NIGHT}), SH_OK},
    {FROM(SCHOOL, REFERRAL, .to = {COLLEGE}), SH_E_FORBIDDEN_KIND},
    {FROM(SCHOOL, REFERRAL, .to = {MASH, COLLEGE}), SH_E_FORBIDDEN_KIND},
    {FROM(AUDIT, REFERRAL, .to = {MASH}), SH_E_FORBIDDEN_KIND},
    {FROM(SCHOOL, REFERRAL, .to = {MASH}, .inform = {AUDIT}), SH_E_FORBIDDEN_KIND},
    {FROM("x@y.elsewhere", REFERRAL, .to = {MASH}), SH_E_FORBIDDEN_KIND},
    {FROM(SCHOOL, REFERRAL, .inform = {MASH}), SH_E_BAD_RECIPIENTS},
    {FROM(SCHOOL, REFERRAL), SH_E_BAD_RECIPIENTS},

    {FROM(POLICE, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_DOMESTIC_ABUSE), SH_OK},
    {FROM(POLICE, NOTIFICATION, .to = {SCHOOL, MASH, HEALTH, COUNCIL},
          .subtype = SUBTYPE_MISSING_EPISODE),
     SH_OK},
    {FROM(SCHOOL, NOTIFICATION, .to = {COUNCIL}, .subtype = SUBTYPE_EXCLUSION), SH_OK},
    {FROM(AUDIT, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_OTHER), SH_E_FORBIDDEN_KIND},
    {FROM(POLICE, NOTIFICATION, .to = {AUDIT}, .subtype = SUBTYPE_OTHER), SH_E_FORBIDDEN_KIND},

    {FROM(HEAD, NOTIFICATION, .to = {LADO}, .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT), SH_OK},
    {FROM(HEAD, NOTIFICATION, .to = {MASH}, .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT),
     SH_E_FORBIDDEN_KIND},
    {FROM(HEAD, NOTIFICATION, .to = {"lado@999.council"},
          .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT),
     SH_E_FORBIDDEN_KIND},
    {FROM(HEAD, NOTIFICATION, .to = {LADO}, .inform = {MASH},
          .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT),
     SH_E_FORBIDDEN_KIND},
    {FROM(HEAD, NOTIFICATION, .to = {LADO, SCHOOL}, .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT),
     SH_E_FORBIDDEN_KIND},

    {FROM(SCHOOL, CONCERN), SH_OK},
    {FROM(SCHOOL, CONCERN, .to = {MASH}), SH_E_FORBIDDEN_KIND},
    {FROM(SCHOOL, CONCERN, .inform = {HEAD}), SH_E_FORBIDDEN_KIND},
    {FROM(AUDIT, CONCERN), SH_E_FORBIDDEN_KIND},

    {FROM(MASH, REQUEST, .to = {HEALTH, POLICE}, .subtype = SUBTYPE_INFORMATION), SH_OK},
    {FROM(MASH, REQUEST, .to = {AUDIT}, .subtype = SUBTYPE_INFORMATION), SH_E_FORBIDDEN_KIND},

    {FROM(SCHOOL, CHRONOLOGY, .to = {MASH}), SH_OK},
    {FROM(SCHOOL, CHRONOLOGY, .to = {"carers@yc1.voluntary"}), SH_E_FORBIDDEN_KIND},

    {FROM(SCHOOL, RECORD_TRANSFER, .to = {COLLEGE}), SH_OK},
    {FROM(SCHOOL, RECORD_TRANSFER, .to = {MASH}), SH_E_FORBIDDEN_KIND},
    {FROM(POLICE, RECORD_TRANSFER, .to = {SCHOOL}), SH_E_FORBIDDEN_KIND},

    /* kinds that only answer */
    {FROM(MASH, ACKNOWLEDGEMENT, .to = {SCHOOL}), SH_E_WRONG_ORDER},
    {FROM(MASH, DECISION, .to = {SCHOOL}, .outcome = OUTCOME_ACTION), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, RECONSIDERATION, .to = {MASH}, .level = 1), SH_E_WRONG_ORDER},
    {FROM(MASH, RECONSIDERATION_RESPONSE, .to = {SCHOOL}, .level = 1), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, REDIRECT, .to = {POLICE}), SH_E_WRONG_ORDER},
    {FROM(HEALTH, REPLY, .to = {MASH}), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, NOTE, .to = {MASH}), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, CORRECTION, .to = {MASH}), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, WITHDRAWAL, .to = {MASH}), SH_E_WRONG_ORDER},
    {FROM(SCHOOL, CLOSE, .to = {MASH}), SH_E_WRONG_ORDER},
    {FROM(AUDIT, NOTE, .to = {MASH}), SH_E_FORBIDDEN_KIND},
};

Test(policy_begin, each_row_allows_what_it_says_and_nothing_beside_it)
{
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        TALK(t);
        sh_err err = talk_say(&t, &firsts[i].say);
        cr_assert_eq(err, firsts[i].expected, "row %zu, %s from %s: %s, not %s (%s)", i,
                     kind_word(firsts[i].say.kind), firsts[i].say.from, sh_err_word(err),
                     sh_err_word(firsts[i].expected), t.why.text);
        cr_assert(err == SH_OK || t.why.text[0]);
    }
}

Test(policy_begin, a_first_message_gives_the_thread_its_own_id)
{
    TALK(t);
    struct facts *facts = talk_facts(&t, &(const struct say)FROM(SCHOOL, REFERRAL, .to = {MASH}));
    facts->thread_id.b[15] = 1;
    cr_assert_eq(talk_ask(&t, facts), SH_E_UNKNOWN_THREAD);
}

Test(policy_begin, a_thread_is_begun_once)
{
    REFERRED(t);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH});
}

Test(policy_begin, the_own_desk_gets_a_copy_always_and_once)
{
    TALK(t);
    const struct say say = FROM(SCHOOL, REFERRAL, .to = {MASH});
    struct facts *facts = talk_facts(&t, &say);
    struct recipient *list = (struct recipient *)(uintptr_t)facts->recipients;
    list[0].role = ROLE_INFORM;
    cr_assert_eq(talk_ask(&t, facts), SH_E_BAD_RECIPIENTS);
    facts = talk_facts(&t, &say);
    list = (struct recipient *)(uintptr_t)facts->recipients;
    cr_assert_eq(address_from(HEAD, &list[0].address), SH_OK);
    cr_assert_eq(talk_ask(&t, facts), SH_E_BAD_RECIPIENTS);
    facts = talk_facts(&t, &(const struct say)FROM(SCHOOL, REFERRAL, .to = {MASH, LADO}));
    list = (struct recipient *)(uintptr_t)facts->recipients;
    list[2].role = ROLE_OWN;
    cr_assert_eq(talk_ask(&t, facts), SH_E_BAD_RECIPIENTS);
}

Test(policy_begin, a_referral_is_about_a_child)
{
    TALK(t);
    struct facts *facts = talk_facts(&t, &(const struct say)FROM(SCHOOL, REFERRAL, .to = {MASH}));
    facts->children_count = 0;
    cr_assert_eq(talk_ask(&t, facts), SH_E_BAD_CHILDREN);
}

Test(policy_begin, a_first_message_has_no_outcome_and_decides_for_nobody)
{
    TALK(t);
    refused(SH_E_BAD_OUTCOME, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
            .outcome = OUTCOME_ACTION);
    refused(SH_E_BAD_CHILDREN, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
            .children = {{1, OUTCOME_ACTION}});
}

Test(policy_begin, no_text_of_an_error_names_more_than_desks_and_kinds)
{
    TALK(t);
    refused(SH_E_FORBIDDEN_KIND, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST,
            .to = {COLLEGE});
    cr_assert_str_eq(t.why.text, "referral from " SCHOOL " to " COLLEGE);
    struct facts *facts =
        talk_facts(&t, &(const struct say)FROM(SCHOOL, REFERRAL, .to = {COLLEGE}));
    const struct thread_view none = {.len = 0};
    cr_assert_eq(policy_decide(t.policy, facts, &none, NULL), SH_E_FORBIDDEN_KIND,
                 "why may be NULL");
}
