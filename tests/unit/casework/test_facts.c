/* What the header repeats of the casework. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "sample.h"
#include "support/cases.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Moments as text, "" for none; children as "1:action 2:closed". */
struct expected {
    const char *name;
    size_t position;
    uint32_t children_of_thread;
    enum kind kind;
    enum subtype subtype;
    enum urgency urgency;
    const char *clock_from;
    uint32_t level;
    enum outcome outcome;
    const char *children;
    uint32_t children_count;
    const char *next_due;
    bool not_to_own_desk, telephone;
};

#define NONE    SUBTYPE_NONE
#define ROUTINE URGENCY_ROUTINE
#define URGENT  URGENCY_URGENT

static const struct expected CASES[] = {
    {"01", 0, 0, KIND_REFERRAL, NONE, URGENT, "2026-11-19T15:45:00.000Z", 0, OUTCOME_NONE, "", 1,
     "", false, true},
    {"02", 0, 0, KIND_REFERRAL, NONE, URGENT, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"03", 0, 0, KIND_NOTIFICATION, SUBTYPE_DOMESTIC_ABUSE, URGENT, "2026-11-19T22:35:00.000Z", 0,
     OUTCOME_NONE, "", 1, "", false, false},
    {"04", 0, 0, KIND_NOTIFICATION, SUBTYPE_SERIOUS_VIOLENCE, ROUTINE, "2025-08-20T19:10:00.000Z",
     0, OUTCOME_NONE, "", 1, "", false, false},
    {"05", 0, 0, KIND_REFERRAL, NONE, URGENT, "", 0, OUTCOME_NONE, "", 2, "", false, false},
    {"06", 0, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"06", 1, 1, KIND_DECISION, NONE, ROUTINE, "", 0, OUTCOME_NO_FURTHER_ACTION,
     "1:no_further_action", 0, "", false, false},
    {"06", 1, 0, KIND_DECISION, NONE, ROUTINE, "", 0, OUTCOME_NO_FURTHER_ACTION, "", 0, "", false,
     false},
    {"06", 2, 1, KIND_RECONSIDERATION, NONE, ROUTINE, "", 1, OUTCOME_NONE, "", 0, "", false, false},
    {"06", 3, 1, KIND_RECONSIDERATION_RESPONSE, NONE, ROUTINE, "", 1, OUTCOME_UPHELD, "", 0, "",
     false, false},
    {"06", 4, 1, KIND_RECONSIDERATION, NONE, ROUTINE, "", 2, OUTCOME_NONE, "", 0, "", false, false},
    {"06", 5, 1, KIND_RECONSIDERATION_RESPONSE, NONE, ROUTINE, "", 2, OUTCOME_CHANGED, "1:action",
     0, "", false, false},
    {"07", 0, 0, KIND_NOTIFICATION, SUBTYPE_RETURN_INTERVIEW, ROUTINE, "2026-11-17T01:40:00.000Z",
     0, OUTCOME_NONE, "", 1, "", false, false},
    {"08", 0, 0, KIND_NOTIFICATION, SUBTYPE_HOSPITAL_ATTENDANCE, URGENT, "2026-11-14T23:20:00.000Z",
     0, OUTCOME_NONE, "", 1, "", false, false},
    {"09", 0, 0, KIND_CONCERN, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"09", 1, 0, KIND_CONCERN, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"09", 2, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"10", 0, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"11", 0, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"12", 0, 0, KIND_RECORD_TRANSFER, NONE, ROUTINE, "2026-11-23T00:00:00.000Z", 0, OUTCOME_NONE,
     "", 1, "", false, false},
    {"13", 0, 2, KIND_ACKNOWLEDGEMENT, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 0, "", false, false},
    {"14", 0, 2, KIND_DECISION, NONE, ROUTINE, "", 0, OUTCOME_MIXED, "1:action 2:more_information",
     0, "2026-11-20T17:00:00.000Z", false, false},
    {"14", 0, 0, KIND_DECISION, NONE, ROUTINE, "", 0, OUTCOME_MIXED, "1:action 2:more_information",
     0, "2026-11-20T17:00:00.000Z", false, false},
    {"15", 0, 1, KIND_REDIRECT, NONE, ROUTINE, "", 0, OUTCOME_NOT_ON_ROLL, "", 0, "", false, false},
    {"16", 0, 0, KIND_NOTIFICATION, SUBTYPE_MISSING_EPISODE, URGENT, "2026-11-17T01:40:00.000Z", 0,
     OUTCOME_NONE, "", 1, "", false, false},
    {"17", 0, 1, KIND_NOTE, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 0, "", false, true},
    {"18", 0, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 1, "", false, false},
    {"18", 1, 1, KIND_CORRECTION, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 0, "", false, false},
    {"18", 2, 3, KIND_DECISION, NONE, ROUTINE, "", 0, OUTCOME_ACTION, "1:action 2:action 3:action",
     0, "2026-11-23T17:00:00.000Z", false, false},
    {"18", 3, 1, KIND_CLOSE, NONE, ROUTINE, "", 0, OUTCOME_ANSWERED, "", 0, "", false, false},
    {"19", 0, 0, KIND_REQUEST, SUBTYPE_INFORMATION, URGENT, "", 0, OUTCOME_NONE, "", 1, "", false,
     false},
    {"19", 1, 1, KIND_REPLY, NONE, ROUTINE, "", 0, OUTCOME_ANSWERED, "", 0, "", false, false},
    {"20", 0, 0, KIND_REFERRAL, NONE, ROUTINE, "", 0, OUTCOME_NONE, "", 2, "", false, false},
    {"21", 0, 0, KIND_NOTIFICATION, SUBTYPE_ALLEGATION_AGAINST_ADULT, URGENT,
     "2026-11-19T12:40:00.000Z", 0, OUTCOME_NONE, "", 1, "", true, false},
};

static const char *moment(bool has, int64_t ms, char *out)
{
    out[0] = '\0';
    if (has) {
        time_to_rfc3339(ms, out);
    }
    return out;
}

static void expect_children(const char *name, const struct facts *facts, const char *expected)
{
    SH_DEFER(buf_wipe) struct buf list = BUF_INIT(4096);
    for (size_t i = 0; i < facts->children_len; i++) {
        cr_assert_eq(buf_printf(&list, "%s%u:%s", i ? " " : "", facts->children[i].child,
                                outcome_word(facts->children[i].outcome)),
                     SH_OK);
    }
    cr_assert_eq(buf_terminate(&list), SH_OK);
    cr_expect_str_eq((const char *)list.data, expected, "%s: %s", name, (const char *)list.data);
}

static void expect_facts(const struct facts *facts, const struct expected *e)
{
    char text[SH_TIME_TEXT_BYTES];
    cr_expect_eq(facts->kind, e->kind, "%s", e->name);
    cr_expect_eq(facts->subtype, e->subtype, "%s", e->name);
    cr_expect_eq(facts->urgency, e->urgency, "%s", e->name);
    cr_expect_str_eq(moment(facts->has_clock_from, facts->clock_from_ms, text), e->clock_from,
                     "%s: %s", e->name, text);
    cr_expect_eq(facts->level, e->level, "%s", e->name);
    cr_expect_eq(facts->outcome, e->outcome, "%s", e->name);
    expect_children(e->name, facts, e->children);
    cr_expect_eq(facts->children_count, e->children_count, "%s", e->name);
    cr_expect_str_eq(moment(facts->has_next_due, facts->next_due_ms, text), e->next_due, "%s: %s",
                     e->name, text);
    cr_expect_eq(facts->not_to_own_desk, e->not_to_own_desk, "%s", e->name);
    cr_expect_eq(facts->telephone, e->telephone, "%s", e->name);
}

Test(casework_facts, every_case_gives_the_facts_that_its_words_say)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        SH_DEFER(json_decrefp) json_t *message = NULL;
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct facts facts = {0};
        struct sh_why why = {0};
        cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
        cr_assert_eq(case_load_message(CASES[i].name, CASES[i].position, &message, &why), SH_OK);
        cr_assert_eq(casework_facts(message, CASES[i].children_of_thread, arena, &facts, &why),
                     SH_OK, "%s: %s", CASES[i].name, why.text);
        expect_facts(&facts, &CASES[i]);
    }
}

/* ---- moments ---- */

static struct facts facts_of(json_t *casework, uint32_t children_of_thread, struct arena *arena)
{
    struct facts facts = {0};
    struct sh_why why = {0};
    cr_assert_eq(casework_facts(casework, children_of_thread, arena, &facts, &why), SH_OK, "%s",
                 why.text);
    return facts;
}

static const struct {
    const char *subtype, *key, *value, *clock_from;
} EVENTS[] = {
    {"domestic_abuse", "occurred_at", "2026-11-19T22:35:59.999Z", "2026-11-19T22:35:00.000Z"},
    {"domestic_abuse", "occurred_at", "2026-07-19T22:35:10+01:00", "2026-07-19T21:35:00.000Z"},
    {"domestic_abuse", "occurred_at", "2026-11-19", "2026-11-19T00:00:00.000Z"},
    {"domestic_abuse", "found_at", "2026-11-19T22:35:00Z", "2026-11-19T22:35:00.000Z"},
    {"domestic_abuse", "missing_from", "2026-11-19T22:35:00Z", ""},
    {"missing_episode", "found_at", "2026-11-19T22:35:00Z", "2026-11-19T22:35:00.000Z"},
    {"missing_episode", "occurred_at", "2026-11-19T22:35:00Z", "2026-11-19T22:35:00.000Z"},
    {"missing_episode", "missing_from", "2026-11-19T22:35:00Z", ""},
    {"other", "occurred_at", "1969-12-31T23:59:59Z", ""},
    {"other", "occurred_at", "1965-05-01", ""},
    {"other", "occurred_at", "1970-01-01", "1970-01-01T00:00:00.000Z"},
};

Test(casework_facts, the_clock_runs_from_the_event_to_the_minute)
{
    for (size_t i = 0; i < sizeof EVENTS / sizeof EVENTS[0]; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        SH_DEFER(json_decrefp) json_t *casework = sample_of("notification");
        char path[64], text[SH_TIME_TEXT_BYTES];
        cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
        (void)snprintf(path, sizeof path, "event.%s", EVENTS[i].key);
        sample_set(casework, "subtype", json_string(EVENTS[i].subtype));
        sample_set(casework, path, json_string(EVENTS[i].value));
        struct facts facts = facts_of(casework, 0, arena);
        cr_expect_str_eq(moment(facts.has_clock_from, facts.clock_from_ms, text),
                         EVENTS[i].clock_from, "%s %s: %s", EVENTS[i].key, EVENTS[i].value, text);
    }
}

Test(casework_facts, the_clock_of_a_missing_episode_runs_from_the_finding_not_the_event)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = sample_of("notification");
    char text[SH_TIME_TEXT_BYTES];
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    sample_set(casework, "event.occurred_at", json_string("2026-11-16T16:00:00Z"));
    sample_set(casework, "event.found_at", json_string("2026-11-17T01:40:00Z"));
    struct facts facts = facts_of(casework, 0, arena);
    cr_expect_str_eq(moment(true, facts.clock_from_ms, text), "2026-11-16T16:00:00.000Z");
    sample_set(casework, "subtype", json_string("missing_episode"));
    facts = facts_of(casework, 0, arena);
    cr_expect_str_eq(moment(true, facts.clock_from_ms, text), "2026-11-17T01:40:00.000Z");
}

static const struct {
    const char *next, *due;
} PROMISES[] = {
    {"[{'by':'2026-11-20'}]", "2026-11-20T17:00:00.000Z"},
    {"[{'by':'2026-06-30'}]", "2026-06-30T16:00:00.000Z"},
    {"[{'by':'2026-03-28'}]", "2026-03-28T17:00:00.000Z"}, /* the Saturday before summer time */
    {"[{'by':'2026-03-29'}]", "2026-03-29T16:00:00.000Z"}, /* its first day */
    {"[{'by':'2026-10-24'}]", "2026-10-24T16:00:00.000Z"},
    {"[{'by':'2026-10-25'}]", "2026-10-25T17:00:00.000Z"}, /* its last night is over */
    {"[{'by':'2026-01-15'}]", "2026-01-15T17:00:00.000Z"},
    {"[{'by':'2026-11-20T09:30:15Z'}]", "2026-11-20T09:30:15.000Z"},
    {"[{'by':'2026-11-21'},{'by':'2026-11-20'},{'by':'2026-11-22'}]", "2026-11-20T17:00:00.000Z"},
    {"[{'what':'x'},{'by':'2026-11-20'}]", "2026-11-20T17:00:00.000Z"},
    {"[{'what':'x'}]", ""},
    {"[]", ""},
};

static void expect_due(const char *kind, const char *path, const char *next, const char *due)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = sample_of(kind);
    char text[SH_TIME_TEXT_BYTES];
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    if (strcmp(path, "next") != 0) {
        sample_set(casework, "result", json_string("changed"));
        sample_set(casework, "new_decision", sample_json("{'outcome':'early_help','reasons':'x'}"));
    }
    sample_set(casework, path, sample_json(next));
    struct facts facts = facts_of(casework, 0, arena);
    cr_expect_str_eq(moment(facts.has_next_due, facts.next_due_ms, text), due, "%s: %s", next,
                     text);
}

Test(casework_facts, the_earliest_promise_is_due_by_five_in_the_afternoon_of_its_day)
{
    for (size_t i = 0; i < sizeof PROMISES / sizeof PROMISES[0]; i++) {
        expect_due("decision", "next", PROMISES[i].next, PROMISES[i].due);
        expect_due("reconsideration_response", "new_decision.next", PROMISES[i].next,
                   PROMISES[i].due);
    }
}

Test(casework_facts, a_promise_for_one_child_counts_too)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp)
    json_t *casework = sample_json(
        "{'kind':'decision','author':{'name':'a','role':'b'},'next':[{'by':'2026-11-21'}],"
        "'children':[{'child':1,'outcome':'early_help','reasons':'x',"
        "'next':[{'by':'2026-11-20'}]}]}");
    char text[SH_TIME_TEXT_BYTES];
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    struct facts facts = facts_of(casework, 1, arena);
    cr_expect_str_eq(moment(true, facts.next_due_ms, text), "2026-11-20T17:00:00.000Z");
}

/* ---- classes ---- */

static const struct {
    const char *kind, *key, *word;
    enum outcome outcome;
} CLASSES[] = {
    {"decision", "outcome", "urgent_protection", OUTCOME_ACTION},
    {"decision", "outcome", "strategy_discussion", OUTCOME_ACTION},
    {"decision", "outcome", "section_47_enquiry", OUTCOME_ACTION},
    {"decision", "outcome", "child_and_family_assessment", OUTCOME_ACTION},
    {"decision", "outcome", "early_help", OUTCOME_ACTION},
    {"decision", "outcome", "information_and_advice", OUTCOME_ACTION},
    {"decision", "outcome", "no_further_action", OUTCOME_NO_FURTHER_ACTION},
    {"decision", "outcome", "already_open", OUTCOME_ALREADY_OPEN},
    {"decision", "outcome", "passed_to_another_agency", OUTCOME_PASSED_ON},
    {"decision", "outcome", "more_information_needed", OUTCOME_MORE_INFORMATION},
    {"decision", "outcome", "assessment_finished", OUTCOME_CLOSED},
    {"decision", "outcome", "stepped_down", OUTCOME_STEPPED_DOWN},
    {"decision", "outcome", "closed", OUTCOME_CLOSED},
    {"reconsideration_response", "result", "upheld", OUTCOME_UPHELD},
    {"reconsideration_response", "result", "more_information_needed", OUTCOME_MORE_INFORMATION},
    {"redirect", "reason", "not_on_roll", OUTCOME_NOT_ON_ROLL},
    {"redirect", "reason", "wrong_desk", OUTCOME_WRONG_DESK},
    {"redirect", "reason", "wrong_area", OUTCOME_WRONG_AREA},
    {"redirect", "reason", "organisation_closed", OUTCOME_ORGANISATION_CLOSED},
    {"redirect", "reason", "moved", OUTCOME_MOVED_AWAY},
    {"reply", "result", "answered", OUTCOME_ANSWERED},
    {"reply", "result", "nothing_held", OUTCOME_NOTHING_HELD},
    {"reply", "result", "refused", OUTCOME_REFUSED},
    {"withdrawal", "reason", "wrong_recipient", OUTCOME_WRONG_RECIPIENT},
    {"withdrawal", "reason", "sent_in_error", OUTCOME_SENT_IN_ERROR},
    {"withdrawal", "reason", "superseded", OUTCOME_SUPERSEDED},
    {"withdrawal", "reason", "other", OUTCOME_OTHER},
    {"close", "reason", "answered", OUTCOME_ANSWERED},
    {"close", "reason", "child_safe_enough", OUTCOME_CHILD_SAFE_ENOUGH},
    {"close", "reason", "moved_away", OUTCOME_MOVED_AWAY},
    {"close", "reason", "other", OUTCOME_OTHER},
    {"correction", "reason", "answered", OUTCOME_NONE},
};

Test(casework_facts, every_answer_has_its_class)
{
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        SH_DEFER(json_decrefp) json_t *casework = sample_of(CLASSES[i].kind);
        cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
        sample_set(casework, CLASSES[i].key, json_string(CLASSES[i].word));
        if (strcmp(CLASSES[i].word, "other") == 0) {
            sample_set(casework, "text", json_string("Said."));
        }
        if (strcmp(CLASSES[i].word, "refused") == 0) {
            sample_set(casework, "reasons", json_string("Because."));
        }
        struct facts facts = facts_of(casework, 0, arena);
        cr_expect_eq(facts.outcome, CLASSES[i].outcome, "%s %s", CLASSES[i].kind, CLASSES[i].word);
    }
}

static struct facts long_decision(const char *children, uint32_t count, struct arena *arena)
{
    SH_DEFER(json_decrefp) json_t *casework = sample_of("decision");
    sample_set(casework, "outcome", NULL);
    sample_set(casework, "children", sample_json(children));
    return facts_of(casework, count, arena);
}

Test(casework_facts, children_are_given_in_order_whatever_the_order_of_the_words)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    struct facts facts = long_decision("[{'child':3,'outcome':'closed','reasons':'x'},"
                                       "{'child':1,'outcome':'assessment_finished','reasons':'x'}]",
                                       3, arena);
    expect_children("unordered", &facts, "1:closed 3:closed");
    cr_expect_eq(facts.outcome, OUTCOME_CLOSED);
    facts = long_decision("[{'child':1,'outcome':'early_help','reasons':'x'},"
                          "{'child':2,'outcome':'section_47_enquiry','reasons':'x'}]",
                          0, arena);
    cr_expect_eq(facts.outcome, OUTCOME_ACTION);
}

Test(casework_facts, a_child_that_the_referral_does_not_have_is_refused)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = NULL;
    struct facts facts = {0};
    struct sh_why why = {0};
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(case_load_message("14", 0, &casework, NULL), SH_OK);
    cr_expect_eq(casework_facts(casework, 1, arena, &facts, &why), SH_E_JSON);
    cr_expect_str_eq(why.text, "children[1].child: no such child in the referral");
}

Test(casework_facts, a_short_decision_about_more_children_than_may_be_is_refused)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = sample_of("decision");
    struct facts facts = {0};
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_expect_eq(casework_facts(casework, SH_CHILDREN_MAX, arena, &facts, NULL), SH_OK);
    cr_expect_eq(facts.children_len, SH_CHILDREN_MAX);
    cr_expect_eq(casework_facts(casework, SH_CHILDREN_MAX + 1, arena, &facts, NULL),
                 SH_E_BAD_CHILDREN);
}

Test(casework_facts, what_the_casework_does_not_say_stays_as_it_was)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = sample_of("referral");
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    struct facts facts = {.created_at_ms = 7, .has_parent = true, .level = 3, .telephone = true};
    cr_assert_eq(casework_facts(casework, 0, arena, &facts, NULL), SH_OK);
    cr_expect_eq(facts.created_at_ms, 7);
    cr_expect(facts.has_parent);
    cr_expect_eq(facts.level, 0);
    cr_expect_not(facts.telephone);
}

Test(casework_facts, a_bad_object_gives_no_facts)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_decrefp) json_t *casework = sample_of("decision");
    struct facts facts = {.level = 3};
    struct sh_why why = {0};
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    sample_set(casework, "outcome", json_string("nothing"));
    cr_expect_eq(casework_facts(casework, 0, arena, &facts, &why), SH_E_JSON);
    cr_expect_str_eq(why.text, "outcome: unknown code");
    cr_expect_eq(facts.level, 3);
}
