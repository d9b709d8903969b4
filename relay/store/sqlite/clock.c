/* The clocks of each message: a row of entries, packed, so that accepting a message with five of
 * them appends one row and not five. */
#include "store/sqlite/check.h"

enum {
    COL_NEXT,
    COL_CHECK,
    COL_ENTRIES,
};

/* duty, state, address id, due, warn, leaf */
enum { ENTRY_BYTES = 1 + 1 + 4 + 8 + 8 + 8 };

struct clock_check {
    struct check_numbers numbers;
    struct bytes parts[2];
};

static void check_fill(struct clock_check *check, int64_t message_seq, int64_t next_ms,
                       struct bytes entries)
{
    const int64_t numbers[] = {message_seq, next_ms};
    check->parts[0] = check_pack(&check->numbers, numbers, 2);
    check->parts[1] = entries;
}

sh_err clocks_checksum(int64_t message_seq, int64_t next_ms, struct bytes entries,
                       struct sh_hash *out)
{
    struct clock_check check;
    check_fill(&check, message_seq, next_ms, entries);
    return digest_sha256_parts(check.parts, 2, out);
}

static sh_err pack_entry(struct sqlite_store *s, const struct clock_entry *entry, struct buf *out)
{
    uint8_t packed[ENTRY_BYTES] = {(uint8_t)entry->duty, (uint8_t)entry->state};
    int64_t by_id = 0;
    SH_TRY(address_intern(s, &entry->by, &by_id));
    SH_CHECK(by_id <= UINT32_MAX, SH_E_STORE);
    be32_store(packed + 2, (uint32_t)by_id);
    be64_store(packed + 6, (uint64_t)entry->due_ms);
    be64_store(packed + 14, (uint64_t)entry->warn_ms);
    be64_store(packed + 22, entry->leaf_index);
    return buf_append(out, bytes_of(packed, sizeof packed));
}

static sh_err put_row(struct sqlite_store *s, const struct clock_row *row, struct bytes entries)
{
    struct sh_hash check_sha256;
    SH_TRY(clocks_checksum(row->message_seq, row->next_ms, entries, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_CLOCKS_PUT);
    SH_TRY(bind_int(q, 1, row->message_seq));
    SH_TRY(bind_int(q, 2, row->next_ms));
    SH_TRY(bind_bytes(q, 3, BYTES_FIXED(check_sha256)));
    SH_TRY(bind_bytes(q, 4, entries));
    return step_insert(q);
}

sh_err sqlite_clocks_put(struct store *store, const struct clock_row *row)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_DEFER(buf_wipe) struct buf entries = BUF_INIT(STORE_CLOCKS_MAX * ENTRY_BYTES);
    for (size_t i = 0; i < row->len; i++) {
        SH_TRY(pack_entry(s, &row->entries[i], &entries));
    }
    return put_row(s, row, bytes_buf(&entries));
}

static void unpack_entry(const uint8_t *packed, struct sqlite_packed_clock *out)
{
    *out = (struct sqlite_packed_clock){
        .entry =
            {
                .duty = (enum duty)packed[0],
                .state = (enum clock_state)packed[1],
                .due_ms = (int64_t)be64_load(packed + 6),
                .warn_ms = (int64_t)be64_load(packed + 14),
                .leaf_index = be64_load(packed + 22),
            },
        .by_id = be32_load(packed + 2),
    };
}

sh_err clock_unpack(struct bytes in, struct arena *arena, struct sqlite_packed_clock **out,
                    size_t *out_len)
{
    SH_CHECK(in.len > 0 && in.len % ENTRY_BYTES == 0, SH_E_CORRUPT);
    size_t len = in.len / ENTRY_BYTES;
    struct sqlite_packed_clock *packed = arena_array(arena, len, sizeof *packed);
    SH_CHECK(packed, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        unpack_entry(in.data + i * ENTRY_BYTES, &packed[i]);
    }
    *out = packed;
    *out_len = len;
    return SH_OK;
}

static sh_err unpack(struct sqlite_store *s, struct bytes in, struct arena *arena,
                     struct clock_row *out)
{
    struct sqlite_packed_clock *packed = NULL;
    size_t len = 0;
    SH_TRY(clock_unpack(in, arena, &packed, &len));
    struct clock_entry *entries = arena_array(arena, len, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        entries[i] = packed[i].entry;
        SH_TRY(address_by_id(s, packed[i].by_id, &entries[i].by));
    }
    out->entries = entries;
    out->len = len;
    return SH_OK;
}

sh_err sqlite_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                         struct clock_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_CLOCKS_GET);
    SH_TRY(bind_int(q, 1, message_seq));
    bool found = false;
    SH_TRY(step_row(q, &found));
    SH_CHECK(found, SH_E_NOT_FOUND);
    struct clock_row row = {.message_seq = message_seq,
                            .next_ms = sqlite3_column_int64(q, COL_NEXT)};
    struct bytes entries = column_bytes(q, COL_ENTRIES);
    struct clock_check check;
    check_fill(&check, message_seq, row.next_ms, entries);
    SH_TRY(check_column(q, COL_CHECK, check.parts, 2));
    SH_TRY(unpack(s, entries, arena, &row));
    *out = row;
    return SH_OK;
}

sh_err sqlite_clocks_due(struct store *store, int64_t now_ms, size_t len_max, struct arena *arena,
                         const int64_t **out_seqs, size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t *seqs = arena_array(arena, len_max, sizeof *seqs);
    SH_CHECK(seqs, SH_E_NOMEM);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_CLOCKS_DUE);
    SH_TRY(bind_int(q, 1, now_ms));
    SH_TRY(bind_int(q, 2, (int64_t)len_max));
    size_t len = 0;
    for (bool row = true; row;) {
        SH_TRY(step_row(q, &row));
        if (row) {
            seqs[len++] = sqlite3_column_int64(q, 0);
        }
    }
    *out_seqs = seqs;
    *out_len = len;
    return SH_OK;
}
