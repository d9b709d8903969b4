#include "client/outstanding.h"
#include "fixture.h"

#include <criterion/criterion.h>

#define MASH_DESK "mash@999.social-care"
#define LEAD_DESK "dsl@999001.school"

static json_t *list_of(struct sh_client *client)
{
    struct sh_client_error error;
    char *text = NULL;
    cr_assert_eq(sh_client_outstanding(client, &text, &error), 0, "%s", error.sentence);
    json_t *json = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_not_null(json);
    return json;
}

/* The list of a seat, after it has fetched what is due. */
static json_t *synced_list(struct fixture *fixture, size_t seat)
{
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
    SH_DEFER(json_freep) json_t *synced = NULL;
    cr_assert_eq(fixture_sync(client, &synced), 0);
    return list_of(client);
}

static size_t count(const json_t *list, const char *section)
{
    return json_array_size(json_object_get(list, section));
}

static const json_t *line_at(const json_t *list, const char *section, size_t i)
{
    return json_array_get(json_object_get(list, section), i);
}

static const json_t *duty_at(const json_t *line, size_t i)
{
    return json_array_get(json_object_get(line, "duties"), i);
}

static void deliver_referral(struct fixture *fixture, const char *urgency, char *out_id)
{
    SH_DEFER(sh_freep) char *document = fixture_referral("Words", urgency);
    fixture_deliver(fixture, document, LEAD, MASH, out_id);
}

static void answer_as(struct fixture *fixture, size_t seat, const char *verb, const char *id,
                      const char *document, char *out_id)
{
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
    SH_DEFER(json_freep) json_t *result = NULL;
    cr_assert_eq(fixture_answer(client, verb, id, document, &result), 0);
    (void)snprintf(out_id, 2 * SH_ID_BYTES + 1, "%s", fixture_id(result));
}

#define AUTHOR "\"author\":{\"name\":\"A\",\"role\":\"B\"}"

Test(outstanding, nothing_is_in_an_empty_vault)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *list = list_of(lead);
    static const char *const sections[] = {"unsent",  "overdue",    "due_today",
                                           "waiting", "look_again", "notices"};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        cr_assert(json_is_array(json_object_get(list, sections[i])), "%s", sections[i]);
        cr_assert_eq(count(list, sections[i]), 0);
    }
    cr_assert_eq(fixture.asked, 0, "no passphrase is needed");
    cr_assert_eq(fixture.relay.hellos, 0, "and no relay");
}

Test(outstanding, what_no_clock_measures_is_owed_all_the_same)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33];
    deliver_referral(&fixture, "routine", id);
    SH_DEFER(json_freep) json_t *sender = synced_list(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *recipient = synced_list(&fixture, MASH);
    const json_t *theirs = line_at(sender, "waiting", 0), *ours = line_at(recipient, "waiting", 0);
    cr_assert_str_eq(fixture_id(theirs), id);
    cr_assert_str_eq(fixture_text(theirs, "turn"), "theirs");
    cr_assert_str_eq(fixture_text(theirs, "owed_by"), MASH_DESK);
    cr_assert_str_eq(fixture_text(theirs, "reached"), "delivered");
    cr_assert_str_eq(fixture_text(ours, "turn"), "ours");
    cr_assert_eq(json_array_size(json_object_get(ours, "duties")), 2);
    cr_assert_str_eq(fixture_text(duty_at(ours, 1), "duty"), "decided");
    cr_assert_null(json_object_get(duty_at(ours, 1), "due_at"));
    cr_assert_eq(count(sender, "overdue") + count(recipient, "overdue"), 0);
}

Test(outstanding, a_line_moves_from_waiting_to_today_to_overdue)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33];
    const struct leaf_clock clocks[] = {
        {DUTY_ACKNOWLEDGED, OWED_BY_ACT, fixture.relay.now_ms + 3 * SH_DAY_MS, {""}},
        {DUTY_DECIDED, OWED_BY_ACT, fixture.relay.now_ms + 5 * SH_DAY_MS, {""}}};
    fixture.relay.clocks = clocks;
    fixture.relay.clocks_len = 2;
    deliver_referral(&fixture, "routine", id);
    fixture.relay.clocks_len = 0;
    SH_DEFER(json_freep) json_t *early = synced_list(&fixture, LEAD);
    cr_assert_eq(count(early, "waiting"), 1, "one line for both duties");
    fixture.relay.now_ms = clocks[0].due_ms - SH_SECOND_MS;
    SH_DEFER(json_freep) json_t *on_the_day = synced_list(&fixture, LEAD);
    cr_assert_eq(count(on_the_day, "due_today"), 1);
    cr_assert_eq(count(on_the_day, "waiting"), 1, "the other is not due yet");
    fixture.relay.now_ms = clocks[0].due_ms + 3 * SH_DAY_MS;
    SH_DEFER(json_freep) json_t *late = synced_list(&fixture, LEAD);
    const json_t *line = line_at(late, "overdue", 0);
    cr_assert_eq(count(late, "overdue"), 1);
    cr_assert_eq(json_array_size(json_object_get(line, "duties")), 2);
    cr_assert(strstr(fixture_text(duty_at(line, 0), "due"), ": 3 days late"));
    cr_assert_null(json_object_get(duty_at(line, 0), "overdue_log_index"), "by our clock alone");
}

Test(outstanding, the_log_says_so_where_it_does)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33];
    const struct leaf_clock clock = {
        DUTY_DECIDED, OWED_BY_ACT, fixture.relay.now_ms + SH_DAY_MS, {""}};
    fixture.relay.clocks = &clock;
    fixture.relay.clocks_len = 1;
    deliver_referral(&fixture, "routine", id);
    struct leaf_facts facts = {.message_id = fixture.relay.messages[0].message_id,
                               .header_sha256 = fixture.relay.messages[0].header_sha256,
                               .from = fixture.relay.messages[0].from,
                               .kind = KIND_REFERRAL,
                               .clock = DUTY_DECIDED,
                               .has_due = true,
                               .due_ms = clock.due_ms};
    cr_assert_eq(address_from(MASH_DESK, &facts.by), SH_OK);
    size_t leaf = fixture.relay.leaves_len;
    mock_relay_notice(&fixture.relay, LEAD_DESK, LEAF_OVERDUE, &facts);
    /* This computer's clock may be behind: the log's word counts. */
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, LEAD);
    cr_assert_eq(count(list, "overdue"), 1);
    const json_t *index =
        json_object_get(duty_at(line_at(list, "overdue", 0), 0), "overdue_log_index");
    cr_assert_eq(json_integer_value(index), (json_int_t)leaf);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *tracked = NULL;
    cr_assert_eq(fixture_track(lead, id, &tracked), 0);
    const json_t *all = json_object_get(tracked, "facts");
    const json_t *fact = json_array_get(all, json_array_size(all) - 1);
    cr_assert_str_eq(fixture_text(fact, "fact"), "overdue");
    cr_assert_str_eq(fixture_text(fact, "duty"), "decided", "and track says which clock it was");
    cr_assert_str_eq(fixture_text(fact, "owed_by"), MASH_DESK);
    char due[SH_TIME_TEXT_BYTES];
    time_to_rfc3339(clock.due_ms, due);
    cr_assert_str_eq(fixture_text(fact, "due_at"), due);
    cr_assert_null(json_object_get(json_array_get(all, 0), "duty"), "acceptance is no clock's");
}

Test(outstanding, a_withdrawal_ends_what_it_takes_back)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33], withdrawal[33];
    deliver_referral(&fixture, "routine", id);
    answer_as(&fixture, LEAD, "withdraw", id,
              "{\"kind\":\"withdrawal\",\"reason\":\"sent_in_error\"," AUTHOR "}", withdrawal);
    SH_DEFER(json_freep) json_t *sender = synced_list(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *recipient = synced_list(&fixture, MASH);
    cr_assert_eq(count(sender, "waiting"), 0);
    cr_assert_eq(count(recipient, "waiting"), 0);
}

Test(outstanding, information_asked_for_is_given_back_and_the_answer_is_owed_again)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33], asked[33], given[33];
    deliver_referral(&fixture, "routine", id);
    answer_as(
        &fixture, MASH, "decide", id,
        "{\"kind\":\"decision\",\"outcome\":\"more_information_needed\",\"reasons\":\"R\"," AUTHOR
        "}",
        asked);
    SH_DEFER(json_freep) json_t *turned = synced_list(&fixture, LEAD);
    cr_assert_eq(count(turned, "waiting"), 1);
    cr_assert_str_eq(fixture_text(line_at(turned, "waiting", 0), "turn"), "ours");
    cr_assert_str_eq(fixture_text(duty_at(line_at(turned, "waiting", 0), 0), "duty"),
                     "information");
    answer_as(&fixture, LEAD, "note", asked, "{\"kind\":\"note\",\"text\":\"T\"," AUTHOR "}",
              given);
    SH_DEFER(json_freep) json_t *back = synced_list(&fixture, MASH);
    cr_assert_eq(count(back, "waiting"), 1);
    cr_assert_str_eq(fixture_id(line_at(back, "waiting", 0)), given);
    cr_assert_str_eq(fixture_text(duty_at(line_at(back, "waiting", 0), 0), "duty"), "decided");
}

Test(outstanding, a_question_back_of_a_higher_level_says_of_no_child_that_it_is_undecided)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33], decision[33], pressed[33], asked[33];
    deliver_referral(&fixture, "routine", id);
    answer_as(&fixture, MASH, "decide", id,
              "{\"kind\":\"decision\",\"outcome\":\"no_further_action\",\"reasons\":\"R\"," AUTHOR
              "}",
              decision);
    SH_DEFER(json_freep) json_t *decided = synced_list(&fixture, LEAD);
    answer_as(&fixture, LEAD, "reconsider", decision,
              "{\"kind\":\"reconsideration\",\"grounds\":\"G\",\"level\":2,"
              "\"to\":[\"mash@999.social-care\",\"managers@999.social-care\"]," AUTHOR "}",
              pressed);
    SH_DEFER(json_freep) json_t *raised = synced_list(&fixture, MANAGERS);
    answer_as(&fixture, MANAGERS, "respond", pressed,
              "{\"kind\":\"reconsideration_response\",\"result\":\"more_information_needed\","
              "\"reasons\":\"R\"," AUTHOR "}",
              asked);
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, LEAD);
    const json_t *line = line_at(list, "waiting", 0);
    cr_assert_str_eq(fixture_id(line), asked);
    cr_assert_str_eq(fixture_text(duty_at(line, 0), "duty"), "information");
    cr_assert_null(json_object_get(line, "children"));
}

Test(outstanding, ours_stand_first_then_what_is_urgent)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char routine[33], urgent[33], request[33];
    SH_DEFER(sh_freep) char *a = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *b = fixture_referral("B", "immediate");
    fixture_deliver(&fixture, a, LEAD, MASH, routine);
    fixture_deliver(&fixture, b, LEAD, MASH, urgent);
    answer_as(
        &fixture, MASH, "request", routine,
        "{\"kind\":\"request\",\"subtype\":\"information\",\"asked\":[\"A\"],\"to\":[\"" LEAD_DESK
        "\"],\"children\":[{\"given_names\":\"Zebedee\"}]," AUTHOR "}",
        request);
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, LEAD);
    cr_assert_eq(count(list, "waiting"), 3);
    cr_assert_str_eq(fixture_id(line_at(list, "waiting", 0)), request);
    cr_assert_str_eq(fixture_id(line_at(list, "waiting", 1)), urgent);
    cr_assert_str_eq(fixture_id(line_at(list, "waiting", 2)), routine);
}

/* ---- written but not sent ---- */

Test(outstanding, what_waits_says_why_and_whom_to_telephone)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("Words", "urgent");
    SH_DEFER(json_freep) json_t *sent = NULL;
    fixture.relay.unreachable = true;
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_neq(fixture_send(lead, document, &sent), 0);
    SH_DEFER(json_freep) json_t *list = list_of(lead);
    const json_t *line = line_at(list, "unsent", 0);
    cr_assert_eq(count(list, "unsent"), 1);
    cr_assert_str_eq(fixture_text(line, "state"), "waiting");
    cr_assert_gt(strlen(fixture_text(line, "sentence")), 5);
    cr_assert_str_eq(fixture_text(json_array_get(json_object_get(line, "telephone"), 0), "address"),
                     MASH_DESK);
    cr_assert_eq(count(list, "waiting"), 0, "nobody owes an answer to what they cannot have");
}

Test(outstanding, a_refusal_is_told_again_for_a_week)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("Words", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    fixture.relay.refuse_next = SH_E_FORBIDDEN_KIND;
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_neq(fixture_send(lead, document, &sent), 0);
    SH_DEFER(json_freep) json_t *list = list_of(lead);
    cr_assert_str_eq(fixture_text(line_at(list, "unsent", 0), "code"), "forbidden_kind");
    fixture.relay.now_ms += 8 * SH_DAY_MS;
    SH_DEFER(json_freep) json_t *later = list_of(lead);
    cr_assert_eq(count(later, "unsent"), 0);
}

/* ---- look again ---- */

static int no_passphrase(void *ctx, char *out, size_t out_len)
{
    unsigned *asked = ctx;
    (void)out;
    (void)out_len;
    ++*asked;
    return 1;
}

static void send_concern(struct fixture *fixture, const char *words, const char *day)
{
    char document[512];
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(fixture, LEAD);
    SH_DEFER(json_freep) json_t *sent = NULL;
    (void)snprintf(
        document, sizeof document,
        "{\"kind\":\"concern\",\"to\":[\"" LEAD_DESK "\"],\"children\":[{\"given_names\":"
        "\"Zebedee\"}],\"concern\":{\"categories\":[\"neglect\"],\"what_happened\":\"%s\"}"
        ",\"look_again_on\":\"%s\"," AUTHOR "}",
        words, day);
    cr_assert_eq(fixture_send(lead, document, &sent), 0);
}

/* The day so many days from now. */
static void day_after(const struct fixture *fixture, int64_t days, char out[SH_DATE_TEXT_BYTES])
{
    struct local_time local;
    cr_assert_eq(local_from_ms(fixture->relay.now_ms, &local), SH_OK);
    day_to_date(local.day + days, out);
}

Test(outstanding, a_concern_shows_from_a_week_before_its_day)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char past[SH_DATE_TEXT_BYTES], soon[SH_DATE_TEXT_BYTES], later[SH_DATE_TEXT_BYTES];
    day_after(&fixture, -1, past);
    day_after(&fixture, 7, soon);
    day_after(&fixture, 8, later);
    send_concern(&fixture, "A", past);
    send_concern(&fixture, "B", soon);
    send_concern(&fixture, "C", later);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *list = list_of(lead);
    cr_assert_eq(count(list, "look_again"), 2);
    size_t reached = 0;
    for (size_t i = 0; i < 2; i++) {
        const json_t *line = line_at(list, "look_again", i);
        reached += json_is_true(json_object_get(line, "reached"));
        cr_assert_null(json_object_get(line, "content"));
        cr_assert_str_neq(fixture_text(line, "look_again_on"), later);
    }
    cr_assert_eq(reached, 1);
}

Test(outstanding, a_concern_comes_back_when_the_referral_that_quotes_it_is_withdrawn)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char today[SH_DATE_TEXT_BYTES], concern[33], id[33], withdrawal[33];
    day_after(&fixture, 0, today);
    send_concern(&fixture, "A", today);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *kept = list_of(lead);
    cr_assert_eq(count(kept, "look_again"), 1);
    (void)snprintf(concern, sizeof concern, "%s", fixture_id(line_at(kept, "look_again", 0)));
    sh_client_close(&lead);
    SH_DEFER(sh_freep) char *text = fixture_referral("Words", "routine");
    SH_DEFER(json_freep) json_t *referral = json_loads(text, 0, NULL);
    (void)json_object_set_new(referral, "promotes", json_pack("[s]", concern));
    SH_DEFER(sh_freep) char *document = json_dumps(referral, 0);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(json_freep) json_t *promoted = synced_list(&fixture, LEAD);
    cr_assert_eq(count(promoted, "look_again"), 0);
    answer_as(&fixture, LEAD, "withdraw", id,
              "{\"kind\":\"withdrawal\",\"reason\":\"wrong_recipient\"," AUTHOR "}", withdrawal);
    SH_DEFER(json_freep) json_t *after = synced_list(&fixture, LEAD);
    cr_assert_eq(count(after, "look_again"), 1);
    cr_assert_str_eq(fixture_id(line_at(after, "look_again", 0)), concern);
}

Test(outstanding, without_a_passphrase_the_rest_is_told_and_it_is_asked_for_once)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char today[SH_DATE_TEXT_BYTES], id[33], home[PATH_MAX];
    unsigned asked = 0;
    day_after(&fixture, 0, today);
    send_concern(&fixture, "A", today);
    send_concern(&fixture, "B", today);
    deliver_referral(&fixture, "routine", id);
    fixture_home(&fixture, LEAD, home);
    struct transport transport = mock_relay_transport(&fixture.relay, LEAD);
    struct clock clock = mock_relay_clock(&fixture.relay);
    struct sh_client_options options = {.size = sizeof options,
                                        .home = home,
                                        .passphrase = no_passphrase,
                                        .passphrase_ctx = &asked};
    SH_DEFER(sh_client_close) struct sh_client *lead = NULL;
    cr_assert_eq(client_open(&options, &transport, &clock, &lead, NULL), SH_OK);
    SH_DEFER(json_freep) json_t *list = list_of(lead);
    cr_assert_eq(json_integer_value(json_object_get(list, "concerns_not_looked_at")), 2);
    cr_assert_eq(count(list, "look_again"), 0);
    cr_assert_eq(count(list, "waiting"), 1);
    cr_assert_eq(asked, 1);
}

/* ---- told about messages of others ---- */

static struct leaf_facts facts_of_others(enum kind kind, uint32_t level)
{
    struct leaf_facts facts = {.kind = kind, .level = level, .clock = DUTY_ANSWERED};
    memset(&facts.message_id, 7, sizeof facts.message_id);
    memset(&facts.thread_id, 8, sizeof facts.thread_id);
    memset(&facts.header_sha256, 9, sizeof facts.header_sha256);
    cr_assert_eq(address_from(LEAD_DESK, &facts.from), SH_OK);
    cr_assert_eq(address_from(MASH_DESK, &facts.by), SH_OK);
    facts.has_due = true;
    facts.due_ms = SH_DAY_MS;
    return facts;
}

Test(outstanding, a_level_that_adds_this_desk_says_whom_to_telephone_meanwhile)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    struct leaf_facts facts = facts_of_others(KIND_RECONSIDERATION, 2);
    struct leaf_desk added = {.role = ROLE_ACT};
    cr_assert_eq(address_from("managers@999.social-care", &added.address), SH_OK);
    facts.to = &added;
    facts.to_len = 1;
    mock_relay_notice(&fixture.relay, added.address.text, LEAF_LEVEL_OPENED, &facts);
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, MANAGERS);
    const json_t *notice = line_at(list, "notices", 0);
    const char *what = fixture_text(notice, "what");
    cr_assert(strstr(what, "level 2 of resolving professional differences"), "%s", what);
    cr_assert(strstr(what, "the words follow when they are sealed to you"), "%s", what);
    cr_assert_str_eq(
        fixture_text(json_array_get(json_object_get(notice, "telephone"), 0), "address"),
        LEAD_DESK);
    cr_assert_eq(count(list, "overdue"), 0);
}

Test(outstanding, a_level_that_silence_opened_waits_for_the_words_of_who_pressed)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    char id[33], withdrawal[33];
    deliver_referral(&fixture, "urgent", id);
    struct leaf_facts facts = facts_of_others(KIND_REFERRAL, 2);
    struct leaf_desk added = {.role = ROLE_ACT};
    cr_assert_eq(address_from("managers@999.social-care", &added.address), SH_OK);
    facts.to = &added;
    facts.to_len = 1;
    facts.header_sha256 = fixture.relay.messages[0].header_sha256;
    mock_relay_notice(&fixture.relay, LEAD_DESK, LEAF_LEVEL_OPENED, &facts);
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, LEAD);
    const json_t *line = line_at(list, "waiting", 0);
    cr_assert_str_eq(fixture_text(line, "turn"), "ours");
    cr_assert_eq(json_integer_value(json_object_get(line, "level_opened")), 2);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(line, "desks"), 0)),
                     added.address.text);
    cr_assert_eq(count(list, "notices"), 0, "the message is here");
    answer_as(&fixture, LEAD, "withdraw", id,
              "{\"kind\":\"withdrawal\",\"reason\":\"sent_in_error\"," AUTHOR "}", withdrawal);
    SH_DEFER(json_freep) json_t *after = synced_list(&fixture, LEAD);
    cr_assert_eq(count(after, "waiting"), 0);
}

Test(outstanding, what_one_is_told_of_others_goes_after_two_weeks)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    struct leaf_facts facts = facts_of_others(KIND_REFERRAL, 0);
    mock_relay_notice(&fixture.relay, "managers@999.social-care", LEAF_OVERDUE, &facts);
    SH_DEFER(json_freep) json_t *list = synced_list(&fixture, MANAGERS);
    cr_assert_eq(count(list, "notices"), 1);
    cr_assert_str_eq(fixture_text(line_at(list, "notices", 0), "owed_by"), MASH_DESK);
    fixture.relay.now_ms += 15 * SH_DAY_MS;
    SH_DEFER(json_freep) json_t *later = synced_list(&fixture, MANAGERS);
    cr_assert_eq(count(later, "notices"), 0);
}

/* ---- when those who must act last collected their mail ---- */

static json_t *collected_after(struct fixture *fixture, int64_t ago_ms)
{
    SH_DEFER(sh_freep) char *document = fixture_referral("Words", "routine");
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(fixture, LEAD);
    SH_DEFER(json_freep) json_t *sent = NULL;
    fixture->relay.collected_ago_ms = ago_ms;
    cr_assert_eq(fixture_send(lead, document, &sent), 0);
    return json_incref(json_object_get(sent, "collected"));
}

Test(outstanding, a_desk_that_fetches_its_mail_is_no_reason_to_telephone)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(json_freep) json_t *collected = collected_after(&fixture, 2 * SH_DAY_MS);
    const json_t *line = json_array_get(collected, 0);
    cr_assert_eq(json_array_size(collected), 1);
    cr_assert_str_eq(fixture_text(line, "address"), MASH_DESK);
    cr_assert_eq(strlen(fixture_text(line, "last_collected_at")), 24);
    cr_assert_null(json_object_get(line, "warning"));
}

Test(outstanding, a_desk_that_does_not_is)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(json_freep) json_t *late = collected_after(&fixture, 4 * SH_DAY_MS);
    cr_assert(strstr(fixture_text(json_array_get(late, 0), "warning"), "has not collected"));
    cr_assert_eq(json_array_size(json_object_get(json_array_get(late, 0), "telephone")), 1);
}

Test(outstanding, nor_is_one_that_never_has_passed_over)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(json_freep) json_t *never = collected_after(&fixture, -1);
    cr_assert(strstr(fixture_text(json_array_get(never, 0), "warning"), "never collected"));
    cr_assert_null(json_object_get(json_array_get(never, 0), "last_collected_at"));
}

Test(outstanding, a_relay_that_does_not_say_keeps_no_message_from_being_sent)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.silent_about_desks = true;
    int64_t before_ms = fixture.relay.now_ms;
    SH_DEFER(json_freep) json_t *collected = collected_after(&fixture, 0);
    cr_assert_null(collected);
    cr_assert_lt(fixture.relay.now_ms - before_ms, 5 * SH_SECOND_MS, "it is not waited for long");
}
