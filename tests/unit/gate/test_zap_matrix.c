/* What libzmq does with a stranger in each of twelve cases: ZAP domain unset or set, enforcement
 * off or on, and a handler that is not there, has died, or denies. Not our code is under test but
 * the library below it: the gate's options rest on this table (PITFALLS Z1, Z2), and a libzmq that
 * behaves otherwise must be noticed here, before a stranger notices it. */
#include "base/cleanup.h"
#include "curve.h"
#include "gate/server_socket.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum handler {
    NO_HANDLER,
    DEAD_HANDLER,
    DENYING_HANDLER,
};

struct matrix_case {
    bool domain;
    bool enforce;
    enum handler handler;
    uint16_t event; /* how the stranger's handshake ends */
};

enum {
    ENTERS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED,
    DENIED = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    CUT = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, /* at once, or after HANDSHAKE_IVL if the handler
                                                   died */
};

static const struct matrix_case cases[] = {
    {false, false, NO_HANDLER, ENTERS},      {true, false, NO_HANDLER, ENTERS},
    {false, true, NO_HANDLER, ENTERS},       {true, true, NO_HANDLER, CUT},
    {false, false, DEAD_HANDLER, ENTERS},    {true, false, DEAD_HANDLER, ENTERS},
    {false, true, DEAD_HANDLER, ENTERS},     {true, true, DEAD_HANDLER, CUT},
    {false, false, DENYING_HANDLER, DENIED}, {true, false, DENYING_HANDLER, DENIED},
    {false, true, DENYING_HANDLER, ENTERS},  {true, true, DENYING_HANDLER, DENIED},
};

/* zmq_close() is carried out later, by another thread; the handler is dead when its name is free
 * again. */
static void let_handler_die(void *context)
{
    void *handler = NULL;
    void *probe = NULL;
    struct sh_why why = {0};
    cr_assert_eq(socket_open(context, ZMQ_REP, &handler, &why), SH_OK);
    cr_assert_eq(zmq_bind(handler, ZAP_ENDPOINT), 0);
    socket_closep(&handler);
    cr_assert_eq(socket_open(context, ZMQ_REP, &probe, &why), SH_OK);
    while (zmq_bind(probe, ZAP_ENDPOINT) != 0) {
        (void)zmq_poll(NULL, 0, 1);
    }
    cr_assert_eq(zmq_unbind(probe, ZAP_ENDPOINT), 0);
    socket_closep(&probe);
}

static uint16_t try_stranger(const struct matrix_case *c)
{
    void *context = zmq_ctx_new();
    void *server = NULL;
    pthread_t thread = 0;
    struct sh_why why = {0};
    struct curve_pair server_keys;
    struct curve_pair stranger;
    char endpoint[128];
    curve_pair_make(&server_keys);
    curve_pair_make(&stranger);
    if (c->handler == DEAD_HANDLER) {
        let_handler_die(context);
    } else if (c->handler == DENYING_HANDLER) {
        thread = start_zap_handler(context, "400");
    }
    cr_assert_eq(socket_open(context, ZMQ_ROUTER, &server, &why), SH_OK);
    cr_assert_eq(socket_set_int(server, ZMQ_CURVE_SERVER, 1), SH_OK);
    cr_assert_eq(zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, server_keys.secret_key, 32), 0);
    cr_assert_eq(socket_set_int(server, ZMQ_HANDSHAKE_IVL, PATIENCE_MS / 2), SH_OK);
    cr_assert_eq(socket_set_int(server, SOCKET_ZAP_ENFORCE_DOMAIN, c->enforce), SH_OK);
    if (c->domain) {
        cr_assert_eq(zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, "safehand", 8), 0);
    }
    void *monitor = watch_handshakes(context, server, "inproc://matrix");
    bind_loopback(server, endpoint, sizeof endpoint);
    void *client = curve_connect(
        context, &(struct curve_client){server_keys.public_key, &stranger, endpoint, NULL, 0});
    uint16_t event = next_event(monitor);
    socket_closep(&client);
    (void)zmq_socket_monitor(server, NULL, 0);
    socket_closep(&monitor);
    socket_closep(&server);
    context_termp(&context); /* ends the handler's thread too */
    if (thread) {
        (void)pthread_join(thread, NULL);
    }
    return event;
}

Test(zap_matrix, a_stranger_enters_in_exactly_the_cases_that_we_know, .timeout = 30)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(try_stranger(&cases[i]), cases[i].event, "domain=%d enforce=%d handler=%d",
                     cases[i].domain, cases[i].enforce, (int)cases[i].handler);
    }
}
