/* Answers: each row of `follow`, and what is refused beside it. */
#include "talk.h"

Test(policy_follow, an_answer_needs_a_thread_and_a_parent_in_it)
{
    TALK(t);
    refused(SH_E_UNKNOWN_THREAD, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL});
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH});
    refused(SH_E_UNKNOWN_PARENT, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 7,
            .to = {SCHOOL});
}

Test(policy_follow, a_desk_that_was_asked_acknowledges_and_tells_the_sender)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .to = {SCHOOL});
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .inform = {SCHOOL});
}

Test(policy_follow, nobody_else_acknowledges)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .inform = {HEALTH});
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {MASH});
    refused(SH_E_WRONG_ORDER, .from = HEALTH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL});
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL});
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {HEALTH});
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL, COLLEGE});
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .to = {SCHOOL});
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_ACKNOWLEDGEMENT, .parent = 1,
            .to = {MASH});
}

Test(policy_follow, a_cover_desk_answers_for_the_desk_it_covers)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .cover = {NIGHT});
    accepted(.from = NIGHT, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .to = {SCHOOL});
    accepted(.from = NIGHT, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION);
}

Test(policy_follow, who_gets_an_answer_as_cover_alone_has_not_been_told)
{
    REFERRED(t);
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .cover = {SCHOOL});
}

Test(policy_follow, each_kind_that_is_owed_an_acknowledgement_can_get_one)
{
    static const struct say firsts[] = {
        {.from = POLICE,
         .kind = KIND_NOTIFICATION,
         .parent = FIRST,
         .to = {SCHOOL},
         .subtype = SUBTYPE_OTHER},
        {.from = COLLEGE, .kind = KIND_RECORD_TRANSFER, .parent = FIRST, .to = {SCHOOL}},
        {.from = MASH,
         .kind = KIND_REQUEST,
         .parent = FIRST,
         .to = {SCHOOL},
         .subtype = SUBTYPE_REPORT},
    };
    for (size_t i = 0; i < 3; i++) {
        TALK(t);
        cr_assert_eq(talk_say(&t, &firsts[i]), SH_OK, "%s", t.why.text);
        accepted(.from = SCHOOL, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .to = {firsts[i].from});
    }
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_CHRONOLOGY, .parent = FIRST, .to = {MASH});
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL});
}

Test(policy_follow, a_redirect_goes_back_to_the_sender)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {SCHOOL},
             .inform = {HEALTH}, .subtype = SUBTYPE_SERIOUS_VIOLENCE);
    refused(SH_E_WRONG_ORDER, .from = HEALTH, .kind = KIND_REDIRECT, .parent = 0, .to = {POLICE},
            .outcome = OUTCOME_NOT_ON_ROLL);
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0, .to = {HEALTH},
            .outcome = OUTCOME_NOT_ON_ROLL);
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0,
            .to = {POLICE, COLLEGE}, .outcome = OUTCOME_NOT_ON_ROLL);
    accepted(.from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0, .to = {POLICE},
             .outcome = OUTCOME_NOT_ON_ROLL);
}

Test(policy_follow, what_was_redirected_is_sent_again_by_its_sender_in_the_thread)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {SCHOOL},
             .subtype = SUBTYPE_OTHER);
    accepted(.from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0, .to = {POLICE},
             .outcome = OUTCOME_NOT_ON_ROLL);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = 1,
            .to = {COLLEGE}, .subtype = SUBTYPE_OTHER);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = 1, .to = {COLLEGE},
             .subtype = SUBTYPE_OTHER);
    accepted(.from = COLLEGE, .kind = KIND_ACKNOWLEDGEMENT, .parent = 2, .to = {POLICE});
}

Test(policy_follow, a_record_transfer_and_a_request_are_sent_again_too)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_RECORD_TRANSFER, .parent = FIRST, .to = {COLLEGE});
    accepted(.from = COLLEGE, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_MOVED_AWAY);
    accepted(.from = SCHOOL, .kind = KIND_RECORD_TRANSFER, .parent = 1, .to = {COUNCIL});
    refused(SH_E_FORBIDDEN_KIND, .from = SCHOOL, .kind = KIND_RECORD_TRANSFER, .parent = 1,
            .to = {HEALTH});
    TALK(u);
    struct talk *other = &u;
    cr_assert_eq(SAY(other, .from = MASH, .kind = KIND_REQUEST, .parent = FIRST, .to = {HEALTH}),
                 SH_OK);
    cr_assert_eq(SAY(other, .from = HEALTH, .kind = KIND_REDIRECT, .parent = 0, .to = {MASH},
                     .outcome = OUTCOME_WRONG_AREA),
                 SH_OK);
    cr_assert_eq(SAY(other, .from = MASH, .kind = KIND_REQUEST, .parent = 1,
                     .to = {"safeguarding@ex2.health"}),
                 SH_OK);
}

Test(policy_follow, a_redirecting_desk_passes_a_referral_on_and_tells_the_referrer)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_WRONG_AREA);
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_REFERRAL, .parent = 0,
            .to = {"mash@998.social-care"});
    accepted(.from = MASH, .kind = KIND_REFERRAL, .parent = 0, .to = {"mash@998.social-care"},
             .inform = {SCHOOL});
    accepted(.from = "mash@998.social-care", .kind = KIND_DECISION, .parent = 2, .to = {MASH},
             .inform = {SCHOOL}, .outcome = OUTCOME_ACTION);
}

Test(policy_follow, the_referrer_sends_a_redirected_referral_to_another_desk)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_WRONG_AREA);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = 1, .to = {"mash@998.social-care"});
    refused(SH_E_FORBIDDEN_KIND, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = 1,
            .to = {COLLEGE});
}

Test(policy_follow, a_wrong_school_does_not_pass_a_notification_on)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {SCHOOL},
             .subtype = SUBTYPE_DOMESTIC_ABUSE);
    accepted(.from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0, .to = {POLICE},
             .outcome = OUTCOME_NOT_ON_ROLL);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = 1,
            .to = {COLLEGE}, .subtype = SUBTYPE_DOMESTIC_ABUSE);
}

Test(policy_follow, a_request_is_replied_to_by_those_asked)
{
    TALK(t);
    accepted(.from = MASH, .kind = KIND_REQUEST, .parent = FIRST, .to = {HEALTH, POLICE},
             .inform = {SCHOOL});
    accepted(.from = POLICE, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
             .outcome = OUTCOME_ANSWERED);
    accepted(.from = HEALTH, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
             .outcome = OUTCOME_NOTHING_HELD);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_NOT_A_PARTY, .from = COUNCIL, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_BAD_RECIPIENTS, .from = POLICE, .kind = KIND_REPLY, .parent = 0, .to = {HEALTH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_REPLY, .parent = 1, .to = {POLICE},
            .outcome = OUTCOME_ANSWERED);
}

Test(policy_follow, a_party_to_a_referral_asks_further_desks)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_REQUEST, .parent = 0, .to = {HEALTH, POLICE},
             .subtype = SUBTYPE_INFORMATION);
    accepted(.from = HEALTH, .kind = KIND_REPLY, .parent = 1, .to = {MASH},
             .outcome = OUTCOME_ANSWERED);
    refused(SH_E_NOT_A_PARTY, .from = COUNCIL, .kind = KIND_REQUEST, .parent = 0, .to = {MASH});
    refused(SH_E_FORBIDDEN_KIND, .from = MASH, .kind = KIND_REQUEST, .parent = 0, .to = {AUDIT});
}

Test(policy_follow, any_party_notes_and_sends_a_chronology_to_the_others)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL});
    accepted(.from = SCHOOL, .kind = KIND_NOTE, .parent = 1, .to = {MASH});
    accepted(.from = SCHOOL, .kind = KIND_CHRONOLOGY, .parent = 0, .to = {MASH});
    refused(SH_E_NOT_A_PARTY, .from = HEALTH, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL});
    refused(SH_E_NOT_A_PARTY, .from = HEALTH, .kind = KIND_CHRONOLOGY, .parent = 0, .to = {SCHOOL});
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_NOTE, .parent = 0, .to = {HEALTH});
}

Test(policy_follow, a_return_interview_answers_a_missing_episode_from_any_service)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {MASH, SCHOOL},
             .subtype = SUBTYPE_MISSING_EPISODE);
    accepted(.from = INTERVIEW, .kind = KIND_NOTIFICATION, .parent = 0, .to = {SCHOOL, HEALTH},
             .subtype = SUBTYPE_RETURN_INTERVIEW);
    refused(SH_E_NOT_A_PARTY, .from = COUNCIL, .kind = KIND_NOTIFICATION, .parent = 0,
            .to = {SCHOOL}, .subtype = SUBTYPE_ATTENDANCE);
    refused(SH_E_NOT_A_PARTY, .from = COLLEGE, .kind = KIND_NOTIFICATION, .parent = 0,
            .to = {SCHOOL}, .subtype = SUBTYPE_RETURN_INTERVIEW);
    accepted(.from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = 0, .to = {MASH},
             .subtype = SUBTYPE_ATTENDANCE);
}

Test(policy_follow, a_return_interview_answers_nothing_but_a_missing_episode)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {SCHOOL},
             .subtype = SUBTYPE_DOMESTIC_ABUSE);
    refused(SH_E_NOT_A_PARTY, .from = INTERVIEW, .kind = KIND_NOTIFICATION, .parent = 0,
            .to = {SCHOOL}, .subtype = SUBTYPE_RETURN_INTERVIEW);
}

Test(policy_follow, an_allegation_does_not_slip_into_a_thread)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {MASH},
             .subtype = SUBTYPE_OTHER);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = 0, .to = {MASH},
            .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT);
}

Test(policy_follow, a_concern_is_added_to_and_promoted_by_its_own_desk)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_CONCERN, .parent = FIRST);
    accepted(.from = SCHOOL, .kind = KIND_CONCERN, .parent = 0);
    refused(SH_E_NOT_A_PARTY, .from = HEALTH, .kind = KIND_CONCERN, .parent = 0);
    refused(SH_E_NOT_A_PARTY, .from = HEALTH, .kind = KIND_REFERRAL, .parent = 0, .to = {MASH});
    refused(SH_E_FORBIDDEN_KIND, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = 1,
            .to = {COLLEGE});
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = 1, .to = {MASH});
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 2, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_CONCERN, .parent = 2);
}

Test(policy_follow, a_correction_comes_from_who_is_corrected_and_goes_to_all_who_got_it)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .inform = {HEALTH});
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_CORRECTION, .parent = 0, .to = {SCHOOL});
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_CORRECTION, .parent = 0, .to = {SCHOOL});
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0,
            .to = {MASH});
    accepted(.from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0, .to = {MASH},
             .inform = {HEALTH});
}

Test(policy_follow, what_answers_a_correction_or_a_note_answers_what_stands_behind_it)
{
    REFERRED(t);
    accepted(.from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0, .to = {MASH});
    accepted(.from = SCHOOL, .kind = KIND_NOTE, .parent = 1, .to = {MASH});
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 2, .to = {SCHOOL});
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 1, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_REPLY, .parent = 2, .to = {SCHOOL},
            .outcome = OUTCOME_ANSWERED);
    /* an acknowledgement does stand in the way */
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_DECISION, .parent = 3, .to = {SCHOOL},
            .outcome = OUTCOME_ACTION);
}

Test(policy_follow, answers_go_only_to_sectors_that_take_part)
{
    REFERRED(t);
    refused(SH_E_FORBIDDEN_KIND, .from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
            .inform = {AUDIT}, .outcome = OUTCOME_ACTION);
    refused(SH_E_FORBIDDEN_KIND, .from = AUDIT, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL});
}

Test(policy_follow, a_return_interview_that_was_asked_for_answers_the_request)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {MASH, SCHOOL},
             .subtype = SUBTYPE_MISSING_EPISODE);
    accepted(.from = MASH, .kind = KIND_REQUEST, .parent = 0, .to = {INTERVIEW},
             .subtype = SUBTYPE_REPORT);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_NOTIFICATION, .parent = 1, .to = {MASH},
            .subtype = SUBTYPE_RETURN_INTERVIEW);
    refused(SH_E_WRONG_ORDER, .from = INTERVIEW, .kind = KIND_NOTIFICATION, .parent = 1,
            .to = {MASH}, .subtype = SUBTYPE_EXCLUSION);
    accepted(.from = INTERVIEW, .kind = KIND_NOTIFICATION, .parent = 1, .to = {MASH, SCHOOL},
             .subtype = SUBTYPE_RETURN_INTERVIEW);
}
