#include "core/overdue.h"

#include "base/cleanup.h"
#include "core/casefile.h"
#include "core/duties.h"
#include "core/facts.h"
#include "core/route.h"
#include "wire/envelope.h"

/* Messages whose clocks one tick looks at: after a long stop thousands may be due at once, and
 * referrals wait behind them. The rest is next tick's. */
enum { DUE_AT_ONCE = 256 };

/* A message whose clocks are due. */
struct due {
    struct core *core;
    struct arena *arena;
    struct message_row row;
    struct header header;
    struct casefile file;
    struct clock_entry *entries;
    size_t len;
};

static sh_err append(struct due *due, enum leaf_type type, const struct clock_entry *entry,
                     uint64_t *out_index)
{
    struct leaf_facts facts;
    facts_about(&due->row, &due->header, &facts);
    facts.by = entry->by;
    facts.clock = entry->duty;
    facts.has_due = true;
    facts.due_ms = entry->due_ms;
    facts.level = due->header.facts.level;
    return book_append(due->core->book, type, due->core->group_ms, &facts, out_index);
}

/* What nobody but the sending seat may know of goes to that seat alone. */
static sh_err notify(struct due *due, const struct told *told, uint64_t leaf_index)
{
    for (size_t i = 0; i < told->len; i++) {
        SH_TRY(
            route_fact(due->core, &due->header.facts, &told->desks[i], due->row.seq, leaf_index));
    }
    return SH_OK;
}

static void tell_also(struct told *told, const struct address *desk)
{
    for (size_t i = 0; i < told->len; i++) {
        if (address_equal(&told->desks[i], desk)) {
            return;
        }
    }
    if (told->len < TOLD_MAX) {
        told->desks[told->len++] = *desk;
    }
}

static void event_of(const struct due *due, const struct clock_entry *entry,
                     struct clock_event *out)
{
    *out = (struct clock_event){
        .facts = &due->header.facts,
        .thread = &due->file.thread,
        .duty = entry->duty,
        .owing = &entry->by,
    };
}

static sh_err warn(struct due *due, struct clock_entry *entry)
{
    struct clock_event event;
    struct told told;
    uint64_t index = 0;
    event_of(due, entry, &event);
    event.warned = true;
    policy_told(due->core->loaded->policy, &event, &told);
    SH_TRY(append(due, LEAF_WARNED, entry, &index));
    entry->state = CLOCK_WARNED;
    return notify(due, &told, index);
}

/* ---- cover ---- */

/* The seats of a cover desk that the message was sealed to. */
static sh_err release_desk(struct due *due, const struct recipient *to, struct told *told)
{
    SH_TRY(store_queue_release(due->core->store, due->row.seq, to->seats, to->seats_len));
    for (size_t n = 0; n < to->seats_len; n++) {
        sessions_wake(due->core->sessions, &to->seats[n]);
    }
    tell_also(told, &to->address);
    return SH_OK;
}

static bool desk_has_cover(const struct desk *desk, const struct address *cover)
{
    for (size_t i = 0; desk && i < desk->cover_len; i++) {
        if (address_equal(&desk->cover[i], cover)) {
            return true;
        }
    }
    return false;
}

/* Who covers for the desk today; and if the directory has changed since, so that none of those that
 * the message was sealed to does, all of them: somebody must read it. */
static sh_err release_cover(struct due *due, const struct desk *desk, struct told *told)
{
    const struct facts *facts = &due->header.facts;
    bool any = false;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        any |= to->role == ROLE_COVER && desk_has_cover(desk, &to->address);
    }
    for (size_t i = 0; i < facts->recipients_len; i++) {
        const struct recipient *to = &facts->recipients[i];
        if (to->role == ROLE_COVER && (!any || desk_has_cover(desk, &to->address))) {
            SH_TRY(release_desk(due, to, told));
        }
    }
    return SH_OK;
}

static sh_err call_cover(struct due *due, struct clock_entry *entry)
{
    const struct desk *desk = directory_desk(due->core->loaded->directory, entry->by.text);
    struct told told = {.desks = {due->header.facts.from}, .len = 1};
    tell_also(&told, &entry->by);
    SH_TRY(append(due, LEAF_COVER_CALLED, entry, &entry->leaf_index));
    SH_TRY(release_cover(due, desk, &told));
    due->core->stats.cover_called++;
    entry->state = CLOCK_RAN_OUT;
    return notify(due, &told, entry->leaf_index);
}

/* ---- overdue ---- */

/* The reconsideration that was not answered: the message itself, or what it had answered a question
 * back about. NULL: none. */
static size_t find_level(const struct due *due)
{
    const struct thread_view *thread = &due->file.thread;
    const struct thread_message *at = thread_find(thread, &due->row.header_sha256);
    for (size_t steps = 0; at && steps <= thread->len; steps++) {
        if (at->facts->kind == KIND_RECONSIDERATION) {
            return (size_t)(at - thread->messages);
        }
        at = thread_parent(thread, at);
    }
    return thread->len;
}

static bool has_run_out(const struct clock_entry *entries, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool ran_out = entries[i].state == CLOCK_RAN_OUT || entries[i].state == CLOCK_LATE;
        if (entries[i].duty == DUTY_ANSWERED && ran_out) {
            return true;
        }
    }
    return false;
}

/* Several desks may be silent at one level, and one of them again after a question back: the next
 * level opens once. */
static bool is_open_already(const struct due *due, size_t level)
{
    const struct clock_row *clocks = &due->file.clocks[level];
    bool own = hash_equal(&due->file.messages[level].header_sha256, &due->row.header_sha256);
    return has_run_out(due->entries, due->len) ||
           (!own && has_run_out(clocks->entries, clocks->len));
}

/* The reconsideration itself is what the leaf is about. */
static sh_err level_facts(struct due *due, size_t level, struct leaf_facts *out)
{
    struct message_row row;
    const struct header header = {.facts = *due->file.messages[level].facts};
    SH_TRY(store_message_by_seq(due->core->store, due->file.seqs[level], due->arena, &row));
    facts_about(&row, &header, out);
    return SH_OK;
}

/* Silence may open the next level by itself. The desks that it adds are told that it is open, and
 * nothing of what it is about: the referrer's client seals the words to them. */
static sh_err open_level(struct due *due, size_t level, const struct clock_entry *entry)
{
    struct told added;
    struct leaf_desk to[TOLD_MAX];
    struct leaf_facts facts;
    uint64_t index = 0;
    struct clock_event event;
    event_of(due, entry, &event);
    event.facts = due->file.messages[level].facts;
    uint32_t next = policy_level_by_silence(due->core->loaded->policy, &event, &added);
    SH_CHECK(next, SH_OK);
    SH_TRY(level_facts(due, level, &facts));
    facts.level = next;
    facts.by = entry->by;
    facts.clock = entry->duty;
    facts.has_due = true;
    facts.due_ms = entry->due_ms;
    for (size_t i = 0; i < added.len; i++) {
        to[i] = (struct leaf_desk){.address = added.desks[i], .role = ROLE_ACT};
    }
    facts.to = to;
    facts.to_len = added.len;
    SH_TRY(book_append(due->core->book, LEAF_LEVEL_OPENED, due->core->group_ms, &facts, &index));
    tell_also(&added, &event.facts->from);
    return notify(due, &added, index);
}

static sh_err run_out(struct due *due, struct clock_entry *entry)
{
    struct clock_event event;
    struct told told;
    size_t level = find_level(due);
    if (entry->duty == DUTY_COVER) {
        return call_cover(due, entry);
    }
    bool opens = entry->duty == DUTY_ANSWERED && level < due->file.thread.len &&
                 !is_open_already(due, level);
    event_of(due, entry, &event);
    policy_told(due->core->loaded->policy, &event, &told);
    enum leaf_type type = entry->duty == DUTY_DELIVERED ? LEAF_NOT_YET_DELIVERED : LEAF_OVERDUE;
    SH_TRY(append(due, type, entry, &entry->leaf_index));
    due->core->stats.overdue += type == LEAF_OVERDUE;
    entry->state = CLOCK_RAN_OUT;
    SH_TRY(notify(due, &told, entry->leaf_index));
    return opens ? open_level(due, level, entry) : SH_OK;
}

static sh_err look_at(struct due *due, struct clock_entry *entry)
{
    int64_t now_ms = due->core->group_ms;
    bool runs = entry->state == CLOCK_RUNNING || entry->state == CLOCK_WARNED;
    if (runs && entry->due_ms <= now_ms) {
        return run_out(due, entry);
    }
    bool warns = entry->state == CLOCK_RUNNING && entry->warn_ms > 0 && entry->warn_ms <= now_ms;
    return warns ? warn(due, entry) : SH_OK;
}

static sh_err read_due(struct due *due, int64_t seq)
{
    struct sh_why why = {0};
    struct clock_row clocks;
    SH_TRY(store_message_by_seq(due->core->store, seq, due->arena, &due->row));
    SH_CHECK(header_decode(due->row.header, due->arena, &due->header) == SH_OK, SH_E_CORRUPT);
    SH_TRY(casefile_read(due->core, &due->row.thread_id, due->arena, &due->file, &why));
    SH_TRY(store_clocks_get(due->core->store, seq, due->arena, &clocks));
    due->entries = arena_array(due->arena, clocks.len, sizeof *due->entries);
    SH_CHECK(due->entries, SH_E_NOMEM);
    memcpy(due->entries, clocks.entries, clocks.len * sizeof *due->entries);
    due->len = clocks.len;
    return SH_OK;
}

static sh_err look_at_message(struct core *core, int64_t seq)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(CASEFILE_BYTES_MAX, CASEFILE_COUNT_MAX, &arena));
    struct due due = {.core = core, .arena = arena};
    SH_TRY(read_due(&due, seq));
    for (size_t i = 0; i < due.len; i++) {
        SH_TRY(look_at(&due, &due.entries[i]));
    }
    const struct clock_row row = {
        .message_seq = seq,
        .next_ms = duties_next_ms(due.entries, due.len),
        .entries = due.entries,
        .len = due.len,
    };
    return store_clocks_put(core->store, &row);
}

sh_err overdue_tick(struct core *core)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    const int64_t *seqs = NULL;
    size_t len = 0;
    /* A clock that cannot be trusted fires nothing. */
    SH_CHECK(!core->time.jumped, SH_OK);
    SH_TRY(arena_new(SH_MIB, 4096, &arena));
    SH_TRY(store_clocks_due(core->store, core->group_ms, DUE_AT_ONCE, arena, &seqs, &len));
    SH_CHECK(len > 0, SH_OK);
    SH_TRY(core_write(core));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(look_at_message(core, seqs[i]));
    }
    return SH_OK;
}
