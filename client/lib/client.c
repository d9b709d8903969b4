/* A client's life, and what all its files need of it: time, progress, warnings, the directory. */
#include "base/files.h"
#include "client/connection.h"
#include "client/dates.h"
#include "client/state.h"

#include <stdarg.h>

#define CONNECT_MS 8000
/* Answers take milliseconds. One that does not come was lost with a process that died; three tries
 * are made. */
#define ANSWER_MS     5000
#define WARNING_BYTES 700

void client_tell_progress(struct sh_client *client, const char *what, uint64_t done, uint64_t total)
{
    if (client->progress) {
        client->progress(client->progress_ctx, what, done, total);
    }
}

void client_warn(struct sh_client *client, const char *format, ...)
{
    char text[WARNING_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < json_array_size(client->warnings); i++) {
        if (strcmp(json_string_value(json_array_get(client->warnings, i)), text) == 0) {
            return;
        }
    }
    /* A warning that cannot be kept for want of memory is lost; what it warns of will be met again.
     */
    (void)json_array_append_new(client->warnings, json_string(text));
}

sh_err client_directory_any(struct sh_client *client, struct directory **out, struct sh_why *why)
{
    bool stale = false;
    return keyring_directory(client->keyring, client_now_ms(client), out, &stale, why);
}

sh_err client_directory(struct sh_client *client, struct directory **out, struct sh_why *why)
{
    bool stale = false;
    SH_TRY(keyring_directory(client->keyring, client_now_ms(client), out, &stale, why));
    if (stale && connection_open(client, NULL) == SH_OK) {
        /* Connecting has fetched a newer one, if there is one. */
        SH_TRY(keyring_directory(client->keyring, client_now_ms(client), out, &stale, why));
    }
    return stale ? dates_blame_directory(client, why) : SH_OK;
}

static sh_err open_transport(struct sh_client *client, const struct transport *transport)
{
    if (transport) {
        client->transport = *transport;
        return SH_OK;
    }
    SH_TRY(zmq_transport_new(&client->zmq));
    client->transport = zmq_transport_view(client->zmq);
    return SH_OK;
}

static sh_err open_vault(struct sh_client *client, const char *home, struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_TRY(path_join(path, sizeof path, home, HOME_VAULT));
    return vault_open(path, &client->vault, why);
}

sh_err client_open(const struct sh_client_options *options, const struct transport *transport,
                   const struct clock *clock, struct sh_client **out, struct sh_why *why)
{
    if (!options->home) {
        return sh_fail(why, SH_E_USAGE, "no home was named");
    }
    SH_DEFER(sh_client_close) struct sh_client *client = calloc(1, sizeof *client);
    SH_CHECK(client, SH_E_NOMEM);
    const struct keyring_asker asker = {options->passphrase, options->passphrase_ctx};
    client->clock = clock ? *clock : clock_system;
    client->progress = options->progress;
    client->progress_ctx = options->progress_ctx;
    client->connect_ms = options->connect_ms ? (int64_t)options->connect_ms : CONNECT_MS;
    client->answer_ms = options->answer_ms ? (int64_t)options->answer_ms : ANSWER_MS;
    client->warnings = json_array();
    SH_CHECK(client->warnings, SH_E_NOMEM);
    SH_TRY(keyring_open(options->home, &asker, &client->keyring, why));
    SH_TRY(dates_check_clock(client_now_ms(client), keyring_sign_cert(client->keyring), why));
    SH_TRY(open_vault(client, options->home, why));
    SH_TRY(open_transport(client, transport));
    *out = client;
    client = NULL;
    return SH_OK;
}

void sh_client_close(struct sh_client **client_p)
{
    struct sh_client *client = client_p ? *client_p : NULL;
    if (!client) {
        return;
    }
    session_close(&client->session);
    zmq_transport_free(&client->zmq);
    vault_close(&client->vault);
    keyring_close(&client->keyring);
    json_decref(client->warnings);
    free(client);
    *client_p = NULL;
}
