/* A log behind a web server, by libcurl. Whoever answers is a stranger: what comes is bounded in
 * size (after decompression), in time, and in where a redirect may lead. Nothing is believed for
 * coming over TLS; the signed checkpoint alone vouches for it. */
#include "audit/source.h"
#include "base/cleanup.h"

#include <curl/curl.h>
#include <string.h>

#define URL_BYTES_MAX     2048u
#define CONNECT_SECONDS   15L
#define STALL_SECONDS     30L  /* less than a byte a second for so long */
#define TRANSFER_SECONDS  300L /* of the largest bundle, 16 MiB */
#define REDIRECTS_MAX     3L
#define HTTP_OK           200L
#define HTTP_NOT_FOUND    404L
#define HTTP_GONE         410L
#define HTTP_USER_AGENT   "safehand-audit"
#define HTTP_SCHEME_PLAIN "http"
#define HTTP_SCHEME_TLS   "https"

struct web {
    CURL *curl;
    char prefix[URL_BYTES_MAX]; /* ends in a slash */
};

struct receiving {
    struct buf *out;
    sh_err err;
};

static size_t receive(char *data, size_t size, size_t count, void *ctx)
{
    struct receiving *to = ctx;
    to->err = buf_append(to->out, bytes_of(data, size * count));
    return to->err == SH_OK ? size * count : 0;
}

/* What the server or libcurl said, as one of our codes. The status first: a long page that says
 * 'not found' is no long file. */
static sh_err judge(const struct web *web, CURLcode code, const char *name, struct sh_why *why)
{
    long status = 0;
    (void)curl_easy_getinfo(web->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == HTTP_NOT_FOUND || status == HTTP_GONE) {
        return sh_fail(why, SH_E_NOT_FOUND, "%s: the server has no such file", name);
    }
    if (status != 0 && status != HTTP_OK) {
        return sh_fail(why, SH_E_NET, "%s: the server answered with status %ld", name, status);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return sh_fail(why, SH_E_TIMEOUT, "%s: no answer came in time", name);
    }
    if (code != CURLE_OK && code != CURLE_WRITE_ERROR) {
        return sh_fail(why, SH_E_NET, "%s: %s", name, curl_easy_strerror(code));
    }
    return SH_OK;
}

static sh_err read_from_web(void *ctx, const char *name, struct buf *out, struct sh_why *why)
{
    struct web *web = ctx;
    struct receiving to = {.out = out, .err = SH_OK};
    const size_t before = out->len;
    char url[URL_BYTES_MAX];
    int len = snprintf(url, sizeof url, "%s%s", web->prefix, name);
    if (len < 0 || (size_t)len >= sizeof url) {
        return sh_fail(why, SH_E_USAGE, "the address is too long");
    }
    if (curl_easy_setopt(web->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(web->curl, CURLOPT_WRITEDATA, &to) != CURLE_OK) {
        return sh_fail(why, SH_E_NOMEM, "out of memory");
    }
    CURLcode code = curl_easy_perform(web->curl);
    sh_err err = judge(web, code, name, why);
    if (err == SH_OK && to.err != SH_OK) {
        err = sh_fail(why, to.err, "%s: %s", name, sh_err_sentence(to.err));
    } else if (err == SH_OK && code != CURLE_OK) {
        err = sh_fail(why, SH_E_NET, "%s: %s", name, curl_easy_strerror(code));
    }
    if (err != SH_OK) {
        out->len = before; /* the text of an error page is no file of the log */
    }
    return err;
}

static void close_web(void *ctx)
{
    struct web *web = ctx;
    if (web) {
        curl_easy_cleanup(web->curl);
        free(web);
    }
}

static void freep_web(struct web **web)
{
    close_web(*web);
    *web = NULL;
}

/* A redirect may lead to another place of the same scheme: never from TLS to none, never to a
 * file of this machine. */
static bool set_options(CURL *curl, const char *scheme)
{
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, scheme) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, TRANSFER_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, identity") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, HTTP_USER_AGENT) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK;
}

static sh_err new_web(bool tls, struct web **out)
{
    SH_DEFER(freep_web) struct web *web = calloc(1, sizeof *web);
    SH_CHECK(web, SH_E_NOMEM);
    web->curl = curl_easy_init();
    SH_CHECK(web->curl, SH_E_NOMEM);
    SH_CHECK(set_options(web->curl, tls ? HTTP_SCHEME_TLS : HTTP_SCHEME_PLAIN), SH_E_NOMEM);
    *out = web;
    web = NULL;
    return SH_OK;
}

sh_err audit_source_http(const char *url, struct audit_source *out, struct sh_why *why)
{
    struct web *web = NULL;
    const size_t len = strlen(url);
    if (len + 2 > sizeof web->prefix || strpbrk(url, "?#")) {
        return sh_fail(why, SH_E_USAGE,
                       "the address of a log has no '?' and no '#', and at most 2,000 characters");
    }
    if (new_web(strncasecmp(url, "https:", strlen("https:")) == 0, &web) != SH_OK) {
        return sh_fail(why, SH_E_NOMEM, "the library for HTTP could not be set up");
    }
    (void)snprintf(web->prefix, sizeof web->prefix, "%s%s", url, url[len - 1] == '/' ? "" : "/");
    *out = (struct audit_source){.read = read_from_web, .close = close_web, .ctx = web};
    return SH_OK;
}
