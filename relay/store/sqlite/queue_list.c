/* Lists over the queues: what a seat gets next, what goes with a revoked seat, who waits at all. */
#include "store/sqlite/queue.h"

static sh_err read_next(sqlite3_stmt *q, const struct sh_hash *seat, struct queue_row *rows,
                        size_t *len)
{
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            return SH_OK;
        }
        rows[(*len)++] = (struct queue_row){
            .item = (uint64_t)sqlite3_column_int64(q, 0),
            .seat = *seat,
            .kind = (enum queue_kind)sqlite3_column_int(q, 1),
            .message_seq = sqlite3_column_int64(q, 2),
            .leaf_index = (uint64_t)sqlite3_column_int64(q, 3),
        };
    }
}

sh_err sqlite_queue_next(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                         size_t len_max, struct arena *arena, const struct queue_row **out,
                         size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = seat_find(s, seat);
    size_t len = 0;
    struct queue_row *rows = arena_array(arena, len_max, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    if (seat_id && after_item < INT64_MAX) {
        SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_NEXT);
        SH_TRY(bind_int(q, 1, seat_id));
        SH_TRY(bind_int(q, 2, (int64_t)after_item));
        SH_TRY(bind_int(q, 3, (int64_t)len_max));
        SH_TRY(read_next(q, seat, rows, &len));
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

static sh_err count_of_seat(struct sqlite_store *s, int64_t seat_id, size_t *out_len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_COUNT_OF_SEAT);
    SH_TRY(bind_int(q, 1, seat_id));
    int64_t count = 0;
    SH_TRY(step_number(q, &count));
    *out_len = (size_t)count;
    return SH_OK;
}

/* Fills seqs with the messages and takes what was counted as waiting off the tally. */
static sh_err read_dropped(struct sqlite_store *s, int64_t seat_id, int64_t *seqs, size_t *out_len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_OF_SEAT);
    SH_TRY(bind_int(q, 1, seat_id));
    size_t len = 0;
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            *out_len = len;
            return SH_OK;
        }
        bool held = sqlite3_column_int(q, 0) != 0;
        bool message = sqlite3_column_int(q, 1) == QUEUE_MESSAGE;
        if (message) {
            seqs[len++] = sqlite3_column_int64(q, 2);
        }
        s->now.waiting_messages -= message && !held;
        s->now.waiting_notices -= !message && !held;
    }
}

sh_err sqlite_queue_drop_seat(struct store *store, const struct sh_hash *seat, struct arena *arena,
                              const int64_t **out_seqs, size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = seat_find(s, seat);
    size_t len = 0;
    SH_TRY(count_of_seat(s, seat_id, &len));
    int64_t *seqs = arena_array(arena, len, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    SH_TRY(read_dropped(s, seat_id, seqs, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(delivery_delete(s, seqs[i], seat_id));
    }
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_DROP);
    SH_TRY(bind_int(q, 1, seat_id));
    SH_TRY(step_done(q));
    *out_seqs = seqs;
    *out_len = len;
    return SH_OK;
}

/* SH_E_NOT_FOUND behind the last. One seek a seat, however much waits for it. */
static sh_err next_seat(struct sqlite_store *s, int64_t *seat_id)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_WAITING_NEXT_SEAT);
    SH_TRY(bind_int(q, 1, *seat_id));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    *seat_id = sqlite3_column_int64(q, 0);
    return SH_OK;
}

sh_err sqlite_queue_seats(struct store *store, struct arena *arena, const struct sh_hash **out,
                          size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    struct sh_hash *seats = arena_array(arena, s->seats.len, sizeof *seats);
    SH_CHECK(seats, SH_E_NOMEM);
    size_t len = 0;
    int64_t seat_id = 0;
    for (;;) {
        sh_err err = next_seat(s, &seat_id);
        if (err == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(err);
        SH_CHECK(len < s->seats.len, SH_E_CORRUPT);
        SH_TRY(seat_by_id(s, seat_id, &seats[len]));
        len++;
    }
    *out = seats;
    *out_len = len;
    return SH_OK;
}

sh_err sqlite_queue_waiting(struct store *store, uint64_t *out_messages, uint64_t *out_notices)
{
    const struct sqlite_store *s = sqlite_of(store);
    *out_messages = s->now.waiting_messages;
    *out_notices = s->now.waiting_notices;
    return SH_OK;
}
