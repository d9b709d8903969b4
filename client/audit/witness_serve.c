#include "audit/witness_serve.h"

#include "audit/witness_request.h"
#include "base/cleanup.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>

enum {
    CONNECTIONS_MAX = 64,
    CONNECTIONS_OF_ONE_MAX = 16,
    CONNECTION_BYTES_MAX = 32 * 1024, /* of headers and what is read ahead */
    IDLE_SECONDS = 15,
    ADDRESS_BYTES_MAX = 64,
};

#define PATH "/add-checkpoint"

struct witness_service {
    const struct witness_serving *serving;
    struct MHD_Daemon *daemon;
};

/* One request, from its first line until it is answered. */
struct request {
    struct buf body;
    sh_err err; /* of gathering the body */
};

unsigned witness_status(enum witness_verdict verdict)
{
    switch (verdict) {
    case WITNESS_COSIGNED:
        return MHD_HTTP_OK;
    case WITNESS_UNSIGNED:
        return MHD_HTTP_FORBIDDEN;
    case WITNESS_UNKNOWN_LOG:
        return MHD_HTTP_NOT_FOUND;
    case WITNESS_STALE:
    case WITNESS_OTHER_ROOT:
        return MHD_HTTP_CONFLICT;
    case WITNESS_NO_PROOF:
        return MHD_HTTP_UNPROCESSABLE_CONTENT;
    case WITNESS_MALFORMED:
    case WITNESS_OLD_TOO_LARGE:
        break;
    }
    return MHD_HTTP_BAD_REQUEST;
}

static const char *sentence_of(enum witness_verdict verdict)
{
    switch (verdict) {
    case WITNESS_UNSIGNED:
        return "not signed by a key that this witness knows for the log\n";
    case WITNESS_UNKNOWN_LOG:
        return "this witness does not know the log\n";
    case WITNESS_OLD_TOO_LARGE:
        return "the old size is larger than the checkpoint's\n";
    case WITNESS_OTHER_ROOT:
        return "another tree of the same size was cosigned before\n";
    case WITNESS_NO_PROOF:
        return "the consistency proof does not hold\n";
    default:
        return "not a request to add a checkpoint\n";
    }
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               struct bytes body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(response, "Content-Type", type);
    if (result == MHD_YES && status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        result = MHD_add_response_header(response, "Allow", "POST");
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result respond_text(struct MHD_Connection *connection, unsigned status,
                                    const char *text)
{
    return respond(connection, status, "text/plain; charset=utf-8", bytes_str(text));
}

static enum MHD_Result respond_answer(struct MHD_Connection *connection,
                                      const struct witness_answer *answer)
{
    const unsigned status = witness_status(answer->verdict);
    char size[32];
    if (answer->verdict == WITNESS_COSIGNED) {
        return respond(connection, status, "text/plain; charset=utf-8", bytes_buf(&answer->line));
    }
    if (answer->verdict == WITNESS_STALE) {
        (void)snprintf(size, sizeof size, "%" PRIu64 "\n", answer->remembered.size);
        return respond(connection, status, WITNESS_SIZE_TYPE, bytes_str(size));
    }
    return respond_text(connection, status, sentence_of(answer->verdict));
}

static enum MHD_Result consider(const struct witness_serving *serving,
                                struct MHD_Connection *connection, const struct request *request)
{
    SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_MALFORMED};
    struct witness_offer offer;
    sh_err err = witness_request_decode(bytes_buf(&request->body), &offer);
    if (err == SH_E_FORMAT || err == SH_E_TOO_BIG) {
        return respond_answer(connection, &answer);
    }
    if (err == SH_OK) {
        err = witness_consider(serving->witness, &offer, &answer, NULL);
        serving->heard(serving->ctx, err, &offer, &answer);
    }
    if (err != SH_OK) {
        return respond_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                            "this witness cannot cosign at the moment\n");
    }
    return respond_answer(connection, &answer);
}

static enum MHD_Result begin(struct MHD_Connection *connection, const char *path,
                             const char *method, void **state)
{
    if (strcmp(path, PATH) != 0) {
        return respond_text(connection, MHD_HTTP_NOT_FOUND, "there is only " PATH " here\n");
    }
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
        return respond_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, PATH " takes POST\n");
    }
    struct request *request = calloc(1, sizeof *request);
    if (!request) {
        return MHD_NO;
    }
    request->body.max = WITNESS_REQUEST_BYTES_MAX;
    *state = request;
    return MHD_YES;
}

/* An MHD_AccessHandlerCallback: once at the headers, then with pieces of the body, then at its end.
 */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **state)
{
    const struct witness_service *service = ctx;
    struct request *request = *state;
    (void)version;
    if (!request) {
        return begin(connection, path, method, state);
    }
    if (*data_len > 0) {
        if (request->err == SH_OK) {
            request->err = buf_append(&request->body, bytes_of(data, *data_len));
        }
        *data_len = 0; /* what is too much is read and dropped, so that an answer can be given */
        return MHD_YES;
    }
    if (request->err == SH_E_TOO_BIG) {
        return respond_text(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request is too long\n");
    }
    return request->err == SH_OK ? consider(service->serving, connection, request) : MHD_NO;
}

static void finish(void *ctx, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode why)
{
    struct request *request = *state;
    (void)ctx;
    (void)connection;
    (void)why;
    if (request) {
        buf_wipe(&request->body);
        free(request);
        *state = NULL;
    }
}

static bool split_address(const char *text, char host[ADDRESS_BYTES_MAX], const char **out_port)
{
    const char *colon = strrchr(text, ':');
    if (!colon) {
        (void)snprintf(host, ADDRESS_BYTES_MAX, "127.0.0.1");
        *out_port = text;
        return true;
    }
    size_t len = (size_t)(colon - text);
    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return false; /* which colon is it? */
    }
    *out_port = colon + 1;
    int put = snprintf(host, ADDRESS_BYTES_MAX, "%.*s", (int)len, text);
    return put > 0 && put < ADDRESS_BYTES_MAX;
}

sh_err witness_address(const char *text, struct sockaddr_storage *out)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[ADDRESS_BYTES_MAX], *end = NULL;
    const char *port = NULL;
    SH_CHECK(split_address(text, host, &port), SH_E_USAGE);
    SH_CHECK(port[0] >= '0' && port[0] <= '9' && strtoul(port, &end, 10) <= UINT16_MAX && !*end,
             SH_E_USAGE);
    SH_CHECK(getaddrinfo(host, port, &hints, &found) == 0, SH_E_USAGE);
    memset(out, 0, sizeof *out);
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return SH_OK;
}

void witness_service_stop(struct witness_service **service_p)
{
    struct witness_service *service = *service_p;
    if (service) {
        if (service->daemon) {
            MHD_stop_daemon(service->daemon);
        }
        free(service);
        *service_p = NULL;
    }
}

sh_err witness_service_start(const struct witness_serving *serving, struct witness_service **out,
                             uint16_t *out_port, struct sh_why *why)
{
    SH_DEFER(witness_service_stop) struct witness_service *service = calloc(1, sizeof *service);
    SH_CHECK(service, SH_E_NOMEM);
    const bool six = serving->address.ss_family == AF_INET6;
    service->serving = serving;
    service->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | (six ? MHD_USE_IPv6 : 0), 0, NULL, NULL, handle, service,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&serving->address,
        MHD_OPTION_NOTIFY_COMPLETED, finish, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_OF_ONE_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    if (!service->daemon) {
        return sh_fail(why, SH_E_NET, "cannot listen at that address: %m");
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_BIND_PORT);
    SH_CHECK(info, SH_E_NET);
    *out_port = info->port;
    *out = service;
    service = NULL;
    return SH_OK;
}
