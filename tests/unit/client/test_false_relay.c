/* A relay that lies: nothing that it says about a message is taken for what it is not. */
#include "fixture.h"

#include <criterion/criterion.h>

/* Sent by the lead, fetched by mash, and heard of by the lead again. */
static struct sh_client *lead_that_heard(struct fixture *fixture, char *out_id)
{
    SH_DEFER(sh_freep) char *document = fixture_referral("A", "routine");
    SH_DEFER(json_freep) json_t *synced = NULL;
    fixture_deliver(fixture, document, LEAD, MASH, out_id);
    struct sh_client *lead = fixture_client(fixture, LEAD);
    cr_assert_eq(fixture_sync(lead, &synced), 0);
    return lead;
}

Test(false_relay, a_receipt_for_a_delivery_is_never_shown_as_opened)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *tracked = NULL;
    SH_DEFER(json_freep) json_t *sent = NULL;
    bool verified = true;
    char id[33];
    fixture_make(&fixture);
    fixture.relay.delivered_as_opened = true;
    SH_DEFER(sh_client_close) struct sh_client *lead = lead_that_heard(&fixture, id);
    cr_assert_eq(fixture_track(lead, id, &tracked), 0);
    cr_assert_eq(fixture_facts(tracked, "opened", &verified), 1);
    cr_assert(!verified, "it is listed, with what is wrong about it");
    cr_assert_str_eq(fixture_text(tracked, "state"), "accepted");
    cr_assert_eq(fixture_sent(lead, &sent), 0);
    cr_assert_str_eq(fixture_text(json_array_get(sent, 0), "state"), "accepted",
                     "lists show no more than the proofs do");
}

Test(false_relay, a_receipt_that_was_logged_after_its_seat_was_revoked_is_not_verified)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(json_freep) json_t *before = NULL;
    SH_DEFER(json_freep) json_t *after = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    bool verified = false;
    char id[33];
    fixture_make(&fixture);
    struct sh_client *lead = lead_that_heard(&fixture, id);
    cr_assert_eq(fixture_track(lead, id, &before), 0);
    cr_assert_eq(fixture_facts(before, "delivered", &verified), 1);
    cr_assert(verified);
    sh_client_close(&lead);
    /* The list of revocations says: since a minute before that receipt came into the log. */
    fixture.pki.seats[MASH].revoked = true;
    pki_publish(&fixture.pki);
    SH_DEFER(sh_client_close) struct sh_client *again = fixture_client(&fixture, LEAD);
    cr_assert_eq(fixture_sync(again, &synced), 0);
    cr_assert_eq(fixture_track(again, id, &after), 0);
    cr_assert_eq(fixture_facts(after, "delivered", &verified), 1);
    cr_assert(!verified);
}

static int send_one(struct sh_client *client)
{
    SH_DEFER(sh_freep) char *document = fixture_referral("B", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    return fixture_send(client, document, &sent);
}

Test(false_relay, a_refusal_that_the_log_does_not_bear_out_refuses_nothing)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    uint64_t messages = 0, receipts = 0;
    fixture_make(&fixture);
    fixture.relay.refuse_next = SH_E_FORBIDDEN_KIND;
    fixture.relay.refuse_logged = fixture.relay.refuse_with_another = true;
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(send_one(lead), SH_CLIENT_PROOF);
    cr_assert_eq(vault_waiting(lead->vault, &messages, &receipts), SH_OK);
    cr_assert_eq(messages, 1, "it still waits");
}

Test(false_relay, a_refusal_with_a_code_that_is_none_refuses_nothing)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    uint64_t messages = 0, receipts = 0;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *lead = fixture_client(&fixture, LEAD);
    fixture.relay.refuse_next = SH_E_CORRUPT;
    (void)send_one(lead);
    cr_assert_eq(fixture.relay.messages_len, 1, "the next try was taken");
    cr_assert_eq(vault_waiting(lead->vault, &messages, &receipts), SH_OK);
    cr_assert_eq(messages, 0);
}

Test(false_relay, a_log_that_has_forgotten_everything_is_a_fork)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(send_one(lead), 0);
    sh_client_close(&lead);
    fixture.relay.forget_all = true;
    SH_DEFER(sh_client_close) struct sh_client *again = fixture_client(&fixture, LEAD);
    SH_DEFER(json_freep) json_t *synced = NULL;
    cr_assert_eq(fixture_sync(again, &synced), SH_CLIENT_FORK);
}

Test(false_relay, a_seat_revoked_between_two_questions_is_told_so_and_raises_no_alarm)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    uint64_t forks = 1;
    fixture_make(&fixture);
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(send_one(lead), 0);
    fixture.relay.refuse_consistency = true;
    fixture.relay.refuse_as = SH_E_UNKNOWN_SEAT;
    SH_DEFER(sh_freep) char *document = fixture_referral("C", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_neq(fixture_send(lead, document, &sent), SH_CLIENT_FORK);
    cr_assert_eq(vault_forks_count(lead->vault, &forks), SH_OK);
    cr_assert_eq(forks, 0);
    sh_client_close(&lead);
}

Test(false_relay, a_second_message_under_an_id_is_not_stored_and_so_not_receipted_as_delivered)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    SH_DEFER(json_freep) json_t *heard = NULL;
    struct vault_message *rows = NULL;
    size_t len = 0;
    int64_t row = 0;
    fixture_make(&fixture);
    struct sh_client *lead = fixture_client(&fixture, LEAD);
    cr_assert_eq(send_one(lead), 0);
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(vault_messages(lead->vault, LIST_SENT, NULL, arena, &rows, &len), SH_OK);
    struct vault_message other = rows[0];
    other.header_sha256.b[0] ^= 1;
    other.box = BOX_RECEIVED;
    other.envelope = bytes_str("something else");
    struct sh_client *mash = fixture_client(&fixture, MASH);
    cr_assert_eq(vault_message_put(mash->vault, &other, &row), SH_OK);
    cr_assert_eq(fixture_sync(mash, &synced), 0);
    sh_client_close(&mash);
    cr_assert_eq(fixture_sync(lead, &heard), 0);
    SH_DEFER(json_freep) json_t *tracked = NULL;
    char id[33];
    bool verified = false;
    hex_encode(BYTES_FIXED(rows[0].message_id), id);
    cr_assert_eq(fixture_track(lead, id, &tracked), 0);
    cr_assert_eq(fixture_facts(tracked, "delivered", &verified), 0);
    cr_assert_eq(fixture_facts(tracked, "unreadable", &verified), 1);
    cr_assert(verified);
    sh_client_close(&lead);
}
