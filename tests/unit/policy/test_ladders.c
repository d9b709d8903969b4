/* The three ladders that ship: at each level what is allowed and what is refused, how long it has,
 * who joins and who is told. */
#include "base/clock.h"
#include "base/files.h"
#include "policy/clocks.h"
#include "talk.h"

#define FRIDAY  INT64_C(1795168800000) /* 20 Nov 2026, 10:00 in London */
#define MONDAY  (FRIDAY + 3 * SH_DAY_MS)
#define OVERDUE 900u /* + level: the log's entry that it was not answered */

static const char dist[] = SH_SOURCE_DIR "/relay/dist/";

static int64_t at(const char *text)
{
    int64_t ms = 0;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

static void append_file(struct buf *to, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s%s", dist, name);
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_MIB);
    cr_assert_eq(file_read(path, &text, NULL), SH_OK, "%s", path);
    cr_assert_eq(buf_append(to, bytes_buf(&text)), SH_OK);
}

/* The default policy with the ladders of a file in place of its own. */
static void begin_with_ladder(struct talk *t, const char *name)
{
    static const char calendar[] = "  bank_holidays: bank-holidays.json";
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(2 * SH_MIB);
    append_file(&text, "policy-england.yaml");
    cr_assert_eq(buf_append(&text, bytes_of((const uint8_t *)"", 1)), SH_OK);
    char *own = strstr((char *)text.data, "\nladders:"),
         *holidays = strstr((char *)text.data, calendar);
    cr_assert(own && holidays);
    SH_DEFER(buf_wipe) struct buf policy = BUF_INIT(2 * SH_MIB);
    char line[512];
    (void)snprintf(line, sizeof line, "  bank_holidays: %sbank-holidays.json", dist);
    const char *rest = holidays + strlen(calendar);
    cr_assert_eq(
        buf_append(&policy, bytes_of(text.data, (size_t)((uint8_t *)holidays - text.data))), SH_OK);
    cr_assert_eq(buf_append(&policy, bytes_str(line)), SH_OK);
    cr_assert_eq(buf_append(&policy, bytes_of((const uint8_t *)rest, (size_t)(own + 1 - rest))),
                 SH_OK);
    append_file(&policy, name);
    cr_assert_eq(buf_append(&policy, bytes_of((const uint8_t *)"", 1)), SH_OK);
    talk_begin_with(t, (const char *)policy.data);
}

#define LADDER(t, name)                                                                            \
    SH_DEFER(talk_end) struct talk t;                                                              \
    begin_with_ladder(&t, name)

/* 0 referral to `of`, 1 its decision. */
static void decide(struct talk *t, const char *of)
{
    cr_assert_eq(SAY(t, .from = SCHOOL, .kind = KIND_REFERRAL, .parent = FIRST, .to = {of}), SH_OK);
    cr_assert_eq(SAY(t, .from = of, .kind = KIND_DECISION, .parent = 0, .to = {SCHOOL},
                     .outcome = OUTCOME_NO_FURTHER_ACTION),
                 SH_OK, "%s", t->why.text);
}

static sh_err raise_level(struct talk *t, uint32_t level)
{
    int parent = (int)t->len - 1;
    bool silence = t->messages[parent].facts->kind == KIND_RECONSIDERATION;
    return SAY(t, .from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = parent,
               .to = {t->messages[0].facts->recipients[1].address.text}, .level = level,
               .cites = silence ? 0 : parent + 1,
               .cites_overdue = silence ? OVERDUE + level - 1 : 0);
}

/* Up every level by silence; each is refused until the log says that the one below was silent. */
static void climb(struct talk *t, uint32_t levels)
{
    for (uint32_t level = 1; level <= levels; level++) {
        if (level > 1) {
            cr_expect_neq(raise_level(t, level), SH_OK, "level %u before its time", level);
            cr_expect_eq(raise_level(t, level + 1), SH_E_CITES_NOTHING, "level %u", level + 1);
            talk_overdue(t, OVERDUE + level - 1, t->len - 1, DUTY_ANSWERED, MASH);
        } else {
            cr_expect_eq(raise_level(t, 2), SH_E_LEVEL_TOO_EARLY);
        }
        cr_assert_eq(raise_level(t, level), SH_OK, "level %u: %s", level, t->why.text);
    }
    talk_overdue(t, OVERDUE + levels, t->len - 1, DUTY_ANSWERED, MASH);
    cr_expect_eq(raise_level(t, levels + 1), SH_E_LEVEL_TOO_EARLY, "the ladder has an end");
    cr_expect(strstr(t->why.text, "ends with level"), "%s", t->why.text);
}

Test(policy_ladders, the_default_climbs_four_levels_one_at_a_time)
{
    TALK(t);
    decide(&t, MASH);
    climb(&t, 4);
}

Test(policy_ladders, the_three_level_one_climbs_three)
{
    LADDER(t, "ladder-three-levels.yaml");
    decide(&t, MASH);
    climb(&t, 3);
}

Test(policy_ladders, the_five_level_one_climbs_five)
{
    LADDER(t, "ladder-five-levels.yaml");
    decide(&t, MASH);
    climb(&t, 5);
}

Test(policy_ladders, whom_it_contests_says_which_ladder)
{
    LADDER(t, "ladder-five-levels.yaml");
    decide(&t, COUNCIL);
    climb(&t, 1);
}

static sh_err raise_urgent(struct talk *t, uint32_t level, enum urgency urgency)
{
    struct facts *facts = talk_facts(t, &(const struct say){.from = SCHOOL,
                                                            .kind = KIND_RECONSIDERATION,
                                                            .parent = 1,
                                                            .to = {MASH},
                                                            .level = level,
                                                            .cites = 2,
                                                            .urgency = urgency});
    return talk_ask(t, facts);
}

Test(policy_ladders, an_urgent_one_begins_as_high_as_the_ladder_says_and_no_higher)
{
    LADDER(t, "ladder-three-levels.yaml");
    decide(&t, MASH);
    cr_assert_eq(raise_urgent(&t, 2, URGENCY_URGENT), SH_OK);
    cr_assert_eq(raise_urgent(&t, 2, URGENCY_IMMEDIATE), SH_OK);
    cr_assert_eq(raise_urgent(&t, 2, URGENCY_ROUTINE), SH_E_LEVEL_TOO_EARLY);
    cr_assert_eq(raise_urgent(&t, 3, URGENCY_URGENT), SH_E_LEVEL_TOO_EARLY);
}

Test(policy_ladders, the_default_lets_no_urgent_one_begin_higher)
{
    TALK(t);
    decide(&t, MASH);
    cr_assert_eq(raise_urgent(&t, 1, URGENCY_URGENT), SH_OK);
    cr_assert_eq(raise_urgent(&t, 2, URGENCY_IMMEDIATE), SH_E_LEVEL_TOO_EARLY);
}

/* ---- clocks ---- */

struct clock_row {
    uint32_t level;
    enum duty duty;
    const char *due; /* NULL: none */
};

/* Level 1 raised on Friday at 10, the level asked about on Monday at 10. */
static void check_clocks(struct talk *t, const struct clock_row *rows, size_t len)
{
    decide(t, MASH);
    for (size_t i = 0; i < len; i++) {
        struct clock_starts starts;
        const uint32_t level = rows[i].level;
        cr_assert_eq(SAY(t, .from = SCHOOL, .kind = KIND_RECONSIDERATION, .parent = 1, .to = {MASH},
                         .level = 1, .cites = 2),
                     SH_OK);
        struct facts *below = talk_facts(t, &(const struct say){.from = SCHOOL,
                                                                .kind = KIND_RECONSIDERATION,
                                                                .parent = 2,
                                                                .to = {MASH},
                                                                .level = level - 1});
        t->messages[2].facts = level > 1 ? below : t->messages[2].facts;
        t->messages[2].accepted_ms = FRIDAY;
        const struct thread_view view = talk_view(t);
        const struct clock_question q = {
            talk_facts(t, &(const struct say){.from = SCHOOL,
                                              .kind = KIND_RECONSIDERATION,
                                              .parent = 1,
                                              .to = {MASH},
                                              .level = level}),
            &view, MONDAY, false};
        cr_assert_eq(policy_clocks(t->policy, &q, &starts), SH_OK);
        int64_t due_ms = 0;
        for (size_t k = 0; k < starts.len; k++) {
            bool this_one = starts.list[k].clock.duty == rows[i].duty;
            due_ms = this_one ? starts.list[k].clock.due_ms : due_ms;
        }
        cr_expect_eq(due_ms, rows[i].due ? at(rows[i].due) : 0, "level %u, %s: %lld", level,
                     duty_word(rows[i].duty), (long long)due_ms);
        t->len = 2;
    }
}

#define CHECK_CLOCKS(t, rows) check_clocks((t), (rows), sizeof(rows) / sizeof(rows)[0])

Test(policy_ladders, the_default_has_one_two_three_and_five_working_days)
{
    static const struct clock_row rows[] = {
        {1, DUTY_ANSWERED, "2026-11-24T17:00:00Z"},
        {2, DUTY_ANSWERED, "2026-11-25T17:00:00Z"},
        {3, DUTY_ANSWERED, "2026-11-26T17:00:00Z"},
        {4, DUTY_ANSWERED, "2026-11-30T17:00:00Z"},
        {1, DUTY_SPOKEN, NULL},
        {1, DUTY_RESOLVED, NULL},
        {5, DUTY_ANSWERED, NULL},
    };
    TALK(t);
    CHECK_CLOCKS(&t, rows);
}

Test(policy_ladders, the_three_level_one_has_one_two_and_five)
{
    static const struct clock_row rows[] = {
        {1, DUTY_ANSWERED, "2026-11-24T17:00:00Z"},
        {2, DUTY_ANSWERED, "2026-11-25T17:00:00Z"},
        {3, DUTY_ANSWERED, "2026-11-30T17:00:00Z"},
    };
    LADDER(t, "ladder-three-levels.yaml");
    CHECK_CLOCKS(&t, rows);
}

Test(policy_ladders, the_five_level_one_has_a_call_a_meeting_and_a_limit)
{
    static const struct clock_row rows[] = {
        {1, DUTY_SPOKEN, "2026-11-23T14:00:00Z"},
        {1, DUTY_ANSWERED, "2026-11-24T10:00:00Z"},
        {1, DUTY_RESOLVED, "2026-12-21T17:00:00Z"},
        {2, DUTY_ANSWERED, "2026-11-25T10:00:00Z"},
        {2, DUTY_SPOKEN, NULL},
        {2, DUTY_RESOLVED, NULL},
        {3, DUTY_ANSWERED, "2026-11-26T17:00:00Z"},
        {3, DUTY_MEETING, "2026-11-27T17:00:00Z"}, /* five from Friday, when level 2 opened */
        {4, DUTY_ANSWERED, "2026-11-30T17:00:00Z"},
        {5, DUTY_MEETING, "2026-11-30T17:00:00Z"},
        {5, DUTY_ANSWERED, "2026-12-02T17:00:00Z"},
    };
    LADDER(t, "ladder-five-levels.yaml");
    CHECK_CLOCKS(&t, rows);
}

/* ---- who joins, who is told ---- */

static uint32_t opened_by_silence(struct talk *t, uint32_t level, enum duty duty,
                                  struct told *added)
{
    struct address owing;
    cr_assert_eq(address_from(MASH, &owing), SH_OK);
    const struct thread_view view = talk_view(t);
    const struct facts *facts = talk_facts(t, &(const struct say){.from = SCHOOL,
                                                                  .kind = KIND_RECONSIDERATION,
                                                                  .parent = 1,
                                                                  .to = {MASH},
                                                                  .level = level});
    const struct clock_event event = {facts, &view, duty, &owing, false};
    return policy_level_by_silence(t->policy, &event, added);
}

Test(policy_ladders, silence_opens_a_level_where_the_ladder_says_so)
{
    struct told added;
    LADDER(t, "ladder-five-levels.yaml");
    decide(&t, MASH);
    for (uint32_t level = 1; level <= 5; level++) {
        bool opens = level == 3 || level == 4;
        cr_expect_eq(opened_by_silence(&t, level, DUTY_ANSWERED, &added), opens ? level + 1 : 0,
                     "above level %u", level);
        cr_expect_eq(opened_by_silence(&t, level, DUTY_MEETING, &added), 0);
    }
    cr_assert_eq(opened_by_silence(&t, 4, DUTY_ANSWERED, &added), 5);
    cr_assert_eq(added.len, 1);
    cr_assert_str_eq(added.desks[0].text, "partners@999.social-care");
}

Test(policy_ladders, the_default_opens_nothing_by_itself)
{
    struct told added;
    TALK(t);
    decide(&t, MASH);
    for (uint32_t level = 1; level <= 4; level++) {
        cr_expect_eq(opened_by_silence(&t, level, DUTY_ANSWERED, &added), 0);
    }
}

Test(policy_ladders, others_are_told_from_the_level_that_names_them)
{
    static const size_t told_at[] = {0, 0, 1};
    LADDER(t, "ladder-three-levels.yaml");
    decide(&t, MASH);
    for (uint32_t level = 1; level <= 3; level++) {
        struct told told;
        const struct thread_view view = talk_view(&t);
        const struct facts *facts = talk_facts(&t, &(const struct say){.from = SCHOOL,
                                                                       .kind = KIND_RECONSIDERATION,
                                                                       .parent = 1,
                                                                       .to = {MASH},
                                                                       .level = level});
        const struct clock_event event = {.facts = facts, .thread = &view};
        policy_level_told(t.policy, &event, &told);
        cr_expect_eq(told.len, told_at[level - 1], "level %u", level);
        if (told.len) {
            cr_expect_str_eq(told.desks[0].text, "business-manager@999.council");
        }
    }
}
