#include "gate/zap.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "gate/key_list.h"
#include "gate/recent.h"
#include "gate/sockets.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ZAP_ENDPOINT    "inproc://zeromq.zap.01"
#define ZAP_COMMANDS    "inproc://gate-zap-commands"
#define ZAP_PATIENCE_MS 5000

enum {
    COMMAND_KEYS = 'K', /* then the keys */
    COMMAND_STOP = 'S',
    ANSWER_DONE = 'D',
    ANSWER_REFUSED = 'R',
    REQUEST_FRAMES = 7,
    REQUEST_FRAME_BYTES = 256,
};

struct zap {
    void *commands; /* PAIR, this side bound */
    pthread_t thread;
    bool running;
};

/* What the thread owns; made by zap_start(), taken by the thread. */
struct handler {
    struct zap_options options;
    void *requests; /* REP */
    void *commands; /* PAIR */
    struct recent *recent;
    struct key_list *keys; /* NULL: nobody */
};

/* version, request id, domain, address, routing id, mechanism, credentials (ZeroMQ RFC 27) */
struct request {
    struct {
        uint8_t data[REQUEST_FRAME_BYTES];
        size_t len;
    } frames[REQUEST_FRAMES];
    size_t len; /* all frames that came, also those that are too many */
    bool oversize;
};

enum {
    FRAME_VERSION = 0,
    FRAME_REQUEST_ID = 1,
    FRAME_DOMAIN = 2,
    FRAME_MECHANISM = 5,
    FRAME_CREDENTIALS = 6,
};

/* ---- the thread ---- */

static bool receive_request(void *socket, struct request *out)
{
    int more = 1;
    *out = (struct request){0};
    while (more) {
        uint8_t spare[REQUEST_FRAME_BYTES];
        uint8_t *room = out->len < REQUEST_FRAMES ? out->frames[out->len].data : spare;
        int got = zmq_recv(socket, room, REQUEST_FRAME_BYTES, 0);
        size_t more_len = sizeof more;
        if (got < 0 || zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_len) != 0) {
            return false;
        }
        out->oversize |= got > REQUEST_FRAME_BYTES;
        if (out->len < REQUEST_FRAMES && got <= REQUEST_FRAME_BYTES) {
            out->frames[out->len].len = (size_t)got;
        }
        out->len++;
    }
    return true;
}

static bool frame_is(const struct request *request, size_t i, const char *text)
{
    return bytes_equal(bytes_of(request->frames[i].data, request->frames[i].len), bytes_str(text));
}

/* Holds a suspect's handshake, and all behind it, until its turn: a second in all after a crash.
 * Not answered with 300: libzmq would keep the connection until HANDSHAKE_IVL and the client be
 * lost for so long. */
static void wait_for_turn(struct handler *handler, const uint8_t *key)
{
    int64_t now_ms = clock_boot_ms(handler->options.clock);
    int64_t delay_ms = recent_delay_ms(handler->recent, key, now_ms);
    struct timespec delay = {.tv_nsec = (long)delay_ms * 1000000L};
    if (delay_ms > 0) {
        (void)nanosleep(&delay, NULL);
    }
}

/* 200: come in. 400: no. */
static const char *judge(struct handler *handler, const struct request *request)
{
    bool formed = request->len == REQUEST_FRAMES && !request->oversize &&
                  frame_is(request, FRAME_VERSION, "1.0") &&
                  frame_is(request, FRAME_DOMAIN, ZAP_DOMAIN) &&
                  frame_is(request, FRAME_MECHANISM, "CURVE") &&
                  request->frames[FRAME_CREDENTIALS].len == CURVE_KEY_BYTES;
    if (!formed || !key_list_has(handler->keys, request->frames[FRAME_CREDENTIALS].data)) {
        return "400";
    }
    const uint8_t *key = request->frames[FRAME_CREDENTIALS].data;
    wait_for_turn(handler, key);
    recent_note(handler->recent, key);
    return "200";
}

static bool answer_request(void *socket, const struct request *request, const char *status)
{
    char user_id[2 * CURVE_KEY_BYTES + 1] = "";
    if (strcmp(status, "200") == 0) {
        hex_encode(bytes_of(request->frames[FRAME_CREDENTIALS].data, CURVE_KEY_BYTES), user_id);
    }
    const struct bytes frames[] = {
        bytes_str("1.0"),
        bytes_of(request->frames[FRAME_REQUEST_ID].data, request->frames[FRAME_REQUEST_ID].len),
        bytes_str(status),
        bytes_str(""),
        bytes_str(user_id),
        bytes_str(""),
    };
    size_t last = sizeof frames / sizeof frames[0] - 1;
    for (size_t i = 0; i <= last; i++) {
        if (zmq_send(socket, frames[i].data, frames[i].len, i < last ? ZMQ_SNDMORE : 0) < 0) {
            return false;
        }
    }
    return true;
}

static bool serve_request(struct handler *handler)
{
    struct request request;
    return receive_request(handler->requests, &request) &&
           answer_request(handler->requests, &request, judge(handler, &request));
}

/* The second frame of COMMAND_KEYS. False: the command socket is broken. */
static bool take_keys(struct handler *handler, uint8_t *out_answer)
{
    SH_DEFER(message_closep) zmq_msg_t message;
    struct key_list *fresh = NULL;
    (void)zmq_msg_init(&message);
    if (zmq_msg_recv(&message, handler->commands, 0) < 0) {
        return false;
    }
    struct bytes keys = bytes_of(zmq_msg_data(&message), zmq_msg_size(&message));
    if (key_list_new(keys, &fresh) != SH_OK) {
        *out_answer = ANSWER_REFUSED;
        return true;
    }
    key_list_free(&handler->keys);
    handler->keys = fresh;
    return true;
}

/* *out_stop: the one good end. False: the command socket is broken. */
static bool serve_command(struct handler *handler, bool *out_stop)
{
    uint8_t command = 0, answer = ANSWER_DONE;
    if (zmq_recv(handler->commands, &command, 1, 0) != 1) {
        return false;
    }
    *out_stop = command == COMMAND_STOP;
    if (command == COMMAND_KEYS && !take_keys(handler, &answer)) {
        return false;
    }
    return zmq_send(handler->commands, &answer, 1, 0) == 1;
}

/* Runs until it is told to stop; false if it had to end otherwise. */
static bool serve(struct handler *handler)
{
    for (;;) {
        zmq_pollitem_t items[] = {{.socket = handler->commands, .events = ZMQ_POLLIN},
                                  {.socket = handler->requests, .events = ZMQ_POLLIN}};
        bool stop = false;
        if (zmq_poll(items, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        if ((items[0].revents & ZMQ_POLLIN) && !serve_command(handler, &stop)) {
            return false;
        }
        if (stop) {
            return true;
        }
        if ((items[1].revents & ZMQ_POLLIN) && !serve_request(handler)) {
            return false;
        }
    }
}

static void handler_free(struct handler **handler)
{
    if (*handler) {
        socket_closep(&(*handler)->requests);
        socket_closep(&(*handler)->commands);
        recent_close(&(*handler)->recent);
        key_list_free(&(*handler)->keys);
        free(*handler);
        *handler = NULL;
    }
}

static sh_err handler_open(struct handler *handler)
{
    SH_TRY(socket_open(handler->options.context, ZMQ_PAIR, &handler->commands, NULL));
    SH_CHECK(zmq_connect(handler->commands, ZAP_COMMANDS) == 0, SH_E_BUG);
    SH_TRY(socket_open(handler->options.context, ZMQ_REP, &handler->requests, NULL));
    return zmq_bind(handler->requests, ZAP_ENDPOINT) == 0 ? SH_OK : SH_E_BUG;
}

static void *run_handler(void *argument)
{
    SH_DEFER(handler_free) struct handler *handler = argument;
    uint8_t ready = handler_open(handler) == SH_OK ? ANSWER_DONE : ANSWER_REFUSED;
    bool told = handler->commands && zmq_send(handler->commands, &ready, 1, 0) == 1;
    if (!told || ready != ANSWER_DONE) {
        return NULL; /* zap_start() says so, and nothing is ever bound */
    }
    if (!serve(handler)) {
        log_event(LOG_LEVEL_ERROR, "zap_ended", "reason=%s", "handler_failed");
        abort();
    }
    return NULL;
}

/* ---- the side of the gate ---- */

static sh_err await_answer(struct zap *zap)
{
    uint8_t answer = 0;
    if (zmq_recv(zap->commands, &answer, 1, 0) != 1) {
        return errno == EAGAIN ? SH_E_TIMEOUT : SH_E_BUG;
    }
    return answer == ANSWER_DONE ? SH_OK : SH_E_FORMAT;
}

static sh_err open_commands(struct zap *zap, void *context, struct sh_why *why)
{
    SH_TRY(socket_open(context, ZMQ_PAIR, &zap->commands, why));
    SH_TRY(socket_set_int(zap->commands, ZMQ_RCVTIMEO, ZAP_PATIENCE_MS));
    SH_TRY(socket_set_int(zap->commands, ZMQ_SNDTIMEO, ZAP_PATIENCE_MS));
    return zmq_bind(zap->commands, ZAP_COMMANDS) == 0 ? SH_OK : socket_fail(why, ZAP_COMMANDS);
}

sh_err zap_start(const struct zap_options *options, struct zap **out, struct sh_why *why)
{
    SH_DEFER(handler_free) struct handler *handler = calloc(1, sizeof *handler);
    SH_DEFER(zap_stop) struct zap *zap = calloc(1, sizeof *zap);
    SH_CHECK(handler && zap, SH_E_NOMEM);
    handler->options = *options;
    SH_TRY(recent_open(options->recent_path, options->cautious, &handler->recent, why));
    SH_TRY(open_commands(zap, options->context, why));
    if (pthread_create(&zap->thread, NULL, run_handler, handler) != 0) {
        return sh_fail(why, SH_E_NOMEM, "cannot start the ZAP thread");
    }
    handler = NULL; /* the thread's now */
    zap->running = true;
    if (await_answer(zap) != SH_OK) {
        return sh_fail(why, SH_E_SELF_TEST, "the ZAP handler does not start");
    }
    *out = zap;
    zap = NULL;
    return SH_OK;
}

sh_err zap_set_keys(struct zap *zap, struct bytes keys)
{
    /* Sent by copy: a message filled in here and read there would look like a race to
     * ThreadSanitizer, which cannot see that libzmq hands it over. */
    uint8_t command = COMMAND_KEYS;
    bool sent = zmq_send(zap->commands, &command, 1, ZMQ_SNDMORE) == 1 &&
                zmq_send(zap->commands, keys.data, keys.len, 0) >= 0;
    SH_CHECK(sent, errno == EAGAIN ? SH_E_TIMEOUT : SH_E_BUG);
    return await_answer(zap);
}

void zap_stop(struct zap **zap)
{
    if (!*zap) {
        return;
    }
    if ((*zap)->running) {
        uint8_t stop = COMMAND_STOP;
        (void)zmq_send((*zap)->commands, &stop, 1, 0);
        (void)pthread_join((*zap)->thread, NULL);
    }
    socket_closep(&(*zap)->commands);
    free(*zap);
    *zap = NULL;
}
