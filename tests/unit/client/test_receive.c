#include "base/files.h"
#include "fixture.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>
#include <dirent.h>

Test(receive, what_is_shown_is_what_was_sent_value_for_value)
{
    static const char *const cases[] = {"01", "02", "11"};
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(sh_freep) char *text = fixture_case(cases[i], 0);
        SH_DEFER(json_freep) json_t *document = json_loads(text, 0, NULL);
        SH_DEFER(json_freep) json_t *shown = NULL;
        char id[33];
        (void)json_object_set_new(document, "from", json_string("dsl@999001.school"));
        SH_DEFER(sh_freep) char *sent = json_dumps(document, 0);
        fixture_deliver(&fixture, sent, LEAD, MASH, id);
        SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
        cr_assert_eq(fixture_show(mash, id, &shown), 0);
        cr_assert(json_equal(json_object_get(shown, "content"), document), "case %s", cases[i]);
        cr_assert_str_eq(fixture_text(shown, "proof"), "verified");
        cr_assert_str_eq(fixture_text(shown, "from"), "dsl@999001.school");
    }
}

Test(receive, delivered_again_it_is_shown_once_and_receipted_again)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.deliver_twice = true;
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *inbox = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    cr_assert_eq(fixture.relay.receipts, 1);
    fixture.relay.items[1].done = false; /* as if the receipt had never come */
    for (size_t i = 0; i < fixture.relay.items_len; i++) {
        fixture.relay.items[i].done = false;
    }
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_sync(mash, &synced), 0);
    cr_assert_eq(json_array_size(json_object_get(synced, "received")), 0);
    cr_assert_eq(fixture.relay.receipts, 2);
    cr_assert_eq(fixture_inbox(mash, &inbox), 0);
    cr_assert_eq(json_array_size(inbox), 1);
}

Test(receive, an_altered_message_is_unreadable_and_its_sender_is_told)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.corrupt_sealed = true;
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *inbox = NULL;
    SH_DEFER(json_freep) json_t *shown = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *tracked = NULL;
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_inbox(mash, &inbox), 0);
    cr_assert_str_eq(fixture_text(json_array_get(inbox, 0), "state"), "unreadable");
    cr_assert_str_eq(fixture_text(json_array_get(inbox, 0), "code"), "commitment");
    cr_assert_eq(fixture_show(mash, id, &shown), SH_E_COMMITMENT);
    cr_assert_null(shown);

    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    bool verified = false;
    cr_assert_eq(fixture_sync(lead, &synced), 0);
    cr_assert_eq(fixture_track(lead, id, &tracked), 0);
    cr_assert_eq(fixture_facts(tracked, "unreadable", &verified), 1);
    cr_assert(verified);
    cr_assert_eq(fixture_facts(tracked, "delivered", &verified), 0);
    cr_assert_str_eq(fixture_text(tracked, "state"), "unreadable");
}

Test(receive, a_false_statement_is_no_receipt_and_nothing_is_stored)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *inbox = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_send(lead, document, &sent), 0);
    sh_client_close(&lead);
    fixture.relay.corrupt_statement = true;
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_sync(mash, &synced), SH_CLIENT_PROOF);
    cr_assert_eq(fixture.relay.receipts, 0);
    cr_assert_eq(fixture_inbox(mash, &inbox), 0);
    cr_assert_eq(json_array_size(inbox), 0);
}

Test(receive, opened_is_in_the_outbox_before_a_word_is_shown_and_only_once)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *inbox = NULL;
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    uint64_t messages = 0, receipts = 0, looks = 0;
    cr_assert_eq(fixture_show(mash, id, &first), 0);
    cr_assert_eq(vault_waiting(mash->vault, &messages, &receipts), SH_OK);
    cr_assert_eq(receipts, 1);
    cr_assert_eq(fixture_show(mash, id, &second), 0);
    cr_assert_eq(vault_waiting(mash->vault, &messages, &receipts), SH_OK);
    cr_assert_eq(receipts, 1);
    cr_assert_eq(vault_looks_count(mash->vault, &fixture.relay.messages[0].header_sha256, &looks),
                 SH_OK);
    cr_assert_eq(looks, 2);
    cr_assert_eq(fixture_sync(mash, &synced), 0);
    cr_assert_eq(fixture.relay.receipts, 2);
    cr_assert_eq(fixture_inbox(mash, &inbox), 0);
    cr_assert_str_eq(fixture_text(json_array_get(inbox, 0), "state"), "opened");
}

Test(receive, nothing_is_shown_if_the_opened_receipt_cannot_be_signed)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *shown = NULL;
    char id[33], home[PATH_MAX], path[PATH_MAX];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    fixture_home(&fixture, MASH, home);
    cr_assert_eq(path_join(path, sizeof path, home, HOME_SIGN_KEY), SH_OK);
    cr_assert_eq(remove(path), 0);
    SH_DEFER(sh_client_close) struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_neq(fixture_show(mash, id, &shown), 0);
    cr_assert_null(shown);
}

Test(receive, a_deputy_reads_what_the_lead_sent_and_sees_what_becomes_of_it)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *mash_synced = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *shown = NULL;
    SH_DEFER(json_freep) json_t *inbox = NULL;
    char id[33];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    /* The lead leaves; her seat is revoked. What she sent before stays readable. */
    fixture.relay.now_ms += SH_HOUR_MS;
    fixture.pki.now_ms = fixture.relay.now_ms;
    fixture.pki.seats[LEAD].revoked = true;
    pki_publish(&fixture.pki);
    SH_DEFER(sh_client_close) struct sh_client *deputy = fixture_client(&fixture, DEPUTY);
    cr_assert_eq(fixture_sync(deputy, &synced), 0);
    cr_assert_eq(fixture_sent(deputy, &sent), 0);
    cr_assert_eq(json_array_size(sent), 1);
    cr_assert_str_eq(fixture_text(json_array_get(sent, 0), "state"), "delivered");
    cr_assert_eq(fixture_inbox(deputy, &inbox), 0);
    cr_assert_eq(json_array_size(inbox), 0);
    cr_assert_eq(fixture_show(deputy, id, &shown), 0);
    cr_assert_str_eq(fixture_text(json_object_get(json_object_get(shown, "content"), "concern"),
                                  "what_happened"),
                     "A");
}

Test(receive, a_revoked_seat_is_told_that_it_cannot_send)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    fixture.pki.seats[LEAD].revoked = true;
    pki_publish(&fixture.pki);
    fixture.relay.refuse_next = SH_E_UNKNOWN_SEAT;
    cr_assert_eq(fixture_send(lead, document, &sent), SH_E_REVOKED);
    cr_assert_str_eq(fixture_text(sent, "state"), "refused");
    cr_assert_eq(fixture.relay.submits, 1);
}

Test(receive, a_message_about_a_colleague_reaches_no_colleague)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    static const char document[] =
        "{\"kind\": \"notification\", \"subtype\": \"allegation_against_adult\", "
        "\"not_to_own_desk\": true,"
        "\"to\": [\"mash@999.social-care\"], \"children\": [{\"given_names\": \"X\"}],"
        "\"concern\": {\"what_happened\": \"y\"}, \"author\": {\"name\": \"A\", \"role\": \"B\"}}";
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *shown = NULL;
    cr_assert_eq(fixture_send(lead, document, &sent), 0);
    for (size_t i = 0; i < fixture.relay.items_len; i++) {
        cr_assert_eq(fixture.relay.items[i].seat, MASH);
    }
    cr_assert_eq(fixture_show(lead, fixture_id(sent), &shown), 0);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct envelope envelope;
    struct header header;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(envelope_decode(bytes_buf(&fixture.relay.messages[0].envelope), arena, &envelope),
                 SH_OK);
    cr_assert_eq(header_decode(envelope.header, arena, &header), SH_OK);
    for (size_t i = 0; i < header.facts.recipients_len; i++) {
        const struct recipient *to = &header.facts.recipients[i];
        if (to->role == ROLE_OWN) {
            cr_assert_eq(to->seats_len, 1);
            cr_assert(hash_is_zero(&to->recovery));
        }
    }
}

Test(receive, a_concern_stays_at_the_desk_and_colleagues_find_it_in_their_inbox)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_case("09", 0);
    SH_DEFER(json_freep) json_t *inbox = NULL;
    char id[33];
    fixture_deliver(&fixture, document, LEAD, DEPUTY, id);
    SH_DEFER(sh_client_close) struct sh_client *deputy = fixture_client(&fixture, DEPUTY);
    cr_assert_eq(fixture_inbox(deputy, &inbox), 0);
    cr_assert_str_eq(fixture_id(json_array_get(inbox, 0)), id);
    const json_t *to = json_object_get(json_array_get(inbox, 0), "to");
    cr_assert_str_eq(json_string_value(json_array_get(to, 0)), "dsl@999001.school");
}

Test(receive, urgent_mail_is_sealed_to_cover_desks_from_the_start)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    SH_DEFER(sh_freep) char *urgent = fixture_referral("A", "urgent");
    SH_DEFER(sh_freep) char *routine = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *first = NULL;
    SH_DEFER(json_freep) json_t *second = NULL;
    cr_assert_eq(fixture_send(lead, urgent, &first), 0);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(first, "cover"), 0)),
                     "edt@999.social-care");
    cr_assert_eq(fixture_send(lead, routine, &second), 0);
    cr_assert_eq(json_array_size(json_object_get(second, "cover")), 0);
}

Test(receive, more_messages_than_credit_all_come)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    enum { MANY = 40 };
    struct sh_client_document documents[MANY];
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    for (size_t i = 0; i < MANY; i++) {
        char words[32];
        (void)snprintf(words, sizeof words, "number %zu", i);
        char *text = fixture_referral(words, "routine");
        documents[i] = (struct sh_client_document){"x", text, strlen(text)};
    }
    char *out = NULL;
    cr_assert_eq(sh_client_send_many(lead, documents, MANY, NULL, &out, NULL), 0);
    sh_client_free_text(&out);
    for (size_t i = 0; i < MANY; i++) {
        free((void *)(uintptr_t)documents[i].json);
    }
    sh_client_close(&lead);
    /* And as many notices for the sender, when mash has fetched them. */
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *noticed = NULL;
    struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_sync(mash, &synced), 0);
    cr_assert_eq(json_array_size(json_object_get(synced, "received")), MANY);
    sh_client_close(&mash);
    lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_sync(lead, &noticed), 0);
    cr_assert_eq(json_integer_value(json_object_get(noticed, "notices")), MANY);
    sh_client_close(&lead);
}

/* Every file of a home, for what must not be in it. */
static bool home_holds(const char *home, const char *text)
{
    DIR *dir = opendir(home);
    bool found = false;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[PATH_MAX];
        SH_DEFER(buf_wipe) struct buf content = BUF_INIT(64 * SH_MIB);
        struct sh_why why;
        if (entry->d_name[0] == '.' || path_join(path, sizeof path, home, entry->d_name) != SH_OK ||
            file_read(path, &content, &why) != SH_OK) {
            continue;
        }
        found = found || memmem(content.data, content.len, text, strlen(text));
    }
    (void)closedir(dir);
    return found;
}

Test(receive, no_word_of_a_message_is_on_the_disk_of_sender_or_reader)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_freep) char *document = fixture_referral("Ate two adult portions", "urgent");
    SH_DEFER(json_freep) json_t *shown = NULL;
    char id[33], home[PATH_MAX];
    fixture_deliver(&fixture, document, LEAD, MASH, id);
    struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(fixture_show(mash, id, &shown), 0);
    cr_assert_str_eq(
        fixture_text(
            json_array_get(json_object_get(json_object_get(shown, "content"), "children"), 0),
            "given_names"),
        "Zebedee");
    static const size_t seats[] = {LEAD, MASH};
    static const char *const words[] = {"Zebedee", "Quillfeather", "adult portions"};
    for (size_t s = 0; s < 2; s++) {
        fixture_home(&fixture, seats[s], home);
        cr_assert(home_holds(home, "mash@999.social-care"), "the search itself works");
        for (size_t w = 0; w < 3; w++) {
            cr_assert_not(home_holds(home, words[w]), "%s in %s", words[w], home);
        }
    }
    sh_client_close(&mash);
}
