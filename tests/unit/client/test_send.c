#include "fixture.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

static const char *state_of(const json_t *result)
{
    return fixture_text(result, "state");
}

Test(send, a_referral_is_accepted_with_its_place_in_the_log)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_send(client, document, &sent), 0);
    cr_assert_str_eq(state_of(sent), "accepted");
    cr_assert_eq(strlen(fixture_id(sent)), 32);
    cr_assert_str_eq(fixture_text(sent, "thread_id"), fixture_id(sent));
    cr_assert_eq(json_integer_value(json_object_get(sent, "log_index")), 1);
    cr_assert_eq(json_integer_value(json_object_get(sent, "log_size")), 2);
    cr_assert_eq(strlen(fixture_text(sent, "accepted_at")), 24);
    cr_assert_str_eq(fixture_text(sent, "from"), "dsl@999001.school");
}

Test(send, without_a_relay_it_is_kept_and_goes_at_the_next_sync_under_its_id)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.unreachable = true;
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "urgent");
    SH_DEFER(json_freep) json_t *kept = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    struct sh_client *client = fixture_client(&fixture, LEAD);
    int code = fixture_send(client, document, &kept);
    cr_assert_eq(code, SH_CLIENT_NET);
    cr_assert_eq(sh_client_exit_status(code), 3);
    cr_assert_str_eq(state_of(kept), "waiting");
    const json_t *call = json_array_get(json_object_get(kept, "telephone"), 0);
    cr_assert_str_eq(fixture_text(call, "address"), "mash@999.social-care");
    sh_client_close(&client);

    fixture.relay.unreachable = false;
    client = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_sync(client, &synced), 0);
    const json_t *sent = json_array_get(json_object_get(synced, "sent"), 0);
    cr_assert_str_eq(fixture_id(sent), fixture_id(kept));
    cr_assert_str_eq(state_of(sent), "accepted");
    cr_assert_eq(fixture.relay.messages_len, 1);
    sh_client_close(&client);
}

Test(send, a_lost_answer_leads_to_one_message_and_not_two)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.lose_answers = 1;
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_send(client, document, &sent), 0);
    cr_assert_str_eq(state_of(sent), "accepted");
    cr_assert_eq(fixture.relay.submits, 2);
    cr_assert_eq(fixture.relay.messages_len, 1);
    cr_assert_eq(fixture.relay.hellos, 2);
}

Test(send, the_same_document_within_a_day_is_not_sent_twice_unless_again_is_said)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    cr_assert_eq(fixture_send(client, document, &first), 0);
    cr_assert_eq(fixture_send(client, document, &second), SH_CLIENT_EXISTS);
    cr_assert_str_eq(fixture_id(second), fixture_id(first));
    cr_assert_eq(fixture.relay.messages_len, 1);

    struct sh_client_send again = {.size = sizeof again, .flags = SH_CLIENT_AGAIN};
    char *text = NULL;
    cr_assert_eq(sh_client_send(client, document, strlen(document), &again, &text, NULL), 0);
    sh_client_free_text(&text);
    cr_assert_eq(fixture.relay.messages_len, 2);
}

Test(send, the_same_document_after_a_day_is_another_message)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    cr_assert_eq(fixture_send(client, document, &first), 0);
    fixture.relay.now_ms += SH_DAY_MS + 1;
    cr_assert_eq(fixture_send(client, document, &second), 0);
    cr_assert_str_neq(fixture_id(second), fixture_id(first));
}

Test(send, a_refusal_is_recorded_and_final)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.refuse_next = SH_E_FORBIDDEN_KIND;
    fixture.relay.refuse_logged = true;
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "immediate");
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *tracked = NULL;
    int code = fixture_send(client, document, &sent);
    cr_assert_eq(code, SH_E_FORBIDDEN_KIND);
    cr_assert_eq(sh_client_exit_status(code), 1);
    cr_assert_str_eq(state_of(sent), "refused");
    cr_assert_str_eq(fixture_text(sent, "code"), "forbidden_kind");
    cr_assert_eq(json_array_size(json_object_get(sent, "telephone")), 1);
    cr_assert_eq(fixture_sync(client, &synced), 0);
    cr_assert_eq(fixture.relay.submits, 1);
    bool verified = false;
    cr_assert_eq(fixture_track(client, fixture_id(sent), &tracked), 0);
    cr_assert_eq(fixture_facts(tracked, "refused", &verified), 1);
    cr_assert(verified);
}

Test(send, stale_seats_lead_to_a_new_envelope_under_a_new_id_by_itself)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *old = NULL;
    char *text = NULL;
    cr_assert_eq(sh_client_directory_refresh(client, &text, NULL), 0);
    sh_client_free_text(&text);
    /* Published while we are connected: WELCOME did not say it. */
    size_t fresh = pki_add_seat(&fixture.pki, "mash@999.social-care");
    pki_publish(&fixture.pki);
    fixture.relay.refuse_next = SH_E_STALE_SEATS;
    cr_assert_eq(fixture_send(client, document, &sent), 0);
    cr_assert_str_eq(state_of(sent), "accepted");
    cr_assert_eq(strlen(fixture_text(sent, "replaces")), 32);
    cr_assert_str_neq(fixture_text(sent, "replaces"), fixture_id(sent));
    cr_assert_str_eq(fixture_text(sent, "thread_id"), fixture_id(sent));
    cr_assert_eq(fixture.relay.submits, 2);
    bool reached = false;
    for (size_t i = 0; i < fixture.relay.items_len; i++) {
        reached = reached || fixture.relay.items[i].seat == fresh;
    }
    cr_assert(reached, "the new seat of the desk gets it");
    cr_assert_eq(fixture_track(client, fixture_text(sent, "replaces"), &old), 0);
    cr_assert_str_eq(state_of(old), "replaced");
}

Test(send, what_a_busy_relay_puts_off_is_tried_again_and_then_kept)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *busy = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *over = fixture_referral("B", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    fixture.relay.defer_next = SH_E_BUSY;
    cr_assert_eq(fixture_send(client, busy, &first), 0);
    cr_assert_eq(fixture.relay.submits, 2);
    fixture.relay.defer_next = SH_E_QUOTA;
    cr_assert_eq(fixture_send(client, over, &second), SH_E_QUOTA);
    cr_assert_str_eq(state_of(second), "waiting");
    cr_assert_eq(fixture.relay.submits, 3);
}

Test(send, a_full_disk_of_the_relay_is_not_told_as_one_of_this_computer)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    struct sh_client_error error = {0};
    char *text = NULL;
    fixture.relay.defer_next = SH_E_DISK_FULL;
    int code = sh_client_send(client, document, strlen(document), NULL, &text, &error);
    sh_client_free_text(&text);
    cr_assert_eq(sh_client_exit_status(code), 3);
    cr_assert(strstr(error.sentence, "the relay's disk is full"), "%s", error.sentence);
    cr_assert(strstr(error.sentence, "kept in the outbox"), "%s", error.sentence);
    cr_assert_null(strstr(error.sentence, "make room"));
}

Test(send, a_message_that_waited_and_is_refused_fails_the_sync_once)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *kept = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *again = NULL;
    fixture.relay.defer_next = SH_E_QUOTA;
    cr_assert_eq(fixture_send(client, document, &kept), SH_E_QUOTA);
    fixture.relay.refuse_next = SH_E_FORBIDDEN_KIND;
    int code = fixture_sync(client, &synced);
    cr_assert_eq(sh_client_exit_status(code), 1);
    cr_assert_str_eq(state_of(json_array_get(json_object_get(synced, "sent"), 0)), "refused");
    cr_assert_eq(fixture_sync(client, &again), 0);
}

Test(send, under_a_clock_that_is_ahead_a_message_waits_until_it_is_right)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *kept = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    fixture.relay.client_ahead_ms = SH_CREATED_AHEAD_MS + SH_SECOND_MS;
    struct sh_client *client = fixture_client(&fixture, LEAD);
    int code = fixture_send(client, document, &kept);
    cr_assert_eq(code, SH_E_CLOCK);
    cr_assert_eq(sh_client_exit_status(code), 3);
    cr_assert_eq(fixture.relay.submits, 0, "it would be refused for good");
    sh_client_close(&client);
    fixture.relay.client_ahead_ms = 0;
    fixture.relay.refuse_next = SH_E_BAD_TIME; /* what was written under that clock says so */
    client = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_sync(client, &synced), 0);
    const json_t *sent = json_array_get(json_object_get(synced, "sent"), 0);
    cr_assert_str_eq(state_of(sent), "accepted");
    cr_assert_str_eq(fixture_text(sent, "replaces"), fixture_id(kept));
    sh_client_close(&client);
}

Test(send, a_clock_that_is_at_the_limit_does_no_harm)
{
    static const int64_t limits_ms[] = {SH_CREATED_AHEAD_MS, -SH_CREATED_AHEAD_MS};
    for (size_t i = 0; i < sizeof limits_ms / sizeof limits_ms[0]; i++) {
        SH_DEFER(fixture_wipe) struct fixture fixture;
        fixture_make(&fixture);
        SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
        SH_DEFER(json_freep) json_t *sent = NULL;
        fixture.relay.client_ahead_ms = limits_ms[i];
        SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
        cr_assert_eq(fixture_send(client, document, &sent), 0);
        cr_assert_eq(json_array_size(client->warnings), 0);
    }
}

Test(send, a_certificate_that_has_run_out_is_told_apart_from_a_clock_that_is_wrong)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    /* Older than the directory's own certificate, which a client must find good to reach a relay.
     */
    fixture.pki.now_ms -= 100 * SH_DAY_MS;
    size_t seat = pki_add_seat(&fixture.pki, "dsl@999001.school");
    fixture.pki.now_ms += 100 * SH_DAY_MS;
    pki_publish(&fixture.pki);
    int64_t end_ms = certificate_not_after_ms(fixture.pki.seats[seat].sign_cert);
    fixture.relay.client_ahead_ms = end_ms + SH_SECOND_MS - fixture.relay.now_ms;
    struct sh_client *client = fixture_client(&fixture, seat);
    cr_assert_eq(fixture_send(client, document, &first), SH_E_BAD_TIME);
    sh_client_close(&client);
    fixture.relay.client_ahead_ms = 0;
    fixture.relay.now_ms = end_ms + SH_SECOND_MS;
    client = fixture_client(&fixture, seat);
    cr_assert_eq(fixture_send(client, document, &second), SH_E_EXPIRED);
    cr_assert_eq(fixture.relay.submits, 0);
    sh_client_close(&client);
}

Test(send, an_acceptance_that_does_not_verify_leaves_the_message_waiting)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.corrupt_statement = true;
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    int code = fixture_send(client, document, &sent);
    cr_assert_eq(code, SH_CLIENT_PROOF);
    cr_assert_eq(sh_client_exit_status(code), 4);
    cr_assert_str_eq(state_of(sent), "waiting");
}

Test(send, bad_documents_are_told_with_their_place)
{
    static const struct {
        const char *document, *place;
    } cases[] = {
        {"{\"thread\": []}", "thread:"},
        {"{\"kind\": \"referral\", \"expected\": \"x\"}", "expected:"},
        {"{\"kind\": \"referal\"}", "kind:"},
        {"{\"kind\": \"decision\"}", "kind:"},
        {"{\"kind\": \"referral\", \"from\": \"head@999001.school\"}",
         "from: this seat belongs to dsl@999001.school"},
        {"{\"kind\": \"referral\", \"attachments\": [{\"file\": \"a.pdf\"}]}", "attachments:"},
        {"[1]", ""},
        {"{", ""},
        {"", "kind:"},
    };
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sh_client_error error;
        char *text = NULL;
        int code = sh_client_send(client, cases[i].document, strlen(cases[i].document), NULL, &text,
                                  &error);
        cr_assert_eq(code, SH_CLIENT_JSON, "%s: %d %s", cases[i].document, code, error.sentence);
        cr_assert(strstr(error.sentence, cases[i].place), "%s: %s", cases[i].document,
                  error.sentence);
        cr_assert_null(text);
    }
    cr_assert_eq(fixture.relay.submits, 0);
}

Test(send, an_unknown_desk_is_told_and_nothing_is_kept)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *listed = NULL;
    const char *const to[] = {"nobody@999.social-care"};
    struct sh_client_send how = {.size = sizeof how, .to = to, .to_len = 1};
    struct sh_client_error error;
    char *text = NULL;
    cr_assert_eq(sh_client_send(client, document, strlen(document), &how, &text, &error),
                 SH_CLIENT_UNKNOWN_DESK);
    cr_assert(strstr(error.sentence, "nobody@999.social-care"));
    cr_assert_eq(fixture_sent(client, &listed), 0);
    cr_assert_eq(json_array_size(listed), 0);
}

Test(send, a_referral_to_nobody_but_ourselves_is_told)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *text = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *referral = json_loads(text, 0, NULL);
    SH_DEFER(json_freep) json_t *none = NULL;
    (void)json_object_set_new(referral, "to", json_pack("[s]", "dsl@999001.school"));
    SH_DEFER(sh_freep) char *document = json_dumps(referral, 0);
    cr_assert_eq(fixture_send(client, document, &none), SH_CLIENT_JSON);
    cr_assert_eq(fixture.relay.submits, 0);
}

static void check_one_signature(const struct fixture *fixture)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct envelope one, other;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&fixture->relay.messages[0].envelope), arena, &one),
                 SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&fixture->relay.messages[1].envelope), arena, &other),
                 SH_OK);
    cr_assert_eq(one.batch.size, 2);
    cr_assert(bytes_equal(one.signature, other.signature));
}

Test(send, many_go_as_one_batch_and_a_second_run_sends_only_what_is_missing)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *a = fixture_referral("A", "routine");
    SH_DEFER(sh_freep) char *b = fixture_referral("B", "routine");
    struct sh_client_document documents[] = {{"a.json", a, strlen(a)},
                                             {"bad.json", "{\"kind\": 1}", 11},
                                             {"b.json", b, strlen(b)},
                                             {"twin.json", a, strlen(a)}};
    struct sh_client_error error;
    char *text = NULL;
    fixture.relay.lose_answers = 1;
    cr_assert_eq(sh_client_send_many(client, documents, 4, NULL, &text, &error), SH_CLIENT_JSON);
    SH_DEFER(json_freep) json_t *first = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_eq(json_array_size(first), 4);
    cr_assert_str_eq(state_of(json_array_get(first, 0)), "accepted");
    cr_assert_str_eq(state_of(json_array_get(first, 1)), "rejected");
    cr_assert_str_eq(fixture_text(json_array_get(first, 1), "name"), "bad.json");
    cr_assert_str_eq(state_of(json_array_get(first, 2)), "accepted");
    cr_assert_str_eq(fixture_text(json_array_get(first, 3), "code"), "exists");
    cr_assert_eq(fixture.relay.messages_len, 2);

    check_one_signature(&fixture);
    cr_assert_eq(sh_client_send_many(client, documents, 3, NULL, &text, &error), SH_CLIENT_JSON);
    SH_DEFER(json_freep) json_t *second = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    cr_assert_str_eq(fixture_id(json_array_get(second, 0)), fixture_id(json_array_get(first, 0)));
    cr_assert(json_is_true(json_object_get(json_array_get(second, 0), "before")));
    cr_assert_eq(fixture.relay.messages_len, 2);
}

Test(send, split_makes_one_message_a_setting_with_its_children_only)
{
    static const char document[] =
        "{\"kind\": \"notification\", \"subtype\": \"domestic_abuse\", \"children\": ["
        "{\"given_names\": \"One\", \"setting\": {\"address\": \"dsl@999001.school\"}},"
        "{\"given_names\": \"Two\", \"setting\": {\"address\": \"dsl@999002.school\"}},"
        "{\"given_names\": \"Three\", \"setting\": {\"address\": \"dsl@999001.school\"}}],"
        "\"concern\": {\"what_happened\": \"x\"}, \"author\": {\"name\": \"A\", \"role\": \"B\"}}";
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    struct sh_client *police = fixture_client(&fixture, POLICE);
    struct sh_client_send how = {.size = sizeof how, .flags = SH_CLIENT_SPLIT};
    struct sh_client_error error;
    char *text = NULL;
    int code = sh_client_send(police, document, strlen(document), &how, &text, &error);
    cr_assert_eq(code, 0, "%s", error.sentence);
    SH_DEFER(json_freep) json_t *sent = json_loads(text, 0, NULL);
    sh_client_free_text(&text);
    sh_client_close(&police);
    cr_assert_eq(json_array_size(sent), 2);

    SH_DEFER(sh_client_close) struct sh_client *second = fixture_client(&fixture, SECOND);
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *shown = NULL;
    cr_assert_eq(fixture_sync(second, &synced), 0);
    const json_t *received = json_object_get(synced, "received");
    cr_assert_eq(json_array_size(received), 1);
    cr_assert_eq(fixture_show(second, fixture_id(json_array_get(received, 0)), &shown), 0);
    const json_t *children = json_object_get(json_object_get(shown, "content"), "children");
    cr_assert_eq(json_array_size(children), 1);
    cr_assert_str_eq(fixture_text(json_array_get(children, 0), "given_names"), "Two");
}

Test(send, keys_are_asked_for_once_and_lists_need_none)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *listed = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_inbox(client, &listed), 0);
    cr_assert_eq(fixture.asked, 0);
    cr_assert_eq(fixture_send(client, document, &sent), 0);
    cr_assert_eq(fixture.asked, 1);
}
