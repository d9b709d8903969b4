/* See audit_sync.h. */
#include "client/audit_sync.h"

#include "audit/mirror.h"
#include "base/files.h"
#include "client/audit_blame.h"
#include "client/connection.h"
#include "client/entry.h"
#include "client/proofs.h"

/* The relay said "not now" so often, one after another: it has no time for auditors at all. */
#define PUT_OFF_MAX    600u
#define PUT_OFF_MS_MAX 5000u
/* The log grows while it is read, and by our own AUDIT_READ. */
#define ROUNDS_MAX 4u
/* A lost connection is taken up again so often without a page in between. */
#define TRIES_MAX 3u

/* ---- asking ---- */

static sh_err ask_patiently(struct sh_client *client, struct frame *question, struct arena *arena,
                            struct frame *out, struct sh_why *why)
{
    for (unsigned i = 0; i < PUT_OFF_MAX; i++) {
        uint32_t ref = 0;
        SH_TRY(session_post(client->session, question, &ref, why));
        SH_TRY(session_answer(client->session, ref, arena, out, why));
        bool later = out->type == FRAME_DEFER &&
                     (out->defer.code == SH_E_QUOTA || out->defer.code == SH_E_BUSY);
        if (!later) {
            return SH_OK;
        }
        uint32_t pause_ms = out->defer.retry_after_ms;
        client->transport.pause(client->transport.ctx,
                                pause_ms < PUT_OFF_MS_MAX ? pause_ms : PUT_OFF_MS_MAX);
    }
    return sh_fail(why, SH_E_BUSY, "the relay has had no time for auditors for a while");
}

sh_err audit_ask_page(struct sh_client *client, uint64_t from, uint32_t count, uint64_t size,
                      struct arena *arena, struct frame *out, struct sh_why *why)
{
    struct frame question = {.type = FRAME_LEAVES_GET,
                             .leaves_get = {.from = from, .count = count, .size = size}};
    SH_TRY(ask_patiently(client, &question, arena, out, why));
    if (out->type == FRAME_REFUSED) {
        sh_err code = session_code(out->refused.code);
        return sh_fail(why, code,
                       code == SH_E_NOT_PERMITTED
                           ? "only a desk of the sector 'audit' may read the log's openings"
                           : "the relay refused to give entries of the log: %s",
                       sh_err_sentence(code));
    }
    if (out->type == FRAME_DEFER) {
        return session_put_off(out->defer.code, "the relay cannot give entries now", why);
    }
    bool fits = out->type == FRAME_LEAVES && out->leaves.from == from && out->leaves.size == size &&
                out->leaves.len > 0 && out->leaves.len <= count;
    return fits ? SH_OK
                : sh_fail(why, SH_E_FORMAT, "the relay gave other entries than were asked for");
}

/* ---- one round: up to one signed checkpoint ---- */

static sh_err take_page(struct audit_round *round, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame answer;
    uint64_t from = mirror_size(round->mirror), left = round->shown.size - from;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(audit_ask_page(round->client, from,
                          (uint32_t)(left < SH_LEAVES_MAX ? left : SH_LEAVES_MAX),
                          round->shown.size, arena, &answer, why));
    const struct mirror_page page = {
        .entries = answer.leaves.entries,
        .len = answer.leaves.len,
        .consistency = answer.leaves.consistency,
        .checkpoint = round->shown,
        .note = bytes_buf(&round->note),
    };
    sh_err result = mirror_append(round->mirror, &page, &round->finding, why);
    if (result == SH_E_PROOF) {
        return audit_blame_page(round, &page, why);
    }
    SH_TRY(result);
    client_tell_progress(round->client, "reading the log", mirror_size(round->mirror),
                         round->shown.size);
    return SH_OK;
}

static sh_err take_pages(struct audit_round *round, struct sh_why *why)
{
    unsigned tries = 0;
    while (mirror_size(round->mirror) < round->shown.size) {
        sh_err result = connection_open(round->client, why);
        result = result == SH_OK ? take_page(round, why) : result;
        if (result == SH_OK) {
            tries = 0;
            continue;
        }
        SH_CHECK(connection_is_lost(result) && ++tries < TRIES_MAX, result);
        connection_drop(round->client);
    }
    return SH_OK;
}

/* Takes a signed checkpoint as what is to be reached, after holding it against the mirror. */
static sh_err aim_at(struct audit_round *round, struct bytes note, struct sh_why *why)
{
    SH_CHECK(checkpoint_parse(note, &round->shown) == SH_OK, SH_E_BAD_CHECKPOINT);
    buf_reset(&round->note);
    SH_TRY(buf_append(&round->note, note));
    return audit_check_shown(round, why);
}

/* A newer checkpoint than the one that was reached; WELCOME's was verified when the session began.
 */
static sh_err ask_newest(struct audit_round *round, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame ping = {.type = FRAME_PING, .ping = {.time_ms = client_now_ms(round->client)}};
    struct frame pong;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(session_ask(round->client->session, &ping, FRAME_PONG, arena, &pong, why));
    SH_TRY(proofs_accept_checkpoint(round->client, pong.pong.checkpoint, NULL, why));
    return aim_at(round, pong.pong.checkpoint, why);
}

static sh_err run_rounds(struct audit_round *round, struct sh_why *why)
{
    sh_err result = connection_open(round->client, why);
    if (result == SH_E_FORK) {
        return audit_blame_fork(round, why);
    }
    SH_TRY(result);
    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        SH_TRY(ask_newest(round, why));
        if (mirror_size(round->mirror) == round->shown.size) {
            return SH_OK;
        }
        SH_TRY(take_pages(round, why));
    }
    return SH_OK;
}

/* ---- the answer ---- */

static sh_err tell_finding(const struct audit_round *round, json_t *json)
{
    const struct mirror_finding *finding = &round->finding;
    SH_DEFER(json_freep) json_t *found = json_object();
    SH_CHECK(found, SH_E_NOMEM);
    SH_TRY(entry_put(found, "fault", json_string(round->fault)));
    SH_TRY(entry_put(found, "sentence", json_string(finding->sentence)));
    if (finding->has_index) {
        SH_TRY(entry_put(found, "index", json_integer((json_int_t)finding->index)));
    }
    SH_TRY(entry_put(found, "checkpoint",
                     json_stringn((const char *)round->note.data, round->note.len)));
    SH_TRY(entry_put(found, "previous_checkpoint",
                     json_stringn((const char *)round->previous.data, round->previous.len)));
    return entry_put(json, "finding", json_incref(found));
}

static sh_err tell(struct audit_round *round, uint64_t before, json_t **out)
{
    SH_DEFER(json_freep) json_t *json = json_object();
    uint64_t size = mirror_size(round->mirror);
    SH_CHECK(json, SH_E_NOMEM);
    SH_TRY(entry_put(json, "fetched", json_integer((json_int_t)(size - before))));
    SH_TRY(entry_put(json, "entries", json_integer((json_int_t)size)));
    SH_TRY(entry_put(json, "rechecked", json_boolean(round->whole)));
    if (round->finding.sentence[0]) {
        SH_TRY(tell_finding(round, json));
    }
    if (round->shown.origin[0]) {
        SH_TRY(entry_put(json, "origin", json_string(round->shown.origin)));
    }
    *out = json;
    json = NULL;
    return SH_OK;
}

static void whole_progress(void *ctx, uint64_t done, uint64_t total)
{
    client_tell_progress(ctx, "verifying the mirror", done, total);
}

static sh_err recheck(struct audit_round *round, struct sh_why *why)
{
    struct note_verifier log;
    SH_TRY(proofs_log_key(round->client, client_now_ms(round->client), &log, why));
    sh_err result =
        mirror_recheck(round->mirror, &log, whole_progress, round->client, &round->finding);
    if (result == SH_E_PROOF) {
        /* Its own checkpoint is all the evidence there is. */
        round->fault = round->finding.has_index ? "entry" : "root";
        SH_TRY(buf_append(&round->note, bytes_buf(&round->previous)));
        buf_reset(&round->previous);
    }
    return result;
}

static sh_err sync_mirror(struct audit_round *round, struct sh_why *why)
{
    sh_err result = mirror_checkpoint(round->mirror, &round->previous);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    SH_TRY(round->whole ? recheck(round, why) : SH_OK);
    result = run_rounds(round, why);
    if (result != SH_OK) {
        connection_drop(round->client);
    }
    return result;
}

static void round_wipe(struct audit_round *round)
{
    mirror_close(&round->mirror);
    buf_wipe(&round->note);
    buf_wipe(&round->previous);
}

sh_err audit_sync(struct sh_client *client, bool whole, json_t **out, struct sh_why *why)
{
    char path[KEYRING_PATH_BYTES];
    SH_DEFER(round_wipe)
    struct audit_round round = {.client = client,
                                .whole = whole,
                                .fault = "",
                                .note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX),
                                .previous = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    SH_TRY(path_join(path, sizeof path, keyring_home(client->keyring), HOME_AUDIT));
    SH_TRY(mirror_open(path, true, &round.mirror, why));
    uint64_t before = mirror_size(round.mirror);
    sh_err result = sync_mirror(&round, why);
    if (result != SH_OK && round.finding.sentence[0]) {
        (void)sh_fail(why, result, "%s", round.finding.sentence);
    }
    SH_TRY(tell(&round, before, out));
    return result;
}
