/* The queue of each seat, one row at a time. `delivery` remembers for good what was queued for
 * whom; `waiting` holds what is still to go, in the seat's order, and stays small. Lists are
 * queue_list.c's. */
#include "store/sqlite/queue.h"

/* An item's low bits are its seat, so that "done" for a notice that is gone already can be told
 * from somebody else's item without keeping a row for ever. The bits above count, so items ascend
 * over all seats. */
enum { SEAT_BITS = 20 };
/* Item numbers are put on disk so many at a time: after a restart counting goes on behind the last
 * reserved. */
enum { ITEMS_RESERVED = 4096 };

static bool item_is_of(const struct sqlite_store *s, uint64_t item, int64_t seat_id)
{
    uint64_t count = item >> SEAT_BITS;
    return count >= 1 && count <= s->now.items &&
           (item & ((1u << SEAT_BITS) - 1)) == (uint64_t)seat_id;
}

static sh_err next_item(struct sqlite_store *s, int64_t seat_id, uint64_t *out_item)
{
    SH_CHECK(seat_id < 1 << SEAT_BITS, SH_E_STORE);
    if (s->now.items == s->now.items_reserved) {
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RESERVE_ITEMS);
        SH_TRY(bind_int(q, 1, (int64_t)(s->now.items_reserved + ITEMS_RESERVED)));
        SH_TRY(step_done(q));
        s->now.items_reserved += ITEMS_RESERVED;
    }
    s->now.items++;
    *out_item = s->now.items << SEAT_BITS | (uint64_t)seat_id;
    return SH_OK;
}

static void count_waiting(struct sqlite_store *s, enum queue_kind kind, bool more)
{
    uint64_t *count = kind == QUEUE_MESSAGE ? &s->now.waiting_messages : &s->now.waiting_notices;
    *count = more ? *count + 1 : *count - 1;
}

static sh_err put_delivery(struct sqlite_store *s, int64_t seat_id, const struct queue_row *row)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERY_PUT);
    SH_TRY(bind_int(q, 1, row->message_seq));
    SH_TRY(bind_int(q, 2, seat_id));
    SH_TRY(bind_int(q, 3, (int64_t)row->item));
    SH_TRY(bind_int(q, 4, row->held ? SQL_STATE_HELD : SQL_STATE_WAITING));
    return step_insert(q);
}

static sh_err put_waiting(struct sqlite_store *s, int64_t seat_id, const struct queue_row *row)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_PUT);
    SH_TRY(bind_int(q, 1, seat_id));
    SH_TRY(bind_int(q, 2, row->held));
    SH_TRY(bind_int(q, 3, (int64_t)row->item));
    SH_TRY(bind_int(q, 4, row->kind));
    SH_TRY(bind_int(q, 5, row->message_seq));
    SH_TRY(bind_int(q, 6, (int64_t)row->leaf_index));
    SH_TRY(step_done(q));
    if (!row->held) {
        count_waiting(s, row->kind, true);
    }
    return SH_OK;
}

static sh_err delete_waiting(struct sqlite_store *s, int64_t seat_id, const struct queue_row *row)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_DELETE);
    SH_TRY(bind_int(q, 1, seat_id));
    SH_TRY(bind_int(q, 2, row->held));
    SH_TRY(bind_int(q, 3, (int64_t)row->item));
    SH_TRY(step_done(q));
    SH_CHECK(sqlite3_changes(s->db) == 1, SH_E_CORRUPT);
    if (!row->held) {
        count_waiting(s, row->kind, false);
    }
    return SH_OK;
}

static sh_err set_delivery(struct sqlite_store *s, int64_t message_seq, int64_t seat_id,
                           const struct delivery_state *to)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERY_SET);
    SH_TRY(bind_int(q, 1, message_seq));
    SH_TRY(bind_int(q, 2, seat_id));
    SH_TRY(bind_int(q, 3, (int64_t)to->item));
    SH_TRY(bind_int(q, 4, to->state));
    SH_TRY(step_done(q));
    SH_CHECK(sqlite3_changes(s->db) == 1, SH_E_CORRUPT);
    return SH_OK;
}

static sh_err get_delivery(struct sqlite_store *s, int64_t message_seq, int64_t seat_id,
                           struct delivery_state *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERY_GET);
    SH_TRY(bind_int(q, 1, message_seq));
    SH_TRY(bind_int(q, 2, seat_id));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    out->item = (uint64_t)sqlite3_column_int64(q, 0);
    out->state = sqlite3_column_int(q, 1);
    return SH_OK;
}

sh_err delivery_delete(struct sqlite_store *s, int64_t message_seq, int64_t seat_id)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERY_DELETE);
    SH_TRY(bind_int(q, 1, message_seq));
    SH_TRY(bind_int(q, 2, seat_id));
    return step_done(q);
}

sh_err sqlite_queue_put(struct store *store, const struct queue_row *in, uint64_t *out_item)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = 0;
    SH_TRY(seat_intern(s, &in->seat, &seat_id));
    struct queue_row row = *in;
    SH_TRY(next_item(s, seat_id, &row.item));
    if (row.kind == QUEUE_MESSAGE) {
        SH_TRY(put_delivery(s, seat_id, &row));
    }
    SH_TRY(put_waiting(s, seat_id, &row));
    *out_item = row.item;
    return SH_OK;
}

sh_err sqlite_queue_find(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                         struct queue_row *out, bool *out_done)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = seat_find(s, seat);
    SH_CHECK(seat_id, SH_E_NOT_FOUND);
    struct delivery_state found;
    SH_TRY(get_delivery(s, message_seq, seat_id, &found));
    *out = (struct queue_row){.item = found.item,
                              .seat = *seat,
                              .kind = QUEUE_MESSAGE,
                              .message_seq = message_seq,
                              .held = found.state == SQL_STATE_HELD};
    *out_done = found.state == SQL_STATE_DONE;
    return SH_OK;
}

/* SH_E_NOT_FOUND: it does not wait, held or not. */
static sh_err get_waiting(struct sqlite_store *s, int64_t seat_id, uint64_t item,
                          struct queue_row *out)
{
    for (int held = 0; held <= 1; held++) {
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_GET);
        SH_TRY(bind_int(q, 1, seat_id));
        SH_TRY(bind_int(q, 2, held));
        SH_TRY(bind_int(q, 3, (int64_t)item));
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (row) {
            *out = (struct queue_row){.item = item,
                                      .kind = (enum queue_kind)sqlite3_column_int(q, 0),
                                      .message_seq = sqlite3_column_int64(q, 1),
                                      .leaf_index = (uint64_t)sqlite3_column_int64(q, 2),
                                      .held = held};
            return SH_OK;
        }
    }
    return SH_E_NOT_FOUND;
}

sh_err sqlite_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = seat_find(s, seat);
    SH_CHECK(seat_id && item_is_of(s, item, seat_id), SH_E_NOT_FOUND);
    struct queue_row row;
    sh_err err = get_waiting(s, seat_id, item, &row);
    if (err == SH_E_NOT_FOUND) {
        return SH_OK;
    }
    SH_TRY(err);
    SH_TRY(delete_waiting(s, seat_id, &row));
    if (row.kind == QUEUE_MESSAGE) {
        const struct delivery_state done = {.item = item, .state = SQL_STATE_DONE};
        SH_TRY(set_delivery(s, row.message_seq, seat_id, &done));
    }
    return SH_OK;
}

/* The row gets a new number: the seat may have read past the old one long ago. */
static sh_err release_one(struct sqlite_store *s, int64_t message_seq, const struct sh_hash *seat)
{
    int64_t seat_id = seat_find(s, seat);
    SH_CHECK(seat_id, SH_E_NOT_FOUND);
    struct delivery_state found;
    SH_TRY(get_delivery(s, message_seq, seat_id, &found));
    SH_CHECK(found.state == SQL_STATE_HELD, SH_E_NOT_FOUND);
    struct queue_row row = {
        .item = found.item, .kind = QUEUE_MESSAGE, .message_seq = message_seq, .held = true};
    SH_TRY(delete_waiting(s, seat_id, &row));
    row.held = false;
    SH_TRY(next_item(s, seat_id, &row.item));
    const struct delivery_state waiting = {.item = row.item, .state = SQL_STATE_WAITING};
    SH_TRY(set_delivery(s, message_seq, seat_id, &waiting));
    return put_waiting(s, seat_id, &row);
}

sh_err sqlite_queue_release(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                            size_t seats_len)
{
    for (size_t i = 0; i < seats_len; i++) {
        sh_err err = release_one(sqlite_of(store), message_seq, &seats[i]);
        if (err != SH_E_NOT_FOUND) {
            SH_TRY(err);
        }
    }
    return SH_OK;
}

sh_err queue_forget_held(struct sqlite_store *s, int64_t message_seq)
{
    for (;;) {
        struct queue_row row = {.kind = QUEUE_MESSAGE, .message_seq = message_seq, .held = true};
        int64_t seat_id = 0;
        {
            SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERY_HELD);
            SH_TRY(bind_int(q, 1, message_seq));
            bool found = false;
            SH_TRY(step_row(q, &found));
            if (!found) {
                return SH_OK;
            }
            seat_id = sqlite3_column_int64(q, 0);
            row.item = (uint64_t)sqlite3_column_int64(q, 1);
        }
        SH_TRY(delete_waiting(s, seat_id, &row));
        SH_TRY(delivery_delete(s, message_seq, seat_id));
    }
}
