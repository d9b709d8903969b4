/* Queues in memory: the same rules as sqlite/queue.c and sqlite/queue_list.c. A notice that is done
 * stays as a row. */
#include "store/memory/rows.h"

static struct memory_queued *queued_at(struct memory_store *m, size_t i)
{
    return rows_at(&m->now[MEMORY_QUEUED], i);
}

static size_t queued_len(const struct memory_store *m)
{
    return m->now[MEMORY_QUEUED].len;
}

static struct memory_queued *find_message(struct memory_store *m, const struct sh_hash *seat,
                                          int64_t message_seq)
{
    for (size_t i = 0; i < queued_len(m); i++) {
        struct memory_queued *queued = queued_at(m, i);
        if (queued->row.kind == QUEUE_MESSAGE && queued->row.message_seq == message_seq &&
            hash_equal(&queued->row.seat, seat)) {
            return queued;
        }
    }
    return NULL;
}

sh_err memory_queue_put(struct store *store, const struct queue_row *in, uint64_t *out_item)
{
    struct memory_store *m = memory_of(store);
    if (in->kind == QUEUE_MESSAGE) {
        bool known =
            in->message_seq >= 1 && (uint64_t)in->message_seq <= m->now[MEMORY_MESSAGES].len;
        SH_CHECK(known, SH_E_NOT_FOUND);
        SH_CHECK(!find_message(m, &in->seat, in->message_seq), SH_E_EXISTS);
    }
    struct memory_queued queued = {.row = *in};
    queued.row.item = m->items + 1;
    SH_TRY(rows_add(&m->now[MEMORY_QUEUED], &queued));
    m->items++;
    *out_item = queued.row.item;
    return SH_OK;
}

sh_err memory_queue_next(struct store *store, const struct sh_hash *seat, uint64_t after_item,
                         size_t len_max, struct arena *arena, const struct queue_row **out,
                         size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    struct queue_row *rows = arena_array(arena, len_max, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < queued_len(m) && len < len_max; i++) {
        const struct memory_queued *queued = queued_at(m, i);
        if (hash_equal(&queued->row.seat, seat) && !queued->done && !queued->row.held &&
            queued->row.item > after_item) {
            rows[len++] = queued->row;
        }
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

sh_err memory_queue_find(struct store *store, const struct sh_hash *seat, int64_t message_seq,
                         struct queue_row *out, bool *out_done)
{
    const struct memory_queued *queued = find_message(memory_of(store), seat, message_seq);
    SH_CHECK(queued, SH_E_NOT_FOUND);
    *out = queued->row;
    *out_done = queued->done;
    return SH_OK;
}

sh_err memory_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item)
{
    struct memory_store *m = memory_of(store);
    for (size_t i = 0; i < queued_len(m); i++) {
        struct memory_queued *queued = queued_at(m, i);
        if (queued->row.item == item && hash_equal(&queued->row.seat, seat)) {
            queued->done = true;
            queued->row.held = false;
            return SH_OK;
        }
    }
    return SH_E_NOT_FOUND;
}

/* The row gets a new number, and its place behind the others with it. */
sh_err memory_queue_release(struct store *store, int64_t message_seq, const struct sh_hash *seats,
                            size_t seats_len)
{
    struct memory_store *m = memory_of(store);
    struct rows *rows = &m->now[MEMORY_QUEUED];
    for (size_t i = 0; i < seats_len; i++) {
        struct memory_queued *held = find_message(m, &seats[i], message_seq);
        if (held && held->row.held) {
            struct memory_queued again = *held;
            again.row.held = false;
            again.row.item = ++m->items;
            rows_remove(rows, (size_t)((uint8_t *)held - rows->data) / rows->row_bytes);
            SH_TRY(rows_add(rows, &again));
        }
    }
    return SH_OK;
}

sh_err memory_queue_drop_seat(struct store *store, const struct sh_hash *seat, struct arena *arena,
                              const int64_t **out_seqs, size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    struct rows *rows = &m->now[MEMORY_QUEUED];
    int64_t *seqs = arena_array(arena, rows->len, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < rows->len;) {
        const struct memory_queued *queued = rows_at(rows, i);
        if (queued->done || !hash_equal(&queued->row.seat, seat)) {
            i++;
            continue;
        }
        if (queued->row.kind == QUEUE_MESSAGE) {
            seqs[len++] = queued->row.message_seq;
        }
        rows_remove(rows, i);
    }
    *out_seqs = seqs;
    *out_len = len;
    return SH_OK;
}

static bool listed(const struct sh_hash *seats, size_t len, const struct sh_hash *seat)
{
    for (size_t i = 0; i < len; i++) {
        if (hash_equal(&seats[i], seat)) {
            return true;
        }
    }
    return false;
}

sh_err memory_queue_seats(struct store *store, struct arena *arena, const struct sh_hash **out,
                          size_t *out_len)
{
    struct memory_store *m = memory_of(store);
    struct sh_hash *seats = arena_array(arena, queued_len(m), sizeof *seats);
    SH_CHECK(seats, SH_E_NOMEM);
    size_t len = 0;
    for (size_t i = 0; i < queued_len(m); i++) {
        const struct memory_queued *queued = queued_at(m, i);
        if (!queued->done && !listed(seats, len, &queued->row.seat)) {
            seats[len++] = queued->row.seat;
        }
    }
    *out = seats;
    *out_len = len;
    return SH_OK;
}

sh_err memory_queue_waiting(struct store *store, uint64_t *out_messages, uint64_t *out_notices)
{
    struct memory_store *m = memory_of(store);
    uint64_t messages = 0, notices = 0;
    for (size_t i = 0; i < queued_len(m); i++) {
        const struct memory_queued *queued = queued_at(m, i);
        bool waits = !queued->done && !queued->row.held;
        messages += waits && queued->row.kind == QUEUE_MESSAGE;
        notices += waits && queued->row.kind == QUEUE_NOTICE;
    }
    *out_messages = messages;
    *out_notices = notices;
    return SH_OK;
}
