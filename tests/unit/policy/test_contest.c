/* Resolving professional differences: what is cited, and the ladder. */
#include "talk.h"

#define CONTEST(...) .from = SCHOOL, .kind = KIND_RECONSIDERATION, .to = {MASH}, __VA_ARGS__
#define RESPOND(...)                                                                               \
    .from = MASH, .kind = KIND_RECONSIDERATION_RESPONSE, .to = {SCHOOL}, __VA_ARGS__
/* 0 referral, 1 no further action */
#define DECIDED(t)                                                                                 \
    REFERRED(t);                                                                                   \
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},                     \
             .outcome = OUTCOME_NO_FURTHER_ACTION)

Test(policy_contest, a_decision_is_contested_at_level_1_by_who_got_it)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
}

Test(policy_contest, nobody_contests_their_own_decision_or_somebody_elses_thread)
{
    DECIDED(t);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_RECONSIDERATION, .parent = 1,
            .to = {SCHOOL}, .level = 1, .cites = 2);
    refused(SH_E_NOT_A_PARTY, .from = HEALTH, .kind = KIND_RECONSIDERATION, .parent = 1,
            .to = {MASH}, .level = 1, .cites = 2);
}

Test(policy_contest, who_was_told_of_a_decision_may_contest_it)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL}, .inform = {HEALTH},
             .outcome = OUTCOME_NO_FURTHER_ACTION);
    accepted(.from = HEALTH, .kind = KIND_RECONSIDERATION, .parent = 1, .to = {MASH},
             .inform = {SCHOOL}, .level = 1, .cites = 2);
}

Test(policy_contest, it_goes_to_who_decided_and_may_add_desks)
{
    DECIDED(t);
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1,
            .to = {MANAGERS}, .level = 1, .cites = 2);
    refused(SH_E_BAD_RECIPIENTS, .from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1,
            .to = {MASH, COLLEGE}, .level = 1, .cites = 2);
    accepted(.from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1, .to = {MASH, MANAGERS},
             .inform = {"business@999.council"}, .level = 1, .cites = 2);
}

Test(policy_contest, it_cites_a_decision_of_this_thread)
{
    DECIDED(t);
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 1, .level = 1));
    refused(SH_E_CITES_NOTHING,
            CONTEST(.parent = 1, .level = 1, .cites = 1)); /* the referral is no decision */
    refused(SH_E_CITES_NOTHING,
            CONTEST(.parent = 1, .level = 1, .cites = 20)); /* of no message here */
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 1, .level = 1, .cites_overdue = 77));
    refused(SH_E_CITES_NOTHING,
            CONTEST(.parent = 1, .level = 1, .cites = 2, .cites_overdue = 77)); /* half of it */
}

Test(policy_contest, silence_is_contested_with_the_logs_entry_alone)
{
    REFERRED(t);
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 0, .level = 1));
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 0, .level = 1, .cites_overdue = 77));
    talk_overdue(&t, 77, 0, DUTY_DECIDED, MASH);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_RECONSIDERATION, .parent = 0,
            .to = {SCHOOL}, .level = 1, .cites_overdue = 77);
    accepted(CONTEST(.parent = 0, .level = 1, .cites_overdue = 77));
}

Test(policy_contest, a_decision_does_not_stand_for_silence)
{
    DECIDED(t);
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 0, .level = 1, .cites = 2));
}

Test(policy_contest, a_level_opens_when_the_one_below_was_answered)
{
    DECIDED(t);
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 1, .cites = 2)); /* no level */
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 1, .level = 2, .cites = 2));
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 1, .level = 2, .cites = 2));
    accepted(RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_UPHELD));
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 3, .level = 3, .cites = 4));
    accepted(.from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 3, .to = {MASH, MANAGERS},
             .level = 2, .cites = 4);
}

Test(policy_contest, a_level_opens_when_the_one_below_was_not_answered_in_time)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 2, .level = 2, .cites = 2));
    talk_overdue(&t, 5, 2, DUTY_ANSWERED, MASH);
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 2, .level = 3, .cites_overdue = 5));
    accepted(.from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 2, .to = {MASH, MANAGERS},
             .level = 2, .cites_overdue = 5);
}

Test(policy_contest, level_1_is_open_at_any_time_also_after_close)
{
    DECIDED(t);
    accepted(.from = SCHOOL, .kind = KIND_CLOSE, .parent = 1, .to = {MASH},
             .outcome = OUTCOME_ANSWERED);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
}

Test(policy_contest, the_desks_that_were_asked_respond_at_that_level)
{
    DECIDED(t);
    accepted(.from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1, .to = {MASH},
             .inform = {MANAGERS}, .level = 1, .cites = 2);
    refused(SH_E_WRONG_ORDER, .from = MANAGERS, .kind = KIND_RECONSIDERATION_RESPONSE, .parent = 2,
            .to = {SCHOOL}, .level = 1, .outcome = OUTCOME_UPHELD);
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_RECONSIDERATION_RESPONSE, .parent = 2,
            .to = {SCHOOL}, .level = 1, .outcome = OUTCOME_UPHELD);
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_RECONSIDERATION_RESPONSE, .parent = 2,
            .to = {MANAGERS}, .level = 1, .outcome = OUTCOME_UPHELD);
    refused(SH_E_LEVEL_TOO_EARLY, RESPOND(.parent = 2, .level = 2, .outcome = OUTCOME_UPHELD));
    refused(SH_E_BAD_OUTCOME, RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_ACTION));
    refused(SH_E_BAD_CHILDREN, RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_UPHELD,
                                       .children = {{1, OUTCOME_ACTION}}));
    refused(SH_E_BAD_OUTCOME, RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_CHANGED,
                                      .children = {{1, OUTCOME_UPHELD}}));
    accepted(RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_CHANGED,
                     .children = {{1, OUTCOME_ACTION}}));
}

Test(policy_contest, a_changed_decision_is_contested_from_level_1_again)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    accepted(RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_CHANGED,
                     .children = {{1, OUTCOME_CLOSED}}));
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 3, .level = 2, .cites = 4));
    accepted(CONTEST(.parent = 3, .level = 1, .cites = 4));
}

Test(policy_contest, a_changed_response_is_decided_on_later_and_an_upheld_one_is_not)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    accepted(RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_UPHELD));
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_DECISION, .parent = 3, .to = {SCHOOL},
            .outcome = OUTCOME_ACTION);
    accepted(CONTEST(.parent = 3, .level = 2, .cites = 4));
    accepted(RESPOND(.parent = 4, .level = 2, .outcome = OUTCOME_CHANGED));
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 5, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION);
}

Test(policy_contest, a_reconsideration_is_acknowledged)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    accepted(.from = MASH, .kind = KIND_ACKNOWLEDGEMENT, .parent = 2, .to = {SCHOOL});
}

Test(policy_contest, what_ran_out_elsewhere_in_the_thread_opens_no_level)
{
    REFERRED(t);
    talk_overdue(&t, 3, 0, DUTY_ACKNOWLEDGED, MASH);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_NO_FURTHER_ACTION);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 2, .level = 2, .cites_overdue = 3));
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 1, .level = 2, .cites = 2, .cites_overdue = 3));
    talk_overdue(&t, 4, 2, DUTY_SPOKEN, MASH);
    refused(SH_E_LEVEL_TOO_EARLY, CONTEST(.parent = 2, .level = 2, .cites_overdue = 4));
}

Test(policy_contest, nobody_presses_their_own_lateness)
{
    REFERRED(t);
    talk_overdue(&t, 3, 0, DUTY_IN_WRITING, SCHOOL);
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 0, .level = 1, .cites_overdue = 3));
}

Test(policy_contest, an_old_overdue_entry_does_not_open_a_level_of_the_next_round)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    talk_overdue(&t, 5, 2, DUTY_ANSWERED, MASH);
    accepted(CONTEST(.parent = 2, .level = 2, .cites_overdue = 5));
    accepted(RESPOND(.parent = 3, .level = 2, .outcome = OUTCOME_CHANGED,
                     .children = {{1, OUTCOME_CLOSED}}));
    accepted(CONTEST(.parent = 4, .level = 1, .cites = 5));
    refused(SH_E_CITES_NOTHING, CONTEST(.parent = 5, .level = 2, .cites_overdue = 5));
}

Test(policy_contest, a_question_back_that_was_answered_and_then_left_lying_is_silence_too)
{
    DECIDED(t);
    accepted(CONTEST(.parent = 1, .level = 1, .cites = 2));
    accepted(RESPOND(.parent = 2, .level = 1, .outcome = OUTCOME_MORE_INFORMATION));
    accepted(.from = SCHOOL, .kind = KIND_NOTE, .parent = 3, .to = {MASH});
    talk_overdue(&t, 6, 4, DUTY_ANSWERED, MASH);
    accepted(CONTEST(.parent = 2, .level = 2, .cites_overdue = 6));
}
