/* Where a log is read from: folders and web servers. A server on loopback says what it is told to.
 */
#include "audit/source.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "support/temp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

static sh_err read_one(const char *where, const char *name, size_t max, struct buf *out)
{
    SH_DEFER(audit_source_close) struct audit_source source = {0};
    struct sh_why why = {0};
    out->max = max;
    SH_TRY(audit_source_open(where, &source, &why));
    return source.read(source.ctx, name, out, &why);
}

Test(audit, a_folder_is_read_with_a_limit)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf out = {0};
    char path[PATH_MAX], url[PATH_MAX + 8];
    temp_dir_make(&dir);
    cr_assert_eq(path_join(path, sizeof path, dir.path, "checkpoint"), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_str("text"), 0600, NULL), SH_OK);
    cr_expect_eq(read_one(dir.path, "checkpoint", 4, &out), SH_OK);
    (void)snprintf(url, sizeof url, "file://%s", dir.path);
    cr_expect_eq(read_one(url, "checkpoint", 8, &out), SH_OK);
    cr_expect(bytes_equal(bytes_buf(&out), bytes_str("texttext")));
    cr_expect_eq(read_one(dir.path, "checkpoint", 11, &out), SH_E_TOO_BIG);
    cr_expect_eq(read_one(dir.path, "tile/0/000", 8, &out), SH_E_NOT_FOUND);
}

Test(audit, what_is_no_file_is_missing_and_never_waited_for)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    SH_DEFER(buf_wipe) struct buf out = {0};
    char path[PATH_MAX];
    temp_dir_make(&dir);
    cr_assert_eq(path_join(path, sizeof path, dir.path, "checkpoint"), SH_OK);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(read_one(dir.path, "checkpoint", 8, &out), SH_E_NOT_FOUND);
    cr_expect_eq(read_one(dir.path, "checkpoint/tile", 8, &out), SH_E_NOT_FOUND);
    cr_expect_eq(read_one(dir.path, ".", 8, &out), SH_E_NOT_FOUND);
}

Test(audit, other_schemes_and_odd_addresses_are_refused)
{
    static const char *const addresses[] = {"ftp://127.0.0.1/",       "gopher://127.0.0.1/",
                                            "file://host/etc",        "scp://127.0.0.1/log",
                                            "http://127.0.0.1/?a=/b", "http://127.0.0.1/#"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        SH_DEFER(audit_source_close) struct audit_source source = {0};
        struct sh_why why = {0};
        cr_expect_eq(audit_source_open(addresses[i], &source, &why), SH_E_USAGE, "%s",
                     addresses[i]);
        cr_expect(why.text[0]);
    }
}

/* Answers `turns` connections with the same bytes, and keeps the last request. */
struct server {
    int listener;
    char url[64];
    const char *answer;
    size_t answer_len;
    unsigned turns;
    char request[4096];
    pthread_t thread;
};

static void *serve(void *ctx)
{
    struct server *server = ctx;
    for (unsigned i = 0; i < server->turns; i++) {
        SH_DEFER(sh_closep) int peer = accept(server->listener, NULL, NULL);
        ssize_t len = recv(peer, server->request, sizeof server->request - 1, 0);
        server->request[len > 0 ? len : 0] = '\0';
        (void)!send(peer, server->answer, server->answer_len, MSG_NOSIGNAL);
    }
    return NULL;
}

static void server_start(struct server *server, struct bytes answer, unsigned turns)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    *server = (struct server){.answer = (const char *)answer.data,
                              .answer_len = answer.len,
                              .turns = turns,
                              .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(server->listener, 8), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/log",
                   ntohs(address.sin_port));
    cr_assert_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(struct server *server)
{
    (void)pthread_join(server->thread, NULL);
    sh_closep(&server->listener);
}

static sh_err ask_once(struct bytes answer, size_t max, struct buf *out)
{
    struct server server;
    server_start(&server, answer, 1);
    sh_err err = read_one(server.url, "tile/0/000", max, out);
    server_stop(&server);
    cr_expect(strstr(server.request, "GET /log/tile/0/000 HTTP/1.1\r\n"), "%s", server.request);
    cr_expect(strstr(server.request, "gzip"));
    return err;
}

Test(audit, what_a_web_server_answers_is_a_file_or_an_error)
{
    static const struct {
        const char *answer;
        sh_err err;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", SH_OK},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", SH_E_NOT_FOUND},
        {"HTTP/1.1 410 Gone\r\nContent-Length: 5\r\n\r\nhello", SH_E_NOT_FOUND},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nlong page", SH_E_NOT_FOUND},
        {"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nlong page", SH_E_NET},
        {"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello", SH_E_NET},
        {"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nhello", SH_E_NET},
        {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", SH_E_NET},
        {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", SH_E_TOO_BIG},
        {"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n",
         SH_E_NET},
        {"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         SH_E_NET},
        {"no HTTP at all", SH_E_NET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(buf_wipe) struct buf out = {0};
        cr_expect_eq(ask_once(bytes_str(cases[i].answer), 5, &out), cases[i].err, "%zu", i);
        cr_expect_eq(out.len, cases[i].err == SH_OK ? 5 : 0, "%zu", i);
    }
}

Test(audit, what_is_compressed_counts_as_long_as_it_is_unpacked)
{
    /* 1,000 zeros, as gzip writes them. */
    static const uint8_t packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff,
                                     0x63, 0x60, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x0c, 0x77, 0x00,
                                     0x00, 0x80, 0x17, 0x0b, 0x06, 0xe8, 0x03, 0x00, 0x00};
    SH_DEFER(buf_wipe) struct buf answer = BUF_INIT(1024);
    SH_DEFER(buf_wipe) struct buf out = {0};
    cr_assert_eq(buf_append_str(&answer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                                         "Content-Length: 29\r\n\r\n"),
                 SH_OK);
    cr_assert_eq(buf_append(&answer, bytes_of(packed, sizeof packed)), SH_OK);
    cr_expect_eq(ask_once(bytes_buf(&answer), 1000, &out), SH_OK);
    cr_expect_eq(out.len, 1000);
    buf_wipe(&out);
    cr_expect_eq(ask_once(bytes_buf(&answer), 999, &out), SH_E_TOO_BIG);
}

Test(audit, a_server_that_is_not_there_is_an_error_of_the_network)
{
    SH_DEFER(buf_wipe) struct buf out = {0};
    struct server server;
    /* A port that was free a moment ago: nobody listens once this is closed. */
    server_start(&server, bytes_str("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 1);
    cr_expect_eq(read_one(server.url, "checkpoint", 10, &out), SH_OK);
    server_stop(&server);
    cr_expect_eq(read_one(server.url, "checkpoint", 10, &out), SH_E_NET);
}
