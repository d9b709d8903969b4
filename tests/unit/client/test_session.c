#include "client/connection.h"
#include "fixture.h"

#include <criterion/criterion.h>

/* A transport that answers by a script, for what no relay does. */
struct script {
    struct buf answers[8];
    size_t len, at;
    int64_t boot_ms;
    unsigned sent, opened;
};

static sh_err script_open(void *ctx, const struct transport_peer *peer, struct sh_why *why)
{
    struct script *script = ctx;
    (void)peer;
    (void)why;
    script->opened++;
    return SH_OK;
}

static sh_err script_send(void *ctx, struct bytes frame, struct sh_why *why)
{
    struct script *script = ctx;
    (void)frame;
    (void)why;
    script->sent++;
    return SH_OK;
}

static sh_err script_receive(void *ctx, int64_t timeout_ms, struct buf *out, struct sh_why *why)
{
    struct script *script = ctx;
    (void)why;
    if (script->at < script->len) {
        return buf_append(out, bytes_buf(&script->answers[script->at++]));
    }
    script->boot_ms += timeout_ms;
    return SH_E_TIMEOUT;
}

static void script_close(void *ctx)
{
    (void)ctx;
}

static void script_pause(void *ctx, int64_t ms)
{
    ((struct script *)ctx)->boot_ms += ms;
}

static int64_t script_now(void *ctx)
{
    return ((struct script *)ctx)->boot_ms;
}

static void script_wipe(struct script *script)
{
    for (size_t i = 0; i < script->len; i++) {
        buf_wipe(&script->answers[i]);
    }
}

static void say(struct script *script, const struct frame *frame)
{
    struct buf *answer = &script->answers[script->len++];
    *answer = (struct buf)BUF_INIT(SH_FRAME_BYTES_MAX);
    cr_assert_eq(frame_encode(frame, answer), SH_OK);
}

static void say_welcome(struct script *script)
{
    const struct frame welcome = {.ref = 1,
                                  .type = FRAME_WELCOME,
                                  .welcome = {.time_ms = 5, .checkpoint = bytes_str("note")}};
    say(script, &welcome);
}

static sh_err open_session(struct script *script, struct transport *transport, struct session **out,
                           struct sh_why *why)
{
    static const struct transport_peer peer = {.endpoint = "tcp://127.0.0.1:1"};
    *transport = (struct transport){script_open,  script_send,  script_receive,
                                    script_close, script_pause, script};
    const struct session_order order = {.transport = transport,
                                        .clock = {script_now, script_now, script},
                                        .peers = &peer,
                                        .peers_len = 1,
                                        .connect_ms = 5000,
                                        .answer_ms = 1000};
    return session_open(&order, out, why);
}

Test(session, nobody_answers_within_the_time_given)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_E_NET);
    cr_assert_geq(script.boot_ms, 5000);
    cr_assert_leq(script.boot_ms, 7000);
    cr_assert_null(session);
}

Test(session, a_refusal_at_hello_is_the_relays_code)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    const struct frame refused = {
        .ref = 1, .type = FRAME_REFUSED, .refused = {.code = SH_E_REVOKED}};
    say(&script, &refused);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_E_REVOKED);
    cr_assert_eq(script.opened, 1);
}

Test(session, a_starting_relay_is_asked_again)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    const struct frame starting = {.ref = 1, .type = FRAME_DEFER, .defer = {.code = SH_E_STARTING}};
    const struct frame welcome = {.ref = 2,
                                  .type = FRAME_WELCOME,
                                  .welcome = {.time_ms = 5, .checkpoint = bytes_str("note")}};
    say(&script, &starting);
    say(&script, &welcome);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_OK);
    cr_assert_eq(script.opened, 2);
    cr_assert_eq(session_welcome(session)->time_ms, 5);
}

Test(session, what_comes_between_question_and_answer_is_kept_in_order)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    struct frame question = {.type = FRAME_PING, .ping = {.time_ms = 1}}, answer, next;
    const struct frame first = {.type = FRAME_CAUGHT_UP, .caught_up = {.items = 1}};
    const struct frame second = {.type = FRAME_CAUGHT_UP, .caught_up = {.items = 2}};
    const struct frame pong = {
        .ref = 2, .type = FRAME_PONG, .pong = {.time_ms = 9, .checkpoint = bytes_str("n")}};
    say_welcome(&script);
    say(&script, &first);
    say(&script, &second);
    say(&script, &pong);
    cr_assert_eq(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena), SH_OK);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_OK);
    cr_assert_eq(session_ask(session, &question, FRAME_PONG, arena, &answer, &why), SH_OK);
    cr_assert_eq(answer.pong.time_ms, 9);
    cr_assert_eq(session_next(session, 100, arena, &next, &why), SH_OK);
    cr_assert_eq(next.caught_up.items, 1);
    cr_assert_eq(session_next(session, 100, arena, &next, &why), SH_OK);
    cr_assert_eq(next.caught_up.items, 2);
    cr_assert_eq(session_next(session, 100, arena, &next, &why), SH_E_TIMEOUT);
}

Test(session, an_answer_of_another_type_and_bytes_that_are_no_frame_end_the_session)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    struct frame question = {.type = FRAME_PING, .ping = {.time_ms = 1}}, answer;
    const struct frame other = {.ref = 2, .type = FRAME_CAUGHT_UP, .caught_up = {.items = 1}};
    say_welcome(&script);
    say(&script, &other);
    script.answers[script.len] = (struct buf)BUF_INIT(16);
    cr_assert_eq(buf_append_str(&script.answers[script.len++], "no frame"), SH_OK);
    cr_assert_eq(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena), SH_OK);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_OK);
    cr_assert_eq(session_ask(session, &question, FRAME_PONG, arena, &answer, &why), SH_E_NET);
    cr_assert_eq(session_next(session, 100, arena, &answer, &why), SH_E_NET);
}

Test(session, no_answer_is_a_timeout)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    struct frame question = {.type = FRAME_PING, .ping = {.time_ms = 1}}, answer;
    say_welcome(&script);
    cr_assert_eq(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena), SH_OK);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_OK);
    cr_assert_eq(session_ask(session, &question, FRAME_PONG, arena, &answer, &why), SH_E_TIMEOUT);
}

Test(session, a_silent_relay_is_pinged_and_then_counted_as_gone)
{
    SH_DEFER(script_wipe) struct script script = {.len = 0};
    SH_DEFER(session_close) struct session *session = NULL;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct transport transport;
    struct sh_why why = {{0}};
    struct frame frame;
    say_welcome(&script);
    cr_assert_eq(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena), SH_OK);
    cr_assert_eq(open_session(&script, &transport, &session, &why), SH_OK);
    unsigned before = script.sent;
    cr_assert_eq(session_next(session, 600000, arena, &frame, &why), SH_E_NET);
    cr_assert_geq(script.sent, before + 2);
    cr_assert_leq(script.boot_ms, 60000);
}

Test(session, a_seat_that_is_not_let_in_is_told_so)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    fixture.relay.not_let_in = true;
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    struct sh_why why = {{0}};
    cr_assert_eq(connection_open(client, &why), SH_E_UNKNOWN_SEAT);
    cr_assert(strstr(why.text, "revoked"));
}

Test(session, a_newer_directory_is_fetched_when_connecting)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    struct directory *directory = NULL;
    struct sh_why why = {{0}};
    pki_add_seat(&fixture.pki, "new@999002.school");
    pki_publish(&fixture.pki);
    cr_assert_eq(connection_open(client, &why), SH_OK, "%s", why.text);
    cr_assert_eq(client_directory(client, &directory, &why), SH_OK);
    cr_assert_eq(directory_serial(directory), fixture.pki.serial);
    cr_assert_not_null(directory_desk(directory, "new@999002.school"));
}

Test(session, a_false_directory_is_not_taken_and_told_and_the_old_one_goes_on)
{
    SH_DEFER(fixture_wipe) struct fixture fixture;
    fixture_make(&fixture);
    SH_DEFER(sh_client_close) struct sh_client *client = fixture_client(&fixture, LEAD);
    struct directory *directory = NULL;
    struct sh_why why = {{0}};
    uint64_t before = fixture.pki.serial;
    pki_publish(&fixture.pki);
    fixture.pki.directory.data[fixture.pki.directory.len / 2] ^= 1;
    cr_assert_eq(connection_open(client, &why), SH_OK, "%s", why.text);
    cr_assert_eq(client_directory(client, &directory, &why), SH_OK);
    cr_assert_eq(directory_serial(directory), before);
    cr_assert_eq(json_array_size(client->warnings), 1);
}
