/* See figures.h: what counts as what. The table is cells.c's, the document figures_json.c's. */
#include "audit/figures.h"

#include "audit/figures_json.h"

#include <stdlib.h>

#define DESKS_BYTES (64u * SH_MIB)
#define DESKS_COUNT 64u
#define STORY_BYTES (64u * SH_MIB)
#define STORY_COUNT 2000000u

struct count {
    struct mirror *mirror;
    const struct figures_options *options;
    struct cells cells;
    struct story story;
    struct mirror_fact *rows; /* of the thread in hand */
    size_t len, cap;
    uint64_t destroyed;
};

static void count_wipe(struct count *count)
{
    cells_wipe(&count->cells);
    free(count->rows);
}

static bool in_period(const struct figures_options *options, int64_t ms)
{
    return ms >= options->from_ms && (options->to_ms == 0 || ms < options->to_ms);
}

/* ---- a message and one desk that it asks ---- */

struct item {
    size_t at; /* position of the message */
    const struct thread_message *message;
    const struct mirror_fact *row;
    const struct address *desk;
    int64_t desk_number;
    int64_t start_ms; /* lateness is measured from the event, where one is named */
};

static struct cell_hit hit_of(const struct item *item, enum figure figure)
{
    return (struct cell_hit){.desk = item->desk_number,
                             .kind = item->row->kind,
                             .at_ms = item->row->time_ms,
                             .figure = figure,
                             .count = 1,
                             .reason = {.index = item->row->index}};
}

static sh_err count_open(struct count *count, const struct item *item, enum figure figure)
{
    const struct cell_hit hit = hit_of(item, figure);
    return cells_add(&count->cells, &hit);
}

static sh_err count_time(struct count *count, const struct item *item, enum figure figure,
                         const struct story_end *end)
{
    struct cell_hit hit = hit_of(item, figure);
    int64_t took_ms = end->time_ms - item->start_ms;
    hit.reason = (struct cell_reason){.index = end->index,
                                      .has_since = true,
                                      .since = item->row->index,
                                      .has_value = true,
                                      .value = took_ms > 0 ? took_ms : 0};
    return cells_add(&count->cells, &hit);
}

static sh_err count_delivery(struct count *count, const struct item *item)
{
    struct story_end end;
    if (story_receipt(&count->story, item->message, LEAF_DELIVERED, item->desk_number, &end) ||
        story_receipt(&count->story, item->message, LEAF_OPENED, item->desk_number, &end)) {
        return count_time(count, item, FIGURE_DELIVERED, &end);
    }
    return count_open(count, item, FIGURE_NOT_DELIVERED);
}

/* Never opened: no receipt says so, and nothing that the desk wrote shows that somebody read it. */
static sh_err count_opening(struct count *count, const struct item *item)
{
    const struct duty_view duty = {DUTY_OPENED, item->message, *item->desk};
    struct story_end end;
    if (story_receipt(&count->story, item->message, LEAF_OPENED, item->desk_number, &end)) {
        return count_time(count, item, FIGURE_OPENED, &end);
    }
    story_duty_end(&count->story, &duty, item->desk_number, &end);
    return end.ended ? SH_OK : count_open(count, item, FIGURE_NEVER_OPENED);
}

static bool is_let_go(const struct story_end *end)
{
    return end->with &&
           (end->with->facts->kind == KIND_WITHDRAWAL || end->with->facts->kind == KIND_CLOSE);
}

struct figure_pair {
    enum duty duty;
    enum figure done, open;
};

/* What withdrawal or closing let go was neither done nor is it owed. */
static sh_err count_duty(struct count *count, const struct item *item,
                         const struct figure_pair *pair)
{
    const struct duty_view duty = {pair->duty, item->message, *item->desk};
    struct story_end end;
    story_duty_end(&count->story, &duty, item->desk_number, &end);
    if (!end.ended) {
        return count_open(count, item, pair->open);
    }
    return is_let_go(&end) ? SH_OK : count_time(count, item, pair->done, &end);
}

/* A decision for every child. A question back ends the clock and not the waiting; who redirects or
 * passes on decides nothing. */
static sh_err count_decision(struct count *count, const struct item *item)
{
    const struct duty_view duty = {DUTY_DECIDED, item->message, *item->desk};
    struct story_end end;
    if (story_decision(&count->story, item->message, item->desk, &end)) {
        return count_time(count, item, FIGURE_DECIDED, &end);
    }
    story_duty_end(&count->story, &duty, item->desk_number, &end);
    bool gone = end.ended && end.with && !message_decides(end.with->facts);
    return gone ? SH_OK : count_open(count, item, FIGURE_NOT_DECIDED);
}

static sh_err count_item(struct count *count, const struct item *item)
{
    static const struct figure_pair acknowledged = {DUTY_ACKNOWLEDGED, FIGURE_ACKNOWLEDGED,
                                                    FIGURE_NOT_ACKNOWLEDGED};
    static const struct figure_pair answered = {DUTY_ANSWERED, FIGURE_ANSWERED,
                                                FIGURE_NOT_ANSWERED};
    SH_TRY(count_open(count, item, FIGURE_ASKED));
    SH_TRY(count_delivery(count, item));
    SH_TRY(count_opening(count, item));
    switch (item->message->facts->kind) {
    case KIND_REFERRAL:
        SH_TRY(count_duty(count, item, &acknowledged));
        return count_decision(count, item);
    case KIND_NOTIFICATION:
    case KIND_RECORD_TRANSFER:
        return count_duty(count, item, &acknowledged);
    case KIND_REQUEST:
    case KIND_RECONSIDERATION:
        return count_duty(count, item, &answered);
    default:
        return SH_OK;
    }
}

/* ---- a message by itself ---- */

static sh_err count_said(struct count *count, size_t at, enum figure figure, unsigned offset)
{
    const struct mirror_fact *row = count->story.rows[at];
    const struct cell_hit hit = {.desk = row->sender,
                                 .kind = row->kind,
                                 .at_ms = row->time_ms,
                                 .figure = figure,
                                 .offset = offset,
                                 .count = 1,
                                 .reason = {.index = row->index}};
    return cells_add(&count->cells, &hit);
}

static bool says(const struct facts *facts, enum outcome outcome)
{
    bool said = facts->outcome == outcome;
    for (size_t i = 0; i < facts->children_len; i++) {
        said = said || facts->children[i].outcome == outcome;
    }
    return said;
}

static sh_err count_reconsideration(struct count *count, size_t at)
{
    const struct facts *facts = count->story.messages[at].facts;
    bool silence = false;
    for (size_t i = 0; i < facts->cites_len; i++) {
        silence = silence || facts->cites[i].is_index;
    }
    SH_TRY(count_said(count, at, FIGURE_RECONSIDERED,
                      facts->level <= SH_LEVEL_MAX ? facts->level : 0));
    return silence ? count_said(count, at, FIGURE_SILENCE, 0) : SH_OK;
}

/* Counted with the desk that answered. */
static sh_err count_response(struct count *count, size_t at)
{
    const struct facts *facts = count->story.messages[at].facts;
    unsigned level = facts->level <= SH_LEVEL_MAX ? facts->level : 0;
    switch (facts->outcome) {
    case OUTCOME_CHANGED:
        return count_said(count, at, FIGURE_CHANGED, level);
    case OUTCOME_UPHELD:
        return count_said(count, at, FIGURE_UPHELD, level);
    default:
        return SH_OK;
    }
}

/* The same kind again below a redirect: sent again. A referral below another desk's: passed on. */
static sh_err count_repeat(struct count *count, size_t at)
{
    const struct thread_message *message = &count->story.messages[at];
    const struct thread_message *about = thread_about(&count->story.view, message);
    const struct thread_message *before = about ? thread_about(&count->story.view, about) : NULL;
    SH_CHECK(about, SH_OK);
    if (about->facts->kind == KIND_REDIRECT && before &&
        before->facts->kind == message->facts->kind) {
        return count_said(count, at, FIGURE_RESENDS, 0);
    }
    bool passed = message->facts->kind == KIND_REFERRAL && about->facts->kind == KIND_REFERRAL;
    return passed ? count_said(count, at, FIGURE_PASSED_ON, 0) : SH_OK;
}

static sh_err count_kind(struct count *count, size_t at)
{
    const struct facts *facts = count->story.messages[at].facts;
    switch (facts->kind) {
    case KIND_REDIRECT:
        return count_said(count, at, FIGURE_REDIRECTS, 0);
    case KIND_WITHDRAWAL:
        return count_said(count, at, FIGURE_WITHDRAWALS, 0);
    case KIND_CLOSE:
        return count_said(count, at, FIGURE_CLOSES, 0);
    case KIND_DECISION:
        return says(facts, OUTCOME_NO_FURTHER_ACTION)
                   ? count_said(count, at, FIGURE_NO_FURTHER_ACTION, 0)
                   : SH_OK;
    case KIND_RECONSIDERATION:
        return count_reconsideration(count, at);
    case KIND_RECONSIDERATION_RESPONSE:
        return count_response(count, at);
    default:
        return SH_OK;
    }
}

static sh_err count_message(struct count *count, size_t at)
{
    struct item item = {
        .at = at, .message = &count->story.messages[at], .row = count->story.rows[at]};
    const struct facts *facts = item.message->facts;
    SH_CHECK(!item.row->own && in_period(count->options, item.row->time_ms), SH_OK);
    item.start_ms = facts->has_clock_from ? facts->clock_from_ms : item.row->time_ms;
    SH_TRY(count_said(count, at, FIGURE_SENT, 0));
    SH_TRY(count_kind(count, at));
    SH_TRY(count_repeat(count, at));
    for (size_t i = 0; i < facts->recipients_len; i++) {
        if (facts->recipients[i].role == ROLE_ACT) {
            item.desk = &facts->recipients[i].address;
            item.desk_number = desks_find(count->cells.desks, item.desk);
            SH_TRY(count_item(count, &item));
        }
    }
    return SH_OK;
}

static sh_err count_hops(struct count *count)
{
    int64_t redirects = 0;
    for (size_t i = 0; i < count->story.len; i++) {
        redirects += count->story.rows[i]->kind == KIND_REDIRECT;
    }
    SH_CHECK(redirects > 0, SH_OK);
    const struct mirror_fact *first = count->story.rows[0];
    SH_CHECK(in_period(count->options, first->time_ms), SH_OK);
    const struct cell_hit hit = {
        .desk = first->sender,
        .kind = first->kind,
        .at_ms = first->time_ms,
        .figure = FIGURE_HOPS,
        .count = 1,
        .reason = {.index = first->index, .has_value = true, .value = redirects}};
    return cells_add(&count->cells, &hit);
}

/* ---- what the relay said ---- */

static bool is_of_own_desk(const struct count *count, const struct mirror_fact *row)
{
    for (size_t i = 0; i < count->len; i++) {
        if (count->rows[i].own && row->has_about && count->rows[i].index == row->about) {
            return true;
        }
    }
    return row->own;
}

static sh_err count_row(struct count *count, const struct mirror_fact *row)
{
    struct cell_hit hit = {.desk = row->by,
                           .kind = row->kind,
                           .at_ms = row->time_ms,
                           .count = 1,
                           .reason = {.index = row->index}};
    switch (row->type) {
    case LEAF_OVERDUE:
        hit.figure = FIGURE_OVERDUE;
        hit.offset = row->duty < 16 ? row->duty : 0;
        break;
    case LEAF_COVER_CALLED:
        hit.figure = FIGURE_COVER;
        break;
    case LEAF_UNDELIVERABLE:
        hit.figure = FIGURE_UNDELIVERABLE;
        break;
    case LEAF_UNREADABLE:
        hit.figure = FIGURE_UNREADABLE;
        break;
    case LEAF_REFUSED:
        hit.figure = FIGURE_REFUSED;
        hit.offset = row->code < 256 ? row->code : 0;
        hit.desk = row->sender;
        hit.count = row->has_count ? row->count : 1;
        break;
    default:
        return SH_OK;
    }
    return is_of_own_desk(count, row) ? SH_OK : cells_add(&count->cells, &hit);
}

/* ---- all of it ---- */

static sh_err count_thread(struct count *count)
{
    SH_CHECK(count->len > 0, SH_OK);
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(STORY_BYTES, STORY_COUNT, &arena));
    SH_TRY(story_build(count->mirror, count->rows, count->len, arena, &count->story));
    for (size_t i = 0; i < count->story.len; i++) {
        SH_TRY(count_message(count, i));
    }
    SH_TRY(count->story.len > 0 ? count_hops(count) : SH_OK);
    for (size_t i = 0; i < count->len; i++) {
        SH_TRY(in_period(count->options, count->rows[i].time_ms) ? count_row(count, &count->rows[i])
                                                                 : SH_OK);
    }
    count->len = 0;
    return SH_OK;
}

static sh_err keep_row(struct count *count, const struct mirror_fact *row)
{
    if (count->len == count->cap) {
        size_t cap = count->cap ? count->cap * 2 : 64;
        struct mirror_fact *more = realloc(count->rows, cap * sizeof *more);
        SH_CHECK(more, SH_E_NOMEM);
        count->rows = more;
        count->cap = cap;
    }
    count->rows[count->len++] = *row;
    return SH_OK;
}

static sh_err take_row(struct count *count, const struct mirror_fact *row)
{
    if (row->thread == 0) {
        bool counts = in_period(count->options, row->time_ms);
        count->destroyed += counts && !row->has_opening;
        return counts ? count_row(count, row) : SH_OK;
    }
    if (count->len > 0 && count->rows[0].thread != row->thread) {
        SH_TRY(count_thread(count));
    }
    return keep_row(count, row);
}

static sh_err count_all(struct count *count)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(count->mirror, SQL_FACT_ALL);
    for (;;) {
        struct mirror_fact row;
        sh_err result = mirror_step(q);
        if (result == SH_E_NOT_FOUND) {
            return count_thread(count);
        }
        SH_TRY(result);
        mirror_fact_read(q, &row);
        SH_TRY(take_row(count, &row));
    }
}

static sh_err find_figure(const char *key, unsigned *out, struct sh_why *why)
{
    char at[FIGURE_KEY_BYTES];
    for (unsigned figure = 0; figure < FIGURE_COUNT; figure++) {
        figure_key(figure, at);
        if (strcmp(at, key) == 0) {
            *out = figure;
            return SH_OK;
        }
    }
    return sh_fail(why, SH_E_NOT_FOUND, "there is no figure '%.40s' in the report", key);
}

sh_err figures_run(struct mirror *mirror, const struct figures_options *options, json_t **out,
                   struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct desks desks;
    SH_DEFER(count_wipe) struct count count = {.mirror = mirror, .options = options};
    count.cells.why_figure = FIGURE_COUNT;
    count.cells.why_group = options->why_group;
    if (options->why_metric) {
        SH_TRY(find_figure(options->why_metric, &count.cells.why_figure, why));
    }
    SH_TRY(arena_new(DESKS_BYTES, DESKS_COUNT, &arena));
    SH_TRY(desks_load(mirror, arena, &desks));
    SH_TRY(cells_init(&count.cells, options->by, &desks));
    SH_TRY(count_all(&count));
    const struct figures_result result = {mirror, options, &count.cells, count.destroyed};
    return figures_json(&result, out, why);
}
