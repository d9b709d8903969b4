/* Messages: put, found by id, seq and header, and read as threads. What is read is checked against
 * the SHA-256 it was stored with. Deleting ciphertext is retention.c's. */
#include "store/sqlite/check.h"

#include <string.h>

/* The columns of SQL_MESSAGE_WHOLE. */
enum {
    COL_SEQ,
    COL_THREAD_SEQ,
    COL_FROM,
    COL_ACCEPTED,
    COL_LEAF,
    COL_MESSAGE_ID,
    COL_THREAD_ID,
    COL_HEADER_SHA256,
    COL_ENVELOPE_SHA256,
    COL_CHECK,
    COL_HEADER,
    COL_BEFORE,
    COL_AFTER,
};

/* What the row's check_sha256 is over. */
enum { MESSAGE_PARTS = 7 };
struct message_check {
    struct check_numbers numbers;
    struct bytes parts[MESSAGE_PARTS];
};

static void check_fill(struct message_check *check, const struct message_row *row,
                       int64_t thread_seq, const struct sh_hash *envelope_sha256)
{
    const int64_t numbers[] = {row->seq, thread_seq, row->accepted_ms, (int64_t)row->leaf_index};
    check->parts[0] = check_pack(&check->numbers, numbers, 4);
    check->parts[1] = BYTES_FIXED(row->message_id);
    check->parts[2] = BYTES_FIXED(row->thread_id);
    check->parts[3] = BYTES_FIXED(row->header_sha256);
    check->parts[4] = BYTES_FIXED(*envelope_sha256);
    check->parts[5] = bytes_str(row->from.text);
    check->parts[6] = row->header;
}

sh_err message_checksum(const struct message_row *row, int64_t thread_seq,
                        const struct sh_hash *envelope_sha256, struct sh_hash *out)
{
    struct message_check check;
    check_fill(&check, row, thread_seq, envelope_sha256);
    return digest_sha256_parts(check.parts, MESSAGE_PARTS, out);
}

/* What tells a message from others with the same key. */
struct ids {
    struct sh_id message_id;
    struct sh_hash header_sha256;
    int64_t from_id;
    int64_t thread_seq;
};

static sh_err read_ids(struct sqlite_store *s, int64_t seq, struct ids *out)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_MESSAGE_IDS);
    SH_TRY(bind_int(q, 1, seq));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_CORRUPT); /* its key is there */
    SH_TRY(column_id(q, 0, &out->message_id));
    SH_TRY(column_hash(q, 1, &out->header_sha256));
    out->from_id = sqlite3_column_int64(q, 2);
    out->thread_seq = sqlite3_column_int64(q, 3);
    return SH_OK;
}

/* SH_E_NOT_FOUND. from_id 0: the first message of a thread, from whomever. */
static sh_err find_by_id(struct sqlite_store *s, const struct sh_id *message_id, int64_t from_id,
                         int64_t *out_seq)
{
    int64_t seq = 0;
    for (;;) {
        struct ids ids;
        SH_TRY(lookup_next(s, lookup_key_of_id(s, message_id), &seq));
        SH_TRY(read_ids(s, seq, &ids));
        bool wanted = from_id ? ids.from_id == from_id : ids.thread_seq == seq;
        if (wanted && id_equal(&ids.message_id, message_id)) {
            *out_seq = seq;
            return SH_OK;
        }
    }
}

static sh_err find_by_header(struct sqlite_store *s, const struct sh_hash *header_sha256,
                             int64_t *out_seq)
{
    int64_t seq = 0;
    for (;;) {
        struct ids ids;
        SH_TRY(lookup_next(s, lookup_key_of_header(header_sha256), &seq));
        SH_TRY(read_ids(s, seq, &ids));
        if (hash_equal(&ids.header_sha256, header_sha256)) {
            *out_seq = seq;
            return SH_OK;
        }
    }
}

static sh_err put_row(struct sqlite_store *s, const struct message_row *row, int64_t thread_seq,
                      const struct sh_hash *envelope_sha256)
{
    int64_t from_id = 0, before = 0;
    SH_TRY(address_intern(s, &row->from, &from_id));
    sh_err err = find_by_id(s, &row->message_id, from_id, &before);
    SH_CHECK(err != SH_OK, SH_E_EXISTS);
    SH_CHECK(err == SH_E_NOT_FOUND, err);
    struct sh_hash check_sha256;
    SH_TRY(message_checksum(row, thread_seq, envelope_sha256, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_MESSAGE_PUT);
    SH_TRY(bind_int(q, 1, row->seq));
    SH_TRY(bind_int(q, 2, thread_seq));
    SH_TRY(bind_int(q, 3, from_id));
    SH_TRY(bind_int(q, 4, row->accepted_ms));
    SH_TRY(bind_int(q, 5, (int64_t)row->leaf_index));
    SH_TRY(bind_bytes(q, 6, BYTES_FIXED(row->message_id)));
    SH_TRY(bind_bytes(q, 7, BYTES_FIXED(row->thread_id)));
    SH_TRY(bind_bytes(q, 8, BYTES_FIXED(row->header_sha256)));
    SH_TRY(bind_bytes(q, 9, BYTES_FIXED(*envelope_sha256)));
    SH_TRY(bind_bytes(q, 10, BYTES_FIXED(check_sha256)));
    SH_TRY(bind_bytes(q, 11, row->header));
    return step_done(q);
}

/* An Envelope begins with its version and the header: it is found within the first few bytes or not
 * at all. */
enum { HEADER_AT_MAX = 16 };

static bool find_header(const struct message_row *row, size_t *out_at)
{
    for (size_t at = 0;
         at <= HEADER_AT_MAX && at + row->header.len <= row->envelope.len && row->header.len;
         at++) {
        if (memcmp(row->envelope.data + at, row->header.data, row->header.len) == 0) {
            *out_at = at;
            return true;
        }
    }
    return false;
}

/* The header stands in the message row already: storing it twice would be a fifth of all bytes
 * written. */
static sh_err put_body(struct sqlite_store *s, const struct message_row *row)
{
    struct bytes envelope = row->envelope;
    size_t before_len = envelope.len;
    bool split = find_header(row, &before_len);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_BODY_PUT);
    SH_TRY(bind_int(q, 1, row->seq));
    SH_TRY(bind_bytes(q, 2, bytes_of(envelope.data, before_len)));
    if (split) {
        size_t after = before_len + row->header.len;
        SH_TRY(bind_bytes(q, 3, bytes_of(envelope.data + after, envelope.len - after)));
    }
    return step_done(q);
}

sh_err sqlite_message_put(struct store *store, const struct message_row *in, int64_t *out_seq)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_CHECK(in->header.len <= SH_HEADER_BYTES_MAX && in->envelope.len <= SH_ENVELOPE_BYTES_MAX,
             SH_E_TOO_BIG);
    struct message_row row = *in;
    row.seq = s->now.last_seq + 1;
    int64_t thread_seq = row.seq;
    if (!id_equal(&row.thread_id, &row.message_id)) {
        sh_err err = find_by_id(s, &row.thread_id, 0, &thread_seq);
        SH_CHECK(err != SH_E_NOT_FOUND, SH_E_UNKNOWN_THREAD);
        SH_TRY(err);
    }
    struct sh_hash envelope_sha256;
    SH_TRY(digest_sha256(row.envelope, &envelope_sha256));
    SH_TRY(put_row(s, &row, thread_seq, &envelope_sha256));
    if (row.envelope.len) {
        SH_TRY(put_body(s, &row));
    }
    SH_TRY(lookup_add(s, row.seq, &row.message_id, &row.header_sha256));
    s->now.last_seq = row.seq;
    *out_seq = row.seq;
    return SH_OK;
}

/* Gives the place behind the copy. */
static uint8_t *copy_to(uint8_t *to, struct bytes from)
{
    if (from.len) {
        memcpy(to, from.data, from.len);
    }
    return to + from.len;
}

/* Puts before, header and after together again; row->header then points into the whole. */
static sh_err read_envelope(sqlite3_stmt *q, struct arena *arena, struct message_row *row)
{
    struct sh_hash stored, found;
    struct bytes before = column_bytes(q, COL_BEFORE);
    struct bytes header = column_bytes(q, COL_HEADER);
    struct bytes after = column_bytes(q, COL_AFTER);
    bool split = sqlite3_column_type(q, COL_AFTER) != SQLITE_NULL;
    size_t len = before.len + (split ? header.len + after.len : 0);
    uint8_t *all = arena_alloc(arena, len);
    SH_CHECK(all, SH_E_NOMEM);
    uint8_t *end = copy_to(all, before);
    if (split) {
        end = copy_to(end, header);
        (void)copy_to(end, after);
    }
    row->envelope = bytes_of(all, len);
    SH_TRY(column_hash(q, COL_ENVELOPE_SHA256, &stored));
    SH_TRY(digest_sha256(row->envelope, &found));
    SH_CHECK(hash_equal(&stored, &found), SH_E_CORRUPT);
    if (split) {
        row->header = bytes_of(all + before.len, header.len);
    }
    return SH_OK;
}

/* All but header and envelope. */
static sh_err read_numbers(struct sqlite_store *s, sqlite3_stmt *q, struct message_row *row)
{
    row->seq = sqlite3_column_int64(q, COL_SEQ);
    SH_TRY(address_by_id(s, sqlite3_column_int64(q, COL_FROM), &row->from));
    row->accepted_ms = sqlite3_column_int64(q, COL_ACCEPTED);
    row->leaf_index = (uint64_t)sqlite3_column_int64(q, COL_LEAF);
    SH_TRY(column_id(q, COL_MESSAGE_ID, &row->message_id));
    SH_TRY(column_id(q, COL_THREAD_ID, &row->thread_id));
    return column_hash(q, COL_HEADER_SHA256, &row->header_sha256);
}

static sh_err read_message(struct sqlite_store *s, sqlite3_stmt *q, struct arena *arena,
                           struct message_row *out)
{
    struct message_row row = {0};
    SH_TRY(read_numbers(s, q, &row));
    row.header = column_bytes(q, COL_HEADER);
    struct sh_hash envelope_sha256;
    SH_TRY(column_hash(q, COL_ENVELOPE_SHA256, &envelope_sha256));
    struct message_check check;
    check_fill(&check, &row, sqlite3_column_int64(q, COL_THREAD_SEQ), &envelope_sha256);
    SH_TRY(check_column(q, COL_CHECK, check.parts, MESSAGE_PARTS));
    bool whole =
        sqlite3_column_count(q) > COL_BEFORE && sqlite3_column_type(q, COL_BEFORE) != SQLITE_NULL;
    struct bytes header = row.header;
    if (whole) {
        SH_TRY(read_envelope(q, arena, &row));
    }
    if (row.header.data == header.data) {
        SH_TRY(arena_copy(arena, header, &row.header));
    }
    *out = row;
    return SH_OK;
}

static sh_err read_one(struct sqlite_store *s, sqlite3_stmt *q, struct arena *arena,
                       struct message_row *out)
{
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    return read_message(s, q, arena, out);
}

struct read_into {
    struct arena *arena;
    struct message_row *out;
};

static sh_err read_by_seq(struct sqlite_store *s, enum sql which, int64_t seq,
                          struct read_into into)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, which);
    SH_TRY(bind_int(q, 1, seq));
    return read_one(s, q, into.arena, into.out);
}

sh_err sqlite_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                             struct message_row *out)
{
    return read_by_seq(sqlite_of(store), SQL_MESSAGE_BY_SEQ, seq, (struct read_into){arena, out});
}

sh_err sqlite_message_by_id(struct store *store, const struct address *from,
                            const struct sh_id *message_id, struct arena *arena,
                            struct message_row *out)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t from_id = address_find(s, from), seq = 0;
    SH_CHECK(from_id, SH_E_NOT_FOUND);
    SH_TRY(find_by_id(s, message_id, from_id, &seq));
    return sqlite_message_by_seq(store, seq, arena, out);
}

sh_err sqlite_message_id_used(struct store *store, const struct sh_id *message_id, bool *out_used)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t seq = 0;
    *out_used = false;
    while (!*out_used) {
        struct ids ids;
        sh_err err = lookup_next(s, lookup_key_of_id(s, message_id), &seq);
        SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
        SH_TRY(err);
        SH_TRY(read_ids(s, seq, &ids));
        *out_used = id_equal(&ids.message_id, message_id);
    }
    return SH_OK;
}

sh_err sqlite_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                                struct arena *arena, struct message_row *out)
{
    int64_t seq = 0;
    SH_TRY(find_by_header(sqlite_of(store), header_sha256, &seq));
    return sqlite_message_by_seq(store, seq, arena, out);
}

/* How many stand behind the first. */
static sh_err count_rest(struct sqlite_store *s, int64_t thread_seq, size_t *out_len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_THREAD_COUNT);
    SH_TRY(bind_int(q, 1, thread_seq));
    int64_t count = 0;
    SH_TRY(step_number(q, &count));
    *out_len = (size_t)count;
    return SH_OK;
}

static sh_err read_rest(struct sqlite_store *s, int64_t thread_seq, struct read_into into,
                        size_t len)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_THREAD_REST);
    SH_TRY(bind_int(q, 1, thread_seq));
    for (size_t i = 0; i < len; i++) {
        SH_TRY(read_one(s, q, into.arena, &into.out[i]));
    }
    return SH_OK;
}

sh_err sqlite_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                     struct arena *arena, const struct message_row **out, size_t *out_len)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t first = 0;
    size_t rest = 0;
    sh_err err = find_by_id(s, thread_id, 0, &first);
    if (err == SH_E_NOT_FOUND) {
        *out = NULL;
        *out_len = 0;
        return SH_OK;
    }
    SH_TRY(err);
    SH_TRY(count_rest(s, first, &rest));
    SH_CHECK(rest < len_max, SH_E_TOO_BIG);
    struct message_row *rows = arena_array(arena, rest + 1, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    SH_TRY(read_by_seq(s, SQL_THREAD_FIRST, first, (struct read_into){arena, &rows[0]}));
    SH_TRY(read_rest(s, first, (struct read_into){arena, &rows[1]}, rest));
    *out = rows;
    *out_len = rest + 1;
    return SH_OK;
}
