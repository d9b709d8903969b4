/* See story.h. */
#include "audit/story.h"

#include "wire/log.h"

static sh_err take_recipients(const struct leaf_facts *in, struct arena *arena, struct facts *out)
{
    struct recipient *to = arena_array(arena, in->to_len, sizeof *to);
    SH_CHECK(to, SH_E_NOMEM);
    for (size_t i = 0; i < in->to_len; i++) {
        to[i].address = in->to[i].address;
        to[i].role = in->to[i].role;
    }
    out->recipients = to;
    out->recipients_len = in->to_len;
    return SH_OK;
}

/* A header as far as a leaf has it: all that duties are worked out from. */
static sh_err facts_of_leaf(const struct leaf_facts *in, struct arena *arena, struct facts *out)
{
    *out = (struct facts){
        .message_id = in->message_id,
        .thread_id = in->thread_id,
        .has_parent = !hash_is_zero(&in->parent),
        .parent = in->parent,
        .from = in->from,
        .seat = in->seat,
        .kind = (enum kind)in->kind,
        .subtype = (enum subtype)in->subtype,
        .urgency = (enum urgency)in->urgency,
        .created_at_ms = in->created_at_ms,
        .has_clock_from = in->has_clock_from,
        .clock_from_ms = in->clock_from_ms,
        .level = in->level,
        .cites = in->cites,
        .cites_len = in->cites_len,
        .outcome = (enum outcome)in->outcome,
        .children = in->children,
        .children_len = in->children_len,
        .children_count = in->children_count,
        .has_next_due = in->has_next_due,
        .next_due_ms = in->next_due_ms,
        .telephone = in->telephone,
    };
    return take_recipients(in, arena, out);
}

static sh_err take_message(struct mirror *mirror, const struct mirror_fact *row,
                           struct arena *arena, struct story *out)
{
    struct log_entry entry;
    struct leaf_facts *opened = &out->opened[out->len];
    struct facts *facts = arena_alloc(arena, sizeof *facts);
    SH_CHECK(facts, SH_E_NOMEM);
    SH_TRY(mirror_entry(mirror, row->index, arena, &entry));
    SH_TRY(leaf_facts_decode(entry.opening.facts, arena, opened));
    SH_TRY(facts_of_leaf(opened, arena, facts));
    out->messages[out->len] = (struct thread_message){
        .header_sha256 = opened->header_sha256,
        .message_id = opened->message_id,
        .facts = facts,
        .accepted_ms = row->time_ms,
    };
    out->rows[out->len++] = row;
    return SH_OK;
}

static bool is_message(const struct mirror_fact *row)
{
    return row->type == LEAF_ACCEPTED && row->has_opening;
}

static void mark_opened(struct story *story, const struct mirror_fact *row)
{
    for (size_t i = 0; i < story->len; i++) {
        if (row->type == LEAF_OPENED && row->has_about && story->rows[i]->index == row->about) {
            story->messages[i].opened = true;
        }
    }
}

sh_err story_build(struct mirror *mirror, const struct mirror_fact *rows, size_t len,
                   struct arena *arena, struct story *out)
{
    size_t messages = 0;
    for (size_t i = 0; i < len; i++) {
        messages += is_message(&rows[i]);
    }
    *out = (struct story){.all = rows, .all_len = len};
    out->messages = arena_array(arena, messages, sizeof *out->messages);
    out->rows = arena_array(arena, messages, sizeof *out->rows);
    out->opened = arena_array(arena, messages, sizeof *out->opened);
    SH_CHECK(out->messages && out->rows && out->opened, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        SH_TRY(is_message(&rows[i]) ? take_message(mirror, &rows[i], arena, out) : SH_OK);
        mark_opened(out, &rows[i]);
    }
    out->view = (struct thread_view){.messages = out->messages, .len = out->len};
    return SH_OK;
}

/* ---- endings ---- */

static size_t position(const struct story *story, const struct thread_message *message)
{
    return (size_t)(message - story->messages);
}

static void end_with(const struct story *story, const struct thread_message *with,
                     struct story_end *out)
{
    *out = (struct story_end){.ended = true,
                              .time_ms = with->accepted_ms,
                              .index = story->rows[position(story, with)]->index,
                              .with = with};
}

/* Receipts of one desk for one message, of those types for which `counts` is true. */
static bool find_receipt(const struct story *story, const struct thread_message *message,
                         int64_t by_number, const bool counts[LEAF_UNREADABLE + 1],
                         struct story_end *out)
{
    uint64_t about = story->rows[position(story, message)]->index;
    for (size_t i = 0; i < story->all_len; i++) {
        const struct mirror_fact *row = &story->all[i];
        if (row->type <= LEAF_UNREADABLE && counts[row->type] && row->has_about &&
            row->about == about && row->by == by_number) {
            *out = (struct story_end){.ended = true, .time_ms = row->time_ms, .index = row->index};
            return true;
        }
    }
    return false;
}

bool story_receipt(const struct story *story, const struct thread_message *message,
                   enum leaf_type type, int64_t by_number, struct story_end *out)
{
    bool counts[LEAF_UNREADABLE + 1] = {false};
    counts[type] = true;
    return find_receipt(story, message, by_number, counts, out);
}

void story_duty_end(const struct story *story, const struct duty_view *duty, int64_t by_number,
                    struct story_end *out)
{
    const bool counts[LEAF_UNREADABLE + 1] = {
        [LEAF_DELIVERED] = duty_ends_with_receipt(duty->duty, RECEIPT_DELIVERED),
        [LEAF_OPENED] = duty_ends_with_receipt(duty->duty, RECEIPT_OPENED),
        [LEAF_UNREADABLE] = duty_ends_with_receipt(duty->duty, RECEIPT_UNREADABLE),
    };
    struct story_end receipt;
    const struct thread_message *with = duty_ended_by(&story->view, duty);
    *out = (struct story_end){.ended = false};
    if (with) {
        end_with(story, with, out);
    }
    if (find_receipt(story, duty->message, by_number, counts, &receipt) &&
        (!out->ended || receipt.time_ms < out->time_ms)) {
        *out = receipt;
    }
}

/* Each child has a last word, of the desk or its cover, that is not a question back. */
static bool all_decided(const struct thread_view *until, const struct thread_message *referral,
                        const struct address *desk)
{
    if (thread_has_decided(until, referral, desk)) {
        return true;
    }
    for (size_t i = 0; i < referral->facts->recipients_len; i++) {
        const struct address *cover = &referral->facts->recipients[i].address;
        if (message_is_covered_by(referral->facts, desk, cover) &&
            thread_has_decided(until, referral, cover)) {
            return true;
        }
    }
    return false;
}

bool story_decision(const struct story *story, const struct thread_message *referral,
                    const struct address *desk, struct story_end *out)
{
    for (size_t i = position(story, referral) + 1; i < story->len; i++) {
        const struct thread_view until = {.messages = story->messages, .len = i + 1};
        if (message_decides(story->messages[i].facts) && all_decided(&until, referral, desk)) {
            end_with(story, &story->messages[i], out);
            return true;
        }
    }
    return false;
}

/* ---- desks ---- */

sh_err desks_load(struct mirror *mirror, struct arena *arena, struct desks *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_DESK_ALL);
    struct address *list = NULL;
    size_t len = 1, cap = 0;
    for (;;) {
        if (len >= cap) {
            size_t more = cap ? cap * 2 : 256;
            struct address *bigger = arena_array(arena, more, sizeof *bigger);
            SH_CHECK(bigger, SH_E_NOMEM);
            memcpy(bigger, list ? list : bigger, list ? len * sizeof *list : 0);
            list = bigger;
            cap = more;
        }
        sh_err result = mirror_step(q);
        if (result == SH_E_NOT_FOUND) {
            *out = (struct desks){.list = list, .len = len};
            return SH_OK;
        }
        SH_TRY(result);
        /* Numbers are given one after another, and none is ever taken back. */
        SH_CHECK((size_t)sqlite3_column_int64(q, 0) == len, SH_E_CORRUPT);
        SH_CHECK(address_parse(mirror_column(q, 1), &list[len]) == SH_OK, SH_E_CORRUPT);
        len++;
    }
}

const struct address *desks_at(const struct desks *desks, int64_t number)
{
    return &desks->list[number > 0 && (size_t)number < desks->len ? number : 0];
}

int64_t desks_find(const struct desks *desks, const struct address *desk)
{
    for (size_t i = 1; i < desks->len; i++) {
        if (address_equal(&desks->list[i], desk)) {
            return (int64_t)i;
        }
    }
    return 0;
}
