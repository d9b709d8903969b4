/* Of a copy: the logs that were lost, and what is known to be missing from them. */
#include "store/sqlite/copy_private.h"

sh_err store_copy_lost(struct store_copy *copy, struct copy_lost *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_LOST, &q));
    *out = (struct copy_lost){.row = {.number = sqlite3_column_int64(q, 0),
                                      .size = (uint64_t)sqlite3_column_int64(q, 1),
                                      .opened = sqlite3_column_int64(q, 2) == 1,
                                      .vkey = column_bytes(q, 3),
                                      .known = column_bytes(q, 4)}};
    int64_t opened = sqlite3_column_int64(q, 2);
    SH_CHECK(opened == 0 || opened == 1, SH_E_CORRUPT);
    SH_TRY(lost_checksum(&out->row, &check));
    out->fits = copy_equals_column(q, 5, &check);
    return SH_OK;
}

sh_err store_copy_missing(struct store_copy *copy, struct copy_missing *out)
{
    sqlite3_stmt *q = NULL;
    struct sh_hash check;
    SH_TRY(copy_next_row(copy, COPY_MISSING, &q));
    int64_t again = sqlite3_column_int64(q, 2);
    *out = (struct copy_missing){.row = {.lost = sqlite3_column_int64(q, 0),
                                         .index = (uint64_t)sqlite3_column_int64(q, 1),
                                         .has_again = again != -1,
                                         .again = again != -1 ? (uint64_t)again : 0,
                                         .statement = column_bytes(q, 3)}};
    SH_TRY(missing_checksum(&out->row, &check));
    out->fits = copy_equals_column(q, 4, &check);
    return SH_OK;
}
