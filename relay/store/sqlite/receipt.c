/* Receipts by leaf and by message, and when a desk last collected its mail. */
#include "store/sqlite/check.h"

/* The columns of the three statements that read receipts. */
enum {
    COL_LEAF,
    COL_SEQ,
    COL_SEAT,
    COL_TYPE,
    COL_CHECK,
    COL_SIGNED,
};

struct receipt_check {
    struct check_numbers numbers;
    struct bytes parts[3];
};

static void check_fill(struct receipt_check *check, const struct receipt_row *row)
{
    const int64_t numbers[] = {(int64_t)row->leaf_index, row->message_seq, row->type};
    check->parts[0] = check_pack(&check->numbers, numbers, 3);
    check->parts[1] = BYTES_FIXED(row->seat);
    check->parts[2] = row->signed_receipt;
}

sh_err receipt_checksum(const struct receipt_row *row, struct sh_hash *out)
{
    struct receipt_check check;
    check_fill(&check, row);
    return digest_sha256_parts(check.parts, 3, out);
}

sh_err sqlite_receipt_put(struct store *store, const struct receipt_row *row)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = 0;
    SH_TRY(seat_intern(s, &row->seat, &seat_id));
    struct sh_hash check_sha256;
    SH_TRY(receipt_checksum(row, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RECEIPT_PUT);
    SH_TRY(bind_int(q, 1, (int64_t)row->leaf_index));
    SH_TRY(bind_int(q, 2, row->message_seq));
    SH_TRY(bind_int(q, 3, seat_id));
    SH_TRY(bind_int(q, 4, row->type));
    SH_TRY(bind_bytes(q, 5, BYTES_FIXED(check_sha256)));
    SH_TRY(bind_bytes(q, 6, row->signed_receipt));
    return step_insert(q);
}

/* SH_E_NOT_FOUND at the end of the rows. */
static sh_err read_receipt(struct sqlite_store *s, sqlite3_stmt *q, struct arena *arena,
                           struct receipt_row *out)
{
    bool found = false;
    SH_TRY(step_row(q, &found));
    SH_CHECK(found, SH_E_NOT_FOUND);
    struct receipt_row row = {
        .leaf_index = (uint64_t)sqlite3_column_int64(q, COL_LEAF),
        .message_seq = sqlite3_column_int64(q, COL_SEQ),
        .type = (enum receipt_type)sqlite3_column_int(q, COL_TYPE),
        .signed_receipt = column_bytes(q, COL_SIGNED),
    };
    SH_TRY(seat_by_id(s, sqlite3_column_int64(q, COL_SEAT), &row.seat));
    struct receipt_check check;
    check_fill(&check, &row);
    SH_TRY(check_column(q, COL_CHECK, check.parts, 3));
    SH_TRY(arena_copy(arena, row.signed_receipt, &row.signed_receipt));
    *out = row;
    return SH_OK;
}

sh_err sqlite_receipt_get(struct store *store, int64_t message_seq, const struct sh_hash *seat,
                          enum receipt_type type, struct arena *arena, struct receipt_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seat_id = seat_find(s, seat);
    SH_CHECK(seat_id, SH_E_NOT_FOUND);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RECEIPT_GET);
    SH_TRY(bind_int(q, 1, message_seq));
    SH_TRY(bind_int(q, 2, seat_id));
    SH_TRY(bind_int(q, 3, type));
    return read_receipt(s, q, arena, out);
}

sh_err sqlite_receipt_by_leaf(struct store *store, uint64_t leaf_index, struct arena *arena,
                              struct receipt_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RECEIPT_BY_LEAF);
    SH_TRY(bind_int(q, 1, (int64_t)leaf_index));
    return read_receipt(s, q, arena, out);
}

static sh_err count_receipts(struct sqlite_store *s, int64_t message_seq, size_t *out_len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RECEIPT_COUNT);
    SH_TRY(bind_int(q, 1, message_seq));
    int64_t count = 0;
    SH_TRY(step_number(q, &count));
    *out_len = (size_t)count;
    return SH_OK;
}

sh_err sqlite_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                       const struct receipt_row **out, size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    size_t len = 0;
    SH_TRY(count_receipts(s, message_seq, &len));
    struct receipt_row *rows = arena_array(arena, len, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_RECEIPTS);
    SH_TRY(bind_int(q, 1, message_seq));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(read_receipt(s, q, arena, &rows[i]));
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

sh_err sqlite_collected_put(struct store *store, const struct address *desk, int64_t at_ms)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t id = 0;
    SH_TRY(address_intern(s, desk, &id));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_COLLECTED_PUT);
    SH_TRY(bind_int(q, 1, id));
    SH_TRY(bind_int(q, 2, at_ms));
    return step_done(q);
}

sh_err sqlite_collected_get(struct store *store, const struct address *desk, int64_t *out_ms)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_COLLECTED_GET);
    SH_TRY(bind_int(q, 1, address_find(s, desk)));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    *out_ms = sqlite3_column_int64(q, 0);
    return SH_OK;
}
