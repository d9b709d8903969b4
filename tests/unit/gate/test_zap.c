#include "base/cleanup.h"
#include "curve.h"
#include "gate/recent.h"
#include "gate/self_test.h"
#include "gate/server_socket.h"
#include "gate/zap.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

/* A clock that stands still until a test turns it. */
static int64_t turned_ms;
static int64_t read_turned(void *ctx)
{
    (void)ctx;
    return turned_ms;
}
static const struct clock turned_clock = {.now_ms = read_turned, .boot_ms = read_turned};

static struct temp_dir dir;
static char recent_path[PATH_MAX + 16];
static void *context;
static struct zap *zap;
static struct curve_pair server_keys;
static struct curve_pair seat;
static struct curve_pair other;
static void *server;
static void *monitor;
static char endpoint[128];

static void start_zap(bool cautious)
{
    struct sh_why why = {0};
    const struct zap_options options = {.context = context,
                                        .recent_path = recent_path,
                                        .cautious = cautious,
                                        .clock = &turned_clock};
    cr_assert_eq(zap_start(&options, &zap, &why), SH_OK, "%s", why.text);
}

static void open_server(void)
{
    struct sh_why why = {0};
    cr_assert_eq(server_socket_open(context, bytes_of(server_keys.secret_key, 32), &server, &why),
                 SH_OK);
    cr_assert_eq(socket_set_int(server, ZMQ_RCVTIMEO, PATIENCE_MS), SH_OK);
    monitor = watch_handshakes(context, server, "inproc://test-monitor");
    bind_loopback(server, endpoint, sizeof endpoint);
}

static void setup(void)
{
    temp_dir_make(&dir);
    (void)snprintf(recent_path, sizeof recent_path, "%s/gate.recent", dir.path);
    context = zmq_ctx_new();
    curve_pair_make(&server_keys);
    curve_pair_make(&seat);
    curve_pair_make(&other);
}

static void teardown_gate(void)
{
    if (server) {
        (void)zmq_socket_monitor(server, NULL, 0);
    }
    socket_closep(&monitor);
    socket_closep(&server);
    zap_stop(&zap);
    context_termp(&context);
}

static void teardown(void)
{
    teardown_gate();
    temp_dir_remove(&dir);
}

TestSuite(zap, .init = setup, .fini = teardown, .timeout = 30);

static void *connect_as(const struct curve_pair *keys)
{
    return curve_connect(context,
                         &(struct curve_client){server_keys.public_key, keys, endpoint, NULL, 0});
}

static void let_in(const struct curve_pair *keys)
{
    cr_assert_eq(zap_set_keys(zap, bytes_of(keys->public_key, 32)), SH_OK);
}

Test(zap, a_listed_key_comes_in_and_its_frames_carry_its_name)
{
    start_zap(false);
    open_server();
    let_in(&seat);
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "hello");
    char routing_id[256];
    SH_DEFER(message_closep) zmq_msg_t message;
    (void)zmq_msg_init(&message);
    cr_assert_gt(zmq_recv(server, routing_id, sizeof routing_id, 0), 0);
    cr_assert_eq(zmq_msg_recv(&message, server, 0), 5);
    char expected[65];
    hex_encode(bytes_of(seat.public_key, 32), expected);
    cr_assert_str_eq(zmq_msg_gets(&message, "User-Id"), expected);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

Test(zap, a_stranger_is_refused)
{
    start_zap(false);
    open_server();
    let_in(&seat);
    SH_DEFER(socket_closep) void *client = connect_as(&other);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
}

Test(zap, nobody_comes_in_before_there_are_keys)
{
    start_zap(false);
    open_server();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
}

Test(zap, a_new_list_holds_from_the_moment_it_was_set)
{
    start_zap(false);
    open_server();
    let_in(&seat);
    SH_DEFER(socket_closep) void *before = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    let_in(&other);
    SH_DEFER(socket_closep) void *removed = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    SH_DEFER(socket_closep) void *added = connect_as(&other);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

Test(zap, a_list_that_is_no_list_is_refused_and_the_old_one_stands)
{
    start_zap(false);
    open_server();
    let_in(&seat);
    cr_assert_eq(zap_set_keys(zap, bytes_of(other.public_key, 31)), SH_E_FORMAT);
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

Test(zap, after_two_crashes_a_suspect_waits_its_turn_and_comes_in_on_the_same_connection)
{
    start_zap(false);
    open_server();
    uint8_t keys[2][32];
    memcpy(keys[0], seat.public_key, 32);
    memcpy(keys[1], other.public_key, 32);
    cr_assert_eq(zap_set_keys(zap, bytes_of(keys, sizeof keys)), SH_OK);
    SH_DEFER(socket_closep) void *one = connect_as(&seat);
    SH_DEFER(socket_closep) void *two = connect_as(&other);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    socket_closep(&one);
    socket_closep(&two);
    teardown_gate(); /* as a crash would: a new life has a new context */

    context = zmq_ctx_new();
    start_zap(true);
    open_server();
    cr_assert_eq(zap_set_keys(zap, bytes_of(keys, sizeof keys)), SH_OK);
    SH_DEFER(socket_closep) void *first = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    SH_DEFER(socket_closep) void *second = connect_as(&other);
    int64_t asked_ms = clock_boot_ms(&clock_system);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    cr_assert_geq(clock_boot_ms(&clock_system) - asked_ms, RECENT_INTERVAL_MS / 2);
}

Test(zap, the_self_test_passes_with_our_handler_and_leaves_an_empty_list)
{
    struct sh_why why = {0};
    start_zap(false);
    let_in(&seat);
    cr_assert_eq(self_test_zap(context, zap, &why), SH_OK, "%s", why.text);
    open_server();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
}

Test(zap, the_self_test_fails_where_another_context_answers)
{
    /* The handler lives in one context and the sockets in another: nobody answers, as if it had
     * died. */
    struct sh_why why = {0};
    start_zap(false);
    void *unguarded = zmq_ctx_new();
    cr_assert_eq(self_test_zap(unguarded, zap, &why), SH_E_SELF_TEST);
    context_termp(&unguarded);
}

Test(zap, the_self_test_fails_where_a_handler_lets_everybody_in)
{
    struct sh_why why = {0};
    start_zap(false);
    void *open_house = zmq_ctx_new();
    pthread_t thread = start_zap_handler(open_house, "200");
    cr_expect_eq(self_test_zap(open_house, zap, &why), SH_E_SELF_TEST);
    cr_expect(strstr(why.text, "a stranger was not refused"), "%s", why.text);
    context_termp(&open_house);
    (void)pthread_join(thread, NULL);
}

Test(zap, a_second_handler_in_one_context_does_not_start)
{
    struct sh_why why = {0};
    struct zap *second = NULL;
    start_zap(false);
    const struct zap_options options = {
        .context = context, .recent_path = recent_path, .clock = &turned_clock};
    cr_assert_neq(zap_start(&options, &second, &why), SH_OK);
    cr_assert_null(second);
}

/* Whoever gets the context away from the handler must not be left with a gate that lets strangers
 * in. */
Test(zap, a_handler_that_ends_otherwise_takes_the_process_with_it, .signal = SIGABRT)
{
    start_zap(false);
    (void)zmq_ctx_shutdown(context);
    (void)pause();
}
