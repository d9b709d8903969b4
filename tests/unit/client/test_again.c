/* Second journeys: sent again, passed on, and the answers to what colleagues must not see. */
#include "fixture.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

#define REDIRECT(more)                                                                             \
    "{\"reason\": \"wrong_desk\"," more "\"author\": {\"name\": \"A\", \"role\": \"B\"}}"
#define TO_SECOND "\"to_address\": \"dsl@999002.school\","

static int resend(struct sh_client *client, const char *id, const char *to, json_t **out)
{
    const struct sh_client_send how = {.size = sizeof how, .to = &to, .to_len = to ? 1 : 0};
    char *text = NULL;
    int code = sh_client_resend(client, id, &how, &text, NULL);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    sh_client_free_text(&text);
    return code;
}

static int pass_on(struct sh_client *client, const char *id, const char *document, json_t **out)
{
    const struct sh_client_send how = {.size = sizeof how, .flags = SH_CLIENT_PASS_ON};
    char *text = NULL;
    int code =
        sh_client_answer(client, "redirect", id, document, strlen(document), &how, &text, NULL);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    sh_client_free_text(&text);
    return code;
}

static void sync_seat(struct fixture *fixture, size_t seat)
{
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(fixture, seat);
    SH_DEFER(json_freep) json_t *synced = NULL;
    cr_assert_eq(fixture_sync(client, &synced), 0);
}

/* A referral of the lead's that mash has redirected, and the lead knows of. */
static void make_redirected(struct fixture *fixture, char *out_id)
{
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *redirected = NULL;
    fixture_make(fixture);
    fixture_deliver(fixture, document, LEAD, MASH, out_id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(fixture, MASH);
    cr_assert_eq(fixture_answer(mash, "redirect", out_id, REDIRECT(TO_SECOND), &redirected), 0);
    sync_seat(fixture, LEAD);
}

static void read_header(const struct fixture *fixture, size_t message, struct arena *arena,
                        struct header *out)
{
    struct envelope envelope;
    cr_assert_eq(
        envelope_decode(bytes_buf(&fixture->relay.messages[message].envelope), arena, &envelope),
        SH_OK);
    cr_assert_eq(header_decode(envelope.header, arena, out), SH_OK);
}

Test(again, what_is_sent_again_answers_the_redirect_and_encloses_the_first)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct header header;
    char id[33];
    make_redirected(&fixture, id);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(resend(lead, id, "dsl@999002.school", &sent), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    read_header(&fixture, 2, arena, &header);
    cr_assert_eq(header.facts.kind, KIND_REFERRAL);
    cr_assert(hash_equal(&header.facts.parent, &fixture.relay.messages[1].header_sha256));
    cr_assert_eq(header.facts.encloses_len, 1);
    cr_assert(id_equal(&header.facts.encloses[0], &fixture.relay.messages[0].message_id));
    cr_assert_eq(header.facts.recipients_len, 2);
}

Test(again, nothing_is_sent_again_without_a_redirect_or_a_desk_or_by_another)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *none = NULL;
    char id[33], other[33];
    make_redirected(&fixture, id);
    SH_DEFER(sh_freep) char *document = fixture_referral("B", "routine");
    fixture_deliver(&fixture, document, LEAD, MASH, other);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    size_t before = fixture.relay.messages_len;
    cr_assert_eq(resend(lead, other, "dsl@999002.school", &none), SH_E_WRONG_ORDER);
    cr_assert_eq(resend(lead, id, NULL, &none), SH_CLIENT_USAGE);
    cr_assert_eq(resend(lead, id, "mash@999.social-care", &none), SH_CLIENT_USAGE);
    cr_assert_eq(resend(lead, id, "dsl@999001.school", &none), SH_CLIENT_USAGE);
    cr_assert_eq(resend(lead, id, "nobody@999002.school", &none), SH_CLIENT_UNKNOWN_DESK);
    cr_assert_eq(resend(mash, id, "dsl@999002.school", &none), SH_E_WRONG_ORDER);
    cr_assert_eq(fixture.relay.messages_len, before);
    cr_assert_null(none);
}

Test(again, a_colleague_does_not_send_it_there_a_second_time)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *twice = NULL;
    char id[33];
    make_redirected(&fixture, id);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(resend(lead, id, "dsl@999002.school", &sent), 0);
    sync_seat(&fixture, DEPUTY);
    SH_DEFER(sh_client_close) struct sh_client *deputy = fixture_client(&fixture, DEPUTY);
    cr_assert_eq(resend(deputy, id, "dsl@999002.school", &twice), SH_CLIENT_EXISTS);
    cr_assert_eq(fixture.relay.messages_len, 3);
}

Test(again, what_was_sent_again_days_ago_is_not_sent_a_second_time_unless_asked)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *twice = NULL;
    SH_DEFER(json_freep) json_t *other = NULL;
    char id[33];
    make_redirected(&fixture, id);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(resend(lead, id, "dsl@999002.school", &sent), 0);
    fixture.relay.now_ms += 3 * SH_DAY_MS;
    cr_assert_eq(resend(lead, id, "dsl@999002.school", &twice), SH_CLIENT_EXISTS);
    cr_assert_eq(fixture.relay.messages_len, 3);
    cr_assert_eq(resend(lead, id, "managers@999.social-care", &other), 0, "to another desk it is");
    cr_assert_eq(fixture.relay.messages_len, 4);
}

Test(again, passing_on_sends_both_or_neither)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *none = NULL;
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    char id[33];
    fixture_make(&fixture);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(pass_on(mash, id, REDIRECT(""), &none), SH_CLIENT_JSON);
    cr_assert_eq(pass_on(mash, id, REDIRECT("\"to_address\": \"x@999002.school\","), &none),
                 SH_CLIENT_UNKNOWN_DESK);
    cr_assert_eq(pass_on(mash, id, REDIRECT("\"reasons\": 1," TO_SECOND), &none), SH_CLIENT_JSON);
    cr_assert_eq(fixture.relay.messages_len, 1);
    cr_assert_eq(pass_on(mash, id, REDIRECT(TO_SECOND), &sent), 0);
    cr_assert_eq(json_array_size(sent), 2);
    cr_assert_str_eq(fixture_text(json_array_get(sent, 0), "kind"), "referral");
    cr_assert_str_eq(fixture_text(json_array_get(sent, 1), "kind"), "redirect");
    cr_assert_eq(fixture.relay.messages_len, 3);
}

Test(again, what_was_passed_on_days_ago_is_not_passed_on_to_the_same_desk_a_second_time)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *twice = NULL;
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    char id[33];
    fixture_make(&fixture);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(pass_on(mash, id, REDIRECT(TO_SECOND), &sent), 0);
    fixture.relay.now_ms += 3 * SH_DAY_MS;
    cr_assert_eq(pass_on(mash, id, REDIRECT(TO_SECOND), &twice), SH_CLIENT_EXISTS);
    cr_assert_eq(fixture.relay.messages_len, 3);
}

Test(again, an_answer_to_what_colleagues_must_not_see_reaches_no_colleague)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    static const char document[] =
        "{\"kind\": \"notification\", \"subtype\": \"allegation_against_adult\", "
        "\"not_to_own_desk\": true,"
        "\"to\": [\"mash@999.social-care\"], \"children\": [{\"given_names\": \"X\"}],"
        "\"concern\": {\"what_happened\": \"y\"}, \"author\": {\"name\": \"A\", \"role\": \"B\"}}";
    SH_DEFER(json_freep) json_t *answered = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct header header;
    char id[33];
    fixture_make(&fixture);
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_answer(mash, "ack", id, "{}", &answered), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    read_header(&fixture, 1, arena, &header);
    for (size_t i = 0; i < header.facts.recipients_len; i++) {
        const struct recipient *to = &header.facts.recipients[i];
        if (to->role != ROLE_OWN) {
            cr_assert_str_eq(to->address.text, "dsl@999001.school");
            cr_assert_eq(to->seats_len, 1);
            cr_assert(hash_is_zero(&to->recovery));
        }
    }
}
