/* Closing and withdrawing. */
#include "talk.h"

#define CLOSES(...)                                                                                \
    .from = SCHOOL, .kind = KIND_CLOSE, .to = {MASH}, .outcome = OUTCOME_ANSWERED, __VA_ARGS__

Test(policy_ending, only_who_referred_closes_and_tells_whose_answer_it_accepts)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL}, .inform = {HEALTH},
             .outcome = OUTCOME_ACTION);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_CLOSE, .parent = 1, .to = {SCHOOL},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_WRONG_ORDER, .from = HEALTH, .kind = KIND_CLOSE, .parent = 1, .to = {MASH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_CLOSE, .parent = 1, .to = {MASH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_CLOSE, .parent = 1, .to = {HEALTH},
            .outcome = OUTCOME_ANSWERED);
    refused(SH_E_BAD_OUTCOME, .from = SCHOOL, .kind = KIND_CLOSE, .parent = 1, .to = {MASH});
    accepted(CLOSES(.parent = 1));
}

Test(policy_ending, a_referral_is_not_closed_before_every_child_has_a_decision)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .children_count = 2);
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 0));
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0, .to = {SCHOOL});
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 1));
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION, .children = {{1, OUTCOME_ACTION}});
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 2));
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_MORE_INFORMATION, .children = {{2, OUTCOME_MORE_INFORMATION}});
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 3));
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 3, .to = {SCHOOL},
             .outcome = OUTCOME_CLOSED, .children = {{2, OUTCOME_CLOSED}});
    accepted(CLOSES(.parent = 4));
}

Test(policy_ending, a_referral_that_is_nobodys_is_closed_when_every_desk_has_said_so)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST,
             .to = {MASH, "camhs@ex1.health"});
    accepted(.from = MASH, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_WRONG_AREA);
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 1));
    accepted(.from = "camhs@ex1.health", .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_WRONG_DESK);
    accepted(CLOSES(.parent = 1));
}

Test(policy_ending, a_redirected_referral_that_was_passed_on_is_still_owed_a_decision)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_WRONG_AREA);
    accepted(.from = MASH, .kind = KIND_REFERRAL, .parent = 0, .to = {"mash@998.social-care"},
             .inform = {SCHOOL});
    refused(SH_E_CHILDREN_UNDECIDED, CLOSES(.parent = 1));
    accepted(.from = "mash@998.social-care", .kind = KIND_DECISION, .parent = 2, .to = {MASH},
             .inform = {SCHOOL}, .outcome = OUTCOME_ACTION);
    accepted(.from = SCHOOL, .kind = KIND_CLOSE, .parent = 3, .to = {"mash@998.social-care", MASH},
             .outcome = OUTCOME_ANSWERED);
}

Test(policy_ending, a_notification_is_closed_by_who_sent_it)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {SCHOOL},
             .subtype = SUBTYPE_OTHER);
    accepted(.from = SCHOOL, .kind = KIND_REDIRECT, .parent = 0, .to = {POLICE},
             .outcome = OUTCOME_MOVED_AWAY);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_CLOSE, .parent = 1, .to = {POLICE},
            .outcome = OUTCOME_MOVED_AWAY);
    accepted(.from = POLICE, .kind = KIND_CLOSE, .parent = 1, .to = {SCHOOL},
             .outcome = OUTCOME_MOVED_AWAY);
}

#define WITHDRAWS(...) .from = SCHOOL, .kind = KIND_WITHDRAWAL, .to = {MASH}, __VA_ARGS__

Test(policy_ending, who_began_the_thread_withdraws_and_tells_all_who_got_it)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .inform = {HEALTH});
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_WITHDRAWAL, .parent = 0, .to = {SCHOOL},
            .outcome = OUTCOME_OTHER);
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_WITHDRAWAL, .parent = 0, .to = {SCHOOL},
            .outcome = OUTCOME_OTHER);
    refused(SH_E_BAD_RECIPIENTS, WITHDRAWS(.parent = 0, .outcome = OUTCOME_OTHER));
    accepted(WITHDRAWS(.parent = 0, .inform = {HEALTH}, .outcome = OUTCOME_SENT_IN_ERROR));
}

Test(policy_ending, nobody_withdraws_what_another_desk_said)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_REQUEST, .parent = 0, .to = {SCHOOL, HEALTH},
             .subtype = SUBTYPE_REPORT);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_WITHDRAWAL, .parent = 1,
            .to = {MASH, HEALTH}, .outcome = OUTCOME_OTHER);
}

Test(policy_ending, a_withdrawal_needs_a_reason_once_it_was_opened)
{
    REFERRED(t);
    struct facts *silent = talk_facts(&t, &(const struct say){WITHDRAWS(.parent = 0)});
    cr_assert_eq(talk_ask(&t, silent), SH_OK);
    t.messages[0].opened = true;
    cr_assert_eq(talk_ask(&t, silent), SH_E_BAD_OUTCOME);
    refused(SH_E_BAD_OUTCOME, WITHDRAWS(.parent = 0, .outcome = OUTCOME_UPHELD));
    accepted(WITHDRAWS(.parent = 0, .outcome = OUTCOME_WRONG_RECIPIENT));
}

Test(policy_ending, after_a_withdrawal_there_are_notes_and_decisions_only)
{
    REFERRED(t);
    accepted(WITHDRAWS(.parent = 0, .outcome = OUTCOME_SUPERSEDED));
    refused(SH_E_WITHDRAWN, .from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 0,
            .to = {SCHOOL});
    refused(SH_E_WITHDRAWN, .from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0, .to = {MASH});
    refused(SH_E_WITHDRAWN, WITHDRAWS(.parent = 0, .outcome = OUTCOME_OTHER));
    accepted(.from = MASH, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL});
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_NO_FURTHER_ACTION);
    refused(SH_E_WITHDRAWN, CLOSES(.parent = 3));
}
