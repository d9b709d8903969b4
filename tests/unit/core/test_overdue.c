/* What runs out, over each kind of store: cover, mail that does not arrive, warnings, silence that
 * is pressed, levels that silence opens. */
#include "core/casefile.h"
#include "crypto/digest.h"
#include "town.h"
#include "wire/envelope.h"
#include "wire/log.h"

static const char ACKNOWLEDGES[] =
    "{\"kind\":\"acknowledgement\",\"to\":[\"dsl@999001.school\"],"
    "\"taken_by\":{\"name\":\"A Worker\",\"role\":\"Social worker\"}}";
#define CONTESTS(level, urgency)                                                                   \
    "{\"kind\":\"reconsideration\",\"to\":[\"mash@999.social-care\"],\"level\":" level             \
    ",\"urgency\":\"" urgency "\",\"grounds\":\"Nobody has seen them.\","                          \
    "\"outcome_asked\":\"child_and_family_assessment\","                                           \
    "\"author\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}"

/* ---- cover ---- */

TOWN_TEST(overdue, cover_is_called_after_an_hour_in_the_desks_hours_and_its_mail_let_go_then)
{
    town_listen(town);
    town_refer_with_cover(town);
    town_wait(town, MINUTES(59));
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, 0, NULL), 0);
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 0, "held");
    town_wait(town, MINUTES(1));
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, DUTY_COVER, NULL), 1);
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 1);
    cr_assert_eq(town_told(town, SCHOOL, LEAF_COVER_CALLED), 1, "the sender");
    cr_assert_eq(town_told(town, MASH, LEAF_COVER_CALLED), 1, "the desk");
    cr_assert_eq(town_told(town, MANAGERS, LEAF_COVER_CALLED), 1, "its cover");
    cr_assert_eq(town_told(town, NURSE, LEAF_COVER_CALLED), 0, "nobody else");
    town_wait(town, HOURS(1));
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, 0, NULL), 1, "once");
}

TOWN_TEST(overdue, cover_is_called_at_once_outside_the_desks_hours)
{
    town_listen(town);
    town_wait(town, HOURS(8)); /* 18:00 */
    town_refer_with_cover(town);
    town_wait(town, 0);
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, 0, NULL), 1);
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 1);
}

TOWN_TEST(overdue, cover_that_was_called_is_told_when_the_desk_itself_has_done_it)
{
    town_listen(town);
    town_wait(town, HOURS(8)); /* 18:00 */
    struct letter *letter = town_refer_with_cover(town);
    town_wait(town, 0);
    town_say(town, MASH, POST_DECISION, letter);
    cr_assert_eq(town_leaves(town, LEAF_CLOCK_STOPPED, DUTY_DECIDED, NULL), 1);
    cr_assert_eq(town_told(town, MANAGERS, LEAF_CLOCK_STOPPED), 2, "acknowledged and decided");
}

TOWN_TEST(overdue, what_the_desk_has_opened_within_the_hour_needs_no_cover)
{
    town_listen(town);
    struct letter *letter = town_refer_with_cover(town);
    give_receipt(&town->relay, MASH, RECEIPT_DELIVERED, letter);
    town_wait(town, MINUTES(30));
    give_receipt(&town->relay, MASH, RECEIPT_OPENED, letter);
    town_wait(town, HOURS(3));
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, 0, NULL), 0);
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 0);
}

TOWN_TEST(overdue, what_was_delivered_and_lies_unopened_needs_cover)
{
    town_listen(town);
    struct letter *letter = town_refer_with_cover(town);
    give_receipt(&town->relay, MASH, RECEIPT_DELIVERED, letter);
    town_wait(town, HOURS(1));
    cr_assert_eq(town_leaves(town, LEAF_COVER_CALLED, 0, NULL), 1);
}

TOWN_TEST(overdue, cover_is_called_also_when_the_directory_names_another_by_then)
{
    town_listen(town);
    town_refer_with_cover(town);
    struct pki *pki = &town->relay.post.pki;
    for (size_t i = 0; i < pki->desks_len; i++) {
        pki->desks[i].cover.text[0] = '\0';
    }
    relay_reload(&town->relay);
    town_wait(town, HOURS(1));
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 1);
}

/* ---- delivery ---- */

TOWN_TEST(overdue, urgent_mail_that_has_not_arrived_in_half_an_hour_is_told_to_the_sender_alone)
{
    town_listen(town);
    town_refer_with_cover(town);
    town_wait(town, MINUTES(30) - 1);
    cr_assert_eq(town_leaves(town, LEAF_NOT_YET_DELIVERED, 0, NULL), 0);
    town_wait(town, 1);
    cr_assert_eq(town_leaves(town, LEAF_NOT_YET_DELIVERED, DUTY_DELIVERED, NULL), 1);
    cr_assert_eq(town_told(town, SCHOOL, LEAF_NOT_YET_DELIVERED), 1);
    cr_assert_eq(town_told(town, MASH, LEAF_NOT_YET_DELIVERED), 0);
}

TOWN_TEST(overdue, routine_mail_has_until_the_next_working_morning)
{
    town_listen(town);
    struct letter *letter = town_write(town, SCHOOL, POST_REFERRAL, NULL);
    letter->facts.urgency = letter->inside.urgency = URGENCY_ROUTINE;
    json_object_set_new(letter->casework, "urgency", json_string("routine"));
    town_send(town, SCHOOL, letter);
    town_wait(town, DAYS(2) + HOURS(22)); /* Monday 08:00 */
    cr_assert_eq(town_leaves(town, LEAF_NOT_YET_DELIVERED, 0, NULL), 0);
    town_wait(town, MINUTES(30));
    cr_assert_eq(town_leaves(town, LEAF_NOT_YET_DELIVERED, 0, NULL), 2, "both recipients");
}

/* ---- overdue ---- */

TOWN_TEST(overdue, it_is_warned_of_first_and_overdue_then)
{
    town_listen(town);
    town_say(town, SCHOOL, POST_REFERRAL, NULL);
    town_wait(town, DAYS(3) + HOURS(5) - 1); /* just before Monday 15:00 */
    cr_assert_eq(town_leaves(town, LEAF_WARNED, 0, NULL), 0);
    town_wait(town, 1);
    cr_assert_eq(town_leaves(town, LEAF_WARNED, 0, NULL), 2, "acknowledged and decided");
    cr_assert_eq(town_told(town, MASH, LEAF_WARNED), 2);
    cr_assert_eq(town_told(town, SCHOOL, LEAF_WARNED), 0);
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, 0, NULL), 0);
    town_wait(town, HOURS(2));
    cr_assert_eq(town_leaves(town, LEAF_WARNED, 0, NULL), 2);
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, 0, NULL), 2);
    cr_assert_eq(town_told(town, SCHOOL, LEAF_OVERDUE), 2);
    cr_assert_eq(town_told(town, MASH, LEAF_OVERDUE), 2);
}

TOWN_TEST(overdue, what_was_late_and_is_done_is_said_and_what_was_in_time_is_not)
{
    struct letter *referral = town_say(town, SCHOOL, POST_REFERRAL, NULL);
    uint64_t overdue = 0, stopped = 0;
    town_say(town, MASH, ACKNOWLEDGES, referral);
    cr_assert_eq(town_leaves(town, LEAF_CLOCK_STOPPED, 0, NULL), 0);
    town_wait(town, DAYS(4));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, 0, &overdue), 1, "acknowledged it was");
    town_say(town, MASH, POST_DECISION, referral);
    cr_assert_eq(town_leaves(town, LEAF_CLOCK_STOPPED, DUTY_DECIDED, &stopped), 1);
    const struct leaf_facts facts = town_facts(town, stopped);
    cr_assert_eq(facts.log_index, overdue);
    cr_assert_eq(facts.due_ms, town_facts(town, overdue).due_ms);
    town_wait(town, HOURS(1));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, DUTY_DECIDED, NULL), 1);
}

#define ASKS_BOTH                                                                                  \
    "{\"kind\":\"request\",\"subtype\":\"information\",\"to\":[\"mash@999.social-care\","          \
    "\"managers@999.social-care\"],\"purpose\":\"To decide\",\"asked\":[\"What is known\"],"       \
    "\"children\":[{\"given_names\":\"A\",\"family_name\":\"Child\"}],"                            \
    "\"author\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}"

TOWN_TEST(overdue, who_owes_something_is_told_when_what_ended_it_went_to_others)
{
    static const char CLOSES[] =
        "{\"kind\":\"close\",\"to\":[\"mash@999.social-care\"],\"reason\":\"answered\","
        "\"author\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}";
    town_listen(town);
    struct letter *request = town_say(town, SCHOOL, ASKS_BOTH, NULL);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
    town_say(town, SCHOOL, CLOSES, request);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
    uint64_t stopped = 0;
    cr_assert_geq(town_leaves(town, LEAF_CLOCK_STOPPED, DUTY_ANSWERED, &stopped), 1);
    cr_assert_str_eq(town_facts(town, stopped).by.text, "managers@999.social-care");
    cr_assert(!town_facts(town, stopped).has_log_index, "it was not late");
    cr_assert_geq(town_told(town, MANAGERS, LEAF_CLOCK_STOPPED), 1);
    cr_assert_eq(town_told(town, MASH, LEAF_CLOCK_STOPPED), 0, "it has the close");
}

TOWN_TEST(overdue, silence_is_pressed_with_the_logs_own_entry_and_with_no_other)
{
    struct letter *referral = town_say(town, SCHOOL, POST_REFERRAL, NULL);
    struct letter *other = town_say(town, SCHOOL, POST_REFERRAL, NULL);
    uint64_t leaf = 0;
    town_say(town, MASH, POST_DECISION, other);
    town_wait(town, DAYS(4));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, DUTY_DECIDED, &leaf), 1);
    struct letter *elsewhere = town_write(town, SCHOOL, CONTESTS("1", "routine"), other);
    town_cite_leaf(town, elsewhere, leaf);
    town_send(town, SCHOOL, elsewhere);
    cr_assert_eq(sent_to(&town->relay, SCHOOL, FRAME_REFUSED)->refused.code, SH_E_CITES_NOTHING);
    struct letter *made_up = town_write(town, SCHOOL, CONTESTS("1", "routine"), referral);
    town_cite_leaf(town, made_up, 0);
    town_send(town, SCHOOL, made_up);
    cr_assert_eq(sent_to(&town->relay, SCHOOL, FRAME_REFUSED)->refused.code, SH_E_CITES_NOTHING);
    struct letter *pressed = town_write(town, SCHOOL, CONTESTS("1", "routine"), referral);
    town_cite_leaf(town, pressed, leaf);
    town_send(town, SCHOOL, pressed);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
}

/* The sender's own copy for the sending seat alone, and not for the key that its desk shares. */
static void keep_from_own_desk(struct town *town, struct letter *letter)
{
    const struct pki *pki = &town->relay.post.pki;
    const struct pki_seat *seats = pki->seats;
    size_t kept = 0;
    cr_assert(address_equal(&pki->desks[0].address, &seats[SCHOOL].address));
    for (size_t i = 0; i < letter->facts.recipients_len; i++) {
        if (letter->recipients[i].role == ROLE_OWN) {
            struct sh_hash *own = (struct sh_hash *)(uintptr_t)letter->recipients[i].seats;
            own[0] = seats[SCHOOL].hash;
            letter->recipients[i].seats_len = 1;
            letter->recipients[i].recovery = (struct sh_hash){{0}};
        }
    }
    for (size_t i = 0; i < letter->seal_certs_len; i++) {
        if (letter->seal_certs[i] != seats[DEPUTY].seal_cert &&
            letter->seal_certs[i] != pki->desks[0].recovery_cert) {
            letter->seal_certs[kept++] = letter->seal_certs[i];
        }
    }
    letter->seal_certs_len = kept;
    letter->facts.not_to_own_desk = letter->inside.not_to_own_desk = true;
    json_object_set_new(letter->casework, "not_to_own_desk", json_true());
}

TOWN_TEST(overdue, what_no_colleague_may_know_of_is_told_to_the_sending_seat_alone)
{
    town_listen(town);
    town_say(town, SCHOOL, POST_REFERRAL, NULL);
    town_wait(town, DAYS(4));
    cr_assert_eq(town_told(town, SCHOOL, LEAF_OVERDUE), 2);
    cr_assert_eq(town_told(town, DEPUTY, LEAF_OVERDUE), 2, "of other mail the desk hears");
    struct letter *letter = town_write(town, SCHOOL, POST_REFERRAL, NULL);
    keep_from_own_desk(town, letter);
    town_send(town, SCHOOL, letter);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
    town_wait(town, DAYS(4));
    cr_assert_eq(town_told(town, SCHOOL, LEAF_OVERDUE), 3,
                 "one more: it was telephoned four days before");
    cr_assert_eq(town_told(town, DEPUTY, LEAF_OVERDUE), 0);
    cr_assert_eq(town_told(town, MASH, LEAF_OVERDUE), 2);
}

/* ---- levels ---- */

TOWN_TEST(overdue, silence_opens_the_next_level_once_and_tells_who_joins_without_the_words)
{
    uint64_t opened = 0, overdue = 0;
    town_use_ladder(town, "ladder-three-levels.yaml");
    town_listen(town);
    struct letter *referral = town_say(town, SCHOOL, POST_REFERRAL, NULL);
    struct letter *decision = town_say(town, MASH, POST_DECISION, referral);
    struct letter *contest = town_write(town, SCHOOL, CONTESTS("1", "routine"), decision);
    town_cite(town, contest, decision);
    town_send(town, SCHOOL, contest);
    town_wait(town, DAYS(3) + HOURS(7));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, DUTY_ANSWERED, &overdue), 1);
    cr_assert_eq(town_leaves(town, LEAF_LEVEL_OPENED, 0, &opened), 1);
    const struct leaf_facts facts = town_facts(town, opened);
    cr_assert_eq(facts.level, 2);
    cr_assert_eq(facts.to_len, 1);
    cr_assert_str_eq(facts.to[0].address.text, "managers@999.social-care");
    cr_assert(id_equal(&facts.message_id, &contest->facts.message_id));
    cr_assert_eq(town_told(town, MANAGERS, LEAF_LEVEL_OPENED), 1);
    cr_assert_eq(town_told(town, SCHOOL, LEAF_LEVEL_OPENED), 1);
    cr_assert_eq(count_sent(&town->relay, MANAGERS, FRAME_DELIVER), 0, "the words are not sent");
    town_wait(town, DAYS(1));
    cr_assert_eq(town_leaves(town, LEAF_LEVEL_OPENED, 0, NULL), 1);
    struct letter *next = town_write(town, SCHOOL, CONTESTS("2", "routine"), contest);
    town_cite_leaf(town, next, overdue);
    town_send(town, SCHOOL, next);
    cr_assert_not_null(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED));
}

TOWN_TEST(overdue, the_default_opens_no_level_by_itself)
{
    struct letter *referral = town_say(town, SCHOOL, POST_REFERRAL, NULL);
    struct letter *decision = town_say(town, MASH, POST_DECISION, referral);
    struct letter *contest = town_write(town, SCHOOL, CONTESTS("1", "routine"), decision);
    town_cite(town, contest, decision);
    town_send(town, SCHOOL, contest);
    town_wait(town, DAYS(5));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, DUTY_ANSWERED, NULL), 1);
    cr_assert_eq(town_leaves(town, LEAF_LEVEL_OPENED, 0, NULL), 0);
}

/* ---- time itself ---- */

TOWN_TEST(overdue, nothing_runs_out_while_the_clock_is_not_trusted)
{
    town_say(town, SCHOOL, POST_REFERRAL, NULL);
    town->relay.now_ms += DAYS(5); /* a jump: no other clock moved */
    relay_tick(&town->relay);
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, 0, NULL), 0);
    cr_assert_eq(town_leaves(town, LEAF_NOT_YET_DELIVERED, 0, NULL), 0);
    town->relay.now_ms -= DAYS(5);
    town_wait(town, DAYS(5));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, 0, NULL), 2);
}

TOWN_TEST(overdue, a_calendar_that_has_ended_is_alarmed_about_once)
{
    size_t before = town_leaves(town, LEAF_ALARM, 0, NULL);
    cr_assert_eq(before, 0, "the default, without term dates, is none");
    town->relay.now_ms += DAYS(365 * 20);
    town->relay.boot_ms += DAYS(365 * 20);
    relay_tick(&town->relay);
    size_t first = town_leaves(town, LEAF_ALARM, 0, NULL); /* the directory has run out as well */
    cr_assert_eq(town->relay.core->stats.calendar_alarm, 1);
    for (int hour = 0; hour < 3; hour++) {
        town_wait(town, HOURS(1));
    }
    cr_assert_eq(town_leaves(town, LEAF_ALARM, 0, NULL), first);
}

Test(overdue, a_relay_that_was_down_catches_up_under_the_true_times)
{
    SH_DEFER(town_free) struct town town;
    town_make(&town, true);
    town_refer_with_cover(&town);
    town.relay.now_ms += DAYS(4);
    town.relay.boot_ms = 5000;
    town_restart(&town);
    cr_assert_eq(town_leaves(&town, LEAF_OVERDUE, 0, NULL), 0);
    relay_tick(&town.relay);
    uint64_t index = 0;
    cr_assert_eq(town_leaves(&town, LEAF_OVERDUE, 0, NULL), 2);
    cr_assert_eq(town_leaves(&town, LEAF_WARNED, 0, NULL), 0, "too late for that");
    cr_assert_eq(town_leaves(&town, LEAF_COVER_CALLED, 0, &index), 1);
    cr_assert_eq(town_facts(&town, index).due_ms, PKI_NOW_MS + HOURS(1));
    town_restart(&town);
    relay_tick(&town.relay);
    cr_assert_eq(town_leaves(&town, LEAF_OVERDUE, 0, NULL), 2, "once");
}

Test(overdue, a_tick_that_the_disk_breaks_is_done_again_and_once)
{
    struct fault_vfs faults;
    fault_vfs_install(&faults);
    struct town town;
    town_make(&town, true);
    town_listen(&town);
    town_refer_with_cover(&town);
    town.relay.now_ms += DAYS(4);
    town.relay.boot_ms += DAYS(4);
    struct submission *tick = relay_command(&town.relay, WORK_TICK, 0);
    faults.fail_write_in = 1;
    cr_assert_neq(relay_group(&town.relay, &tick, 1), SH_OK);
    cr_assert_eq(town.relay.sent_len, 0, "nobody was told what is not durable");
    core_free(&town.relay.core);
    fault_vfs_heal(&faults);
    town_restart(&town);
    for (int i = 0; i < 2; i++) {
        relay_tick(&town.relay);
        cr_assert_eq(town_leaves(&town, LEAF_OVERDUE, 0, NULL), 2);
        cr_assert_eq(town_leaves(&town, LEAF_COVER_CALLED, 0, NULL), 1);
    }
    town_free(&town);
    fault_vfs_remove(&faults);
}

Test(overdue, what_a_full_disk_undid_is_said_by_the_next_tick)
{
    struct fault_vfs faults;
    fault_vfs_install(&faults);
    struct town town;
    town_make(&town, true);
    int64_t left_ms = directory_expires_ms(town.relay.core->loaded->directory) - town.relay.now_ms;
    size_t beats = town_leaves(&town, LEAF_HEARTBEAT, 0, NULL);
    town.relay.now_ms += left_ms + 1;
    town.relay.boot_ms += left_ms + 1;
    struct submission *tick = relay_command(&town.relay, WORK_TICK, 0);
    faults.write_error = SQLITE_FULL;
    faults.fail_write_in = 1;
    cr_assert_eq(relay_group(&town.relay, &tick, 1), SH_OK);
    cr_assert_eq(town_leaves(&town, LEAF_ALARM, 0, NULL), 0, "undone");
    fault_vfs_heal(&faults);
    for (int i = 0; i < 2; i++) {
        relay_tick(&town.relay);
        cr_assert_eq(town_leaves(&town, LEAF_ALARM, 0, NULL), 1, "the directory has run out");
        cr_assert_eq(town_leaves(&town, LEAF_HEARTBEAT, 0, NULL), beats + 1);
    }
    town_free(&town);
    fault_vfs_remove(&faults);
}

/* Copies of the newest message under other ids, straight into the store, until the thread has so
 * many. */
static void fill_thread(struct town *town, const struct letter *first, size_t len)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct core *core = town->relay.core;
    struct message_row row;
    struct header header;
    struct sh_why why = {0};
    int64_t seq = 0;
    cr_assert_eq(arena_new(SH_MIB, 4096, &arena), SH_OK);
    struct sh_hash sha256;
    cr_assert_eq(digest_sha256(bytes_buf(&first->header), &sha256), SH_OK);
    cr_assert_eq(store_message_by_header(core->store, &sha256, arena, &row), SH_OK);
    cr_assert_eq(header_decode(row.header, arena, &header), SH_OK);
    cr_assert_eq(core_write(core), SH_OK);
    for (size_t i = 1; i < len; i++) {
        SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_HEADER_BYTES_MAX);
        memcpy(header.facts.message_id.b, &i, sizeof i);
        cr_assert_eq(header_encode(&header, &bytes), SH_OK);
        row.message_id = header.facts.message_id;
        row.header = bytes_buf(&bytes);
        cr_assert_eq(digest_sha256(row.header, &row.header_sha256), SH_OK);
        cr_assert_eq(store_message_put(core->store, &row, &seq), SH_OK);
    }
    cr_assert_eq(store_commit(core->store, &why), SH_OK);
    core->transaction = false;
}

TOWN_TEST(overdue, a_thread_that_takes_no_more_messages_still_has_its_clocks_run_out)
{
    static const char more[] =
        "{\"kind\":\"note\",\"to\":[\"mash@999.social-care\"],\"text\":\"More.\","
        "\"author\":{\"name\":\"A Lead\",\"role\":\"DSL\"}}";
    town_listen(town);
    struct letter *letter = town_refer_with_cover(town);
    fill_thread(town, letter, THREAD_MESSAGES_MAX - 1);
    town_say(town, SCHOOL, more, letter);
    cr_assert(sent_to(&town->relay, SCHOOL, FRAME_ACCEPTED), "the last");
    town_send(town, SCHOOL, town_write(town, SCHOOL, more, letter));
    const struct frame *refused = sent_to(&town->relay, SCHOOL, FRAME_REFUSED);
    cr_assert(refused, "one too many");
    cr_assert_eq(refused->refused.code, SH_E_TOO_BIG);
    town_wait(town, DAYS(4));
    cr_assert_eq(town_leaves(town, LEAF_OVERDUE, DUTY_DECIDED, NULL), 1);
}
