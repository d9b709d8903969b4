#include "floor.h"

#include "bench.h"
#include "crypto/sign.h"
#include "load.h"
#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CURVE_BYTES = 32, Z85_BYTES = 41, HIGH_WATER = 2048 };

double floor_verify_us(const struct town *town, size_t count)
{
    struct buf signature = BUF_INIT(SH_SIGNATURE_BYTES_MAX);
    const struct pki_seat *seat = &town->pki.seats[0];
    struct bytes text = BYTES_FIXED(seat->hash);
    MUST(sign_p256(seat->sign, SIGN_LABEL_ENVELOPE, text, &signature));
    double start_us = bench_thread_cpu_us();
    for (size_t i = 0; i < count; i++) {
        MUST(sign_verify_p256(seat->sign_cert, SIGN_LABEL_ENVELOPE, text, bytes_buf(&signature)));
    }
    double each_us = (bench_thread_cpu_us() - start_us) / (double)count;
    buf_wipe(&signature);
    return each_us;
}

/* ---- echo ---- */

static void must_zmq(bool done, const char *doing)
{
    if (!done) {
        bench_fail("%s: %s", doing, zmq_strerror(errno));
    }
}

/* A routing id and a frame, both handed back as they came. */
static void echo_one(void *socket)
{
    zmq_msg_t part;
    int more = 1;
    while (more) {
        (void)zmq_msg_init(&part);
        must_zmq(zmq_msg_recv(&part, socket, 0) >= 0, "receive");
        more = zmq_msg_more(&part);
        must_zmq(zmq_msg_send(&part, socket, more ? ZMQ_SNDMORE : 0) >= 0, "send");
    }
}

void floor_echo_serve(const char *endpoint, const char *secret_hex)
{
    uint8_t secret[CURVE_BYTES];
    int yes = 1, none = 0, most = HIGH_WATER;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    MUST(hex_decode(secret_hex, secret, sizeof secret));
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    must_zmq(socket != NULL, "socket");
    must_zmq(zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none) == 0, "linger");
    must_zmq(zmq_setsockopt(socket, ZMQ_SNDHWM, &most, sizeof most) == 0, "sndhwm");
    must_zmq(zmq_setsockopt(socket, ZMQ_RCVHWM, &most, sizeof most) == 0, "rcvhwm");
    must_zmq(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0, "curve");
    must_zmq(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, sizeof secret) == 0, "key");
    must_zmq(zmq_bind(socket, endpoint) == 0, "bind");
    for (;;) {
        echo_one(socket);
    }
}

struct curve_pair {
    uint8_t public_key[CURVE_BYTES], secret_key[CURVE_BYTES];
};

static struct curve_pair make_pair(void)
{
    struct curve_pair pair;
    char public_text[Z85_BYTES], secret_text[Z85_BYTES];
    must_zmq(zmq_curve_keypair(public_text, secret_text) == 0, "CURVE keys");
    must_zmq(zmq_z85_decode(pair.public_key, public_text) != NULL, "Z85");
    must_zmq(zmq_z85_decode(pair.secret_key, secret_text) != NULL, "Z85");
    return pair;
}

static pid_t start_server(const char *endpoint, const struct curve_pair *pair)
{
    char secret[2 * CURVE_BYTES + 1];
    hex_encode(bytes_of(pair->secret_key, CURVE_BYTES), secret);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/proc/self/exe", "bench_relay", "--echo", endpoint, secret, (char *)NULL);
        _exit(127);
    }
    if (pid < 0) {
        bench_fail("cannot start a process");
    }
    return pid;
}

struct echo {
    void *context;
    void *clients[TOWN_SCHOOLS];
    zmq_pollitem_t items[TOWN_SCHOOLS];
};

static void take_echo(void *client)
{
    zmq_msg_t message;
    peer_receive(client, &message);
    (void)zmq_msg_close(&message);
}

static void echo_open(struct echo *echo, const char *endpoint, const struct curve_pair *server,
                      struct bytes frame)
{
    echo->context = zmq_ctx_new();
    for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
        struct curve_pair own = make_pair();
        echo->clients[i] =
            peer_open(echo->context, endpoint, bytes_of(server->public_key, CURVE_BYTES),
                      bytes_of(own.public_key, CURVE_BYTES), bytes_of(own.secret_key, CURVE_BYTES));
        echo->items[i] = (zmq_pollitem_t){.socket = echo->clients[i], .events = ZMQ_POLLIN};
        /* The handshake is not what is measured. */
        peer_send(echo->clients[i], frame);
        take_echo(echo->clients[i]);
    }
}

static void echo_close(struct echo *echo)
{
    for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
        (void)zmq_close(echo->clients[i]);
    }
    (void)zmq_ctx_term(echo->context);
}

static void echo_run(struct echo *echo, struct bytes frame, size_t count, size_t in_flight)
{
    size_t sent = 0, back = 0;
    for (; sent < in_flight && sent < count; sent++) {
        peer_send(echo->clients[sent % TOWN_SCHOOLS], frame);
    }
    while (back < count) {
        must_zmq(zmq_poll(echo->items, TOWN_SCHOOLS, 30000) > 0, "echo");
        for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
            zmq_msg_t message;
            while (echo->items[i].revents && peer_receive_now(echo->clients[i], &message)) {
                (void)zmq_msg_close(&message);
                back++;
                if (sent < count) {
                    peer_send(echo->clients[i], frame);
                    sent++;
                }
            }
        }
    }
}

double floor_echo_us(struct bytes frame, size_t count, size_t in_flight)
{
    struct echo echo;
    char endpoint[64];
    struct curve_pair server = make_pair();
    (void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", bench_free_port());
    pid_t pid = start_server(endpoint, &server);
    echo_open(&echo, endpoint, &server, frame);
    double before_us = bench_cpu_us(pid);
    echo_run(&echo, frame, count, in_flight);
    double each_us = (bench_cpu_us(pid) - before_us) / (double)count;
    echo_close(&echo);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return each_us;
}
