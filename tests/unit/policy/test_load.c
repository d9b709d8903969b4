/* The policy file: the default as it ships, and every mistake with its line and key. */
#include "base/files.h"
#include "crypto/digest.h"
#include "policy/witnesses.h"
#include "support/temp.h"
#include "talk.h"

struct loaded {
    struct temp_dir dir;
    struct policy *policy;
    struct sh_why why;
    char path[PATH_MAX + 16];
};

static void loaded_wipe(struct loaded *l)
{
    policy_free(&l->policy);
    temp_dir_remove(&l->dir);
}

static sh_err load_text(struct loaded *l, const char *text)
{
    temp_dir_make(&l->dir);
    (void)snprintf(l->path, sizeof l->path, "%s/policy.yaml", l->dir.path);
    cr_assert_eq(file_write_atomic(l->path, bytes_str(text), 0600, NULL), SH_OK);
    return policy_load(l->path, &l->policy, &l->why);
}

#define HEAD_LINES   "name: small\nsectors: [school, social-care]\n"
#define BEGIN_LINES  "begin:\n  - {kind: referral, from: [school], act: [social-care]}\n"
#define NOTE_LINES   "follow:\n  - {kind: note, answers: [anything], by: any_party}\n"
#define FOLLOW_LINES NOTE_LINES REST_LINES
/* What every policy has, and few tests are about. */
#define BANK_HOLIDAYS  SH_SOURCE_DIR "/relay/dist/bank-holidays.json"
#define CALENDAR_LINES "calendars: {bank_holidays: " BANK_HOLIDAYS "}\n"
#define CLOCK_LINES    "clocks:\n  - {clock: decided, on: [referral], due: 1 working day}\n"
#define LADDER_LINES                                                                               \
    "ladders:\n"                                                                                   \
    "  - {name: a, levels: [{name: b, clocks: [{clock: answered, due: 4 hours}]}]}\n"
/* One row of each, to be wrong in. */
#define CLOCKED(row)                                                                               \
    HEAD_LINES BEGIN_LINES NOTE_LINES CALENDAR_LINES "clocks:\n  - " row "\n" LADDER_LINES
#define LADDERED(row)                                                                              \
    HEAD_LINES BEGIN_LINES NOTE_LINES CALENDAR_LINES CLOCK_LINES "ladders:\n  - " row "\n"
#define REST_LINES CALENDAR_LINES CLOCK_LINES LADDER_LINES

Test(policy_load, the_default_for_england_is_right)
{
    TALK(t);
    cr_assert_str_eq(policy_name(t.policy), "England, default");
    cr_assert_eq(policy_quota_per_hour(t.policy), 600);
    cr_assert_eq(policy_grace_ms(t.policy), 14 * SH_DAY_MS);
    cr_assert_eq(policy_retention_ms(t.policy), 30 * SH_DAY_MS);
}

Test(policy_load, the_hash_is_that_of_the_file)
{
    SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL};
    const char *text = HEAD_LINES BEGIN_LINES FOLLOW_LINES;
    cr_assert_eq(load_text(&l, text), SH_OK, "%s", l.why.text);
    struct sh_hash expected;
    cr_assert_eq(digest_sha256(bytes_str(text), &expected), SH_OK);
    cr_assert(hash_equal(policy_sha256(l.policy), &expected));
}

Test(policy_load, what_is_left_out_has_a_default_and_what_is_there_counts)
{
    SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL}, m = {.policy = NULL};
    cr_assert_eq(load_text(&l, HEAD_LINES BEGIN_LINES FOLLOW_LINES), SH_OK, "%s", l.why.text);
    cr_assert_eq(policy_quota_per_hour(l.policy), 600);
    cr_assert_eq(
        load_text(
            &m, HEAD_LINES
            "quota_per_hour: 7\ngrace_days: 0\nretention_days: 31\n" BEGIN_LINES FOLLOW_LINES),
        SH_OK, "%s", m.why.text);
    cr_assert_eq(policy_quota_per_hour(m.policy), 7);
    cr_assert_eq(policy_grace_ms(m.policy), 0);
    cr_assert_eq(policy_retention_ms(m.policy), 31 * SH_DAY_MS);
}

static const struct {
    const char *text;
    const char *where; /* must stand in the error */
} mistakes[] = {
    {"sectors: [school]\n" BEGIN_LINES FOLLOW_LINES, "name"},
    {HEAD_LINES FOLLOW_LINES, "begin"},
    {HEAD_LINES BEGIN_LINES REST_LINES, "follow"},
    {HEAD_LINES "watches: 3\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:3: watches"},
    {HEAD_LINES "quota_per_hour: 0\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:3: quota_per_hour"},
    {HEAD_LINES "retention_days: 29\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:3: retention_days"},
    {HEAD_LINES "retention_days: 030\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:3: retention_days"},
    {HEAD_LINES "see_through: [notes]\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:3: see_through[0]"},
    {"name: x\nsectors: [School]\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:2: sectors[0]"},
    {"name: x\nsectors: [any]\n" BEGIN_LINES FOLLOW_LINES, "policy.yaml:2: sectors[0]"},
    {HEAD_LINES "begin:\n  - {kind: referal, from: [school]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].kind"},
    {HEAD_LINES "begin:\n  - {from: [school]}\n" FOLLOW_LINES, "kind"},
    {HEAD_LINES "begin:\n  - {kind: referral}\n" FOLLOW_LINES, "from"},
    {HEAD_LINES "begin:\n  - referral\n" FOLLOW_LINES, "policy.yaml:4: begin[0]"},
    {HEAD_LINES "begin:\n  - {kind: referral, from: [police]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].from[0]"},
    {HEAD_LINES
     "begin:\n  - {kind: referral, from: [school], act: [mash@*.council]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].act[0]"},
    {HEAD_LINES
     "begin:\n  - {kind: referral, from: [school], act: [ma*@999.social-care]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].act[0]"},
    {HEAD_LINES "begin:\n  - {kind: referral, from: [school], act: [[school]]}\n" FOLLOW_LINES,
     "must be a word"},
    {HEAD_LINES "begin:\n  - {kind: referral, from: [school], to: [school]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].to"},
    {HEAD_LINES "begin:\n  - {kind: referral, from: [school], subtypes: [fire]}\n" FOLLOW_LINES,
     "policy.yaml:4: begin[0].subtypes[0]"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, by: any_party}\n" REST_LINES, "answers"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, answers: [], by: any_party}\n" REST_LINES,
     "policy.yaml:6: follow[0].answers"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, answers: [all], by: any_party}\n" REST_LINES,
     "policy.yaml:6: follow[0].answers[0]"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, answers: [note], by: anybody}\n" REST_LINES,
     "policy.yaml:6: follow[0].by"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, answers: [note]}\n" REST_LINES, "by"},
    {HEAD_LINES BEGIN_LINES
     "follow:\n  - {kind: note, answers: [note], by: any_party, to: [all]}\n" REST_LINES,
     "policy.yaml:6: follow[0].to[0]"},
    {HEAD_LINES BEGIN_LINES "follow:\n  - {kind: note, answers: [note], by: any_party, "
                            "answers_outcomes: [good]}\n" REST_LINES,
     "policy.yaml:6: follow[0].answers_outcomes[0]"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES CLOCK_LINES LADDER_LINES, "calendars"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES CALENDAR_LINES LADDER_LINES, "clocks"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES CALENDAR_LINES CLOCK_LINES, "ladders"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES
     "calendars: {bank_holidays: nowhere.json}\n" CLOCK_LINES LADDER_LINES,
     "nowhere.json"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES "calendars: {term_dates: []}\n" CLOCK_LINES LADDER_LINES,
     "bank_holidays"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES "calendars: {bank_holidays: " BANK_HOLIDAYS
                                       ", term_dates: [[x]]}\n" CLOCK_LINES LADDER_LINES,
     "policy.yaml:7: calendars.term_dates[0]"},
    {HEAD_LINES BEGIN_LINES NOTE_LINES "calendars: {bank_holidays: " BANK_HOLIDAYS
                                       ", half_terms: []}\n" CLOCK_LINES LADDER_LINES,
     "policy.yaml:7: calendars.half_terms"},
    {HEAD_LINES "cover_after: 1 working day\n" BEGIN_LINES FOLLOW_LINES,
     "policy.yaml:3: cover_after"},
    {CLOCKED("{clock: decidde, on: [referral], due: 4 hours}"), "policy.yaml:9: clocks[0].clock"},
    {CLOCKED("{clock: cover, on: [referral], due: 4 hours}"), "policy.yaml:9: clocks[0].clock"},
    {CLOCKED("{clock: decided, on: [referal], due: 4 hours}"), "policy.yaml:9: clocks[0].on[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hour}"), "policy.yaml:9: clocks[0].due"},
    {CLOCKED("{clock: decided, on: [referral], due: 0 hours}"), "policy.yaml:9: clocks[0].due"},
    {CLOCKED("{clock: decided, on: [referral], due: soon}"), "policy.yaml:9: clocks[0].due"},
    {CLOCKED("{clock: decided, on: [referral], due: [4 hours]}"), "policy.yaml:9: clocks[0].due"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, subtypes: [fire]}"),
     "policy.yaml:9: clocks[0].subtypes[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, urgencies: [now]}"),
     "policy.yaml:9: clocks[0].urgencies[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, outcomes: [good]}"),
     "policy.yaml:9: clocks[0].outcomes[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, from: [police]}"),
     "policy.yaml:9: clocks[0].from[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, desks: [ma*@*.school]}"),
     "policy.yaml:9: clocks[0].desks[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, owed_by: nobody}"),
     "policy.yaml:9: clocks[0].owed_by"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, counts_from: birth}"),
     "policy.yaml:9: clocks[0].counts_from"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, counts_from: previous}"),
     "policy.yaml:9: clocks[0].counts_from"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, warn_before: 1 working day}"),
     "policy.yaml:9: clocks[0].warn_before"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, warn_before: 721 hours}"),
     "policy.yaml:9: clocks[0].warn_before"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, telephone: maybe}"),
     "policy.yaml:9: clocks[0].telephone"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, tell: [everybody]}"),
     "policy.yaml:9: clocks[0].tell[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, tell: [sender, \"@owing\"]}"),
     "policy.yaml:9: clocks[0].tell[1]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, tell_warned: [Managers@owing]}"),
     "policy.yaml:9: clocks[0].tell_warned[0]"},
    {CLOCKED("{clock: decided, on: [referral], due: 4 hours, stops_on: [note]}"),
     "policy.yaml:9: clocks[0].stops_on"},
    {CLOCKED("decided"), "policy.yaml:9: clocks[0]"},
    {LADDERED("{name: a, levels: []}"), "policy.yaml:11: ladders[0].levels"},
    {LADDERED("{name: a, levels: [b]}"), "policy.yaml:11: ladders[0].levels[0]"},
    {LADDERED("{name: a, levels: [{name: b, clocks: []}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [4 hours]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks[0]"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [{clock: spoken, due: 4 hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [{clock: decided, due: 4 hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks[0].clock"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [{clock: answered, due: promised}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks[0].due"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [{clock: answered, due: 4 hours, counts_from: "
              "event}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks[0].counts_from"},
    {LADDERED("{name: a, levels: [{name: b, clocks: [{clock: answered, due: 4 hours}, {clock: "
              "answered, due: 4 hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].clocks[1].clock"},
    {LADDERED("{name: a, levels: [{name: b, by_silence: yes, clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].by_silence"},
    {LADDERED("{name: a, levels: [{name: b, by_silence: often, clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].by_silence"},
    {LADDERED("{name: a, levels: [{name: b, adds: [anyone], clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].adds[0]"},
    {LADDERED("{name: a, levels: [{name: b, tell: [owing, x], clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].levels[0].tell[1]"},
    {LADDERED("{name: a, urgent_from: 2, levels: [{name: b, clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].urgent_from"},
    {LADDERED(
         "{name: a, limit: long, levels: [{name: b, clocks: [{clock: answered, due: 4 hours}]}]}"),
     "policy.yaml:11: ladders[0].limit"},
    {LADDERED("{name: a, from: [police], levels: [{name: b, clocks: [{clock: answered, due: 4 "
              "hours}]}]}"),
     "policy.yaml:11: ladders[0].from[0]"},
    {LADDERED(
         "{name: a, of: [school], levels: [{name: b, clocks: [{clock: answered, due: 4 hours}]}]}"),
     "policy.yaml:11: ladders:"},
    {LADDERED("ladder"), "policy.yaml:11: ladders[0]"},
    {"begin: [", "not YAML"},
};

Test(policy_load, every_mistake_is_named_with_its_line_and_key)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL};
        cr_assert_eq(load_text(&l, mistakes[i].text), SH_E_CONFIG, "row %zu", i);
        cr_assert(strstr(l.why.text, mistakes[i].where), "row %zu: %s", i, l.why.text);
        cr_assert_null(l.policy);
    }
}

Test(policy_load, a_file_that_is_not_there_is_not_found)
{
    struct policy *policy = NULL;
    struct sh_why why = {""};
    cr_assert_eq(policy_load("/nonexistent/policy.yaml", &policy, &why), SH_E_NOT_FOUND);
    cr_assert(strstr(why.text, "/nonexistent/policy.yaml"));
}

/* ---- patterns, through a policy made for them ---- */

static sh_err ask_pattern(const char *pattern, const char *desk)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   HEAD_LINES
                   "begin:\n  - {kind: referral, from: [school], act: [\"%s\"]}\n" FOLLOW_LINES,
                   pattern);
    SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL};
    cr_assert_eq(load_text(&l, text), SH_OK, "%s", l.why.text);
    TALK(t);
    const struct facts *facts = talk_facts(
        &t,
        &(const struct say){.from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {desk}});
    const struct thread_view none = {.len = 0};
    return policy_decide(l.policy, facts, &none, NULL);
}

Test(policy_load, a_pattern_matches_whole_parts_of_an_address)
{
    static const struct {
        const char *pattern, *desk;
        bool matches;
    } rows[] = {
        {"social-care", MASH, true},
        {"social-care", COLLEGE, false},
        {"any", COLLEGE, true},
        {"mash@*.social-care", MASH, true},
        {"mash@*.social-care", "mash@998.social-care", true},
        {"mash@*.social-care", MANAGERS, false},
        {"mash@*.social-care", "mash2@999.social-care", false},
        {"mash@*.social-care", "mas@999.social-care", false},
        {"*@999.social-care", MANAGERS, true},
        {"*@999.social-care", "mash@9999.social-care", false},
        {"*@*.social-care", MASH, true},
        {"*@*.social-care", COLLEGE, false},
        {MASH, MASH, true},
        {MASH, MANAGERS, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(ask_pattern(rows[i].pattern, rows[i].desk),
                     rows[i].matches ? SH_OK : SH_E_FORBIDDEN_KIND, "%s and %s", rows[i].pattern,
                     rows[i].desk);
    }
}

#define WITNESSED(row) HEAD_LINES BEGIN_LINES FOLLOW_LINES "witnesses: " row "\n"

Test(policy_load, witnesses_and_a_quorum_are_read_and_may_be_left_out)
{
    SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL};
    struct loaded without = {.policy = NULL};
    cr_assert_eq(load_text(&without, HEAD_LINES BEGIN_LINES FOLLOW_LINES), SH_OK);
    cr_expect_eq(policy_witnesses(without.policy)->quorum, 0);
    cr_expect_eq(policy_witnesses(without.policy)->len, 0);
    loaded_wipe(&without);
    cr_assert_eq(load_text(&l, WITNESSED("{quorum: 2, of: [w.example/council, w.example/police, "
                                         "w.example/health], late_minutes: 30}")),
                 SH_OK, "%s", l.why.text);
    const struct policy_witnesses *witnesses = policy_witnesses(l.policy);
    cr_expect_eq(witnesses->quorum, 2);
    cr_expect_eq(witnesses->len, 3);
    cr_expect_str_eq(witnesses->names[1], "w.example/police");
    cr_expect_eq(witnesses->late_ms, 30 * SH_MINUTE_MS);
}

Test(policy_load, a_quorum_that_cannot_be_reached_or_a_witness_named_twice_is_a_mistake)
{
    static const char *const bad[] = {
        WITNESSED("{quorum: 3, of: [a, b]}"),    WITNESSED("{quorum: 0, of: [a, b]}"),
        WITNESSED("{quorum: 1, of: []}"),        WITNESSED("{quorum: 1, of: [a, b, a]}"),
        WITNESSED("{quorum: 1, of: [[a]]}"),     WITNESSED("{of: [a]}"),
        WITNESSED("{quorum: 1, of: [a], x: 1}"), WITNESSED("{quorum: 1, of: [a], late_minutes: 1}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SH_DEFER(loaded_wipe) struct loaded l = {.policy = NULL};
        cr_expect_eq(load_text(&l, bad[i]), SH_E_CONFIG, "%zu", i);
        cr_expect(strstr(l.why.text, "witnesses"), "%zu: %s", i, l.why.text);
    }
}
