#include "client/proofs.h"
#include "fixture.h"

#include <criterion/criterion.h>

/* A client that has sent one message, and so knows a checkpoint. */
static struct sh_client *client_that_sent(struct fixture *fixture)
{
    struct sh_client *client = fixture_client(fixture, LEAD);
    SH_DEFER(sh_freep) char *document = fixture_referral("first", "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_send(client, document, &sent), 0);
    sh_client_close(&client);
    return fixture_client(fixture, LEAD);
}

static int send_another(struct sh_client *client, const char *words)
{
    SH_DEFER(sh_freep) char *document = fixture_referral(words, "routine");
    SH_DEFER(json_freep) json_t *sent = NULL;
    return fixture_send(client, document, &sent);
}

Test(proofs, a_log_that_contradicts_itself_is_kept_as_evidence_and_told)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    mock_relay_fork(&fixture.relay);
    int code = send_another(client, "second");
    cr_assert_eq(code, SH_CLIENT_FORK);
    cr_assert_eq(sh_client_exit_status(code), 4);
    uint64_t forks = 0, messages = 0, receipts = 0;
    cr_assert_eq(vault_forks_count(client->vault, &forks), SH_OK);
    cr_assert_eq(forks, 1);
    cr_assert_eq(vault_waiting(client->vault, &messages, &receipts), SH_OK);
    cr_assert_eq(messages, 1, "what was written is kept");
}

Test(proofs, a_grown_log_that_contradicts_itself_is_found_too)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    struct sh_client *other = fixture_client(&fixture, POLICE);
    static const char document[] = "{\"kind\": \"notification\", \"subtype\": \"other\", \"to\": "
                                   "[\"mash@999.social-care\"], \"children\": "
                                   "[{\"given_names\": \"X\"}], \"concern\": {\"what_happened\": "
                                   "\"y\"}, \"author\": {\"name\": \"A\", \"role\": \"B\"}}";
    SH_DEFER(json_freep) json_t *sent = NULL;
    cr_assert_eq(fixture_send(other, document, &sent), 0);
    sh_client_close(&other);
    mock_relay_fork(&fixture.relay);
    cr_assert_eq(send_another(client, "second"), SH_CLIENT_FORK);
}

Test(proofs, a_relay_that_has_forgotten_what_it_showed_is_a_fork)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    mock_relay_roll_back(&fixture.relay, 1);
    cr_assert_eq(send_another(client, "second"), SH_CLIENT_FORK);
}

Test(proofs, a_relay_that_gives_no_consistency_proof_is_a_fork)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    fixture.relay.refuse_consistency = true;
    cr_assert_eq(send_another(client, "second"), SH_CLIENT_FORK);
}

Test(proofs, an_older_checkpoint_is_fine_if_it_is_a_beginning_of_ours)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    uint64_t before = 0, after = 0;
    cr_assert_eq(vault_checkpoint_newest(client->vault, &note), SH_OK);
    cr_assert_eq(proofs_known_size(client, &before), SH_OK);
    cr_assert_eq(before, 2);
    struct sh_client *other = fixture_client(&fixture, SECOND);
    static const char document[] = "{\"kind\": \"referral\", \"to\": [\"mash@999.social-care\"], "
                                   "\"children\": [{\"given_names\": \"X\"}], "
                                   "\"concern\": {\"what_happened\": \"y\"}, \"referrer\": "
                                   "{\"name\": \"A\", \"role\": \"B\"}}";
    SH_DEFER(json_freep) json_t *sent = NULL;
    SH_DEFER(json_freep) json_t *synced = NULL;
    /* This client never saw size 2: it sees 3 first, then is shown 2. */
    cr_assert_eq(fixture_send(other, document, &sent), 0);
    unsigned asked = fixture.relay.consistency_asked;
    cr_assert_eq(proofs_accept_checkpoint(other, bytes_buf(&note), NULL, NULL), SH_OK);
    cr_assert_eq(fixture.relay.consistency_asked, asked, "WELCOME had shown it that one");
    cr_assert_eq(fixture_sync(client, &synced), 0);
    cr_assert_eq(proofs_known_size(client, &after), SH_OK);
    cr_assert_geq(after, 3);
    sh_client_close(&other);
}

Test(proofs, a_checkpoint_of_another_key_is_refused)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    SH_DEFER(key_free) struct key *stranger = NULL;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint = {.size = 5};
    struct sh_why why;
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", PKI_ORIGIN);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &stranger), SH_OK);
    cr_assert_eq(checkpoint_sign(&checkpoint, stranger, &note), SH_OK);
    cr_assert_eq(proofs_accept_checkpoint(client, bytes_buf(&note), NULL, &why),
                 SH_E_BAD_CHECKPOINT);
}

Test(proofs, a_stored_statement_whose_checkpoint_was_never_compared_is_not_called_verified)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = client_that_sent(&fixture);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message *rows = NULL;
    struct verified_statement statement;
    size_t len = 0;
    cr_assert_eq(arena_new(SH_MIB, 1000, &arena), SH_OK);
    cr_assert_eq(vault_messages(client->vault, LIST_SENT, NULL, arena, &rows, &len), SH_OK);
    cr_assert_eq(len, 1);
    cr_assert_eq(proofs_check_stored(client, rows[0].accepted, arena, &statement), SH_OK);
    SH_DEFER(sh_client_close) struct sh_client *stranger = fixture_client(&fixture, SECOND);
    cr_assert_eq(proofs_check_stored(stranger, rows[0].accepted, arena, &statement), SH_E_PROOF);
}
