/* The SHA-256 that stands beside each stored row. SQLite's own integrity check does not notice a
 * changed value (PITFALLS Q5), so each row is hashed when it is written and compared whenever it is
 * read. */
#pragma once

#include "crypto/digest.h"
#include "store/sqlite/db.h"

/* A row's numbers as bytes that can be hashed. */
struct check_numbers {
    uint8_t b[6 * 8];
};

/* SH_E_CORRUPT unless column `at` is the SHA-256 of the parts. */
static inline SH_MUST_USE sh_err check_column(sqlite3_stmt *stmt, int at, const struct bytes *parts,
                                              size_t parts_len)
{
    struct sh_hash stored, found;
    SH_TRY(column_hash(stmt, at, &stored));
    SH_TRY(digest_sha256_parts(parts, parts_len, &found));
    SH_CHECK(hash_equal(&stored, &found), SH_E_CORRUPT);
    return SH_OK;
}

static inline struct bytes check_pack(struct check_numbers *room, const int64_t *numbers,
                                      size_t len)
{
    for (size_t i = 0; i < len; i++) {
        be64_store(room->b + 8 * i, (uint64_t)numbers[i]);
    }
    return bytes_of(room->b, 8 * len);
}
