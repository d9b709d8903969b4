/* add-checkpoint: the form of its requests, the statuses of its answers, and a feeder that speaks
 * it to a real server on loopback. */
#include "audit/carry.h"
#include "audit/witness_http.h"
#include "audit/witness_request.h"
#include "audit/witness_serve.h"
#include "support/published_log.h"
#include "witness_bench.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static struct history honest, other;

/* From C2SP tlog-witness. */
static const char SPEC_REQUEST[] =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/"
    "V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

Test(audit, the_specifications_request_is_read_and_written_as_it_is)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(WITNESS_REQUEST_BYTES_MAX);
    struct witness_offer offer;
    struct checkpoint checkpoint;
    cr_assert_eq(witness_request_decode(bytes_str(SPEC_REQUEST), &offer), SH_OK);
    cr_assert_eq(offer.old_size, 20852014);
    cr_assert_eq(offer.proof.len, 4);
    cr_assert_eq(offer.proof.hashes[0].b[0], 0x3e);
    cr_assert_eq(checkpoint_parse(offer.note, &checkpoint), SH_OK);
    cr_assert_eq(checkpoint.size, 20852163);
    cr_assert_eq(witness_request_encode(&offer, &out), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&out), bytes_str(SPEC_REQUEST)));
}

Test(audit, a_request_that_is_not_in_the_one_form_is_refused)
{
    static const char *const bad[] = {
        "",
        "\n",
        "old 5",
        "old 5\n",
        "old 5\n\n",
        "old 05\n\nx\n",
        "old \n\nx\n",
        "old -1\n\nx\n",
        "old 5 \n\nx\n",
        "Old 5\n\nx\n",
        "old  5\n\nx\n",
        "old 18446744073709551621\n\nx\n",
        "old 5\r\n\r\nx\r\n",
        "old 5\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw\n\nx\n",
        "old 5\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax=\n\nx\n",
        "old 5\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw= \n\nx\n",
        "old 5\nAAAA\n\nx\n",
    };
    struct witness_offer offer;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_neq(witness_request_decode(bytes_str(bad[i]), &offer), SH_OK, "%zu", i);
    }
}

Test(audit, a_request_has_at_most_63_hashes)
{
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(2 * WITNESS_REQUEST_BYTES_MAX);
    struct witness_offer offer = {.proof.len = 63, .note = bytes_str("text\n")}, out;
    memset(offer.proof.hashes, 9, sizeof offer.proof.hashes);
    cr_assert_eq(witness_request_encode(&offer, &body), SH_OK);
    cr_assert_eq(witness_request_decode(bytes_buf(&body), &out), SH_OK);
    cr_assert_eq(out.proof.len, 63);
    offer.proof.len = 64;
    cr_assert_eq(witness_request_encode(&offer, &body), SH_E_TOO_BIG);
    buf_reset(&body);
    cr_assert_eq(buf_append_str(&body, "old 0\n"), SH_OK);
    for (unsigned i = 0; i < 64; i++) {
        cr_assert_eq(buf_append_str(&body, "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"),
                     SH_OK);
    }
    cr_assert_eq(buf_append_str(&body, "\ntext\n"), SH_OK);
    cr_assert_eq(witness_request_decode(bytes_buf(&body), &out), SH_E_TOO_BIG);
}

Test(audit, a_size_is_one_decimal_line)
{
    static const char *const bad[] = {"", "5", "05\n", "\n", "5\n\n", " 5\n", "5\r\n", "x\n"};
    uint64_t size = 1;
    cr_expect_eq(witness_size_decode(bytes_str("0\n"), &size), SH_OK);
    cr_expect_eq(size, 0);
    cr_expect_eq(witness_size_decode(bytes_str("20852014\n"), &size), SH_OK);
    cr_expect_eq(size, 20852014);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_neq(witness_size_decode(bytes_str(bad[i]), &size), SH_OK, "%zu", i);
    }
}

Test(audit, an_address_without_a_host_is_loopback)
{
    struct sockaddr_storage out;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&out;
    cr_assert_eq(witness_address("7000", &out), SH_OK);
    cr_expect_eq(four->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    cr_expect_eq(four->sin_port, htons(7000));
    cr_assert_eq(witness_address("0.0.0.0:80", &out), SH_OK);
    cr_expect_eq(four->sin_addr.s_addr, 0);
    cr_assert_eq(witness_address("[::1]:80", &out), SH_OK);
    cr_expect_eq(out.ss_family, AF_INET6);
    static const char *const bad[] = {
        "",   ":",  "x", "1.2.3.4", "::1:80", "a.example:80", "1:", "65536", "1.2.3.4:99999",
        "-1", "80x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(witness_address(bad[i], &out), SH_E_USAGE, "%s", bad[i]);
    }
}

/* ---- a server ---- */

struct server {
    struct bench bench;
    struct witness_serving serving;
    struct witness_service *service;
    uint16_t port;
    atomic_uint heard;
};

static void count(void *ctx, sh_err err, const struct witness_offer *offer,
                  const struct witness_answer *answer)
{
    struct server *server = ctx;
    (void)err;
    (void)offer;
    (void)answer;
    server->heard++;
}

static void server_start(struct server *server)
{
    struct sh_why why = {0};
    bench_make(&server->bench);
    server->bench.clock.ctx = &server->bench; /* where it is now */
    server->serving =
        (struct witness_serving){.witness = &server->bench.witness, .heard = count, .ctx = server};
    cr_assert_eq(witness_address("0", &server->serving.address), SH_OK);
    cr_assert_eq(witness_service_start(&server->serving, &server->service, &server->port, &why),
                 SH_OK, "%s", why.text);
}

static void server_stop(struct server *server)
{
    witness_service_stop(&server->service);
    bench_wipe(&server->bench);
}

/* Sends bytes as they are and reads until the other side closes; gives the status. */
static unsigned exchange(uint16_t port, struct bytes request, char *answer, size_t answer_len)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SH_DEFER(sh_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t len = 0;
    cr_assert_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    while (request.len > 0) {
        ssize_t put = send(fd, request.data, request.len, MSG_NOSIGNAL);
        if (put <= 0) {
            break;
        }
        request = bytes_of(request.data + put, request.len - (size_t)put);
    }
    for (ssize_t got = 1; got > 0 && len + 1 < answer_len; len += got > 0 ? (size_t)got : 0) {
        got = read(fd, answer + len, answer_len - 1 - len);
    }
    answer[len] = '\0';
    return len > 12 ? (unsigned)strtoul(answer + 9, NULL, 10) : 0;
}

static unsigned post(const struct server *server, struct bytes body, char *answer,
                     size_t answer_len)
{
    SH_DEFER(buf_wipe) struct buf request = BUF_INIT(1u << 20);
    cr_assert_eq(
        buf_printf(&request,
                   "POST /add-checkpoint HTTP/1.1\r\nHost: witness\r\nConnection: close\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   body.len),
        SH_OK);
    cr_assert_eq(buf_append(&request, body), SH_OK);
    return exchange(server->port, bytes_buf(&request), answer, answer_len);
}

/* history's checkpoint of `to`, with its own proof, said to start at `from`. */
static unsigned add(const struct server *server, const struct history *history, uint64_t from,
                    uint64_t to, char *answer, size_t answer_len)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(WITNESS_REQUEST_BYTES_MAX);
    struct witness_offer offer = {.old_size = from};
    bench_sign(&server->bench, history, to, &note);
    history_prove(history, from, to, &offer.proof);
    offer.note = bytes_buf(&note);
    cr_assert_eq(witness_request_encode(&offer, &body), SH_OK);
    return post(server, bytes_buf(&body), answer, answer_len);
}

Test(audit, a_server_answers_with_the_statuses_of_the_specification)
{
    static struct server server;
    char answer[8192];
    server_start(&server);
    history_make(&honest, 20, 20, 0);
    history_make(&other, 20, 3, 1);
    cr_expect_eq(add(&server, &honest, 0, 5, answer, sizeof answer), 200);
    cr_expect(strstr(answer, "\r\n\r\n\u2014 witness.example/council "), "%s", answer);
    cr_expect_eq(answer[strlen(answer) - 1], '\n');
    cr_expect_eq(add(&server, &honest, 5, 9, answer, sizeof answer), 200);
    cr_expect_eq(add(&server, &honest, 9, 9, answer, sizeof answer), 200);

    cr_expect_eq(add(&server, &honest, 5, 12, answer, sizeof answer), 409);
    cr_expect(strstr(answer, "Content-Type: text/x.tlog.size\r\n"), "%s", answer);
    cr_expect(strstr(answer, "\r\n\r\n9\n"), "%s", answer);
    cr_expect_eq(add(&server, &other, 9, 9, answer, sizeof answer), 409);
    cr_expect_not(strstr(answer, "x.tlog.size"));
    cr_expect_eq(add(&server, &other, 9, 15, answer, sizeof answer), 422);
    cr_expect_eq(add(&server, &honest, 9, 4, answer, sizeof answer), 400);
    cr_expect_eq(post(&server, bytes_str("old 9\n"), answer, sizeof answer), 400);
    cr_expect_eq(post(&server, bytes_of(NULL, 0), answer, sizeof answer), 400);
    cr_expect_eq(post(&server, bytes_str(SPEC_REQUEST), answer, sizeof answer), 404);
    cr_expect_eq(add(&server, &honest, 9, 20, answer, sizeof answer), 200);
    server_stop(&server);
}

Test(audit, a_server_refuses_other_keys_paths_methods_and_long_bodies)
{
    static struct server server;
    static char long_body[100000];
    struct key *own = NULL;
    char answer[8192];
    server_start(&server);
    history_make(&honest, 5, 5, 0);
    own = server.bench.log_key;
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &server.bench.log_key), SH_OK);
    cr_expect_eq(add(&server, &honest, 0, 5, answer, sizeof answer), 403);
    key_free(&server.bench.log_key);
    server.bench.log_key = own;

    cr_expect_eq(exchange(server.port,
                          bytes_str("GET /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: "
                                    "close\r\n\r\n"),
                          answer, sizeof answer),
                 405);
    cr_expect(strstr(answer, "Allow: POST\r\n"));
    cr_expect_eq(exchange(server.port,
                          bytes_str("GET / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"),
                          answer, sizeof answer),
                 404);
    memset(long_body, 'x', sizeof long_body);
    cr_expect_eq(post(&server, bytes_of(long_body, sizeof long_body), answer, sizeof answer), 413);
    cr_expect_eq(add(&server, &honest, 0, 5, answer, sizeof answer), 200);
    server_stop(&server);
}

/* Many at once, each with the next size from what it was told: no two histories come of it. */
struct racer {
    pthread_t thread;
    const struct server *server;
    const struct history *history;
    unsigned cosigned;
};

static void *race(void *ctx)
{
    struct racer *racer = ctx;
    char answer[8192];
    uint64_t from = 0;
    for (unsigned i = 0; i < 60; i++) {
        uint64_t to = from < 400 ? from + 1 + i % 5 : from;
        unsigned status = add(racer->server, racer->history, from, to, answer, sizeof answer);
        racer->cosigned += status == 200;
        const char *body = strstr(answer, "\r\n\r\n");
        if (status == 200) {
            from = to;
        } else if (status == 409 && body && strstr(answer, "x.tlog.size")) {
            from = strtoull(body + 4, NULL, 10);
        }
    }
    return NULL;
}

Test(audit, of_two_histories_offered_at_once_only_one_is_cosigned, .timeout = 120)
{
    static struct server server;
    struct racer racers[4];
    server_start(&server);
    history_make(&honest, 500, 500, 0);
    history_make(&other, 500, 0, 1);
    for (unsigned i = 0; i < 4; i++) {
        racers[i] = (struct racer){.server = &server, .history = i % 2 ? &other : &honest};
        cr_assert_eq(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(racers[i].thread, NULL);
    }
    unsigned one = racers[0].cosigned + racers[2].cosigned;
    unsigned two = racers[1].cosigned + racers[3].cosigned;
    cr_expect((one == 0) != (two == 0), "%u and %u", one, two);
    server_stop(&server);
}

/* ---- carried over HTTP ---- */

static sh_err carry(struct published_log *log, struct witness_reached to,
                    struct audit_report *report, struct witness_answer *answer)
{
    const struct audit_source source = published_log_source(log);
    const struct carrying carrying = {.source = &source, .log = log->verifier, .to = to};
    struct sh_why why = {0};
    return witness_carry(&carrying, report, answer, &why);
}

static sh_err carry_once(struct published_log *log, struct witness_reached to,
                         enum audit_fault *out_fault)
{
    SH_DEFER(audit_report_wipe) struct audit_report report = {.is_signed = false};
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    sh_err err = carry(log, to, &report, &answer);
    *out_fault = report.finding.fault;
    cr_assert((err == SH_OK) == (answer.note.len > 0));
    cr_assert(err != SH_E_PROOF || report.finding.sentence[0]);
    return err;
}

static void entry_of_a_fork(uint64_t index, struct buf *out)
{
    entry_of_safehand(index < 290 ? index : index + 100000, out);
}

static void carry_all(struct witness_reached to, struct bench *bench)
{
    static const uint64_t sizes[] = {1, 255, 256, 300, 513};
    struct published_log first, fork, log;
    enum audit_fault fault;
    published_log_make(&first, 300, entry_of_safehand, NULL);
    bench->log = first.verifier;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        published_log_make(&log, sizes[i], entry_of_safehand, &first);
        cr_expect_eq(carry_once(&log, to, &fault), SH_OK, "%zu", i);
        published_log_free(&log);
    }
    cr_expect_eq(carry_once(&first, to, &fault), SH_E_PROOF);
    cr_expect_eq(fault, AUDIT_FAULT_ROLLBACK);
    static const uint64_t forks[] = {513, 514, 800};
    for (size_t i = 0; i < sizeof forks / sizeof forks[0]; i++) {
        published_log_make(&fork, forks[i], entry_of_a_fork, &first);
        cr_expect_eq(carry_once(&fork, to, &fault), SH_E_PROOF, "%zu", i);
        cr_expect_eq(fault, AUDIT_FAULT_CONTRADICTION, "%zu", i);
        published_log_free(&fork);
    }
    published_log_make(&log, 600, entry_of_safehand, &first);
    published_log_file(&log, "tile/0/002.p/88")->content.data[40] ^= 1;
    cr_expect_eq(carry_once(&log, to, &fault), SH_E_PROOF);
    cr_expect_eq(fault, AUDIT_FAULT_ROOT);
    published_log_file(&log, "tile/0/002.p/88")->content.data[40] ^= 1;
    cr_expect_eq(carry_once(&log, to, &fault), SH_OK);
    published_log_free(&log);
    published_log_free(&first);
}

Test(audit, a_log_is_carried_to_a_witness_here_and_its_forks_are_found)
{
    SH_DEFER(bench_wipe) struct bench bench;
    bench_make(&bench);
    carry_all(witness_here(&bench.witness), &bench);
}

Test(audit, a_log_is_carried_to_a_witness_behind_http_and_its_forks_are_found)
{
    static struct server server;
    SH_DEFER(witness_web_close) struct witness_web *web = NULL;
    char url[64];
    server_start(&server);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", server.port);
    cr_assert_eq(witness_web_open(url, &server.bench.us, &web, NULL), SH_OK);
    carry_all(witness_there(web), &server.bench);
    server_stop(&server);
}

Test(audit, a_cosignature_of_another_key_is_not_taken_for_the_witnesss)
{
    static struct server server;
    SH_DEFER(witness_web_close) struct witness_web *web = NULL;
    SH_DEFER(published_log_free) struct published_log log;
    struct note_verifier stranger;
    enum audit_fault fault;
    char url[64];
    server_start(&server);
    published_log_make(&log, 3, entry_of_safehand, NULL);
    server.bench.log = log.verifier;
    stranger = server.bench.us;
    stranger.key_id ^= 1;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", server.port);
    cr_assert_eq(witness_web_open(url, &stranger, &web, NULL), SH_OK);
    cr_expect_eq(carry_once(&log, witness_there(web), &fault), SH_E_BAD_SIGNATURE);
    witness_service_stop(&server.service);
    cr_expect_eq(carry_once(&log, witness_there(web), &fault), SH_E_NET);
    server_stop(&server);
}
