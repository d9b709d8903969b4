/* Deleting ciphertext once nobody waits for it any more. The message row, its receipts and its
 * leaves stay. */
#include "store/sqlite/db.h"
#include "wire/log.h"

/* Old enough if the leaf of the first DELIVERED receipt says so. Without such a receipt, or without
 * its leaf, nobody is known to have it, and it stays. */
static sh_err was_delivered_before(struct sqlite_store *s, int64_t seq, int64_t before_ms,
                                   bool *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_FIRST_DELIVERED);
    SH_TRY(bind_int(q, 1, seq));
    bool row = false;
    SH_TRY(step_row(q, &row));
    struct leaf leaf;
    *out = row && leaf_decode(column_bytes(q, 0), &leaf) == SH_OK && leaf.time_ms < before_ms;
    return SH_OK;
}

static sh_err nobody_waits(struct sqlite_store *s, int64_t seq, bool *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_DELIVERIES_WAITING);
    SH_TRY(bind_int(q, 1, seq));
    int64_t waiting = 0;
    SH_TRY(step_number(q, &waiting));
    *out = waiting == 0;
    return SH_OK;
}

static sh_err find_expirable(struct sqlite_store *s, int64_t before_ms, size_t len_max,
                             int64_t *seqs, size_t *out_len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_OLD_BODIES);
    SH_TRY(bind_int(q, 1, before_ms));
    size_t len = 0;
    while (len < len_max) {
        bool row = false, due = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            break;
        }
        seqs[len] = sqlite3_column_int64(q, 0);
        SH_TRY(nobody_waits(s, seqs[len], &due));
        if (due) {
            SH_TRY(was_delivered_before(s, seqs[len], before_ms, &due));
        }
        len += due;
    }
    *out_len = len;
    return SH_OK;
}

static sh_err delete_body(struct sqlite_store *s, int64_t seq)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_BODY_DELETE);
    SH_TRY(bind_int(q, 1, seq));
    return step_done(q);
}

sh_err sqlite_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                              struct arena *arena, const int64_t **out_seqs, size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t *seqs = arena_array(arena, len_max, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    size_t len = 0;
    SH_TRY(find_expirable(s, before_ms, len_max, seqs, &len));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(delete_body(s, seqs[i]));
        SH_TRY(queue_forget_held(s, seqs[i]));
    }
    *out_seqs = seqs;
    *out_len = len;
    return SH_OK;
}
