#include "core/ledger.h"

#include "base/cleanup.h"
#include "base/logline.h"
#include "core/clocks.h"
#include "core/deliver.h"
#include "core/facts.h"
#include "core/lost.h"
#include "core/operator.h"
#include "core/publish.h"

#include <stdlib.h>

enum { REFUSALS_LOGGED_MAX = 10, RESTORING_RETRY_MS = 10 * SH_MINUTE_MS };

/* The first ten refusals of a seat and code in an hour are leaves; clocks.c writes the rest as one
 * count. */
static sh_err log_refusal(struct core *core, struct submission *sub)
{
    char message[2 * SH_ID_BYTES + 1];
    core->stats.refused++;
    if (!sub->seat || (sub->frame.type != FRAME_SUBMIT && sub->frame.type != FRAME_RECEIPT)) {
        return SH_OK;
    }
    uint64_t count =
        tally_add(core->refusals_by_seat, &sub->seat->hash, (uint32_t)sub->result, core->group_ms);
    if (count > REFUSALS_LOGGED_MAX) {
        return SH_OK; /* nor a line each in the journal, which a seat could fill otherwise */
    }
    hex_encode(BYTES_FIXED(sub->header.facts.message_id), message);
    log_event(LOG_LEVEL_INFO, "refused", "id=%s by=%s code=%s why=\"%s\"", message,
              sub->seat->address.text, sh_err_word(sub->result), sub->why.text);
    if (core->time.jumped) {
        return SH_OK;
    }
    struct leaf_facts facts;
    facts_of_refusal(sub, sub->result, &facts);
    SH_TRY(core_write(core));
    SH_TRY(book_append(core->book, LEAF_REFUSED, core->group_ms, &facts, &sub->leaf_index));
    sub->verdict = VERDICT_WRITTEN;
    return SH_OK;
}

/* Takes a notice off the seat's queue. A message goes by a receipt and in no other way. */
static sh_err take_notice_seen(struct core *core, struct submission *sub)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const struct queue_row *rows = NULL;
    uint64_t item = sub->frame.notice_seen.item;
    size_t len = 0;
    SH_CHECK(item > 0, SH_OK);
    SH_TRY(arena_new(64 * SH_KIB, 64, &arena));
    SH_TRY(store_queue_next(core->store, &sub->seat->hash, item - 1, 1, arena, &rows, &len));
    SH_CHECK(len == 1 && rows[0].item == item && rows[0].kind == QUEUE_NOTICE, SH_OK);
    SH_TRY(core_write(core));
    return store_queue_done(core->store, &sub->seat->hash, item);
}

/* The seat may have been revoked between verification and now: whatever it asks for, it is judged
 * by the newest directory. */
static sh_err check_seat_today(struct core *core, struct submission *sub)
{
    if (!sub->seat || sub->loaded == core->loaded) {
        return SH_OK;
    }
    struct sh_hash verified = sub->seat->hash;
    loaded_release(&sub->loaded);
    sub->loaded = loaded_share(core->loaded);
    sub->seat = directory_seat_by_curve(sub->loaded->directory, sub->curve_key);
    SH_CHECK(sub->seat && hash_equal(&sub->seat->hash, &verified), SH_E_UNKNOWN_SEAT);
    return SH_OK;
}

/* A connection's number may come back: a client can choose it, and nobody says when one that is
 * sent nothing has ended. What was asked for under it belongs to the key that asked. */
static void close_foreign_session(struct core *core, const struct submission *sub)
{
    const struct session *session = sessions_find(core->sessions, sub->connection);
    if (session && memcmp(session->curve_key, sub->curve_key, sizeof sub->curve_key) != 0) {
        sessions_remove(core->sessions, sub->connection);
        core->stats.sessions = sessions_count(core->sessions);
    }
}

static sh_err decide_frame(struct core *core, struct submission *sub)
{
    struct stage_ctx ctx = {.core = core};
    core->stats.frames++;
    close_foreign_session(core, sub);
    SH_CHECK(sh_err_class(sub->result) != SH_CLASS_FATAL, sub->result);
    sh_err seat = check_seat_today(core, sub);
    sub->result = sub->result == SH_OK ? seat : sub->result;
    if (sub->result == SH_OK && core_is_closed(core) && !lost_answers(sub->frame.type)) {
        sub->result = SH_E_RESTORING;
        sub->retry_after_ms = RESTORING_RETRY_MS;
    }
    if (sub->result == SH_OK && sub->frame.type == FRAME_NOTICE_SEEN) {
        return take_notice_seen(core, sub);
    }
    sh_err ended = pipeline_run(THREAD_LEDGER, &ctx, sub);
    submission_forget_thread(sub);
    SH_TRY(ended);
    /* The lost log is not ours to write to. */
    if (sh_err_class(sub->result) == SH_CLASS_REJECT && !core_is_closed(core)) {
        return log_refusal(core, sub);
    }
    return SH_OK;
}

static sh_err send_keys(struct core *core, uint64_t epoch)
{
    struct buf keys = BUF_INIT(LINK_KEYS_BYTES_MAX);
    const struct directory *directory = core->loaded->directory;
    sh_err err = SH_OK;
    for (size_t i = 0; i < directory_seats_len(directory) && err == SH_OK; i++) {
        err = buf_append(&keys, bytes_of(directory_seat_at(directory, i)->curve_key, 32));
    }
    if (err == SH_OK) {
        err = outbox_add(core->outbox, LINK_KEYS, epoch, bytes_buf(&keys));
    }
    buf_wipe(&keys);
    return err;
}

static sh_err take_reload(struct core *core, struct submission *sub)
{
    if (sub->result != SH_OK) {
        core->stats.reload_failures++;
        log_event(LOG_LEVEL_ERROR, "reload_failed", "code=%s why=\"%s\" action=\"%s\"",
                  sh_err_word(sub->result), sub->why.text,
                  "the old directory and policy stay in use");
        return SH_OK;
    }
    SH_TRY(clocks_loaded(core, &sub->fresh));
    log_event(LOG_LEVEL_INFO, "reloaded", "directory=%llu policy=%s",
              (unsigned long long)directory_serial(core->loaded->directory),
              policy_name(core->loaded->policy));
    return send_keys(core, 0);
}

static sh_err decide(struct core *core, struct submission *sub, bool *out_stop)
{
    switch (sub->work) {
    case WORK_FRAME:
        return decide_frame(core, sub);
    case WORK_GONE:
        sessions_remove(core->sessions, sub->connection);
        core->stats.sessions = sessions_count(core->sessions);
        return SH_OK;
    case WORK_CLEAR:
        sessions_clear(core->sessions);
        core->stats.sessions = 0;
        return send_keys(core, sub->connection);
    case WORK_RELOAD:
        return take_reload(core, sub);
    case WORK_TICK:
        return core_is_closed(core) ? lost_look(core) : clocks_tick(core);
    case WORK_OPERATOR:
        return operator_take(core, sub);
    case WORK_RESUME:
        operator_resumed(core);
        return SH_OK;
    case WORK_STOP:
        *out_stop = true;
        return SH_OK;
    }
    return SH_E_BUG;
}

static sh_err commit_group(struct core *core)
{
    struct sh_why why = {0};
    if (!core->transaction) {
        return SH_OK;
    }
    SH_TRY(book_seal(core->book));
    sh_err err = store_commit(core->store, &why);
    if (err != SH_OK) {
        log_event(LOG_LEVEL_ERROR, "commit_failed", "code=%s why=\"%s\"", sh_err_word(err),
                  why.text);
        return err;
    }
    core->transaction = false;
    book_committed(core->book);
    core->stats.groups++;
    core->stats.leaves = book_size(core->book);
    return SH_OK;
}

/* What a group was about to say, for the case that it does not become durable. */
struct unsaid {
    struct stats stats;
    int64_t heartbeat_due_ms;
    bool directory_expired;
};

static struct unsaid unsaid_before(const struct core *core)
{
    return (struct unsaid){core->stats, core->heartbeat_due_ms, core->directory_expired};
}

/* What was counted in a group that did not become durable was not said: that a calendar or the
 * directory ended must be said again, and what ran out runs out once. */
static void uncount(struct core *core, const struct unsaid *before)
{
    core->stats.overdue = before->stats.overdue;
    core->stats.cover_called = before->stats.cover_called;
    core->stats.calendar_alarm = before->stats.calendar_alarm;
    core->heartbeat_due_ms = before->heartbeat_due_ms;
    core->directory_expired = before->directory_expired;
}

/* The disk is full: the whole group was undone, and each sender is asked to come again. */
static sh_err undo_group(struct core *core, struct submission **group, size_t len)
{
    store_rollback(core->store);
    core->transaction = false;
    core->disk_low = true;
    operator_resumed(core); /* it may have been among them */
    SH_TRY(book_rolled_back(core->book));
    log_event(LOG_LEVEL_ERROR, "disk_full", "deferred=%zu action=\"%s\"", len,
              "make room; nothing accepted was lost");
    for (size_t i = 0; i < len; i++) {
        /* A repeat of what was only in this group was undone with it. */
        bool stands =
            group[i]->verdict == VERDICT_REPEATED && group[i]->leaf_index < book_size(core->book);
        if (group[i]->work == WORK_FRAME && !stands) {
            group[i]->verdict = VERDICT_NONE;
            group[i]->result = group[i]->result == SH_OK ? SH_E_DISK_FULL : group[i]->result;
        }
    }
    return SH_OK;
}

static sh_err decide_group(struct core *core, struct submission **group, size_t len, bool *out_stop)
{
    SH_TRY(core_is_closed(core) ? clocks_begin_closed(core) : clocks_begin_group(core));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(decide(core, group[i], out_stop));
    }
    return commit_group(core);
}

/* Between transactions: what the write-ahead log holds goes into the database, when there is much
 * of it or time to do it. */
static sh_err truncate_wal(struct core *core)
{
    enum { WAL_BYTES_MAX = 64 * SH_MIB, WAL_EVERY_MS = SH_MINUTE_MS };
    bool due = core->wal_bytes > 0 && core->group_ms >= core->checkpoint_due_ms;
    if (!due && core->wal_bytes < WAL_BYTES_MAX) {
        return SH_OK;
    }
    core->checkpoint_due_ms = core->group_ms + WAL_EVERY_MS;
    sh_err err = store_checkpoint(core->store);
    if (err == SH_E_DISK_FULL) {
        /* What is committed is safe where it is; it is tried again, and nothing new is taken
         * until there is room. */
        core->disk_low = true;
        core->wal_bytes = 1;
        return SH_OK;
    }
    core->wal_bytes = 0;
    return err;
}

static sh_err answer_group(struct core *core, struct submission **group, size_t len)
{
    struct stage_ctx ctx = {.core = core};
    for (size_t i = 0; i < len; i++) {
        if (group[i]->work == WORK_FRAME) {
            SH_TRY(pipeline_run(THREAD_ANSWER, &ctx, group[i]));
        }
    }
    SH_TRY(deliver_due(core));
    outbox_post(core->outbox);
    SH_TRY(truncate_wal(core));
    SH_TRY(operator_work(core));
    return core->publisher ? publish_some(core->publisher, core) : SH_OK;
}

sh_err ledger_group(struct core *core, struct submission **group, size_t len, bool *out_stop)
{
    const struct unsaid before = unsaid_before(core);
    core->group_is_full = len == SH_GROUP_MAX;
    sh_err err = decide_group(core, group, len, out_stop);
    if (err == SH_E_DISK_FULL) {
        uncount(core, &before);
        err = undo_group(core, group, len);
    }
    if (err == SH_OK) {
        err = answer_group(core, group, len);
    }
    for (size_t i = 0; i < len; i++) {
        submission_free(&group[i]);
    }
    return err;
}

sh_err ledger_start(struct core *core)
{
    core->group_ms = timekeeper_now_ms(&core->time, book_last_time_ms(core->book));
    core->stats.leaves = book_size(core->book);
    SH_CHECK(!core_is_closed(core), SH_OK);
    SH_TRY(clocks_started(core));
    return commit_group(core);
}

void *ledger_thread(void *ctx)
{
    struct core *core = ctx;
    struct submission *group[SH_GROUP_MAX];
    bool stop = false;
    sh_err err = SH_OK;
    while (err == SH_OK && !stop) {
        size_t len = ring_take(core->ring, group, SH_GROUP_MAX);
        if (len == 0) {
            break;
        }
        err = ledger_group(core, group, len, &stop);
    }
    if (err != SH_OK) {
        /* Storage errors are final: no answer was given; the supervisor starts us anew and the
         * start verifies. */
        log_event(LOG_LEVEL_ERROR, "ledger_ended", "code=%s sentence=\"%s\"", sh_err_word(err),
                  sh_err_sentence(err));
    }
    operator_end(&core->operator_job); /* who asked is not kept waiting for what nobody does */
    outbox_post_end(core->outbox, err);
    return NULL;
}

sh_err worker_verify(struct core *core, struct batch_cache *cache, struct submission *sub)
{
    struct stage_ctx ctx = {.batch_cache = cache};
    if (sub->work == WORK_RELOAD) {
        sub->loaded = core_loaded(core);
        uint64_t serial_min = directory_serial(sub->loaded->directory);
        int64_t now_ms = clock_now_ms(&core->time.clock);
        sub->result = loaded_read(core->config, now_ms, serial_min, &sub->fresh, &sub->why);
        batch_cache_clear(cache);
        return SH_OK;
    }
    if (sub->work != WORK_FRAME) {
        return SH_OK;
    }
    sub->loaded = core_loaded(core);
    return pipeline_run(THREAD_WORKER, &ctx, sub);
}

void *worker_thread(void *ctx)
{
    struct core *core = ctx;
    struct batch_cache *cache = NULL;
    sh_err err = batch_cache_new(&cache);
    for (struct submission *sub; err == SH_OK && (sub = ring_take_unverified(core->ring));) {
        /* A FATAL error stays in the submission: the ledger meets it in order and ends the process.
         */
        sh_err failed = worker_verify(core, cache, sub);
        sub->result = failed == SH_OK ? sub->result : failed;
        ring_verified(core->ring, sub);
    }
    batch_cache_free(&cache);
    if (err != SH_OK) {
        log_event(LOG_LEVEL_ERROR, "worker_ended", "code=%s", sh_err_word(err));
    }
    return NULL;
}
