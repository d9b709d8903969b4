/* Each row of the default policy's clocks: what starts it, who owes it, when it is due by the clock
 * on the wall, who is warned and told; and what looks like it and starts nothing. */
#include "base/clock.h"
#include "policy/clocks.h"
#include "talk.h"

/* Fri 20 Nov 2026, 10:00 in London, and winter all along. */
#define FRIDAY INT64_C(1795168800000)

static int64_t at(const char *text)
{
    int64_t ms = 0;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

static struct clock_starts clocks_of(struct talk *t, const struct say *say, int64_t accepted_ms)
{
    struct clock_starts starts;
    const struct thread_view view = talk_view(t);
    const struct clock_question q = {talk_facts(t, say), &view, accepted_ms, false};
    cr_assert_eq(policy_clocks(t->policy, &q, &starts), SH_OK);
    return starts;
}

static const struct clock_start *find(const struct clock_starts *starts, enum duty duty)
{
    for (size_t i = 0; i < starts->len; i++) {
        if (starts->list[i].clock.duty == duty) {
            return &starts->list[i];
        }
    }
    return NULL;
}

struct row {
    const char *what;
    struct say say;
    const char *accepted; /* NULL: Friday, 10:00 */
    enum duty duty;
    const char *due; /* NULL: it starts no such clock */
    const char *warn;
    enum owed owed;
    const char *by; /* of OWED_BY_DESK */
};

#define SENDS(from_, kind_, ...)                                                                   \
    {                                                                                              \
        .from = (from_), .kind = KIND_##kind_, .parent = FIRST, __VA_ARGS__                        \
    }

static const struct row rows[] = {
    /* ---- delivered ---- */
    {.what = "urgent mail arrives within half an hour",
     .duty = DUTY_DELIVERED,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .urgency = URGENCY_URGENT),
     .due = "2026-11-20T10:30:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "immediate, too, by night",
     .duty = DUTY_DELIVERED,
     .accepted = "2026-11-20T23:45:00Z",
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .urgency = URGENCY_IMMEDIATE),
     .due = "2026-11-21T00:15:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "routine by the next working morning",
     .duty = DUTY_DELIVERED,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}),
     .due = "2026-11-23T08:30:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "in summer that is half past eight in London",
     .duty = DUTY_DELIVERED,
     .accepted = "2027-06-10T10:00:00Z",
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}),
     .due = "2027-06-11T08:30:00+01:00",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "a concern of one's own desk goes nowhere",
     .duty = DUTY_DELIVERED,
     .say = SENDS(SCHOOL, CONCERN)},

    /* ---- opened ---- */
    {.what = "the school knows before the child comes in",
     .duty = DUTY_OPENED,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_DOMESTIC_ABUSE),
     .due = "2026-11-23T08:30:00Z",
     .owed = OWED_BY_ACT},
    {.what = "counted from the event: late from the start",
     .duty = DUTY_OPENED,
     .accepted = "2026-11-20T10:00:00Z",
     .due = "2026-11-19T08:30:00Z",
     .owed = OWED_BY_ACT,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_DOMESTIC_ABUSE,
                  .event_ms = INT64_C(1795060800000))},
    {.what = "other notifications have no such clock",
     .duty = DUTY_OPENED,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_SERIOUS_VIOLENCE)},
    {.what = "a decision is read",
     .duty = DUTY_OPENED,
     .say = {.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL}},
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "so is a note",
     .duty = DUTY_OPENED,
     .say = {.from = MASH, .kind = KIND_NOTE, .parent = 0, .to = {SCHOOL}},
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "and a chronology",
     .duty = DUTY_OPENED,
     .say = SENDS(SCHOOL, CHRONOLOGY, .to = {MASH}),
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "and a correction, by those told for information also",
     .duty = DUTY_OPENED,
     .say = {.from = SCHOOL, .kind = KIND_CORRECTION, .parent = 0, .inform = {MASH}},
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_RECIPIENTS},
    {.what = "reading a referral is nothing that is waited for",
     .duty = DUTY_OPENED,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH})},

    /* ---- acknowledged ---- */
    {.what = "a referral within a working day",
     .duty = DUTY_ACKNOWLEDGED,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .inform = {HEALTH}),
     .due = "2026-11-23T17:00:00Z",
     .warn = "2026-11-23T15:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "on Friday at six also by Monday",
     .duty = DUTY_ACKNOWLEDGED,
     .accepted = "2026-11-20T18:00:00Z",
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}),
     .due = "2026-11-23T17:00:00Z",
     .warn = "2026-11-23T15:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "over Christmas by the first working day",
     .duty = DUTY_ACKNOWLEDGED,
     .accepted = "2026-12-24T12:00:00Z",
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}),
     .due = "2026-12-29T17:00:00Z",
     .warn = "2026-12-29T15:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "an allegation within a working day",
     .duty = DUTY_ACKNOWLEDGED,
     .say = SENDS(HEAD, NOTIFICATION, .to = {LADO}, .subtype = SUBTYPE_ALLEGATION_AGAINST_ADULT),
     .due = "2026-11-23T17:00:00Z",
     .warn = "2026-11-23T15:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "a file within five school days",
     .duty = DUTY_ACKNOWLEDGED,
     .say = SENDS(SCHOOL, RECORD_TRANSFER, .to = {COLLEGE}),
     .due = "2026-11-27T17:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "who was told for information takes nothing",
     .duty = DUTY_ACKNOWLEDGED,
     .say = SENDS(POLICE, NOTIFICATION, .inform = {SCHOOL})},
    {.what = "a request is answered, not taken",
     .duty = DUTY_ACKNOWLEDGED,
     .say = SENDS(SCHOOL, REQUEST, .to = {MASH})},

    /* ---- decided, next step, information ---- */
    {.what = "a referral is decided within a working day",
     .duty = DUTY_DECIDED,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}),
     .due = "2026-11-23T17:00:00Z",
     .warn = "2026-11-23T15:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "nobody decides a notification",
     .duty = DUTY_DECIDED,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL})},
    {.what = "a promise is due when it says",
     .duty = DUTY_NEXT_STEP,
     .say = {.from = MASH,
             .kind = KIND_DECISION,
             .parent = 0,
             .to = {SCHOOL},
             .outcome = OUTCOME_ACTION,
             .next_ms = FRIDAY + SH_DAY_MS},
     .due = "2026-11-21T10:00:00Z",
     .owed = OWED_BY_DESK,
     .by = MASH},
    {.what = "no promise, no clock",
     .duty = DUTY_NEXT_STEP,
     .say = {.from = MASH,
             .kind = KIND_DECISION,
             .parent = 0,
             .to = {SCHOOL},
             .outcome = OUTCOME_ACTION}},
    {.what = "asked back: the referrer's turn",
     .duty = DUTY_INFORMATION,
     .say = {.from = MASH,
             .kind = KIND_DECISION,
             .parent = 0,
             .to = {SCHOOL},
             .outcome = OUTCOME_MORE_INFORMATION},
     .due = "2026-11-23T17:00:00Z",
     .owed = OWED_BY_DESK,
     .by = SCHOOL},
    {.what = "asked back about one child only",
     .duty = DUTY_INFORMATION,
     .say = {.from = MASH,
             .kind = KIND_DECISION,
             .parent = 0,
             .to = {SCHOOL},
             .outcome = OUTCOME_MIXED,
             .children = {{1, OUTCOME_ACTION}, {2, OUTCOME_MORE_INFORMATION}}},
     .due = "2026-11-23T17:00:00Z",
     .owed = OWED_BY_DESK,
     .by = SCHOOL},
    {.what = "decided, and nothing asked",
     .duty = DUTY_INFORMATION,
     .say = {.from = MASH,
             .kind = KIND_DECISION,
             .parent = 0,
             .to = {SCHOOL},
             .outcome = OUTCOME_NO_FURTHER_ACTION}},

    /* ---- answered ---- */
    {.what = "an immediate request in four hours",
     .duty = DUTY_ANSWERED,
     .say = SENDS(SCHOOL, REQUEST, .to = {MASH}, .urgency = URGENCY_IMMEDIATE,
                  .subtype = SUBTYPE_INFORMATION),
     .due = "2026-11-20T14:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "an urgent one in a working day",
     .duty = DUTY_ANSWERED,
     .say = SENDS(SCHOOL, REQUEST, .to = {MASH}, .urgency = URGENCY_URGENT),
     .due = "2026-11-23T17:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "a routine one in three",
     .duty = DUTY_ANSWERED,
     .say = SENDS(SCHOOL, REQUEST, .to = {MASH}),
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "a file that never came in five days",
     .duty = DUTY_ANSWERED,
     .say = SENDS(SCHOOL, REQUEST, .to = {COLLEGE}, .subtype = SUBTYPE_RECORDS),
     .due = "2026-11-25T17:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "an urgent one does not wait for them",
     .duty = DUTY_ANSWERED,
     .say = SENDS(SCHOOL, REQUEST, .to = {COLLEGE}, .subtype = SUBTYPE_RECORDS,
                  .urgency = URGENCY_URGENT),
     .due = "2026-11-23T17:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "a reply asks for nothing",
     .duty = DUTY_ANSWERED,
     .say = {.from = MASH, .kind = KIND_REPLY, .parent = 0, .to = {SCHOOL}}},

    /* ---- sent again ---- */
    {.what = "redirected: the sender's turn",
     .duty = DUTY_SENT_AGAIN,
     .say = {.from = MASH, .kind = KIND_REDIRECT, .parent = 0, .to = {SCHOOL}},
     .due = "2026-11-23T17:00:00Z",
     .owed = OWED_BY_DESK,
     .by = SCHOOL},
    {.what = "urgently in four hours",
     .duty = DUTY_SENT_AGAIN,
     .say = {.from = MASH,
             .kind = KIND_REDIRECT,
             .parent = 0,
             .to = {SCHOOL},
             .urgency = URGENCY_URGENT},
     .due = "2026-11-20T14:00:00Z",
     .owed = OWED_BY_DESK,
     .by = SCHOOL},

    /* ---- return interview ---- */
    {.what = "72 hours from when the child was found",
     .duty = DUTY_RETURN_INTERVIEW,
     .say = SENDS(POLICE, NOTIFICATION, .to = {MASH}, .subtype = SUBTYPE_MISSING_EPISODE,
                  .event_ms = FRIDAY - SH_DAY_MS),
     .due = "2026-11-22T10:00:00Z",
     .warn = "2026-11-21T22:00:00Z",
     .owed = OWED_BY_ACT},
    {.what = "by social care alone, whoever else is asked",
     .duty = DUTY_RETURN_INTERVIEW,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL, MASH}, .subtype = SUBTYPE_MISSING_EPISODE,
                  .event_ms = FRIDAY - SH_DAY_MS),
     .due = "2026-11-22T10:00:00Z",
     .warn = "2026-11-21T22:00:00Z",
     .owed = OWED_BY_DESK,
     .by = MASH},
    {.what = "a school holds none",
     .duty = DUTY_RETURN_INTERVIEW,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL}, .subtype = SUBTYPE_MISSING_EPISODE,
                  .event_ms = FRIDAY)},
    {.what = "nor does who was told for information",
     .duty = DUTY_RETURN_INTERVIEW,
     .say = SENDS(POLICE, NOTIFICATION, .to = {SCHOOL}, .inform = {MASH},
                  .subtype = SUBTYPE_MISSING_EPISODE, .event_ms = FRIDAY)},
    {.what = "a child who was not found yet is not interviewed",
     .duty = DUTY_RETURN_INTERVIEW,
     .say = SENDS(POLICE, NOTIFICATION, .to = {MASH}, .subtype = SUBTYPE_MISSING_EPISODE)},

    /* ---- in writing ---- */
    {.what = "telephoned 25 hours ago: late",
     .duty = DUTY_IN_WRITING,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .telephone = true,
                  .event_ms = FRIDAY - 25 * SH_HOUR_MS),
     .due = "2026-11-20T09:00:00Z",
     .owed = OWED_BY_DESK,
     .by = SCHOOL},
    {.what = "24 hours ago: just in time",
     .duty = DUTY_IN_WRITING,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .telephone = true,
                  .event_ms = FRIDAY - 24 * SH_HOUR_MS)},
    {.what = "never telephoned",
     .duty = DUTY_IN_WRITING,
     .say = SENDS(SCHOOL, REFERRAL, .to = {MASH}, .event_ms = FRIDAY - 25 * SH_HOUR_MS)},
};

static void check_owed(const struct row *row, const struct clock_start *start)
{
    cr_expect_eq(start->clock.owed, row->owed, "%s: owed %d", row->what, start->clock.owed);
    cr_expect_eq(start->clock.due_ms, at(row->due), "%s: due at %lld", row->what,
                 (long long)start->clock.due_ms);
    cr_expect_eq(start->warn_ms, row->warn ? at(row->warn) : 0, "%s: warned at %lld", row->what,
                 (long long)start->warn_ms);
    if (row->owed == OWED_BY_DESK) {
        cr_expect_str_eq(start->clock.by.text, row->by, "%s", row->what);
    }
}

Test(policy_clocks, each_message_starts_the_clocks_of_its_rows_and_no_others)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        TALK(t);
        if (row->say.parent != FIRST) {
            accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
                     .children_count = 2);
        }
        const struct clock_starts starts =
            clocks_of(&t, &row->say, row->accepted ? at(row->accepted) : FRIDAY);
        const struct clock_start *start = find(&starts, row->duty);
        cr_expect_eq(start != NULL, row->due != NULL, "%s", row->what);
        if (start && row->due) {
            check_owed(row, start);
        }
        cr_expect_not(starts.uncovered, "%s", row->what);
    }
}

Test(policy_clocks, a_calendar_that_has_ended_is_said)
{
    TALK(t);
    const struct say say = SENDS(SCHOOL, REFERRAL, .to = {MASH});
    cr_assert(clocks_of(&t, &say, at("2041-06-03T10:00:00Z")).uncovered);
}

Test(policy_clocks, a_warning_whose_time_is_past_at_acceptance_is_not_given)
{
    TALK(t);
    const struct say say =
        SENDS(POLICE, NOTIFICATION, .to = {MASH}, .subtype = SUBTYPE_MISSING_EPISODE,
              .event_ms = FRIDAY - 65 * SH_HOUR_MS);
    const struct clock_starts starts = clocks_of(&t, &say, FRIDAY);
    const struct clock_start *start = find(&starts, DUTY_RETURN_INTERVIEW);
    cr_assert_not_null(start);
    cr_assert_eq(start->clock.due_ms, FRIDAY + 7 * SH_HOUR_MS);
    cr_assert_eq(start->warn_ms, 0);
}

Test(policy_clocks, a_note_in_between_does_not_turn_the_clock_on_who_wrote_it)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .inform = {HEALTH});
    accepted(.from = HEALTH, .kind = KIND_NOTE, .parent = 0, .to = {MASH});
    const struct say say = {.from = MASH,
                            .kind = KIND_DECISION,
                            .parent = 1,
                            .to = {SCHOOL},
                            .outcome = OUTCOME_MORE_INFORMATION};
    const struct clock_starts starts = clocks_of(&t, &say, FRIDAY);
    cr_assert_str_eq(find(&starts, DUTY_INFORMATION)->clock.by.text, SCHOOL);
}

/* ---- after a question back ---- */

static bool resumed(struct talk *t, int asking, const struct say *say, struct clock_start *out)
{
    bool any = false;
    const struct thread_view view = talk_view(t);
    const struct clock_question q = {talk_facts(t, say), &view, FRIDAY, false};
    cr_assert_eq(policy_clock_resumed(t->policy, &q, &t->messages[asking], out, &any), SH_OK);
    return any;
}

#define TELLS(parent_)                                                                             \
    (&(const struct say){.from = SCHOOL, .kind = KIND_NOTE, .parent = (parent_), .to = {MASH}})

Test(policy_clocks, the_answer_to_a_question_back_starts_the_recipients_clock_anew)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_MORE_INFORMATION);
    struct clock_start start;
    cr_assert(resumed(&t, 1, TELLS(1), &start));
    cr_assert_eq(start.clock.duty, DUTY_DECIDED);
    cr_assert_eq(start.clock.owed, OWED_BY_DESK);
    cr_assert_str_eq(start.clock.by.text, MASH);
    cr_assert_eq(start.clock.due_ms, at("2026-11-23T17:00:00Z"));
    cr_assert_eq(start.warn_ms, at("2026-11-23T15:00:00Z"));
}

Test(policy_clocks, what_cover_asked_back_is_the_desks_own_again)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH},
             .cover = {NIGHT});
    accepted(.from = NIGHT, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_MORE_INFORMATION);
    struct clock_start start;
    cr_assert(resumed(&t, 1, TELLS(1), &start));
    cr_assert_str_eq(start.clock.by.text, MASH);
}

Test(policy_clocks, a_level_that_asked_back_has_its_time_again)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_NO_FURTHER_ACTION);
    accepted(.from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1, .to = {MASH}, .level = 1,
             .cites = 2);
    accepted(.from = MASH, .kind = KIND_RECONSIDERATION_RESPONSE, .parent = 2, .to = {SCHOOL},
             .level = 1, .outcome = OUTCOME_MORE_INFORMATION);
    struct clock_start start;
    cr_assert(resumed(&t, 3, TELLS(3), &start));
    cr_assert_eq(start.clock.duty, DUTY_ANSWERED);
    cr_assert_eq(start.clock.due_ms, at("2026-11-23T17:00:00Z"));
}

Test(policy_clocks, a_decision_that_asked_nothing_owes_nothing_again)
{
    REFERRED(t);
    accepted(.from = MASH, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
             .outcome = OUTCOME_NO_FURTHER_ACTION);
    struct clock_start start;
    cr_assert_not(resumed(&t, 1, TELLS(1), &start));
}

/* ---- whom to tell ---- */

static struct told told_of(struct talk *t, const struct say *say, enum duty duty, bool warned)
{
    struct told told;
    struct address owing;
    const struct thread_view view = talk_view(t);
    cr_assert_eq(address_from(MASH, &owing), SH_OK);
    const struct clock_event event = {talk_facts(t, say), &view, duty, &owing, warned};
    policy_told(t->policy, &event, &told);
    return told;
}

#define REFERS SENDS(SCHOOL, REFERRAL, .to = {MASH})

Test(policy_clocks, sender_and_who_owes_it_are_told_and_who_owes_it_is_warned)
{
    TALK(t);
    const struct say say = REFERS;
    struct told told = told_of(&t, &say, DUTY_DECIDED, false);
    cr_assert_eq(told.len, 2);
    cr_assert_str_eq(told.desks[0].text, SCHOOL);
    cr_assert_str_eq(told.desks[1].text, MASH);
    told = told_of(&t, &say, DUTY_DECIDED, true);
    cr_assert_eq(told.len, 1);
    cr_assert_str_eq(told.desks[0].text, MASH);
}

Test(policy_clocks, who_was_promised_something_is_told_that_the_day_has_passed)
{
    TALK(t);
    accepted(.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {MASH});
    const struct say say = {.from = MASH,
                            .kind = KIND_DECISION,
                            .parent = 0,
                            .to = {SCHOOL},
                            .inform = {HEALTH},
                            .outcome = OUTCOME_ACTION,
                            .next_ms = FRIDAY + SH_DAY_MS};
    const struct told told = told_of(&t, &say, DUTY_NEXT_STEP, false);
    cr_assert_eq(told.len, 3);
    cr_assert_str_eq(told.desks[0].text, SCHOOL);
    cr_assert_str_eq(told.desks[1].text, HEALTH);
    cr_assert_str_eq(told.desks[2].text, MASH);
}

Test(policy_clocks, what_has_not_arrived_is_the_senders_news_alone)
{
    TALK(t);
    const struct say say = REFERS;
    const struct told told = told_of(&t, &say, DUTY_DELIVERED, false);
    cr_assert_eq(told.len, 1);
    cr_assert_str_eq(told.desks[0].text, SCHOOL);
}

Test(policy_clocks, a_clock_that_the_policy_has_lost_is_still_told_of)
{
    TALK(t);
    const struct say say = REFERS;
    const struct told told = told_of(&t, &say, DUTY_ANSWERED, false);
    cr_assert_eq(told.len, 2);
}
