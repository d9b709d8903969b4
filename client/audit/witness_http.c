#include "audit/witness_http.h"

#include "audit/witness_request.h"
#include "base/cleanup.h"

#include <curl/curl.h>
#include <string.h>

#define URL_BYTES_MAX    2048u
#define ANSWER_BYTES_MAX (16u * SH_KIB)
#define CONNECT_SECONDS  15L
#define TRANSFER_SECONDS 60L

enum {
    HTTP_OK = 200,
    HTTP_BAD_REQUEST = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_CONFLICT = 409,
    HTTP_UNPROCESSABLE = 422,
};

struct witness_web {
    CURL *curl;
    struct curl_slist *headers;
    char url[URL_BYTES_MAX];
    struct note_verifier who;
};

void witness_web_close(struct witness_web **web_p)
{
    struct witness_web *web = *web_p;
    if (web) {
        curl_slist_free_all(web->headers);
        curl_easy_cleanup(web->curl);
        free(web);
        *web_p = NULL;
    }
}

static size_t receive(char *data, size_t size, size_t count, void *ctx)
{
    return buf_append(ctx, bytes_of(data, size * count)) == SH_OK ? size * count : 0;
}

/* A redirect is not followed: what was meant for one witness goes to no other place. */
static bool set_options(struct witness_web *web, const char *scheme)
{
    CURL *curl = web->curl;
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_URL, web->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, web->headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, TRANSFER_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "safehand-audit") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK;
}

sh_err witness_web_open(const char *url, const struct note_verifier *who, struct witness_web **out,
                        struct sh_why *why)
{
    const bool tls = strncasecmp(url, "https://", 8) == 0;
    if ((!tls && strncasecmp(url, "http://", 7) != 0) || strpbrk(url, "?#") ||
        strlen(url) + sizeof "/add-checkpoint" >= URL_BYTES_MAX) {
        return sh_fail(why, SH_E_USAGE, "a witness is an address with http or https");
    }
    SH_DEFER(witness_web_close) struct witness_web *web = calloc(1, sizeof *web);
    SH_CHECK(web, SH_E_NOMEM);
    web->who = *who;
    (void)snprintf(web->url, sizeof web->url, "%s%sadd-checkpoint", url,
                   url[strlen(url) - 1] == '/' ? "" : "/");
    web->curl = curl_easy_init();
    /* No 'Expect: 100-continue': it would cost a round for a few kilobytes. */
    web->headers = curl_slist_append(NULL, "Expect:");
    if (!web->curl || !web->headers || !set_options(web, tls ? "https" : "http")) {
        return sh_fail(why, SH_E_NOMEM, "out of memory");
    }
    *out = web;
    web = NULL;
    return SH_OK;
}

static sh_err post(struct witness_web *web, struct bytes body, struct buf *answer, long *out_status,
                   struct sh_why *why)
{
    if (curl_easy_setopt(web->curl, CURLOPT_POSTFIELDSIZE, (long)body.len) != CURLE_OK ||
        curl_easy_setopt(web->curl, CURLOPT_POSTFIELDS, (const char *)body.data) != CURLE_OK ||
        curl_easy_setopt(web->curl, CURLOPT_WRITEDATA, answer) != CURLE_OK) {
        return sh_fail(why, SH_E_NOMEM, "out of memory");
    }
    CURLcode code = curl_easy_perform(web->curl);
    if (code != CURLE_OK) {
        return sh_fail(why, code == CURLE_OPERATION_TIMEDOUT ? SH_E_TIMEOUT : SH_E_NET,
                       "the witness: %s", curl_easy_strerror(code));
    }
    return curl_easy_getinfo(web->curl, CURLINFO_RESPONSE_CODE, out_status) == CURLE_OK
               ? SH_OK
               : sh_fail(why, SH_E_NET, "the witness: an answer without a status");
}

/* The lines that came, of which one must be the witness's own; the note with that alone. */
static sh_err take_line(const struct witness_web *web, const struct witness_offer *offer,
                        struct bytes lines, struct witness_answer *out, struct sh_why *why)
{
    struct bytes text, signatures;
    struct cosigned_line cosigned;
    SH_TRY(note_split(offer->note, &text, &signatures));
    if (cosign_find(text, lines, &web->who, &cosigned) != SH_OK) {
        return sh_fail(why, SH_E_BAD_SIGNATURE,
                       "what the witness answered is not a cosignature of the key that was given");
    }
    out->line.max = out->note.max = SH_CHECKPOINT_BYTES_MAX;
    SH_TRY(buf_append(&out->line, cosigned.line));
    SH_TRY(buf_append(&out->note, offer->note));
    SH_TRY(buf_append(&out->note, cosigned.line));
    out->verdict = WITNESS_COSIGNED;
    return SH_OK;
}

static sh_err take_conflict(const struct witness_web *web, struct bytes body,
                            struct witness_answer *out, struct sh_why *why)
{
    const char *type = NULL;
    (void)curl_easy_getinfo(web->curl, CURLINFO_CONTENT_TYPE, &type);
    if (!type || strcmp(type, WITNESS_SIZE_TYPE) != 0) {
        out->verdict = WITNESS_OTHER_ROOT;
        return SH_OK;
    }
    out->verdict = WITNESS_STALE;
    return witness_size_decode(body, &out->remembered.size) == SH_OK
               ? SH_OK
               : sh_fail(why, SH_E_NET, "the witness answered with a size that is none");
}

static sh_err take_status(long status, struct witness_answer *out, struct sh_why *why)
{
    switch (status) {
    case HTTP_BAD_REQUEST:
        out->verdict = WITNESS_MALFORMED;
        return SH_OK;
    case HTTP_FORBIDDEN:
        out->verdict = WITNESS_UNSIGNED;
        return SH_OK;
    case HTTP_NOT_FOUND:
        out->verdict = WITNESS_UNKNOWN_LOG;
        return SH_OK;
    case HTTP_UNPROCESSABLE:
        out->verdict = WITNESS_NO_PROOF;
        return SH_OK;
    default:
        return sh_fail(why, SH_E_NET, "the witness answered with status %ld", status);
    }
}

static sh_err consider_there(void *ctx, const struct witness_offer *offer,
                             struct witness_answer *out, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf request = BUF_INIT(WITNESS_REQUEST_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf body = BUF_INIT(ANSWER_BYTES_MAX);
    struct witness_web *web = ctx;
    long status = 0;
    SH_TRY(checkpoint_parse(offer->note, &out->offered));
    SH_TRY(witness_request_encode(offer, &request));
    SH_TRY(post(web, bytes_buf(&request), &body, &status, why));
    if (status == HTTP_OK) {
        out->remembered.size = offer->old_size;
        return take_line(web, offer, bytes_buf(&body), out, why);
    }
    if (status == HTTP_CONFLICT) {
        return take_conflict(web, bytes_buf(&body), out, why);
    }
    return take_status(status, out, why);
}

struct witness_reached witness_there(struct witness_web *web)
{
    return (struct witness_reached){consider_there, web};
}
