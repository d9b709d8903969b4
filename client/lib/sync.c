/* See sync.h. Credit: the relay sends so many items and no more, so that what is stored keeps up
 * with what comes. */
#include "client/sync.h"

#include "client/connection.h"
#include "client/entry.h"
#include "client/levels.h"
#include "client/outbox.h"
#include "client/proofs.h"
#include "client/receive.h"
#include "client/sending.h"

#define CREDIT       64u
#define CREDIT_AGAIN 32u
/* A lost connection is taken up again so often in one synchronisation. */
#define TRIES_MAX 3u

struct round {
    struct sh_client *client;
    struct sh_why *why;
    json_t *received; /* entries */
    json_t *sent;     /* results of what waited at the beginning */
    size_t unreadable, notices, receipts;
    size_t items; /* taken since credit was last given */
    bool caught_up;
};

static void round_wipe(struct round *round)
{
    json_decref(round->received);
    json_decref(round->sent);
}

static sh_err give_credit(struct round *round, uint32_t credit)
{
    struct frame ready = {.type = FRAME_READY, .ready = {.credit = credit}};
    uint32_t ref = 0;
    round->items = 0;
    return session_post(round->client->session, &ready, &ref, round->why);
}

static sh_err list_received(struct round *round, const struct received *received)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct vault_message message;
    struct thread thread;
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    sh_err result =
        vault_message_by_header(round->client->vault, &received->header_sha256, arena, &message);
    SH_CHECK(result != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(result);
    SH_TRY(thread_load(round->client, &message.thread_id, arena, &thread));
    const struct thread_entry *entry = thread_by_header(&thread, &message.header_sha256);
    SH_CHECK(entry, SH_E_CORRUPT);
    json_t *json = NULL;
    SH_TRY(entry_json(round->client, entry, &thread, &json));
    return entry_append(round->received, json);
}

static sh_err take_message(struct round *round, const struct frame *frame)
{
    struct received received;
    SH_TRY(receive_deliver(round->client, frame, &received, round->why));
    if (received.is_new) {
        round->unreadable += received.state == MESSAGE_UNREADABLE;
        SH_TRY(list_received(round, &received));
        client_tell_progress(round->client, "fetching messages", json_array_size(round->received),
                             0);
    }
    return SH_OK;
}

static sh_err take_frame(struct round *round, const struct frame *frame)
{
    switch (frame->type) {
    case FRAME_DELIVER:
        round->items++;
        return take_message(round, frame);
    case FRAME_NOTICE:
        round->items++;
        round->notices++;
        return receive_notice(round->client, frame, round->why);
    case FRAME_CAUGHT_UP:
        round->caught_up = true;
        return SH_OK;
    case FRAME_PONG:
        return proofs_accept_checkpoint(round->client, frame->pong.checkpoint, NULL, round->why);
    default:
        /* What answers a NOTICE_SEEN or READY with a refusal comes here under another ref, and is
         * not asked for. */
        return SH_OK;
    }
}

static sh_err take_next(struct round *round, int64_t timeout_ms)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame frame;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(session_next(round->client->session, timeout_ms, arena, &frame, round->why));
    SH_TRY(take_frame(round, &frame));
    if (round->items >= CREDIT_AGAIN) {
        SH_TRY(outbox_push_receipts(round->client, &round->receipts, round->why));
        SH_TRY(give_credit(round, CREDIT_AGAIN));
    }
    return SH_OK;
}

static sh_err drain(struct round *round)
{
    while (!round->caught_up) {
        sh_err result = take_next(round, session_answer_ms(round->client->session));
        if (result == SH_E_TIMEOUT) {
            return sh_fail(round->why, SH_E_TIMEOUT, "the relay did not send what is due");
        }
        SH_TRY(result);
    }
    return outbox_push_receipts(round->client, &round->receipts, round->why);
}

static bool has_news(const struct round *round)
{
    return json_array_size(round->received) > 0 || round->notices > 0;
}

/* Something came, or the time is over. */
static sh_err linger(struct round *round, int64_t end_ms)
{
    while (!has_news(round)) {
        int64_t left_ms = end_ms - clock_boot_ms(&round->client->clock);
        SH_CHECK(left_ms > 0, SH_OK);
        sh_err result = take_next(round, left_ms);
        SH_CHECK(result != SH_E_TIMEOUT, SH_OK);
        SH_TRY(result);
    }
    /* The relay says CAUGHT_UP once more when the rest of what came with it has been sent. */
    round->caught_up = false;
    return drain(round);
}

static sh_err run_once(struct round *round, int64_t end_ms)
{
    SH_TRY(connection_open(round->client, round->why));
    SH_TRY(outbox_push_receipts(round->client, &round->receipts, round->why));
    round->caught_up = false;
    SH_TRY(give_credit(round, CREDIT));
    SH_TRY(drain(round));
    return has_news(round) ? SH_OK : linger(round, end_ms);
}

/* ---- what waited ---- */

struct waited {
    struct arena *arena;
    struct vault_message *rows;
    size_t len;
};

/* *out: the code of the first that was refused, which a person must see; what still waits is told
 * by whoever could not send it. */
static sh_err tell_waited(struct round *round, const struct waited *waited, sh_err *out)
{
    for (size_t i = 0; i < waited->len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct vault_message now;
        json_t *json = NULL;
        SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
        SH_TRY(vault_message_by_header(round->client->vault, &waited->rows[i].header_sha256, arena,
                                       &now));
        while (now.state == MESSAGE_REPLACED) {
            struct vault_message next;
            SH_TRY(vault_message_by_replaced(round->client->vault, &now.message_id, arena, &next));
            now = next;
        }
        SH_TRY(sending_result(round->client, &now, &json));
        SH_TRY(entry_append(round->sent, json));
        if (now.state == MESSAGE_REFUSED && *out == SH_OK) {
            *out = session_code(now.code);
        }
    }
    return SH_OK;
}

/* Behind everything that came: what was answered or raised meanwhile is known now. */
static sh_err raise_levels(struct round *round, struct arena *arena, struct waited *raised)
{
    SH_TRY(levels_seal(round->client, arena, &raised->rows, &raised->len, round->why));
    return raised->len > 0 ? outbox_push(round->client, round->why) : SH_OK;
}

static sh_err tell(struct round *round, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    struct directory *directory = NULL;
    uint64_t messages = 0, receipts = 0, size = 0;
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(vault_waiting(round->client->vault, &messages, &receipts));
    SH_TRY(proofs_known_size(round->client, &size));
    SH_TRY(entry_put(json, "sent", json_incref(round->sent)));
    SH_TRY(entry_put(json, "received", json_incref(round->received)));
    SH_TRY(entry_put(json, "unreadable", json_integer((json_int_t)round->unreadable)));
    SH_TRY(entry_put(json, "notices", json_integer((json_int_t)round->notices)));
    SH_TRY(entry_put(json, "receipts", json_integer((json_int_t)round->receipts)));
    SH_TRY(entry_put(json, "waiting", json_integer((json_int_t)(messages + receipts))));
    SH_TRY(client_directory_any(round->client, &directory, NULL));
    SH_TRY(entry_put(json, "directory_version",
                     json_integer((json_int_t)directory_serial(directory))));
    SH_TRY(entry_put(json, "log_size", json_integer((json_int_t)size)));
    SH_TRY(entry_put(json, "warnings", json_deep_copy(round->client->warnings)));
    *out = json;
    json = NULL;
    return SH_OK;
}

static sh_err run_rounds(struct round *round, uint32_t wait_seconds)
{
    struct sh_client *client = round->client;
    int64_t end_ms = clock_boot_ms(&client->clock) + (int64_t)wait_seconds * SH_SECOND_MS;
    sh_err pushed = outbox_push(client, round->why);
    SH_CHECK(pushed == SH_OK || (sh_err_class(pushed) == SH_CLASS_DEFER && client->session),
             pushed);
    sh_err result = SH_OK;
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        result = run_once(round, end_ms);
        if (result == SH_OK || !connection_is_lost(result)) {
            break;
        }
        bool was_open = client->session != NULL;
        connection_drop(client);
        if (!was_open) {
            break;
        }
    }
    return result == SH_OK ? pushed : result;
}

sh_err sync_run(struct sh_client *client, uint32_t wait_seconds, json_t **out_json,
                struct sh_why *why)
{
    SH_DEFER(round_wipe)
    struct round round = {
        .client = client, .why = why, .received = json_array(), .sent = json_array()};
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct waited waited = {.rows = NULL}, raised = {.rows = NULL};
    SH_CHECK(round.received && round.sent, SH_E_NOMEM);
    SH_TRY(arena_new(CLIENT_LIST_BYTES, CLIENT_LIST_COUNT, &arena));
    SH_TRY(vault_messages(client->vault, LIST_WAITING, NULL, arena, &waited.rows, &waited.len));
    sh_err result = run_rounds(&round, wait_seconds);
    result = result == SH_OK ? raise_levels(&round, arena, &raised) : result;
    /* The session may not be at a place where a next question gets its answer. */
    if (result != SH_OK) {
        connection_drop(client);
    }
    sh_err refused = SH_OK;
    SH_TRY(tell_waited(&round, &waited, &refused));
    SH_TRY(tell_waited(&round, &raised, &refused));
    SH_TRY(tell(&round, out_json));
    SH_CHECK(result == SH_OK || sh_err_class(result) == SH_CLASS_DEFER, result);
    if (refused != SH_OK) {
        return sh_fail(why, refused, "the relay refused a message that waited: %s",
                       sh_err_sentence(refused));
    }
    return result;
}
