/* Out of the outbox: the stored bytes go to the relay until it has accepted or refused them. See
 * outbox.h. */
#include "client/connection.h"
#include "client/dates.h"
#include "client/outbox.h"
#include "client/proofs.h"
#include "tlog/merkle.h"
#include "wire/log.h"

/* Submissions under way at a time. */
#define WINDOW 64u
/* Tries in one push: the connection may be lost, or the relay busy. */
#define TRIES_MAX    3u
#define PAUSE_MS_MAX 2000
/* A message whose recipients' seats change again and again is told to a person. */
#define RESEALS_MAX 2u
/* One that has waited for so long would be refused for its age; it is sealed anew. */
#define AGE_MS_MAX (SH_CREATED_BEHIND_MS - SH_DAY_MS)

/* What one round of sending has found. */
struct round {
    struct sh_client *client;
    struct sh_why *why;
    size_t reseals;    /* messages to be sealed anew */
    sh_err deferred;   /* the last "not now" */
    uint32_t pause_ms; /* that came with it */
    uint64_t done, total;
};

static sh_err check_accepted(const struct verified_statement *statement,
                             const struct vault_message *message)
{
    bool fits = statement->leaf.type == LEAF_ACCEPTED &&
                hash_equal(&statement->facts.header_sha256, &message->header_sha256) &&
                id_equal(&statement->facts.message_id, &message->message_id);
    return fits ? SH_OK : SH_E_PROOF;
}

sh_err outbox_keep_chain(struct sh_client *client, int64_t row, const struct certificate *sender,
                         int64_t accepted_at_ms)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(2 * SH_CRL_BYTES_MAX);
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, NULL));
    const struct trust *trust = directory_trust(directory);
    SH_TRY(trust_chain_pem(trust, sender, &pem));
    /* A list of revoked certificates that is younger than the acceptance is in force from its own
     * time on. */
    int64_t issued_ms = trust_crl_this_update_ms(trust);
    return vault_chain_set(client->vault, row, bytes_buf(&pem),
                           issued_ms > accepted_at_ms ? issued_ms : accepted_at_ms);
}

static sh_err take_accepted(struct round *round, const struct vault_message *message,
                            const struct frame *answer, struct arena *arena)
{
    struct sh_client *client = round->client;
    struct verified_statement statement;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_TRY(proofs_accept(client, &answer->accepted.statement, arena, &statement, round->why));
    if (check_accepted(&statement, message) != SH_OK) {
        return sh_fail(round->why, SH_E_PROOF, "the relay's acceptance is of another message");
    }
    SH_TRY(statement_encode(&answer->accepted.statement, &bytes));
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    SH_TRY(vault_message_accept(client->vault, message->row, bytes_buf(&bytes),
                                statement.leaf.time_ms));
    SH_TRY(outbox_keep_chain(client, message->row, keyring_sign_cert(client->keyring),
                             statement.leaf.time_ms));
    return vault_commit(open);
}

static bool can_be_sealed_anew(const struct round *round, const struct vault_message *message,
                               sh_err code)
{
    int64_t age_ms = client_now_ms(round->client) - message->created_at_ms;
    /* Written long ago, or by a clock that was wrong and has been set right. */
    bool misdated = age_ms > AGE_MS_MAX || age_ms < -SH_CREATED_AHEAD_MS;
    bool helps = code == SH_E_STALE_SEATS || code == SH_E_UNKNOWN_SEAT ||
                 (code == SH_E_BAD_TIME && misdated);
    return helps && message->reseals < RESEALS_MAX;
}

static sh_err keep_refusal(struct round *round, const struct vault_message *message,
                           const struct frame *answer, struct arena *arena)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    struct verified_statement statement;
    const struct statement *in = &answer->refused.statement;
    SH_TRY(proofs_accept(round->client, in, arena, &statement, round->why));
    bool fits = statement.leaf.type == LEAF_REFUSED &&
                statement.facts.code == answer->refused.code &&
                hash_equal(&statement.facts.header_sha256, &message->header_sha256);
    if (!fits) {
        return sh_fail(round->why, SH_E_PROOF, "the relay's refusal is of another message");
    }
    SH_TRY(statement_encode(in, &bytes));
    struct vault_fact fact = {.leaf_index = statement.index,
                              .header_sha256 = message->header_sha256,
                              .type = statement.leaf.type,
                              .statement = bytes_buf(&bytes)};
    SH_TRY(merkle_leaf_hash(in->leaf, &fact.leaf_sha256));
    return vault_fact_put(round->client->vault, &fact);
}

static sh_err take_refused(struct round *round, const struct vault_message *message,
                           const struct frame *answer, struct arena *arena)
{
    sh_err code = session_code(answer->refused.code);
    SH_CHECK(code != SH_E_NO_SESSION, SH_E_NO_SESSION);
    /* Only what refuses for good ends a message; all else is trouble with the relay. */
    SH_CHECK(sh_err_class(code) == SH_CLASS_REJECT, SH_E_NET);
    if (answer->refused.has_statement) {
        SH_TRY(keep_refusal(round, message, answer, arena));
    }
    if (can_be_sealed_anew(round, message, code)) {
        round->reseals++;
        return vault_message_set_state(round->client->vault, message->row, MESSAGE_WAITING,
                                       (uint32_t)code);
    }
    return vault_message_set_state(round->client->vault, message->row, MESSAGE_REFUSED,
                                   (uint32_t)code);
}

static sh_err take_defer(struct round *round, const struct vault_message *message,
                         const struct frame *answer)
{
    round->deferred = session_code(answer->defer.code);
    round->pause_ms = answer->defer.retry_after_ms;
    return vault_message_set_state(round->client->vault, message->row, MESSAGE_WAITING,
                                   answer->defer.code);
}

static sh_err take_answer(struct round *round, const struct vault_message *message, uint32_t ref)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame answer;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(session_answer(round->client->session, ref, arena, &answer, round->why));
    round->done++;
    client_tell_progress(round->client, "sending messages", round->done, round->total);
    switch (answer.type) {
    case FRAME_ACCEPTED:
        return take_accepted(round, message, &answer, arena);
    case FRAME_REFUSED:
        return take_refused(round, message, &answer, arena);
    case FRAME_DEFER:
        return take_defer(round, message, &answer);
    default:
        return sh_fail(round->why, SH_E_NET, "the relay answered something else than was asked");
    }
}

static sh_err submit(struct round *round, const struct vault_message *message, uint32_t *out_ref)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct bytes envelope;
    struct frame frame = {.type = FRAME_SUBMIT};
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    SH_TRY(vault_envelope(round->client->vault, message->row, arena, &envelope));
    SH_CHECK(envelope_decode(envelope, arena, &frame.submit.envelope) == SH_OK, SH_E_CORRUPT);
    return session_post(round->client->session, &frame, out_ref, round->why);
}

static sh_err send_window(struct round *round, const struct vault_message *messages, size_t len)
{
    uint32_t refs[WINDOW] = {0};
    for (size_t i = 0; i < len; i++) {
        SH_TRY(submit(round, &messages[i], &refs[i]));
    }
    for (size_t i = 0; i < len; i++) {
        SH_TRY(take_answer(round, &messages[i], refs[i]));
    }
    return SH_OK;
}

static sh_err replace(struct sh_client *client, const struct vault_message *message,
                      const struct draft *draft, struct sh_why *why)
{
    /* The new one first: if we die between the two, the old one is refused again and found to be
     * replaced already. */
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message already;
    int64_t row = 0;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
    sh_err result = vault_message_by_replaced(client->vault, &message->message_id, arena, &already);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    if (result == SH_E_NOT_FOUND) {
        SH_TRY(outbox_put(client, draft, 1, &row, why));
    }
    return vault_message_set_state(client->vault, message->row, MESSAGE_REPLACED, message->code);
}

static sh_err reseal_one(struct sh_client *client, const struct vault_message *message,
                         struct sh_why *why)
{
    SH_DEFER(draft_wipe) struct draft draft = {.arena = NULL};
    struct sh_why detail = {{0}};
    sh_err result = draft_again(client, message, &draft, &detail);
    if (result != SH_OK && sh_err_class(result) == SH_CLASS_REJECT && result != SH_E_PASSPHRASE) {
        client_warn(client, "A message could not be sealed anew: %s.", detail.text);
        return vault_message_set_state(client->vault, message->row, MESSAGE_REFUSED,
                                       (uint32_t)result);
    }
    if (result != SH_OK) {
        return sh_fail(why, result, "%s", detail.text);
    }
    return replace(client, message, &draft, why);
}

static sh_err reseal_all(struct round *round)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message *rows = NULL;
    size_t len = 0;
    bool changed = false;
    SH_TRY(connection_refresh_directory(round->client, &changed, round->why));
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_messages(round->client->vault, LIST_WAITING, NULL, arena, &rows, &len));
    for (size_t i = 0; i < len; i++) {
        if (rows[i].code && can_be_sealed_anew(round, &rows[i], (sh_err)rows[i].code)) {
            SH_TRY(reseal_one(round->client, &rows[i], round->why));
        }
    }
    return SH_OK;
}

static sh_err send_all(struct round *round, size_t *out_len)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message *rows = NULL;
    size_t len = 0;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_messages(round->client->vault, LIST_WAITING, NULL, arena, &rows, &len));
    *out_len = len;
    SH_CHECK(len > 0, SH_OK);
    SH_TRY(connection_open(round->client, round->why));
    SH_TRY(dates_check_sending(round->client, round->why));
    round->total = len;
    for (size_t at = 0; at < len; at += WINDOW) {
        SH_TRY(send_window(round, rows + at, len - at < WINDOW ? len - at : WINDOW));
    }
    return round->reseals > 0 ? reseal_all(round) : SH_OK;
}

static bool worth_waiting(const struct round *round)
{
    return round->deferred == SH_E_BUSY || round->deferred == SH_E_STARTING;
}

sh_err outbox_push(struct sh_client *client, struct sh_why *why)
{
    sh_err result = SH_OK;
    for (unsigned tries = 0; tries < TRIES_MAX + RESEALS_MAX; tries++) {
        struct round round = {.client = client, .why = why};
        size_t len = 0;
        bool last = tries + 1 >= TRIES_MAX;
        result = send_all(&round, &len);
        if (result != SH_OK && connection_is_lost(result)) {
            /* Not reached at all: connection_open() has tried long enough. */
            bool was_open = client->session != NULL;
            connection_drop(client);
            SH_CHECK(was_open && !last, result == SH_E_NO_SESSION ? SH_E_NET : result);
            continue;
        }
        SH_TRY(result);
        if (round.deferred != SH_OK && (last || !worth_waiting(&round))) {
            return session_put_off((uint32_t)round.deferred, "the relay does not take it now", why);
        }
        if (round.deferred != SH_OK) {
            uint32_t pause_ms = round.pause_ms < PAUSE_MS_MAX ? round.pause_ms : PAUSE_MS_MAX;
            client->transport.pause(client->transport.ctx, pause_ms);
        } else if (round.reseals == 0) {
            return SH_OK;
        }
    }
    return result;
}
