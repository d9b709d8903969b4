/* Decisions: by whom, about which children, once. */
#include "talk.h"

#define DECIDES(...) .from = MASH, .kind = KIND_DECISION, .to = {SCHOOL}, __VA_ARGS__

Test(policy_decisions, the_desk_that_was_asked_decides_and_tells_the_referrer)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .inform = {HEALTH});
    refused(SH_E_WRONG_ORDER, .from = HEALTH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
            .outcome = OUTCOME_ACTION);
    refused(SH_E_WRONG_ORDER, .from = SCHOOL, .kind = KIND_DECISION, .parent = 0, .to = {MASH},
            .outcome = OUTCOME_ACTION);
    refused(SH_E_NOT_A_PARTY, .from = LADO, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
            .outcome = OUTCOME_ACTION);
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {HEALTH},
            .outcome = OUTCOME_ACTION);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .inform = {HEALTH, POLICE}, .outcome = OUTCOME_ACTION);
}

Test(policy_decisions, a_decision_answers_a_referral_and_nothing_else)
{
    TALK(t);
    accepted(.from = POLICE, .kind = KIND_NOTIFICATION, .parent = FIRST, .to = {MASH},
             .subtype = SUBTYPE_OTHER);
    refused(SH_E_WRONG_ORDER, .from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {POLICE},
            .outcome = OUTCOME_ACTION);
}

Test(policy_decisions, a_first_decision_is_made_once)
{
    REFERRED(t);
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_NO_FURTHER_ACTION));
    refused(SH_E_ALREADY_DECIDED, DECIDES(.parent = 0, .outcome = OUTCOME_ACTION));
}

Test(policy_decisions, after_more_information_it_is_made_again)
{
    REFERRED(t);
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_MORE_INFORMATION));
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION));
    refused(SH_E_ALREADY_DECIDED, DECIDES(.parent = 0, .outcome = OUTCOME_CLOSED));
}

Test(policy_decisions, two_desks_that_were_asked_both_decide)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST,
             .to = {MASH, "camhs@ex1.health"});
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION));
    accepted(.from = "camhs@ex1.health", .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_ACTION);
}

Test(policy_decisions, a_later_decision_answers_the_desks_own_earlier_one)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST,
             .to = {MASH, "camhs@ex1.health"});
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION));
    accepted(DECIDES(.parent = 1, .outcome = OUTCOME_STEPPED_DOWN));
    accepted(DECIDES(.parent = 2, .outcome = OUTCOME_CLOSED));
    refused(SH_E_WRONG_ORDER, .from = "camhs@ex1.health", .kind = KIND_DECISION, .parent = 1,
            .to = {SCHOOL}, .outcome = OUTCOME_CLOSED);
    refused(SH_E_BAD_RECIPIENTS, .from = MASH, .kind = KIND_DECISION, .parent = 2,
            .to = {"camhs@ex1.health"}, .outcome = OUTCOME_CLOSED);
}

Test(policy_decisions, the_answer_to_a_question_may_be_answered_with_the_decision)
{
    REFERRED(t);
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_MORE_INFORMATION));
    accepted(.from = SCHOOL, .kind = KIND_NOTE, .parent = 1, .to = {MASH});
    accepted(DECIDES(.parent = 2, .outcome = OUTCOME_ACTION));
}

Test(policy_decisions, each_child_is_decided_once)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .children_count = 3);
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_MIXED,
                     .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_MORE_INFORMATION}}));
    refused(SH_E_ALREADY_DECIDED,
            DECIDES(.parent = 0, .outcome = OUTCOME_ACTION, .children = {{1, OUTCOME_ACTION}}));
    refused(SH_E_ALREADY_DECIDED,
            DECIDES(.parent = 0, .outcome = OUTCOME_ACTION)); /* no list: every child */
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION,
                     .children = {{2, OUTCOME_ACTION}, {3, OUTCOME_ACTION}}));
    refused(SH_E_ALREADY_DECIDED,
            DECIDES(.parent = 0, .outcome = OUTCOME_CLOSED, .children = {{3, OUTCOME_CLOSED}}));
}

Test(policy_decisions, a_decision_without_a_list_covers_every_child)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .children_count = 2);
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION));
    refused(SH_E_ALREADY_DECIDED,
            DECIDES(.parent = 0, .outcome = OUTCOME_ACTION, .children = {{2, OUTCOME_ACTION}}));
}

Test(policy_decisions, children_are_those_of_the_referral_in_order)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .children_count = 2);
    refused(SH_E_BAD_CHILDREN,
            DECIDES(.parent = 0, .outcome = OUTCOME_ACTION, .children = {{3, OUTCOME_ACTION}}));
    refused(SH_E_BAD_CHILDREN, DECIDES(.parent = 0, .outcome = OUTCOME_ACTION,
                                       .children = {{2, OUTCOME_ACTION}, {1, OUTCOME_ACTION}}));
    refused(SH_E_BAD_CHILDREN, DECIDES(.parent = 0, .outcome = OUTCOME_ACTION,
                                       .children = {{1, OUTCOME_ACTION}, {1, OUTCOME_ACTION}}));
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_ACTION,
                     .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_ACTION}}));
}

Test(policy_decisions, only_decisions_are_about_single_children)
{
    REFERRED(t);
    refused(SH_E_BAD_CHILDREN, .from = MASH, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL},
            .children = {{1, OUTCOME_ACTION}});
}

/* ---- outcomes ---- */

Test(policy_decisions, the_outcome_is_the_childrens_or_mixed)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .children_count = 2);
    refused(SH_E_BAD_OUTCOME, DECIDES(.parent = 0, .outcome = OUTCOME_MIXED)); /* of what? */
    refused(SH_E_BAD_OUTCOME,
            DECIDES(.parent = 0, .outcome = OUTCOME_MIXED, .children = {{1, OUTCOME_ACTION}}));
    refused(SH_E_BAD_OUTCOME,
            DECIDES(.parent = 0, .outcome = OUTCOME_CLOSED, .children = {{1, OUTCOME_ACTION}}));
    refused(SH_E_BAD_OUTCOME, DECIDES(.parent = 0, .outcome = OUTCOME_ACTION,
                                      .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_CLOSED}}));
    refused(SH_E_BAD_OUTCOME, DECIDES(.parent = 0, .outcome = OUTCOME_MIXED,
                                      .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_UPHELD}}));
    accepted(DECIDES(.parent = 0, .outcome = OUTCOME_MIXED,
                     .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_CLOSED}}));
}

Test(policy_decisions, every_kind_takes_the_outcomes_of_its_own_list_only)
{
    static const struct {
        enum kind kind;
        enum outcome outcome;
        sh_err expected;
    } rows[] = {
        {KIND_DECISION, OUTCOME_NONE, SH_E_BAD_OUTCOME},
        {KIND_DECISION, OUTCOME_UPHELD, SH_E_BAD_OUTCOME},
        {KIND_DECISION, OUTCOME_ANSWERED, SH_E_BAD_OUTCOME},
        {KIND_DECISION, OUTCOME_ALREADY_OPEN, SH_OK},
        {KIND_DECISION, OUTCOME_PASSED_ON, SH_OK},
        {KIND_REDIRECT, OUTCOME_NONE, SH_E_BAD_OUTCOME},
        {KIND_REDIRECT, OUTCOME_REFUSED, SH_E_BAD_OUTCOME},
        {KIND_REDIRECT, OUTCOME_ORGANISATION_CLOSED, SH_OK},
        {KIND_ACKNOWLEDGEMENT, OUTCOME_ACTION, SH_E_BAD_OUTCOME},
        {KIND_ACKNOWLEDGEMENT, OUTCOME_NONE, SH_OK},
        {KIND_NOTE, OUTCOME_OTHER, SH_E_BAD_OUTCOME},
        {KIND_NOTE, OUTCOME_NONE, SH_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        REFERRED(t);
        sh_err err = SAY(&t, .from = MASH, .kind = rows[i].kind, .parent = 0, .to = {SCHOOL},
                         .outcome = rows[i].outcome);
        cr_assert_eq(err, rows[i].expected, "row %zu: %s", i, sh_err_word(err));
    }
}

Test(policy_decisions, a_reply_says_what_became_of_the_request)
{
    TALK(t);
    accepted(.from = MASH, .kind = KIND_REQUEST, .parent = FIRST, .to = {HEALTH});
    refused(SH_E_BAD_OUTCOME, .from = HEALTH, .kind = KIND_REPLY, .parent = 0, .to = {MASH});
    refused(SH_E_BAD_OUTCOME, .from = HEALTH, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
            .outcome = OUTCOME_ACTION);
    accepted(.from = HEALTH, .kind = KIND_REPLY, .parent = 0, .to = {MASH},
             .outcome = OUTCOME_REFUSED);
}
