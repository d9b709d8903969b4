#include "fixture.h"

#include <criterion/criterion.h>

static json_t *call(struct sh_client *client,
                    int (*list)(struct sh_client *, char **, struct sh_client_error *))
{
    char *text = NULL;
    cr_assert_eq(list(client, &text, NULL), 0);
    json_t *json = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    return json;
}

Test(lists, entries_have_their_facts_and_no_content)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("Words", "urgent");
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    SH_DEFER(json_freep) json_t *inbox = call(mash, sh_client_inbox);
    SH_DEFER(json_freep) json_t *sent = call(mash, sh_client_sent);
    SH_DEFER(json_freep) json_t *threads = call(mash, sh_client_threads);
    const json_t *entry = json_array_get(inbox, 0);
    static const char *const keys[] = {"message_id", "thread_id", "kind",    "from",
                                       "to",         "urgency",   "sent_at", "state"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cr_assert_not_null(json_object_get(entry, keys[i]), "%s", keys[i]);
    }
    cr_assert_str_eq(fixture_text(entry, "kind"), "referral");
    cr_assert_str_eq(fixture_text(entry, "urgency"), "urgent");
    cr_assert_str_eq(fixture_text(entry, "state"), "delivered");
    cr_assert_null(json_object_get(entry, "content"));
    cr_assert_eq(json_array_size(sent), 0);
    cr_assert_eq(json_array_size(threads), 1);
    const json_t *messages = json_object_get(json_array_get(threads, 0), "messages");
    cr_assert_str_eq(fixture_id(json_array_get(messages, 0)), id);
}

Test(lists, track_without_an_id_lists_what_this_desk_sent)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *a = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *b = fixture_referral("B", "routine");
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *tracked = NULL;
    char first[33], second[33];
    fixture_deliver(&fixture, a, LEAD, MASH, first);
    fixture_deliver(&fixture, b, LEAD, MASH, second);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_sync(lead, &synced), 0);
    cr_assert_eq(fixture_track(lead, NULL, &tracked), 0);
    cr_assert_eq(json_array_size(tracked), 2);
    bool verified = false;
    cr_assert_str_eq(fixture_id(json_array_get(tracked, 0)), second, "newest first");
    cr_assert_eq(fixture_facts(json_array_get(tracked, 1), "delivered", &verified), 1);
    cr_assert(verified);
    const json_t *facts = json_object_get(json_array_get(tracked, 1), "facts");
    const json_t *delivered = json_array_get(facts, 1);
    cr_assert_str_eq(fixture_text(delivered, "by"), "mash@999.social-care");
    cr_assert_not_null(json_object_get(delivered, "log_index"));
    cr_assert_eq(strlen(fixture_text(delivered, "at")), 24);
}

Test(lists, a_beginning_of_an_id_will_do)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *shown = NULL;
    SH_DEFER(json_freep) json_t *none = NULL;
    char id[33], beginning[7];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    (void)snprintf(beginning, sizeof beginning, "%.6s", id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_show(mash, beginning, &shown), 0);
    beginning[5] = '\0';
    cr_assert_eq(fixture_show(mash, beginning, &none), SH_CLIENT_USAGE);
}

Test(lists, the_directory_is_searched_and_a_desk_shown_with_when_it_last_collected)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    struct sh_client_error error;
    char *text = NULL;
    cr_assert_eq(sh_client_directory_search(lead, "999002", &text, &error), 0);
    SH_DEFER(json_freep) json_t *found = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_geq(json_array_size(found), 1);
    cr_assert_str_eq(fixture_text(json_array_get(found, 0), "address"), "dsl@999002.school");

    cr_assert_eq(sh_client_directory_show(lead, "mash@999.social-care", &text, &error), 0);
    SH_DEFER(json_freep) json_t *shown = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_eq(strlen(fixture_text(shown, "last_collected_at")), 24);
    cr_assert_eq(json_array_size(json_object_get(shown, "seats")), 1);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(shown, "cover"), 0)),
                     "edt@999.social-care");

    cr_assert_eq(sh_client_directory_show(lead, "nobody@999.social-care", &text, &error),
                 SH_CLIENT_UNKNOWN_DESK);
    cr_assert_eq(sh_client_directory_show(lead, "nobody", &text, &error), SH_E_BAD_ADDRESS);
    cr_assert_eq(sh_client_directory_search(lead, "", &text, &error), SH_CLIENT_USAGE);
}

Test(lists, a_desk_is_shown_without_a_relay_too)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.unreachable = true;
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    char *text = NULL;
    cr_assert_eq(sh_client_directory_show(lead, "mash@999.social-care", &text, NULL), 0);
    SH_DEFER(json_freep) json_t *shown = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_null(json_object_get(shown, "last_collected_at"));
}

Test(lists, status_says_who_we_are_and_warns_of_age)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *young = call(lead, sh_client_status);
    cr_assert_str_eq(fixture_text(young, "address"), "dsl@999001.school");
    cr_assert_eq(json_array_size(json_object_get(young, "warnings")), 0);
    fixture.relay.now_ms += ISSUE_SEAT_MS - SH_DAY_MS;
    SH_DEFER(json_freep) json_t *old = call(lead, sh_client_status);
    cr_assert_eq(json_array_size(json_object_get(old, "warnings")), 1);
}

Test(lists, a_directory_that_ran_out_long_ago_is_renewed_before_sending_or_told)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *refused = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    fixture.relay.now_ms += 100 * SH_DAY_MS;
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_send(lead, document, &refused), SH_E_EXPIRED);
    sh_client_close(&lead);
    fixture.pki.now_ms = fixture.relay.now_ms;
    pki_publish(&fixture.pki);
    lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_send(lead, document, &sent), 0);
    sh_client_close(&lead);
}

Test(lists, every_failure_says_what_happened_and_what_to_do)
{
    static const int codes[] = {
        SH_CLIENT_NET,  SH_CLIENT_PASSPHRASE, SH_E_EXPIRED, SH_CLIENT_UNKNOWN_DESK,
        SH_CLIENT_JSON, SH_E_DISK_FULL,       SH_E_CLOCK,   SH_CLIENT_LOCKED};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        cr_assert_str_neq(sh_client_code_word(codes[i]), "unknown");
        cr_assert_gt(strlen(sh_client_code_sentence(codes[i])), 5);
    }
    cr_assert_eq(sh_client_exit_status(0), 0);
    cr_assert_eq(sh_client_exit_status(SH_E_FORBIDDEN_KIND), 1);
    cr_assert_eq(sh_client_exit_status(SH_CLIENT_JSON), 2);
    cr_assert_eq(sh_client_exit_status(SH_E_QUOTA), 3);
    cr_assert_eq(sh_client_exit_status(SH_E_DISK_FULL), 1, "here: nothing was kept");
    cr_assert_eq(sh_client_exit_status(SH_CLIENT_LOCKED), 1);
    cr_assert_eq(sh_client_exit_status(SH_CLIENT_FORK), 4);
    sh_client_free_text(NULL);
    sh_client_close(NULL);
    cr_assert_str_eq(sh_client_code_word(0), "ok");
}
