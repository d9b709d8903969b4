/* Logs that were lost, and what is known to be missing from them. */
#include "store/sqlite/check.h"

/* No entry of today's log: it was not offered again. */
#define NOT_AGAIN INT64_C(-1)

sh_err lost_checksum(const struct lost_row *row, struct sh_hash *out)
{
    struct check_numbers room;
    const int64_t numbers[] = {row->number, (int64_t)row->size, row->opened,
                               (int64_t)row->vkey.len};
    const struct bytes parts[] = {check_pack(&room, numbers, 4), row->vkey, row->known};
    return digest_sha256_parts(parts, 3, out);
}

sh_err sqlite_lost_put(struct store *store, const struct lost_row *row)
{
    struct sqlite_store *s = sqlite_of(store);
    struct sh_hash check_sha256;
    SH_TRY(lost_checksum(row, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LOST_PUT);
    SH_TRY(bind_int(q, 1, row->number));
    SH_TRY(bind_int(q, 2, (int64_t)row->size));
    SH_TRY(bind_int(q, 3, row->opened));
    SH_TRY(bind_bytes(q, 4, row->vkey));
    SH_TRY(bind_bytes(q, 5, row->known));
    SH_TRY(bind_bytes(q, 6, BYTES_FIXED(check_sha256)));
    return step_done(q);
}

sh_err sqlite_lost_get(struct store *store, int64_t number, struct arena *arena,
                       struct lost_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    struct sh_hash stored, found;
    bool any = false;
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LOST_GET);
    SH_TRY(bind_int(q, 1, number));
    SH_TRY(step_row(q, &any));
    SH_CHECK(any, SH_E_NOT_FOUND);
    struct lost_row row = {.number = number,
                           .size = (uint64_t)sqlite3_column_int64(q, 0),
                           .opened = sqlite3_column_int64(q, 1) != 0};
    SH_TRY(arena_copy(arena, column_bytes(q, 2), &row.vkey));
    SH_TRY(arena_copy(arena, column_bytes(q, 3), &row.known));
    SH_TRY(column_hash(q, 4, &stored));
    SH_TRY(lost_checksum(&row, &found));
    SH_CHECK(hash_equal(&stored, &found), SH_E_CORRUPT);
    *out = row;
    return SH_OK;
}

static int64_t again_of(const struct missing_row *row)
{
    return row->has_again ? (int64_t)row->again : NOT_AGAIN;
}

sh_err missing_checksum(const struct missing_row *row, struct sh_hash *out)
{
    struct check_numbers room;
    const int64_t numbers[] = {row->lost, (int64_t)row->index, again_of(row)};
    const struct bytes parts[] = {check_pack(&room, numbers, 3), row->statement};
    return digest_sha256_parts(parts, 2, out);
}

sh_err sqlite_missing_put(struct store *store, const struct missing_row *row)
{
    struct sqlite_store *s = sqlite_of(store);
    struct sh_hash check_sha256;
    SH_TRY(missing_checksum(row, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_MISSING_PUT);
    SH_TRY(bind_int(q, 1, row->lost));
    SH_TRY(bind_int(q, 2, (int64_t)row->index));
    SH_TRY(bind_int(q, 3, again_of(row)));
    SH_TRY(bind_bytes(q, 4, BYTES_FIXED(check_sha256)));
    SH_TRY(bind_bytes(q, 5, row->statement));
    return step_insert(q);
}

sh_err sqlite_missing_next(struct store *store, int64_t lost, uint64_t from, struct arena *arena,
                           struct missing_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    struct sh_hash stored, found;
    bool any = false;
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_MISSING_NEXT);
    SH_TRY(bind_int(q, 1, lost));
    SH_TRY(bind_int(q, 2, (int64_t)from));
    SH_TRY(step_row(q, &any));
    SH_CHECK(any, SH_E_EMPTY);
    int64_t again = sqlite3_column_int64(q, 1);
    struct missing_row row = {.lost = lost,
                              .index = (uint64_t)sqlite3_column_int64(q, 0),
                              .has_again = again != NOT_AGAIN,
                              .again = again != NOT_AGAIN ? (uint64_t)again : 0};
    SH_TRY(arena_copy(arena, column_bytes(q, 3), &row.statement));
    SH_TRY(column_hash(q, 2, &stored));
    SH_TRY(missing_checksum(&row, &found));
    SH_CHECK(hash_equal(&stored, &found), SH_E_CORRUPT);
    *out = row;
    return SH_OK;
}
