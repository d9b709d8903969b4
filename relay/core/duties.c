#include "core/duties.h"

#include "base/cleanup.h"
#include "core/casefile.h"
#include "core/clocks.h"
#include "core/facts.h"
#include "core/offered.h"
#include "core/pipeline.h"
#include "core/route.h"
#include "thread/duties.h"

static bool is_open(const struct clock_entry *entry)
{
    return entry->state != CLOCK_STOPPED && entry->state != CLOCK_LATE;
}

int64_t duties_next_ms(const struct clock_entry *entries, size_t len)
{
    int64_t next_ms = STORE_CLOCK_NEVER;
    for (size_t i = 0; i < len; i++) {
        const struct clock_entry *entry = &entries[i];
        bool warns = entry->state == CLOCK_RUNNING && entry->warn_ms > 0;
        bool runs = entry->state == CLOCK_RUNNING || entry->state == CLOCK_WARNED;
        int64_t at_ms = warns ? entry->warn_ms : runs ? entry->due_ms : STORE_CLOCK_NEVER;
        next_ms = at_ms < next_ms ? at_ms : next_ms;
    }
    return next_ms;
}

/* ---- what a message ends ---- */

/* The message, last of its thread by now, ended this duty of message i. */
static bool is_ended(const struct casefile *file, size_t i, const struct clock_entry *entry)
{
    const struct duty_view duty = {entry->duty, &file->messages[i], entry->by};
    return is_open(entry) && duty_ended_by(&file->thread, &duty);
}

/* How a duty of a message ended. `later`: the message that ended it; NULL: a receipt, which its
 * sender is told of anyhow. */
struct ended {
    const struct thread_message *message;
    const struct facts *later;
    int64_t message_seq;
    const struct clock_row *row; /* as it was before; NULL: a receipt */
};

/* Who waits for it, or owes it, and does not get what ended it, would never learn of that. */
static bool would_not_know(const struct ended *ended, const struct address *desk)
{
    return ended->later && !address_equal(&ended->later->from, desk) &&
           !message_was_sent_to(ended->later, desk);
}

static sh_err log_stopped(struct core *core, const struct ended *ended,
                          const struct clock_entry *entry, uint64_t *out_index)
{
    const struct thread_message *message = ended->message;
    const struct leaf_facts facts = {
        .message_id = message->message_id,
        .thread_id = message->facts->thread_id,
        .header_sha256 = message->header_sha256,
        .from = message->facts->from,
        .kind = message->facts->kind,
        .by = entry->by,
        .clock = entry->duty,
        .has_due = true,
        .due_ms = entry->due_ms,
        .has_log_index = entry->state == CLOCK_LATE,
        .log_index = entry->state == CLOCK_LATE ? entry->leaf_index : 0,
    };
    return book_append(core->book, LEAF_CLOCK_STOPPED, core->group_ms, &facts, out_index);
}

/* Cover that was called stands in for what the desk owes, and is not sent what the desk answers. */
static bool cover_would_not_know(const struct core *core, const struct ended *ended,
                                 const struct clock_entry *entry, const struct address *cover)
{
    const struct desk *desk = directory_desk(core->loaded->directory, entry->by.text);
    bool covers = false, called = false;
    for (size_t i = 0; desk && i < desk->cover_len; i++) {
        covers |= address_equal(&desk->cover[i], cover);
    }
    for (size_t i = 0; i < ended->row->len; i++) {
        const struct clock_entry *other = &ended->row->entries[i];
        called |= other->duty == DUTY_COVER && address_equal(&other->by, &entry->by) &&
                  (other->state == CLOCK_RAN_OUT || other->state == CLOCK_LATE);
    }
    bool of_cover = entry->duty != DUTY_COVER && entry->duty != DUTY_DELIVERED;
    return of_cover && covers && called && would_not_know(ended, cover);
}

/* *index: of the entry in the log, made here if there is none yet. */
static sh_err tell_cover(struct core *core, const struct ended *ended,
                         const struct clock_entry *entry, uint64_t *index)
{
    const struct facts *facts = ended->message->facts;
    for (size_t i = 0; i < facts->recipients_len && ended->later; i++) {
        const struct recipient *to = &facts->recipients[i];
        if (to->role != ROLE_COVER || !cover_would_not_know(core, ended, entry, &to->address)) {
            continue;
        }
        SH_TRY(*index == UINT64_MAX ? log_stopped(core, ended, entry, index) : SH_OK);
        SH_TRY(route_fact(core, facts, &to->address, ended->message_seq, *index));
    }
    return SH_OK;
}

/* The log says so of what was late, for whoever asks how long it took, and of what somebody
 * concerned would not know otherwise. */
static sh_err end_entry(struct core *core, const struct ended *ended, struct clock_entry *entry)
{
    const struct facts *facts = ended->message->facts;
    bool tell_sender = would_not_know(ended, &facts->from);
    bool tell_owing = would_not_know(ended, &entry->by) && !address_equal(&entry->by, &facts->from);
    uint64_t index = UINT64_MAX;
    entry->state = entry->state == CLOCK_RAN_OUT ? CLOCK_LATE : CLOCK_STOPPED;
    if (entry->state != CLOCK_LATE && !tell_sender && !tell_owing) {
        return tell_cover(core, ended, entry, &index);
    }
    SH_TRY(log_stopped(core, ended, entry, &index));
    if (tell_sender) {
        SH_TRY(route_fact(core, facts, &facts->from, ended->message_seq, index));
    }
    SH_TRY(tell_owing ? route_fact(core, facts, &entry->by, ended->message_seq, index) : SH_OK);
    return tell_cover(core, ended, entry, &index);
}

static sh_err end_of_message(struct core *core, struct submission *sub, size_t i)
{
    const struct casefile *file = sub->casefile;
    struct clock_row row = file->clocks[i];
    const struct ended ended = {&file->messages[i], &sub->header.facts, file->seqs[i], &row};
    struct clock_entry *entries = arena_array(sub->casefile_arena, row.len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    bool changed = false;
    for (size_t k = 0; k < row.len; k++) {
        entries[k] = row.entries[k];
        if (is_ended(file, i, &entries[k])) {
            SH_TRY(end_entry(core, &ended, &entries[k]));
            changed = true;
        }
    }
    row.entries = entries;
    row.next_ms = duties_next_ms(entries, row.len);
    return changed ? store_clocks_put(core->store, &row) : SH_OK;
}

/* Two questions back that one message answers are one debt. */
static void add_resumed(const struct clock_start *start, struct clock_starts *starts)
{
    bool owed = starts->len == SH_LEAF_CLOCKS_MAX;
    for (size_t i = 0; i < starts->len && !owed; i++) {
        const struct leaf_clock *clock = &starts->list[i].clock;
        owed = clock->duty == start->clock.duty && clock->owed == OWED_BY_DESK &&
               address_equal(&clock->by, &start->clock.by);
    }
    if (!owed) {
        starts->list[starts->len++] = *start;
    }
}

/* Closing and taking back give nothing that somebody waits for; the next level has its own clock.
 */
static bool gives_nothing(const struct facts *facts, const struct thread_message *asking)
{
    return facts->kind == KIND_CLOSE || facts->kind == KIND_WITHDRAWAL ||
           (facts->kind == KIND_RECONSIDERATION && duty_resumed(asking) == DUTY_ANSWERED);
}

/* More was asked for, and this message gives it: who asked owes an answer again. */
static sh_err resume(struct core *core, struct submission *sub, size_t i)
{
    const struct casefile *file = sub->casefile;
    const struct clock_question q = {&sub->header.facts, &file->thread, core->group_ms, false};
    for (size_t k = 0; k < file->clocks[i].len; k++) {
        const struct clock_entry *entry = &file->clocks[i].entries[k];
        struct clock_start start;
        bool any = false;
        if (entry->duty != DUTY_INFORMATION || !is_ended(file, i, entry) ||
            gives_nothing(&sub->header.facts, &file->messages[i])) {
            continue;
        }
        SH_TRY(policy_clock_resumed(sub->loaded->policy, &q, &file->messages[i], &start, &any));
        if (any) {
            add_resumed(&start, sub->starts);
        }
    }
    return SH_OK;
}

/* ---- what a message starts ---- */

/* The message joins the thread in memory, as the last. */
static void join_thread(struct core *core, struct submission *sub)
{
    struct casefile *file = sub->casefile;
    file->messages[file->thread.len++] = (struct thread_message){
        .header_sha256 = sub->header_sha256,
        .message_id = sub->header.facts.message_id,
        .facts = &sub->header.facts,
        .accepted_ms = core->group_ms,
    };
}

/* A redirect of what was passed on already, for example, leaves nobody owing anything. */
static bool is_ended_at_once(const struct casefile *file, const struct leaf_clock *clock)
{
    const struct thread_message *message = &file->messages[file->thread.len - 1];
    const struct duty_view duty = {clock->duty, message, clock->by};
    return clock->owed == OWED_BY_DESK && duty_ended_by(&file->thread, &duty);
}

static void drop_ended(const struct casefile *file, struct clock_starts *starts)
{
    size_t kept = 0;
    for (size_t i = 0; i < starts->len; i++) {
        if (!is_ended_at_once(file, &starts->list[i].clock)) {
            starts->list[kept++] = starts->list[i];
        }
    }
    starts->len = kept;
}

sh_err duties_plan(struct core *core, struct submission *sub)
{
    struct casefile *file = sub->casefile;
    const struct clock_question q = {&sub->header.facts, &file->thread, core->group_ms, false};
    size_t before = file->thread.len;
    sub->starts = arena_alloc(sub->arena, sizeof *sub->starts);
    SH_CHECK(sub->starts, SH_E_NOMEM);
    if (sub->offered) {
        join_thread(core, sub);
        return offered_starts(sub);
    }
    SH_TRY(policy_clocks(sub->loaded->policy, &q, sub->starts));
    join_thread(core, sub);
    drop_ended(file, sub->starts);
    for (size_t i = 0; i < before; i++) {
        SH_TRY(resume(core, sub, i));
    }
    return sub->starts->uncovered
               ? clocks_calendar_alarm(core, "a clock runs past the end of a calendar")
               : SH_OK;
}

sh_err duties_facts(struct submission *sub, struct leaf_facts *out)
{
    size_t len = sub->starts->len;
    struct leaf_clock *clocks = arena_array(sub->arena, len + 1, sizeof *clocks);
    SH_CHECK(clocks, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        clocks[i] = sub->starts->list[i].clock;
    }
    out->clocks = clocks;
    out->clocks_len = len;
    return SH_OK;
}

/* ---- rows ---- */

struct entries {
    struct clock_entry list[STORE_CLOCKS_MAX];
    size_t len;
};

static void add_entry(const struct clock_start *start, const struct address *by,
                      struct entries *out)
{
    if (out->len < STORE_CLOCKS_MAX) {
        out->list[out->len++] = (struct clock_entry){
            .duty = start->clock.duty,
            .state = CLOCK_RUNNING,
            .by = *by,
            .due_ms = start->clock.due_ms,
            .warn_ms = start->warn_ms,
        };
    }
}

static void add_start(const struct facts *facts, const struct clock_start *start,
                      struct entries *out)
{
    if (start->clock.owed == OWED_BY_DESK) {
        add_entry(start, &start->clock.by, out);
        return;
    }
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        bool told = to->role == ROLE_INFORM && start->clock.owed == OWED_BY_RECIPIENTS;
        if (to->role == ROLE_ACT || told) {
            add_entry(start, &to->address, out);
        }
    }
}

static bool has_cover(const struct facts *facts, const struct desk *desk)
{
    for (size_t i = 0; i < facts->recipients_len; i++) {
        for (size_t k = 0; k < desk->cover_len && facts->recipients[i].role == ROLE_COVER; k++) {
            if (address_equal(&facts->recipients[i].address, &desk->cover[k])) {
                return true;
            }
        }
    }
    return false;
}

/* When each desk's cover is called depends on its own hours. */
static void add_cover(const struct core *core, const struct submission *sub, struct entries *out)
{
    const struct facts *facts = &sub->header.facts;
    int64_t accepted_ms = sub->offered ? sub->offered->accepted_ms : core->group_ms;
    for (size_t i = 0; i < facts->recipients_len && facts->urgency >= URGENCY_URGENT; i++) {
        const struct address *to = &facts->recipients[i].address;
        const struct desk *desk = directory_desk(sub->loaded->directory, to->text);
        if (facts->recipients[i].role != ROLE_ACT || !desk || !has_cover(facts, desk)) {
            continue;
        }
        struct clock_start start = {.clock.duty = DUTY_COVER};
        start.clock.due_ms = policy_cover_due(sub->loaded->policy, desk->hours, accepted_ms);
        add_entry(&start, to, out);
    }
}

/* What was offered again may have been answered long ago, by one who has not come yet to offer the
 * answer: nobody is told of anything for an hour. */
static int64_t first_look_ms(const struct core *core, const struct submission *sub,
                             const struct entries *entries)
{
    int64_t next_ms = duties_next_ms(entries->list, entries->len);
    int64_t grace_ms = core->group_ms + SH_HOUR_MS;
    return sub->offered && next_ms < grace_ms ? grace_ms : next_ms;
}

static sh_err put_started(struct core *core, struct submission *sub)
{
    struct entries entries = {.len = 0};
    for (size_t i = 0; i < sub->starts->len; i++) {
        add_start(&sub->header.facts, &sub->starts->list[i], &entries);
    }
    add_cover(core, sub, &entries);
    if (entries.len == 0) {
        return SH_OK;
    }
    const struct clock_row row = {
        .message_seq = sub->message_seq,
        .next_ms = first_look_ms(core, sub, &entries),
        .entries = entries.list,
        .len = entries.len,
    };
    return store_clocks_put(core->store, &row);
}

/* Some levels have others told that one was raised: the leaf, never the message. */
static sh_err level_told(struct core *core, const struct submission *sub)
{
    const struct clock_event event = {.facts = &sub->header.facts,
                                      .thread = &sub->casefile->thread};
    struct told told;
    if (sub->header.facts.kind != KIND_RECONSIDERATION) {
        return SH_OK;
    }
    policy_level_told(sub->loaded->policy, &event, &told);
    for (size_t i = 0; i < told.len; i++) {
        SH_TRY(route_notice(core, &told.desks[i], NULL, sub->message_seq, sub->leaf_index));
    }
    return SH_OK;
}

sh_err duties_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    if (sub->verdict != VERDICT_WRITTEN) {
        return SH_OK;
    }
    SH_TRY(put_started(core, sub));
    for (size_t i = 0; i + 1 < sub->casefile->thread.len; i++) {
        SH_TRY(end_of_message(core, sub, i));
    }
    return level_told(core, sub);
}

/* ---- what a receipt ends ---- */

/* The desk itself, or, opening it, one that covers for it: that brings it to nobody else. */
static bool is_for(const struct submission *sub, const struct clock_entry *entry)
{
    const struct desk *desk = directory_desk(sub->loaded->directory, entry->by.text);
    if (address_equal(&entry->by, &sub->receipt.by)) {
        return true;
    }
    bool opens = sub->receipt.type == RECEIPT_OPENED && entry->duty != DUTY_DELIVERED;
    for (size_t i = 0; desk && opens && i < desk->cover_len; i++) {
        if (address_equal(&desk->cover[i], &sub->receipt.by)) {
            return true;
        }
    }
    return false;
}

sh_err duties_receipt(struct core *core, struct submission *sub, const struct header *header)
{
    struct clock_row row;
    const struct thread_message message = {.header_sha256 = sub->row.header_sha256,
                                           .message_id = sub->row.message_id,
                                           .facts = &header->facts};
    const struct ended ended = {.message = &message, .message_seq = sub->row.seq};
    sh_err err = store_clocks_get(core->store, sub->row.seq, sub->arena, &row);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(err);
    struct clock_entry *entries = arena_array(sub->arena, row.len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    bool changed = false;
    for (size_t k = 0; k < row.len; k++) {
        entries[k] = row.entries[k];
        if (is_open(&entries[k]) && is_for(sub, &entries[k]) &&
            duty_ends_with_receipt(entries[k].duty, sub->receipt.type)) {
            SH_TRY(end_entry(core, &ended, &entries[k]));
            changed = true;
        }
    }
    row.entries = entries;
    row.next_ms = duties_next_ms(entries, row.len);
    return changed ? store_clocks_put(core->store, &row) : SH_OK;
}
