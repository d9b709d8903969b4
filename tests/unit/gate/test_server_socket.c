#include "base/cleanup.h"
#include "base/limits.h"
#include "curve.h"
#include "gate/server_socket.h"

#include <criterion/criterion.h>

/* A libzmq that takes one option without a word and forgets it, as one does that was built without
 * what the option needs. The linker sends every call of zmq_setsockopt() in this program through
 * here (--wrap). */
static int forgotten_option = -1;

int __real_zmq_setsockopt(void *socket, int option, const void *value, size_t len);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t len);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t len)
{
    return option == forgotten_option ? 0 : __real_zmq_setsockopt(socket, option, value, len);
}

static struct curve_pair keys;
static void *context;

static void setup(void)
{
    context = zmq_ctx_new();
    curve_pair_make(&keys);
}

static void teardown(void)
{
    context_termp(&context);
}

TestSuite(server_socket, .init = setup, .fini = teardown);

static void *open_server(void)
{
    void *socket = NULL;
    struct sh_why why = {0};
    cr_assert_eq(server_socket_open(context, bytes_of(keys.secret_key, 32), &socket, &why), SH_OK,
                 "%s", why.text);
    return socket;
}

Test(server_socket, a_fresh_one_passes_its_own_check)
{
    SH_DEFER(socket_closep) void *socket = open_server();
    struct sh_why why = {0};
    cr_assert_eq(server_socket_check(socket, &why), SH_OK, "%s", why.text);
}

static const struct {
    int option;
    int value;
    const char *name;
} mutants[] = {
    {ZMQ_LINGER, -1, "LINGER"},
    {SOCKET_ZAP_ENFORCE_DOMAIN, 0, "ZAP_ENFORCE_DOMAIN"},
    {ZMQ_HANDSHAKE_IVL, 30000, "HANDSHAKE_IVL"},
    {ZMQ_HEARTBEAT_IVL, 0, "HEARTBEAT_IVL"},
    {ZMQ_HEARTBEAT_TIMEOUT, 0, "HEARTBEAT_TIMEOUT"},
    {ZMQ_HEARTBEAT_TTL, 0, "HEARTBEAT_TTL"},
    {ZMQ_TCP_KEEPALIVE, 0, "TCP_KEEPALIVE"},
    {ZMQ_SNDHWM, 0, "SNDHWM"},
    {ZMQ_RCVHWM, 0, "RCVHWM"},
    {ZMQ_BACKLOG, 1, "BACKLOG"},
    {ZMQ_CURVE_SERVER, 0, "CURVE_SERVER"},
};

Test(server_socket, each_option_that_is_not_as_it_must_be_is_found_by_name)
{
    for (size_t i = 0; i < sizeof mutants / sizeof mutants[0]; i++) {
        SH_DEFER(socket_closep) void *socket = open_server();
        struct sh_why why = {0};
        cr_assert_eq(socket_set_int(socket, mutants[i].option, mutants[i].value), SH_OK, "%s",
                     mutants[i].name);
        cr_expect_eq(server_socket_check(socket, &why), SH_E_SELF_TEST, "%s", mutants[i].name);
        cr_expect(strstr(why.text, mutants[i].name), "%s: %s", mutants[i].name, why.text);
    }
}

Test(server_socket, another_domain_and_another_frame_limit_are_found)
{
    SH_DEFER(socket_closep) void *domain = open_server();
    SH_DEFER(socket_closep) void *limit = open_server();
    struct sh_why why = {0};
    cr_assert_eq(zmq_setsockopt(domain, ZMQ_ZAP_DOMAIN, "other", 5), 0);
    cr_assert_eq(server_socket_check(domain, &why), SH_E_SELF_TEST);
    int64_t more = SH_FRAME_BYTES_MAX + 1;
    cr_assert_eq(zmq_setsockopt(limit, ZMQ_MAXMSGSIZE, &more, sizeof more), 0);
    cr_assert_eq(server_socket_check(limit, &why), SH_E_SELF_TEST);
    cr_assert(strstr(why.text, "MAXMSGSIZE"), "%s", why.text);
}

Test(server_socket, none_is_made_by_a_libzmq_that_forgets_an_option)
{
    static const int options[] = {ZMQ_LINGER,        SOCKET_ZAP_ENFORCE_DOMAIN, ZMQ_ZAP_DOMAIN,
                                  ZMQ_MAXMSGSIZE,    ZMQ_HANDSHAKE_IVL,         ZMQ_HEARTBEAT_IVL,
                                  ZMQ_HEARTBEAT_TTL, ZMQ_HEARTBEAT_TIMEOUT,     ZMQ_SNDHWM,
                                  ZMQ_RCVHWM,        ZMQ_CURVE_SERVER};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        void *socket = NULL;
        struct sh_why why = {0};
        forgotten_option = options[i];
        sh_err err = server_socket_open(context, bytes_of(keys.secret_key, 32), &socket, &why);
        forgotten_option = -1;
        cr_expect_eq(err, SH_E_SELF_TEST, "option %d", options[i]);
        socket_closep(&socket);
    }
}

Test(server_socket, a_secret_of_another_length_is_refused)
{
    void *socket = NULL;
    struct sh_why why = {0};
    cr_assert_eq(server_socket_open(context, bytes_of(keys.secret_key, 31), &socket, &why),
                 SH_E_SELF_TEST);
    cr_assert_eq(server_socket_open(context, bytes_of(keys.secret_key, 0), &socket, &why),
                 SH_E_SELF_TEST);
    cr_assert_null(socket);
}
