#include "core/start.h"

#include "base/cleanup.h"
#include "base/files.h"
#include "core/clocks.h"
#include "core/lost.h"
#include "core/operator.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "keys/keyfile.h"
#include "policy/clocks.h"

#include <stdlib.h>
#include <unistd.h>

static sh_err read_log_key(const struct config *config, struct key **out, struct sh_why *why)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_TRY(keyfile_passphrase(config->passphrase_file, &passphrase, why));
    return keyfile_load(config->log_key_file, &passphrase, KEY_TYPE_ED25519, out, why);
}

/* The key in the configuration must be the one that the directory tells everyone to check by. */
sh_err start_check_log_key(const struct config *config, const struct key *key,
                           const struct loaded *loaded, int64_t now_ms, struct sh_why *why)
{
    struct note_verifier published;
    uint8_t own[32];
    if (directory_log_key(loaded->directory, now_ms, &published) != SH_OK) {
        return sh_fail(why, SH_E_CONFIG,
                       "the directory names no log key: `safehand-ca key add --log VKEY`, publish");
    }
    SH_TRY(key_raw_public(key, own));
    if (memcmp(own, published.public_key, sizeof own) != 0 ||
        strcmp(published.name, config->log_origin) != 0) {
        return sh_fail(why, SH_E_CONFIG,
                       "the log key or origin here is not the one in the directory (%s): nobody "
                       "could verify this log",
                       published.name);
    }
    return SH_OK;
}

/* The library must do what we rely on: behaviour is tested, never inferred from a version number.
 */
static sh_err check_crypto(const struct key *log_key, struct sh_why *why)
{
    static const char abc_hex[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct sh_hash abc;
    char hex[2 * SH_HASH_BYTES + 1];
    uint8_t raw[32], signature[64];
    SH_TRY(digest_sha256(bytes_str("abc"), &abc));
    hex_encode(BYTES_FIXED(abc), hex);
    SH_TRY(key_raw_public(log_key, raw));
    SH_TRY(sign_ed25519(log_key, bytes_str("abc"), signature));
    bool good = sign_verify_ed25519(raw, bytes_str("abc"), signature) == SH_OK;
    bool bad = sign_verify_ed25519(raw, bytes_str("abd"), signature) == SH_OK;
    if (strcmp(hex, abc_hex) != 0 || !good || bad) {
        return sh_fail(why, SH_E_SELF_TEST, "the cryptographic library gives wrong answers");
    }
    return SH_OK;
}

static sh_err make_parts(struct core *core)
{
    pthread_mutex_init(&core->loaded_lock, NULL);
    core->frame.max = SH_FRAME_BYTES_MAX;
    SH_TRY(ring_new(&core->ring));
    SH_TRY(outbox_new(&core->outbox));
    SH_TRY(sessions_new(&core->sessions));
    SH_TRY(tally_new(&core->messages_by_seat));
    SH_TRY(tally_new(&core->pieces_by_seat));
    return tally_new(&core->refusals_by_seat);
}

static sh_err open_book(struct core *core, struct sh_why *why)
{
    SH_TRY(lost_load(core->store, &core->lost, why));
    const struct note_verifier *lost = lost_closed(core->lost);
    core->stats.restoring = lost != NULL;
    return lost ? book_open_lost(core->store, lost, &core->book, why)
                : book_open(core->store, core->log_key, core->config->log_origin, &core->book, why);
}

sh_err core_from_parts(struct core_parts *parts, struct core **out, struct sh_why *why)
{
    SH_DEFER(core_free) struct core *core = calloc(1, sizeof *core);
    SH_CHECK(core, SH_E_NOMEM);
    core->config = parts->config;
    core->store = parts->store;
    core->loaded = parts->loaded;
    core->log_key = parts->log_key;
    struct clock clock = parts->clock;
    *parts = (struct core_parts){0};
    timekeeper_init(&core->time, clock);
    SH_TRY(make_parts(core));
    SH_TRY(check_crypto(core->log_key, why));
    SH_TRY(open_book(core, why));
    SH_TRY(clocks_check_directory(core, why));
    SH_TRY(timekeeper_start_check(clock_now_ms(&clock), book_last_time_ms(core->book),
                                  timekeeper_synchronised(), core->config->clock_checked, why));
    *out = core;
    core = NULL;
    return SH_OK;
}

struct log_key_check {
    const struct config *config;
    const struct key *key;
    const struct loaded *loaded;
    int64_t now_ms;
};

static sh_err check_key(const struct log_key_check *check, struct sh_why *why)
{
    return start_check_log_key(check->config, check->key, check->loaded, check->now_ms, why);
}

/* Only a closed relay may have another log in the directory than in its database. Where there is no
 * database nothing is made before all is well. */
static sh_err open_store(const char *path, const struct log_key_check *check, struct store **out,
                         struct sh_why *why)
{
    SH_DEFER(store_close) struct store *store = NULL;
    SH_DEFER(lost_free) struct lost *lost = NULL;
    SH_TRY(access(path, F_OK) == 0 ? SH_OK : check_key(check, why));
    SH_TRY(dir_make(check->config->state_dir, 0700, why));
    SH_TRY(store_open_sqlite(path, &store, why));
    SH_TRY(lost_load(store, &lost, why));
    SH_TRY(lost_closed(lost) ? SH_OK : check_key(check, why));
    *out = store;
    store = NULL;
    return SH_OK;
}

sh_err core_new(const struct config *config, struct core **out, struct sh_why *why)
{
    SH_DEFER(key_free) struct key *log_key = NULL;
    SH_DEFER(loaded_release) struct loaded *loaded = NULL;
    SH_DEFER(store_close) struct store *store = NULL;
    char path[PATH_MAX];
    int64_t now_ms = clock_now_ms(&clock_system);
    SH_TRY(read_log_key(config, &log_key, why));
    SH_TRY(loaded_read(config, now_ms, 0, &loaded, why));
    SH_TRY(path_join(path, sizeof path, config->state_dir, "relay.db"));
    struct log_key_check check = {config, log_key, loaded, now_ms};
    SH_TRY(open_store(path, &check, &store, why));
    struct core_parts parts = {.config = config,
                               .clock = clock_system,
                               .store = store,
                               .loaded = loaded,
                               .log_key = log_key};
    store = NULL;
    loaded = NULL;
    log_key = NULL;
    return core_from_parts(&parts, out, why);
}

sh_err core_check_config(const struct config *config, struct sh_why *why)
{
    SH_DEFER(key_free) struct key *log_key = NULL;
    SH_DEFER(loaded_release) struct loaded *loaded = NULL;
    int64_t now_ms = clock_now_ms(&clock_system);
    SH_TRY(read_log_key(config, &log_key, why));
    SH_TRY(loaded_read(config, now_ms, 0, &loaded, why));
    SH_TRY(policy_check_calendars(loaded->policy, now_ms, why));
    return start_check_log_key(config, log_key, loaded, now_ms, why);
}

void core_free(struct core **core_p)
{
    struct core *core = *core_p;
    if (!core) {
        return;
    }
    ring_free(&core->ring);
    outbox_free(&core->outbox);
    sessions_free(&core->sessions);
    tally_free(&core->messages_by_seat);
    tally_free(&core->refusals_by_seat);
    tally_free(&core->pieces_by_seat);
    operator_end(&core->operator_job);
    book_close(&core->book);
    lost_free(&core->lost);
    store_close(&core->store);
    key_free(&core->log_key);
    loaded_release(&core->loaded);
    buf_wipe(&core->frame);
    pthread_mutex_destroy(&core->loaded_lock);
    free(core);
    *core_p = NULL;
}
