#include "curve.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <sys/socket.h>

void curve_pair_make(struct curve_pair *out)
{
    char public_text[41];
    char secret_text[41];
    cr_assert_eq(zmq_curve_keypair(public_text, secret_text), 0);
    cr_assert_not_null(zmq_z85_decode(out->public_key, public_text));
    cr_assert_not_null(zmq_z85_decode(out->secret_key, secret_text));
}

void *curve_connect(void *context, const struct curve_client *client)
{
    void *socket = NULL;
    struct sh_why why = {0};
    cr_assert_eq(socket_open(context, ZMQ_DEALER, &socket, &why), SH_OK, "%s", why.text);
    cr_assert_eq(socket_set_int(socket, ZMQ_RCVTIMEO, PATIENCE_MS), SH_OK);
    cr_assert_eq(socket_set_int(socket, ZMQ_SNDTIMEO, PATIENCE_MS), SH_OK);
    cr_assert_eq(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, client->server_public, 32), 0);
    cr_assert_eq(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, client->keys->public_key, 32), 0);
    cr_assert_eq(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, client->keys->secret_key, 32), 0);
    if (client->routing_id) {
        cr_assert_eq(
            zmq_setsockopt(socket, ZMQ_ROUTING_ID, client->routing_id, client->routing_id_len), 0);
    }
    cr_assert_eq(zmq_connect(socket, client->endpoint), 0);
    return socket;
}

void bind_loopback(void *socket, char *out, size_t out_len)
{
    cr_assert_eq(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    cr_assert_eq(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out, &out_len), 0);
}

void *watch_handshakes(void *context, void *socket, const char *name)
{
    void *monitor = NULL;
    struct sh_why why = {0};
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    cr_assert_eq(zmq_socket_monitor(socket, name, events), 0);
    cr_assert_eq(socket_open(context, ZMQ_PAIR, &monitor, &why), SH_OK, "%s", why.text);
    cr_assert_eq(socket_set_int(monitor, ZMQ_RCVTIMEO, PATIENCE_MS), SH_OK);
    cr_assert_eq(zmq_connect(monitor, name), 0);
    return monitor;
}

uint16_t next_event(void *monitor)
{
    uint8_t event[6];
    char endpoint[256];
    uint16_t number = 0;
    if (zmq_recv(monitor, event, sizeof event, 0) != (int)sizeof event) {
        return 0;
    }
    cr_assert_geq(zmq_recv(monitor, endpoint, sizeof endpoint, 0), 0);
    memcpy(&number, event, sizeof number);
    return number;
}

void send_text(void *socket, const char *text)
{
    cr_assert_eq(zmq_send(socket, text, strlen(text), 0), (int)strlen(text));
}

bool receives_text(void *socket, const char *text)
{
    char got[256];
    int len = zmq_recv(socket, got, sizeof got, 0);
    return len == (int)strlen(text) && memcmp(got, text, (size_t)len) == 0;
}

unsigned free_port(void)
{
    SH_DEFER(sh_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

struct handler {
    void *socket;
    const char *status;
};

/* Seven frames of a request, the second its id, the last the key. False when the context has ended.
 */
static bool read_request(void *socket, char *out_id, uint8_t out_key[32])
{
    uint8_t frame[256];
    int more = 1;
    size_t more_len = sizeof more;
    for (int i = 0; more; i++) {
        int len = zmq_recv(socket, frame, sizeof frame, 0);
        if (len < 0 || zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_len) != 0) {
            return false;
        }
        if (i == 1) {
            *out_id = (char)frame[0]; /* libzmq's request id is one byte */
        } else if (!more) {
            memcpy(out_key, frame, 32);
        }
    }
    return true;
}

static void *answer_all(void *argument)
{
    struct handler handler = *(struct handler *)argument;
    free(argument);
    char id = 0;
    uint8_t key[32];
    while (read_request(handler.socket, &id, key)) {
        char name[65] = "";
        if (strcmp(handler.status, "200") == 0) {
            hex_encode(bytes_of(key, sizeof key), name);
        }
        (void)zmq_send(handler.socket, "1.0", 3, ZMQ_SNDMORE);
        (void)zmq_send(handler.socket, &id, 1, ZMQ_SNDMORE);
        (void)zmq_send(handler.socket, handler.status, 3, ZMQ_SNDMORE);
        (void)zmq_send(handler.socket, "", 0, ZMQ_SNDMORE);
        (void)zmq_send(handler.socket, name, strlen(name), ZMQ_SNDMORE);
        (void)zmq_send(handler.socket, "", 0, 0);
    }
    socket_closep(&handler.socket);
    return NULL;
}

pthread_t start_zap_handler(void *context, const char *status)
{
    struct handler *handler = calloc(1, sizeof *handler);
    struct sh_why why = {0};
    pthread_t thread = 0;
    cr_assert_not_null(handler);
    handler->status = status;
    cr_assert_eq(socket_open(context, ZMQ_REP, &handler->socket, &why), SH_OK, "%s", why.text);
    cr_assert_eq(zmq_bind(handler->socket, ZAP_ENDPOINT), 0);
    cr_assert_eq(pthread_create(&thread, NULL, answer_all, handler), 0);
    return thread;
}
