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

/* What stands in check_sha256 of each table; used where a row is written and where one is checked.
 */
SH_MUST_USE sh_err meta_checksum(struct bytes name, struct bytes value, struct sh_hash *out);
SH_MUST_USE sh_err message_checksum(const struct message_row *row, int64_t thread_seq,
                                    const struct sh_hash *envelope_sha256, struct sh_hash *out);
SH_MUST_USE sh_err receipt_checksum(const struct receipt_row *row, struct sh_hash *out);
SH_MUST_USE sh_err clocks_checksum(int64_t message_seq, int64_t next_ms, struct bytes entries,
                                   struct sh_hash *out);
SH_MUST_USE sh_err lost_checksum(const struct lost_row *row, struct sh_hash *out);
SH_MUST_USE sh_err missing_checksum(const struct missing_row *row, struct sh_hash *out);
SH_MUST_USE sh_err leaf_checksum(const struct leaf_row *row, struct sh_hash *out);
SH_MUST_USE sh_err tile_checksum(int64_t id, struct bytes hashes, struct sh_hash *out);
/* The entries of a clock row with the numbers of addresses still in them; SH_E_CORRUPT. */
struct sqlite_packed_clock {
    struct clock_entry entry; /* without `by` */
    int64_t by_id;
};
SH_MUST_USE sh_err clock_unpack(struct bytes entries, struct arena *arena,
                                struct sqlite_packed_clock **out, size_t *out_len);
