/* See connection.h. */
#include "client/connection.h"

#include "client/dates.h"
#include "client/proofs.h"

#define PEERS_MAX 16u

/* A directory that ran out half of its time ago, or more, is told of. */
static void warn_of_age(struct sh_client *client, const struct directory *directory)
{
    int64_t now_ms = client_now_ms(client);
    int64_t half_ms = directory_created_ms(directory) +
                      (directory_expires_ms(directory) - directory_created_ms(directory)) / 2;
    if (now_ms > directory_expires_ms(directory)) {
        client_warn(client, "The directory has run out: new seats are not known until the "
                            "partnership publishes it anew.");
    } else if (now_ms > half_ms) {
        client_warn(client, "The directory is past half of its time, and no newer one has come.");
    }
}

static sh_err list_peers(struct sh_client *client, const struct directory *directory,
                         struct transport_peer *peers, size_t *out_len, struct sh_why *why)
{
    const struct secret *private_key = NULL;
    uint8_t public_key[32];
    SH_TRY(keyring_curve(client->keyring, public_key, &private_key, why));
    const char *instead = keyring_endpoint(client->keyring);
    size_t len = 0;
    for (size_t i = 0; i < directory_relays_len(directory) && len < PEERS_MAX; i++) {
        const struct directory_relay *relay = directory_relay_at(directory, i);
        struct transport_peer *peer = &peers[len++];
        peer->endpoint = instead[0] ? instead : relay->endpoint;
        peer->private_key = private_key;
        memcpy(peer->public_key, public_key, sizeof public_key);
        memcpy(peer->relay_key, relay->curve_key, sizeof peer->relay_key);
    }
    *out_len = len;
    return SH_OK;
}

static sh_err open_session(struct sh_client *client, struct sh_why *why)
{
    struct directory *directory = NULL;
    struct transport_peer peers[PEERS_MAX];
    struct session_order order = {.transport = &client->transport,
                                  .clock = client->clock,
                                  .peers = peers,
                                  .connect_ms = client->connect_ms,
                                  .answer_ms = client->answer_ms};
    SH_TRY(client_directory_any(client, &directory, why));
    SH_TRY(list_peers(client, directory, peers, &order.peers_len, why));
    order.directory_version = directory_serial(directory);
    SH_TRY(proofs_known_size(client, &order.log_size));
    return session_open(&order, &client->session, why);
}

static sh_err fetch_piece(struct sh_client *client, uint64_t version, struct buf *file,
                          uint64_t *out_total, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    struct frame question = {.type = FRAME_DIRECTORY_GET,
                             .directory_get = {.version = version, .offset = file->len}};
    struct frame answer;
    SH_TRY(session_ask(client->session, &question, FRAME_DIRECTORY, arena, &answer, why));
    bool fits = answer.directory.version == version && answer.directory.offset == file->len &&
                answer.directory.bytes.len > 0 &&
                answer.directory.total_bytes <= SH_DIRECTORY_BYTES_MAX;
    if (!fits) {
        return sh_fail(why, SH_E_FORMAT,
                       "the relay gave another piece of the directory than was asked for");
    }
    *out_total = answer.directory.total_bytes;
    return buf_append(file, answer.directory.bytes);
}

static sh_err fetch_directory(struct sh_client *client, uint64_t version, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf file = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    uint64_t total = 1;
    while (file.len < total) {
        SH_TRY(fetch_piece(client, version, &file, &total, why));
        client_tell_progress(client, "fetching the directory", file.len, total);
    }
    return keyring_install_directory(client->keyring, bytes_buf(&file), client_now_ms(client), why);
}

sh_err connection_refresh_directory(struct sh_client *client, bool *out_changed, struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, why));
    uint64_t ours = directory_serial(directory);
    /* The newest may be newer than WELCOME said: version 0 in the question asks for whichever it
     * is. */
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    struct frame question = {.type = FRAME_DIRECTORY_GET};
    struct frame answer;
    SH_TRY(session_ask(client->session, &question, FRAME_DIRECTORY, arena, &answer, why));
    uint64_t theirs = answer.directory.version;
    *out_changed = false;
    if (theirs > ours) {
        SH_TRY(fetch_directory(client, theirs, why));
        *out_changed = true;
    }
    return SH_OK;
}

/* A directory that does not verify is no reason not to send a referral under the one that did; a
 * person is told. */
static sh_err follow_directory(struct sh_client *client, struct sh_why *why)
{
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(client, &directory, why));
    uint64_t theirs = session_welcome(client->session)->directory_version;
    if (theirs > directory_serial(directory)) {
        struct sh_why detail = {{0}};
        sh_err result = fetch_directory(client, theirs, &detail);
        if (result != SH_OK && connection_is_lost(result)) {
            return sh_fail(why, result, "%s", detail.text);
        }
        if (result != SH_OK) {
            client_warn(client, "The relay's directory %llu was not taken: %s (%s).",
                        (unsigned long long)theirs, sh_err_sentence(result), detail.text);
        }
        SH_TRY(client_directory_any(client, &directory, why));
    }
    warn_of_age(client, directory);
    return SH_OK;
}

static sh_err greet(struct sh_client *client, struct sh_why *why)
{
    const struct session_welcome *welcome = session_welcome(client->session);
    client->ahead_ms = client_now_ms(client) - welcome->time_ms;
    dates_warn(client);
    SH_TRY(follow_directory(client, why));
    return proofs_accept_checkpoint(client, welcome->checkpoint, &welcome->consistency, why);
}

sh_err connection_open(struct sh_client *client, struct sh_why *why)
{
    SH_CHECK(!client->session, SH_OK);
    client_tell_progress(client, "connecting", 0, 0);
    sh_err result = open_session(client, why);
    if (result == SH_E_UNKNOWN_SEAT) {
        return sh_fail(
            why, result,
            "the relay does not let this seat in: it was revoked, or its certificate is not "
            "published yet");
    }
    SH_TRY(result);
    result = greet(client, why);
    if (result != SH_OK) {
        connection_drop(client);
    }
    return result;
}

sh_err connection_open_to_question(struct sh_client *client, struct sh_why *why)
{
    connection_drop(client);
    return open_session(client, why);
}

void connection_drop(struct sh_client *client)
{
    session_close(&client->session);
}

bool connection_is_lost(sh_err code)
{
    return code == SH_E_NET || code == SH_E_TIMEOUT || code == SH_E_NO_SESSION;
}
