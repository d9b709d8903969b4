/* The ROUTER in service, against peers that do what our clients never do. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "curve.h"
#include "gate/router.h"
#include "gate/server_socket.h"
#include "gate/zap.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* On the wire CURVE adds its command name, nonce, flags and tag to a frame, and MAXMSGSIZE counts
 * them. */
enum { CURVE_OVERHEAD_BYTES = 33 };

static struct temp_dir dir;
static void *context;
static struct zap *zap;
static struct router *router;
static struct curve_pair server_keys;
static struct curve_pair seat;
static struct curve_pair other;
static char endpoint[128];

static void start_zap(void)
{
    struct sh_why why = {0};
    static char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/gate.recent", dir.path);
    const struct zap_options options = {
        .context = context, .recent_path = path, .clock = &clock_system};
    uint8_t keys[2][32];
    memcpy(keys[0], seat.public_key, 32);
    memcpy(keys[1], other.public_key, 32);
    cr_assert_eq(zap_start(&options, &zap, &why), SH_OK, "%s", why.text);
    cr_assert_eq(zap_set_keys(zap, bytes_of(keys, sizeof keys)), SH_OK);
}

static void setup(void)
{
    struct sh_why why = {0};
    void *socket = NULL;
    temp_dir_make(&dir);
    context = zmq_ctx_new();
    curve_pair_make(&server_keys);
    curve_pair_make(&seat);
    curve_pair_make(&other);
    start_zap();
    cr_assert_eq(server_socket_open(context, bytes_of(server_keys.secret_key, 32), &socket, &why),
                 SH_OK);
    cr_assert_eq(router_new(&socket, &router), SH_OK);
    cr_assert_null(socket);
    bind_loopback(router_socket(router), endpoint, sizeof endpoint);
}

static void teardown(void)
{
    router_close(&router);
    zap_stop(&zap);
    context_termp(&context);
    temp_dir_remove(&dir);
}

TestSuite(router, .init = setup, .fini = teardown, .timeout = 30);

static void *connect_as(const struct curve_pair *keys)
{
    return curve_connect(context,
                         &(struct curve_client){server_keys.public_key, keys, endpoint, NULL, 0});
}

static void *connect_with_id(const struct curve_pair *keys, const void *id, size_t id_len)
{
    return curve_connect(
        context, &(struct curve_client){server_keys.public_key, keys, endpoint, id, id_len});
}

static sh_err receive(struct router_frame *out)
{
    for (;;) {
        sh_err err = router_receive(router, 100, out);
        if (err != SH_E_EMPTY) {
            return err;
        }
        zmq_pollitem_t item = {.socket = router_socket(router), .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, PATIENCE_MS) != 1) {
            return SH_E_TIMEOUT;
        }
    }
}

static void receive_text(const char *text, struct router_frame *out)
{
    cr_assert_eq(receive(out), SH_OK, "waited for %s", text);
    cr_assert(bytes_equal(out->frame, bytes_str(text)), "waited for %s, got %.*s", text,
              (int)out->frame.len, (const char *)out->frame.data);
}

Test(router, a_frame_comes_in_with_its_peers_key_and_an_answer_goes_back)
{
    struct router_frame frame;
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "question");
    receive_text("question", &frame);
    cr_assert_arr_eq(frame.key, seat.public_key, 32);
    cr_assert_eq(router_send(router, frame.connection, bytes_str("answer")), SH_OK);
    cr_assert(receives_text(client, "answer"));
    cr_assert_eq(router_counts(router)->frames_in, 1);
    cr_assert_eq(router_counts(router)->frames_out, 1);
}

Test(router, two_clients_are_two_connections)
{
    struct router_frame first;
    struct router_frame second;
    SH_DEFER(socket_closep) void *one = connect_as(&seat);
    send_text(one, "one");
    receive_text("one", &first);
    SH_DEFER(socket_closep) void *two = connect_as(&other);
    send_text(two, "two");
    receive_text("two", &second);
    cr_assert_neq(first.connection, second.connection);
    cr_assert_eq(router_send(router, first.connection, bytes_str("for one")), SH_OK);
    cr_assert_eq(router_send(router, second.connection, bytes_str("for two")), SH_OK);
    cr_assert(receives_text(one, "for one"));
    cr_assert(receives_text(two, "for two"));
}

Test(router, nothing_waiting_is_empty)
{
    struct router_frame frame;
    cr_assert_eq(router_receive(router, 10, &frame), SH_E_EMPTY);
}

Test(router, a_message_of_two_three_or_a_hundred_frames_is_dropped_whole)
{
    struct router_frame frame;
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    const int parts[] = {2, 3, 100};
    for (size_t i = 0; i < 3; i++) {
        for (int part = 1; part <= parts[i]; part++) {
            cr_assert_eq(zmq_send(client, "part", 4, part < parts[i] ? ZMQ_SNDMORE : 0), 4);
        }
    }
    send_text(client, "good");
    receive_text("good", &frame);
    cr_assert_eq(router_counts(router)->multipart, 3);
    cr_assert_eq(router_counts(router)->frames_in, 1);
}

Test(router, bad_messages_are_skipped_only_so_many_at_a_time)
{
    struct router_frame frame;
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(zmq_send(client, "a", 1, ZMQ_SNDMORE), 1);
        cr_assert_eq(zmq_send(client, "b", 1, 0), 1);
    }
    send_text(client, "good");
    zmq_pollitem_t item = {.socket = router_socket(router), .events = ZMQ_POLLIN};
    uint64_t seen = 0;
    while (seen < 5) {
        cr_assert_eq(zmq_poll(&item, 1, PATIENCE_MS), 1);
        cr_assert_eq(router_receive(router, 1, &frame), SH_E_EMPTY);
        cr_assert_leq(router_counts(router)->multipart, seen + 1);
        seen = router_counts(router)->multipart;
    }
    receive_text("good", &frame);
}

Test(router, the_largest_frame_passes_and_one_byte_more_cuts_the_connection)
{
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, SH_FRAME_BYTES_MAX);
    struct router_frame frame;
    size_t most = SH_FRAME_BYTES_MAX - CURVE_OVERHEAD_BYTES;
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    cr_assert_eq(zmq_send(client, data, most, 0), (int)most);
    cr_assert_eq(receive(&frame), SH_OK);
    cr_assert_eq(frame.frame.len, most);
    uint64_t before = frame.connection;
    cr_assert_eq(zmq_send(client, data, most + 1, 0), (int)most + 1);
    /* libzmq connects again by itself; what is sent until it has noticed may be lost with the old
     * connection. */
    sh_err err = SH_E_TIMEOUT;
    for (int i = 0; i < 200 && err != SH_OK; i++) {
        send_text(client, "after");
        zmq_pollitem_t item = {.socket = router_socket(router), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 50);
        err = router_receive(router, 10, &frame);
    }
    cr_assert_eq(err, SH_OK);
    cr_assert(bytes_equal(frame.frame, bytes_str("after")));
    cr_assert_neq(frame.connection, before);
}

Test(router, a_peer_that_names_itself_is_not_heard)
{
    struct router_frame frame;
    SH_DEFER(socket_closep) void *named = connect_with_id(&other, "mash", 4);
    SH_DEFER(socket_closep) void *five = connect_with_id(&other, "seat5", 5);
    send_text(named, "hear me");
    send_text(five, "hear me");
    zmq_pollitem_t item = {.socket = router_socket(router), .events = ZMQ_POLLIN};
    while (router_counts(router)->foreign_id < 2) {
        cr_assert_eq(zmq_poll(&item, 1, PATIENCE_MS), 1);
        cr_assert_eq(router_receive(router, 1, &frame), SH_E_EMPTY);
    }
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "good");
    receive_text("good", &frame);
}

/* HANDOVER: a seat with a good key of its own claims the routing id under which another seat is
 * connected. */
Test(router, nobody_can_take_over_a_connection)
{
    struct router_frame frame;
    struct router_frame again;
    uint8_t id[5] = {0};
    SH_DEFER(socket_closep) void *victim = connect_as(&seat);
    send_text(victim, "mine");
    receive_text("mine", &frame);
    be32_store(id + 1, (uint32_t)frame.connection);
    void *monitor = NULL;
    SH_DEFER(socket_closep) void *thief = connect_with_id(&other, id, sizeof id);
    monitor = watch_handshakes(context, thief, "inproc://thief");
    cr_assert_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    send_text(thief, "stolen");
    cr_assert_eq(router_send(router, frame.connection, bytes_str("for the victim")), SH_OK);
    cr_assert(receives_text(victim, "for the victim"));
    send_text(victim, "still mine");
    receive_text("still mine", &again);
    cr_assert_eq(again.connection, frame.connection);
    cr_assert_arr_eq(again.key, seat.public_key, 32);
    cr_assert_eq(socket_set_int(thief, ZMQ_RCVTIMEO, 0), SH_OK);
    char got[32];
    cr_assert_eq(zmq_recv(thief, got, sizeof got, 0), -1);
    (void)zmq_socket_monitor(thief, NULL, 0);
    socket_closep(&monitor);
}

Test(router, a_connection_that_is_gone_is_told_and_not_swallowed)
{
    struct router_frame frame;
    cr_assert_eq(router_send(router, 12345, bytes_str("x")), SH_E_NET);
    cr_assert_eq(router_send(router, UINT64_MAX, bytes_str("x")), SH_E_NET);
    void *client = connect_as(&seat);
    send_text(client, "hello");
    receive_text("hello", &frame);
    socket_closep(&client);
    sh_err err = SH_OK;
    for (int i = 0; i < PATIENCE_MS && err == SH_OK; i++) {
        err = router_send(router, frame.connection, bytes_str("x"));
        (void)zmq_poll(NULL, 0, 1);
    }
    cr_assert_eq(err, SH_E_NET);
}

Test(router, a_peer_that_does_not_read_is_told_and_never_waited_for)
{
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, SH_PART_BYTES_MAX);
    struct router_frame frame;
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "hello");
    receive_text("hello", &frame);
    sh_err err = SH_OK;
    unsigned sent = 0;
    for (; err == SH_OK && sent < 10000; sent++) {
        err = router_send(router, frame.connection, bytes_of(data, SH_PART_BYTES_MAX));
    }
    cr_assert_eq(err, SH_E_NET);
    cr_assert_lt(sent, 10000);
    cr_assert_eq(router_counts(router)->unreachable, 1);
    /* Half a message was not left behind: the next peer gets a whole one. */
    SH_DEFER(socket_closep) void *reader = connect_as(&other);
    send_text(reader, "hello");
    receive_text("hello", &frame);
    cr_assert_eq(router_send(router, frame.connection, bytes_str("whole")), SH_OK);
    cr_assert(receives_text(reader, "whole"));
}

Test(router, a_dropped_connection_is_neither_heard_nor_answered)
{
    struct router_frame revoked;
    struct router_frame frame;
    SH_DEFER(socket_closep) void *gone = connect_as(&seat);
    SH_DEFER(socket_closep) void *stays = connect_as(&other);
    send_text(gone, "before");
    receive_text("before", &revoked);
    router_drop(router, revoked.connection);
    router_drop(router, revoked.connection);
    send_text(gone, "after");
    zmq_pollitem_t item = {.socket = router_socket(router), .events = ZMQ_POLLIN};
    while (router_counts(router)->refused_frames == 0) {
        cr_assert_eq(zmq_poll(&item, 1, PATIENCE_MS), 1);
        cr_assert_eq(router_receive(router, 1, &frame), SH_E_EMPTY);
    }
    cr_assert_eq(router_send(router, revoked.connection, bytes_str("x")), SH_E_NET);
    send_text(stays, "good");
    receive_text("good", &frame);
}

Test(router, a_frame_without_a_user_id_is_an_alarm)
{
    /* A second socket without the guards, as it would be if ZAP were not in force: nobody vouches
     * for its peers. */
    void *open = NULL;
    struct sh_why why = {0};
    struct router *unguarded = NULL;
    struct router_frame frame;
    char open_endpoint[128];
    void *plain = NULL;
    cr_assert_eq(socket_open(context, ZMQ_ROUTER, &open, &why), SH_OK);
    bind_loopback(open, open_endpoint, sizeof open_endpoint);
    cr_assert_eq(router_new(&open, &unguarded), SH_OK);
    cr_assert_eq(socket_open(context, ZMQ_DEALER, &plain, &why), SH_OK);
    cr_assert_eq(zmq_connect(plain, open_endpoint), 0);
    send_text(plain, "who am I");
    zmq_pollitem_t item = {.socket = router_socket(unguarded), .events = ZMQ_POLLIN};
    cr_assert_eq(zmq_poll(&item, 1, PATIENCE_MS), 1);
    cr_assert_eq(router_receive(unguarded, 10, &frame), SH_E_SELF_TEST);
    socket_closep(&plain);
    router_close(&unguarded);
}
