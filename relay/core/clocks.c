#include "core/clocks.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "core/cosigned.h"
#include "core/facts.h"
#include "core/overdue.h"
#include "core/route.h"
#include "crypto/digest.h"
#include "policy/clocks.h"
#include "wire/envelope.h"

enum {
    REFUSALS_LOGGED_MAX = 10, /* of a seat and code in an hour, one by one */
    EXPIRE_AT_ONCE = 256,
    RETENTION_EVERY_MS = 10 * SH_MINUTE_MS,
};

/* The serial of the newest directory that was in use. */
static const char META_DIRECTORY[] = "directory_serial";

/* Room for a full group of the largest messages, half as much again, and a checkpoint of the
 * write-ahead log. */
static const uint64_t DISK_LOW_BYTES = SH_GROUP_MAX * (uint64_t)SH_ENVELOPE_BYTES_MAX * 3 / 2;

static sh_err append(struct core *core, enum leaf_type type, const struct leaf_facts *facts)
{
    uint64_t index = 0;
    SH_TRY(core_write(core));
    return book_append(core->book, type, core->group_ms, facts, &index);
}

static sh_err log_refusals(void *ctx, const struct sh_hash *seat_hash, uint32_t code,
                           uint64_t count)
{
    struct core *core = ctx;
    const struct seat *seat = directory_seat_by_hash(core->loaded->directory, seat_hash);
    if (count <= REFUSALS_LOGGED_MAX || !seat) {
        return SH_OK;
    }
    struct leaf_facts facts = {.from = seat->address, .seat = *seat_hash, .code = code};
    facts.has_count = true;
    facts.count = count - REFUSALS_LOGGED_MAX;
    return append(core, LEAF_REFUSED, &facts);
}

static sh_err forget(void *ctx, const struct sh_hash *seat, uint32_t what, uint64_t count)
{
    (void)ctx;
    (void)seat;
    (void)what;
    (void)count;
    return SH_OK;
}

sh_err clocks_begin_group(struct core *core)
{
    bool jumped_now = timekeeper_check(&core->time);
    core->group_ms = timekeeper_now_ms(&core->time, book_last_time_ms(core->book));
    core->stats.clock_alarm = core->time.jumped;
    SH_CHECK(jumped_now, SH_OK);
    log_event(LOG_LEVEL_ERROR, "clock_jumped", "action=%s",
              "nothing is accepted until the clock is right or the relay is started with "
              "--clock-checked");
    struct leaf_facts facts = {.code = SH_E_CLOCK};
    return append(core, LEAF_ALARM, &facts);
}

sh_err clocks_begin_closed(struct core *core)
{
    uint64_t used_bytes = 0, free_bytes = 0;
    (void)timekeeper_check(&core->time);
    core->group_ms = timekeeper_now_ms(&core->time, book_last_time_ms(core->book));
    core->stats.clock_alarm = core->time.jumped;
    core->stats.restoring = 1;
    SH_TRY(store_room(core->store, &used_bytes, &free_bytes));
    core->disk_low = free_bytes > 0 && free_bytes < DISK_LOW_BYTES;
    return SH_OK;
}

static sh_err watch_disk(struct core *core)
{
    uint64_t used_bytes = 0, free_bytes = 0;
    SH_TRY(store_room(core->store, &used_bytes, &free_bytes));
    bool low = free_bytes > 0 && free_bytes < DISK_LOW_BYTES;
    if (low != core->disk_low) {
        log_event(low ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "disk_room", "low=%d free_bytes=%llu",
                  low, (unsigned long long)free_bytes);
    }
    core->disk_low = low;
    SH_TRY(store_queue_waiting(core->store, &used_bytes, &free_bytes));
    core->stats.waiting_messages = used_bytes;
    core->stats.waiting_notices = free_bytes;
    return SH_OK;
}

sh_err clocks_calendar_alarm(struct core *core, const char *why)
{
    if (core->stats.calendar_alarm) {
        return SH_OK;
    }
    core->stats.calendar_alarm = 1;
    log_event(LOG_LEVEL_ERROR, "calendar_ended", "why=\"%s\" action=\"%s\"", why,
              "clocks count without bank holidays or terms: fetch newer calendars, send SIGHUP");
    struct leaf_facts facts = {.code = SH_E_CONFIG};
    return append(core, LEAF_ALARM, &facts);
}

static sh_err watch_calendars(struct core *core)
{
    struct sh_why why = {0};
    sh_err err = policy_check_calendars(core->loaded->policy, core->group_ms, &why);
    return err == SH_OK ? SH_OK : clocks_calendar_alarm(core, why.text);
}

static sh_err beat(struct core *core)
{
    if (core->group_ms < core->heartbeat_due_ms) {
        return SH_OK;
    }
    core->heartbeat_due_ms = core->group_ms + core->config->heartbeat_leaf_ms;
    struct leaf_facts facts = {0};
    SH_TRY(watch_calendars(core));
    return append(core, LEAF_HEARTBEAT, &facts);
}

static sh_err expire_one(struct core *core, int64_t seq)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct message_row row;
    struct header header;
    struct leaf_facts facts;
    SH_TRY(arena_new(SH_MIB, 4096, &arena));
    SH_TRY(store_message_by_seq(core->store, seq, arena, &row));
    SH_CHECK(header_decode(row.header, arena, &header) == SH_OK, SH_E_CORRUPT);
    facts_about(&row, &header, &facts);
    return append(core, LEAF_EXPIRED, &facts);
}

static sh_err expire(struct core *core)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const int64_t *seqs = NULL;
    size_t len = 0;
    if (core->time.jumped || core->group_ms < core->retention_due_ms) {
        return SH_OK;
    }
    int64_t before_ms = core->group_ms - policy_retention_ms(core->loaded->policy);
    SH_TRY(arena_new(SH_MIB, 4096, &arena));
    SH_TRY(core_write(core));
    SH_TRY(store_messages_expire(core->store, before_ms, EXPIRE_AT_ONCE, arena, &seqs, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(expire_one(core, seqs[i]));
    }
    /* A full helping means that more may wait: come back with the next tick. */
    core->retention_due_ms =
        len == EXPIRE_AT_ONCE ? core->group_ms : core->group_ms + RETENTION_EVERY_MS;
    return SH_OK;
}

/* A directory that has run out serves on for a grace, loudly. */
static sh_err watch_directory(struct core *core)
{
    const struct directory *directory = core->loaded->directory;
    int64_t expires_ms = directory_expires_ms(directory),
            created_ms = directory_created_ms(directory);
    bool expired = core->group_ms > expires_ms;
    core->stats.directory_half_gone = core->group_ms > created_ms + (expires_ms - created_ms) / 2;
    if (!expired || core->directory_expired) {
        core->directory_expired = expired;
        return SH_OK;
    }
    core->directory_expired = true;
    log_event(LOG_LEVEL_ERROR, "directory_expired", "serial=%llu action=\"%s\"",
              (unsigned long long)directory_serial(directory),
              "publish a new directory and send SIGHUP");
    struct leaf_facts facts = {
        .code = SH_E_EXPIRED, .has_version = true, .version = directory_serial(directory)};
    return append(core, LEAF_ALARM, &facts);
}

/* Missing witnesses stop nothing: they are counted, and told once. */
static void watch_witnesses(struct core *core)
{
    struct cosigned_count count;
    if (!core->cosigned) {
        return;
    }
    cosigned_count(core->cosigned, core->group_ms, &count);
    const bool missing = count.current < count.quorum;
    core->stats.witnesses_wanted = count.wanted;
    core->stats.witnesses_current = count.current;
    core->stats.witness_lines = count.lines;
    core->stats.witness_alarm = missing;
    if (missing && !core->witnesses_missing) {
        log_event(LOG_LEVEL_ERROR, "witnesses_missing", "current=%u quorum=%u action=\"%s\"",
                  count.current, count.quorum,
                  "see that `safehand audit witness` runs at those whom the policy names; "
                  "referrals go on");
    } else if (!missing && core->witnesses_missing) {
        log_event(LOG_LEVEL_INFO, "witnesses_back", "current=%u quorum=%u", count.current,
                  count.quorum);
    }
    core->witnesses_missing = missing;
}

sh_err clocks_tick(struct core *core)
{
    SH_TRY(watch_disk(core));
    if (core->disk_low) {
        return SH_OK; /* receipts may still fit; leaves that can wait do */
    }
    SH_TRY(watch_directory(core));
    watch_witnesses(core);
    SH_TRY(tally_turn(core->refusals_by_seat, core->group_ms, log_refusals, core));
    SH_TRY(tally_turn(core->messages_by_seat, core->group_ms, forget, NULL));
    SH_TRY(tally_turn(core->pieces_by_seat, core->group_ms, forget, NULL));
    SH_TRY(beat(core));
    SH_TRY(overdue_tick(core));
    return expire(core);
}

sh_err clocks_check_directory(struct core *core, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf used = BUF_INIT(8);
    uint64_t serial = directory_serial(core->loaded->directory);
    sh_err err = store_meta_get(core->store, META_DIRECTORY, &used);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(err);
    SH_CHECK(used.len == 8, SH_E_CORRUPT);
    if (serial < be64_load(used.data)) {
        return sh_fail(
            why, SH_E_ROLLBACK,
            "the directory has serial %llu, and this relay has used %llu: whom the newer "
            "one revoked would be let in again",
            (unsigned long long)serial, (unsigned long long)be64_load(used.data));
    }
    return SH_OK;
}

static sh_err log_directory(struct core *core)
{
    const struct directory *directory = core->loaded->directory;
    struct leaf_facts facts = {.has_version = true, .version = directory_serial(directory)};
    SH_TRY(digest_sha256(directory_signed_bytes(directory), &facts.sha256));
    /* Past its validity it serves on for a grace: the log says so. */
    facts.code = core->group_ms > directory_expires_ms(directory) ? SH_E_EXPIRED : 0;
    core->stats.directory_serial = facts.version;
    core->stats.directory_expires_seconds = (uint64_t)(directory_expires_ms(directory) / 1000);
    uint8_t serial[8];
    be64_store(serial, facts.version);
    SH_TRY(core_write(core));
    SH_TRY(store_meta_put(core->store, META_DIRECTORY, bytes_of(serial, sizeof serial)));
    return append(core, LEAF_DIRECTORY, &facts);
}

static sh_err log_policy(struct core *core)
{
    struct leaf_facts facts = {
        .sha256 = *policy_sha256(core->loaded->policy),
        .name = policy_name(core->loaded->policy),
    };
    return append(core, LEAF_POLICY, &facts);
}

static void drop_revoked_sessions(struct core *core)
{
    for (struct session *session = sessions_next(core->sessions, NULL), *next; session;
         session = next) {
        next = sessions_next(core->sessions, session);
        if (directory_seat_by_hash(core->loaded->directory, &session->seat)) {
            continue;
        }
        /* The connection itself may linger; it gets nothing more and is asked to go. */
        if (outbox_add(core->outbox, LINK_DROP, session->connection, bytes_of(NULL, 0)) != SH_OK) {
            log_event(LOG_LEVEL_WARN, "drop_lost", "reason=%s", "outbox is full");
        }
        sessions_remove(core->sessions, session->connection);
    }
    core->stats.sessions = sessions_count(core->sessions);
}

static bool desk_has_live_seat(const struct core *core, const struct recipient *to)
{
    for (size_t i = 0; i < to->seats_len; i++) {
        if (directory_seat_by_hash(core->loaded->directory, &to->seats[i])) {
            return true;
        }
    }
    return false;
}

static sh_err any_seat_received(struct core *core, const struct recipient *to, int64_t message_seq,
                                struct arena *arena, bool *out)
{
    *out = false;
    for (size_t i = 0; i < to->seats_len && !*out; i++) {
        struct receipt_row row;
        sh_err err = store_receipt_get(core->store, message_seq, &to->seats[i], RECEIPT_DELIVERED,
                                       arena, &row);
        SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
        *out = err == SH_OK;
    }
    return SH_OK;
}

/* The message waited for a seat that is gone. If no seat of that desk has it or can get it, the
 * sender must know now. */
static sh_err check_undeliverable(struct core *core, int64_t seq, const struct sh_hash *gone)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct message_row row;
    struct header header;
    SH_TRY(arena_new(SH_MIB, 4096, &arena));
    SH_TRY(store_message_by_seq(core->store, seq, arena, &row));
    SH_CHECK(header_decode(row.header, arena, &header) == SH_OK, SH_E_CORRUPT);
    for (size_t i = 0; i < header.facts.recipients_len; i++) {
        const struct recipient *to = &header.facts.recipients[i];
        bool concerned = false, received = false;
        for (size_t k = 0; k < to->seats_len; k++) {
            concerned |= hash_equal(&to->seats[k], gone);
        }
        if (!concerned || to->role == ROLE_OWN || desk_has_live_seat(core, to)) {
            continue;
        }
        SH_TRY(any_seat_received(core, to, seq, arena, &received));
        if (received) {
            continue;
        }
        struct leaf_facts facts;
        uint64_t index = 0;
        facts_about(&row, &header, &facts);
        facts.by = to->address;
        facts.code = SH_E_NO_LIVE_SEAT;
        SH_TRY(core_write(core));
        SH_TRY(book_append(core->book, LEAF_UNDELIVERABLE, core->group_ms, &facts, &index));
        SH_TRY(route_fact(core, &header.facts, &row.from, seq, index));
    }
    return SH_OK;
}

static sh_err drop_revoked_mail(struct core *core)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const struct sh_hash *seats = NULL;
    size_t seats_len = 0;
    SH_TRY(arena_new(64 * (size_t)SH_MIB, 100000, &arena));
    SH_TRY(store_queue_seats(core->store, arena, &seats, &seats_len));
    for (size_t i = 0; i < seats_len; i++) {
        const int64_t *seqs = NULL;
        size_t len = 0;
        if (directory_seat_by_hash(core->loaded->directory, &seats[i])) {
            continue;
        }
        SH_TRY(core_write(core));
        SH_TRY(store_queue_drop_seat(core->store, &seats[i], arena, &seqs, &len));
        for (size_t k = 0; k < len; k++) {
            SH_TRY(check_undeliverable(core, seqs[k], &seats[i]));
        }
    }
    return SH_OK;
}

sh_err clocks_started(struct core *core)
{
    struct leaf_facts begun = {.name = core->config->log_origin};
    struct leaf_facts started = {0};
    if (book_size(core->book) == 0) {
        SH_TRY(append(core, LEAF_BEGUN, &begun));
    } else {
        SH_TRY(digest_sha256(book_checkpoint(core->book), &started.checkpoint_sha256));
    }
    SH_TRY(append(core, LEAF_STARTED, &started));
    SH_TRY(log_directory(core));
    core->heartbeat_due_ms = core->group_ms + core->config->heartbeat_leaf_ms;
    SH_TRY(log_policy(core));
    SH_TRY(watch_calendars(core));
    /* The directory may be newer than the one before the stop. */
    return drop_revoked_mail(core);
}

sh_err clocks_loaded(struct core *core, struct loaded **fresh_p)
{
    bool new_directory =
        directory_serial((*fresh_p)->directory) != directory_serial(core->loaded->directory);
    bool new_policy =
        !hash_equal(policy_sha256((*fresh_p)->policy), policy_sha256(core->loaded->policy));
    pthread_mutex_lock(&core->loaded_lock);
    struct loaded *old = core->loaded;
    core->loaded = *fresh_p;
    *fresh_p = NULL;
    pthread_mutex_unlock(&core->loaded_lock);
    loaded_release(&old);
    if (core->cosigned) {
        cosigned_set(core->cosigned, core->loaded->directory,
                     policy_witnesses(core->loaded->policy), core->group_ms);
    }
    drop_revoked_sessions(core);
    SH_CHECK(!core_is_closed(core), SH_OK);
    SH_TRY(drop_revoked_mail(core));
    if (new_directory) {
        SH_TRY(log_directory(core));
    }
    SH_TRY(new_policy ? log_policy(core) : SH_OK);
    core->stats.calendar_alarm = 0;
    return watch_calendars(core);
}
