/* The whole gate in a thread, between real clients and a core that the test plays. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "fake_core.h"
#include "gate/gate.h"
#include "support/temp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct temp_dir dir;
static struct config config;
static struct fake_core core;
static struct curve_pair server_keys;
static struct curve_pair seat;
static struct curve_pair other;
static void *context; /* of the clients; the gate has its own */
static pthread_t thread;
static int stop_fd;
static int ready_fds[2];
static unsigned port;
static sh_err gate_result;
static struct sh_why gate_why;

static void setup(void)
{
    temp_dir_make(&dir);
    (void)snprintf(config.state_dir, sizeof config.state_dir, "%s", dir.path);
    port = free_port();
    (void)snprintf(config.endpoint, sizeof config.endpoint, "tcp://127.0.0.1:%u", port);
    config.connections_max = 64;
    curve_pair_make(&server_keys);
    curve_pair_make(&seat);
    curve_pair_make(&other);
    context = zmq_ctx_new();
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    cr_assert_eq(pipe(ready_fds), 0);
    fake_core_listen(&core, dir.path);
}

static void *run_gate(void *argument)
{
    (void)argument;
    const struct gate_options options = {.config = &config,
                                         .curve_secret = bytes_of(server_keys.secret_key, 32),
                                         .stop_fd = stop_fd,
                                         .ready_fd = ready_fds[1],
                                         .clock = &clock_system};
    gate_result = gate_run(&options, &gate_why);
    return NULL;
}

static void start_gate(void)
{
    cr_assert_eq(pthread_create(&thread, NULL, run_gate, NULL), 0);
}

static void stop_gate(void)
{
    uint64_t one = 1;
    cr_assert_eq(write(stop_fd, &one, sizeof one), sizeof one);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    thread = 0;
}

static void teardown(void)
{
    if (thread) {
        stop_gate();
        cr_expect_eq(gate_result, SH_OK, "%s", gate_why.text);
    }
    fake_core_close(&core);
    context_termp(&context);
    close(stop_fd);
    close(ready_fds[0]);
    temp_dir_remove(&dir);
}

TestSuite(gate, .init = setup, .fini = teardown, .timeout = 30);

static bool is_ready(int wait_ms)
{
    struct pollfd item = {.fd = ready_fds[0], .events = POLLIN};
    char byte = 0;
    return poll(&item, 1, wait_ms) == 1 && read(ready_fds[0], &byte, 1) == 1;
}

static void serve_seats(void)
{
    const struct curve_pair *seats[] = {&seat, &other};
    start_gate();
    fake_core_accept(&core);
    fake_core_keys(&core, seats, 2);
    cr_assert(is_ready(PATIENCE_MS), "the gate does not get ready");
}

static void *connect_as(const struct curve_pair *keys)
{
    return curve_connect(
        context, &(struct curve_client){server_keys.public_key, keys, config.endpoint, NULL, 0});
}

/* A TCP connection that says nothing; -1 if the port is closed. */
static int connect_raw(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void hear_frame(const struct curve_pair *from, const char *text, uint64_t *out_connection)
{
    struct link_record record;
    fake_core_hear(&core, &record);
    cr_assert_eq(record.type, LINK_FRAME);
    cr_assert_eq(record.payload.len, 32 + strlen(text));
    cr_assert_arr_eq(record.payload.data, from->public_key, 32);
    cr_assert_arr_eq(record.payload.data + 32, text, strlen(text));
    *out_connection = record.connection;
}

Test(gate, nothing_listens_before_the_core_has_given_its_keys)
{
    const struct curve_pair *seats[] = {&seat};
    start_gate();
    fake_core_accept(&core);
    cr_assert_eq(connect_raw(), -1);
    cr_assert_not(is_ready(0));
    fake_core_keys(&core, seats, 1);
    cr_assert(is_ready(PATIENCE_MS));
    SH_DEFER(sh_closep) int fd = connect_raw();
    cr_assert_geq(fd, 0);
}

/* The self-test is the only one who can have come in before there was a client, and it leaves its
 * made-up key among the recent ones. */
Test(gate, it_has_tried_its_own_door_before_it_serves)
{
    char path[PATH_MAX + 16];
    uint8_t key[32] = {0};
    static const uint8_t nobody[32];
    serve_seats();
    (void)snprintf(path, sizeof path, "%s/gate.recent", dir.path);
    SH_DEFER(sh_fclosep) FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    cr_assert_eq(fread(key, 1, sizeof key, file), sizeof key);
    cr_assert_neq(memcmp(key, nobody, sizeof key), 0);
}

Test(gate, a_frame_goes_to_the_core_with_its_key_and_the_answer_comes_back)
{
    uint64_t connection = 0;
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "question");
    hear_frame(&seat, "question", &connection);
    fake_core_say(&core, LINK_SEND, connection, bytes_str("answer"));
    cr_assert(receives_text(client, "answer"));
}

Test(gate, an_empty_frame_is_a_frame)
{
    uint64_t connection = 0;
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    cr_assert_eq(zmq_send(client, "", 0, 0), 0);
    hear_frame(&seat, "", &connection);
}

Test(gate, a_stranger_is_refused_at_the_door)
{
    struct curve_pair stranger;
    curve_pair_make(&stranger);
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&stranger);
    void *monitor = watch_handshakes(context, client, "inproc://stranger");
    cr_expect_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    (void)zmq_socket_monitor(client, NULL, 0);
    socket_closep(&monitor);
}

Test(gate, a_key_that_the_core_takes_off_the_list_cannot_come_back)
{
    uint64_t connection = 0;
    const struct curve_pair *only_other[] = {&other};
    serve_seats();
    fake_core_keys(&core, only_other, 1);
    /* The list is in force when a frame that was sent after it is through. */
    SH_DEFER(socket_closep) void *witness = connect_as(&other);
    send_text(witness, "ping");
    hear_frame(&other, "ping", &connection);
    fake_core_say(&core, LINK_SEND, connection, bytes_str("pong"));
    cr_assert(receives_text(witness, "pong"));
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    void *monitor = watch_handshakes(context, client, "inproc://removed");
    cr_expect_eq(next_event(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    (void)zmq_socket_monitor(client, NULL, 0);
    socket_closep(&monitor);
}

Test(gate, a_send_to_nobody_comes_back_as_gone)
{
    struct link_record record;
    serve_seats();
    fake_core_say(&core, LINK_SEND, 77, bytes_str("x"));
    fake_core_hear(&core, &record);
    cr_assert_eq(record.type, LINK_GONE);
    cr_assert_eq(record.connection, 77);
}

Test(gate, a_dropped_connection_is_not_heard_any_more)
{
    struct link_record record;
    uint64_t revoked = 0;
    uint64_t connection = 0;
    serve_seats();
    SH_DEFER(socket_closep) void *gone = connect_as(&seat);
    SH_DEFER(socket_closep) void *stays = connect_as(&other);
    send_text(gone, "before");
    hear_frame(&seat, "before", &revoked);
    fake_core_say(&core, LINK_DROP, revoked, bytes_of(NULL, 0));
    fake_core_say(&core, LINK_SEND, revoked, bytes_str("secret"));
    fake_core_hear(&core, &record);
    cr_assert_eq(record.type, LINK_GONE);
    send_text(gone, "after");
    send_text(stays, "good");
    hear_frame(&other, "good", &connection);
    cr_assert_eq(socket_set_int(gone, ZMQ_RCVTIMEO, 0), SH_OK);
    char got[16];
    cr_assert_eq(zmq_recv(gone, got, sizeof got, 0), -1);
}

Test(gate, clients_stay_connected_while_the_core_is_away)
{
    uint64_t before = 0;
    uint64_t after = 0;
    const struct curve_pair *seats[] = {&seat, &other};
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "before");
    hear_frame(&seat, "before", &before);
    fake_core_accept(&core); /* leaves the old link; the gate connects again */
    fake_core_keys(&core, seats, 2);
    fake_core_say(&core, LINK_SEND, before, bytes_str("you are still there"));
    cr_assert(receives_text(client, "you are still there"));
    send_text(client, "after");
    hear_frame(&seat, "after", &after);
    cr_assert_eq(before, after);
}

Test(gate, what_comes_before_a_new_core_has_given_its_keys_is_let_go)
{
    uint64_t connection = 0;
    const struct curve_pair *seats[] = {&seat, &other};
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "before");
    hear_frame(&seat, "before", &connection);
    fake_core_accept(&core);
    /* An unkeyed core may speak. So many answers come back that most of what was sent meanwhile
     * must have come in. */
    for (int i = 0; i < 50; i++) {
        send_text(client, "lost");
        fake_core_say(&core, LINK_SEND, connection, bytes_str("answer"));
        cr_assert(receives_text(client, "answer"));
    }
    struct link_record record;
    fake_core_say(&core, LINK_SEND, 77, bytes_str("x"));
    fake_core_hear(&core, &record);
    cr_assert_eq(record.type, LINK_GONE, "a frame came before the keys were given");
    fake_core_keys(&core, seats, 2);
    send_text(client, "kept");
    do { /* the last of them may come in behind the keys */
        fake_core_hear(&core, &record);
    } while (bytes_equal(bytes_of(record.payload.data + 32, record.payload.len - 32),
                         bytes_str("lost")));
    cr_assert(bytes_equal(bytes_of(record.payload.data + 32, record.payload.len - 32),
                          bytes_str("kept")));
}

Test(gate, a_core_that_talks_nonsense_is_left_and_tried_again)
{
    uint64_t connection = 0;
    const struct curve_pair *seats[] = {&seat};
    serve_seats();
    const enum link_type nonsense[] = {LINK_FRAME, LINK_GONE};
    for (size_t i = 0; i < 2; i++) {
        fake_core_say(&core, nonsense[i], 1, bytes_of(NULL, 0));
        cr_assert(fake_core_is_left(&core));
        fake_core_accept(&core);
    }
    cr_assert_eq(write(link_fd(core.link), "rubbish rubbish", 15), 15);
    cr_assert(fake_core_is_left(&core));
    fake_core_accept(&core);
    fake_core_say(&core, LINK_KEYS, 0, bytes_str("31 bytes are no key ----------"));
    cr_assert(fake_core_is_left(&core));
    fake_core_accept(&core);
    fake_core_keys(&core, seats, 1);
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "good");
    hear_frame(&seat, "good", &connection);
}

/* Sends frames that begin with their number until the client's side is full. */
static uint32_t flood(void *client, uint8_t *data, size_t len)
{
    cr_assert_eq(socket_set_int(client, ZMQ_SNDTIMEO, 1000), SH_OK);
    uint32_t sent = 0;
    for (;; sent++) {
        be32_store(data, sent);
        if (zmq_send(client, data, len, 0) < 0) {
            return sent;
        }
        cr_assert_lt(sent, 4000, "nobody holds this client back");
    }
}

Test(gate, a_core_that_does_not_read_holds_clients_back_and_nothing_is_lost)
{
    const size_t len = SH_PART_BYTES_MAX;
    SH_DEFER(sh_freep) uint8_t *data = calloc(1, len);
    uint64_t connection = 0;
    serve_seats();
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "first");
    hear_frame(&seat, "first", &connection);
    uint32_t sent = flood(client, data, len);
    cr_assert_gt(sent, 8 * SH_MIB / len);
    for (uint32_t i = 0; i < sent; i++) {
        struct link_record record;
        fake_core_hear(&core, &record);
        cr_assert_eq(record.payload.len, 32 + len);
        cr_assert_eq(be32_load(record.payload.data + 32), i);
    }
}

Test(gate, a_full_house_closes_the_door_and_opens_it_again)
{
    int fds[64];
    int len = 0;
    uint64_t connection = 0;
    config.connections_max = 16;
    serve_seats();
    for (; len < 64; len++) {
        fds[len] = connect_raw();
        if (fds[len] < 0) {
            break;
        }
        (void)zmq_poll(NULL, 0, 10);
    }
    cr_assert_geq(len, 15);
    cr_assert_lt(len, 64, "the door was never closed");
    while (len > 0) {
        close(fds[--len]);
    }
    SH_DEFER(socket_closep) void *client = connect_as(&seat);
    send_text(client, "in again");
    hear_frame(&seat, "in again", &connection);
}

Test(gate, a_port_that_is_taken_ends_it_with_a_reason)
{
    const struct curve_pair *seats[] = {&seat};
    SH_DEFER(sh_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 1), 0);
    start_gate();
    fake_core_accept(&core);
    fake_core_keys(&core, seats, 1);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    thread = 0;
    cr_assert_eq(gate_result, SH_E_LOCKED, "%s", gate_why.text);
    cr_assert(strstr(gate_why.text, config.endpoint), "%s", gate_why.text);
    close(ready_fds[1]);
}

Test(gate, it_ends_when_it_is_told_to_with_or_without_a_core)
{
    start_gate();
    stop_gate();
    cr_assert_eq(gate_result, SH_OK, "%s", gate_why.text);
    close(ready_fds[1]);
}
