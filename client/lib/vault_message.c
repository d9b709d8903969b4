/* The vault's messages: put, found, listed, and moved from state to state. */
#include "client/vault_internal.h"
#include "crypto/digest.h"

static bool id_is_zero(const struct sh_id *id)
{
    static const struct sh_id zero;
    return id_equal(id, &zero);
}

static sh_err bind_message(sqlite3_stmt *q, const struct vault_message *in)
{
    struct sh_hash envelope_sha256;
    SH_TRY(digest_sha256(in->envelope, &envelope_sha256));
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(in->message_id)));
    SH_TRY(vault_bind_text(q, 2, in->sender.text));
    SH_TRY(vault_bind_bytes(q, 3, BYTES_FIXED(in->thread_id)));
    SH_TRY(vault_bind_bytes(q, 4, BYTES_FIXED(in->header_sha256)));
    SH_TRY(vault_bind_int(q, 5, (int64_t)in->box));
    SH_TRY(vault_bind_int(q, 6, (int64_t)in->state));
    SH_TRY(vault_bind_int(q, 7, in->code));
    SH_TRY(vault_bind_int(q, 8, in->created_at_ms));
    SH_TRY(vault_bind_bytes(q, 9, in->header));
    SH_TRY(vault_bind_bytes(q, 10, in->envelope));
    SH_TRY(vault_bind_bytes(q, 11, BYTES_FIXED(envelope_sha256)));
    SH_TRY(vault_bind_bytes(q, 12, in->accepted));
    SH_TRY(vault_bind_int(q, 13, in->accepted_at_ms));
    if (!hash_is_zero(&in->duplicate_key)) {
        SH_TRY(vault_bind_bytes(q, 14, BYTES_FIXED(in->duplicate_key)));
    }
    if (!id_is_zero(&in->replaces)) {
        SH_TRY(vault_bind_bytes(q, 15, BYTES_FIXED(in->replaces)));
    }
    return vault_bind_int(q, 16, in->reseals);
}

sh_err vault_message_put(struct vault *vault, const struct vault_message *in, int64_t *out_row)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_PUT);
    SH_TRY(bind_message(q, in));
    SH_TRY(vault_run(q));
    *out_row = sqlite3_last_insert_rowid(vault->db);
    return SH_OK;
}

/* The columns of VAULT_MESSAGE_COLUMNS. */
static sh_err read_message(sqlite3_stmt *q, struct arena *arena, struct vault_message *out)
{
    struct vault_message m = {.row = sqlite3_column_int64(q, 0)};
    SH_TRY(vault_column_id(q, 1, &m.message_id));
    SH_CHECK(address_from((const char *)sqlite3_column_text(q, 2), &m.sender) == SH_OK,
             SH_E_CORRUPT);
    SH_TRY(vault_column_id(q, 3, &m.thread_id));
    SH_TRY(vault_column_hash(q, 4, &m.header_sha256));
    m.box = (enum box)sqlite3_column_int(q, 5);
    m.state = (enum message_state)sqlite3_column_int(q, 6);
    m.code = (uint32_t)sqlite3_column_int64(q, 7);
    m.created_at_ms = sqlite3_column_int64(q, 8);
    SH_TRY(vault_column_bytes(q, 9, arena, &m.header));
    SH_TRY(vault_column_bytes(q, 10, arena, &m.accepted));
    m.accepted_at_ms = sqlite3_column_int64(q, 11);
    if (sqlite3_column_bytes(q, 12) > 0) {
        SH_TRY(vault_column_hash(q, 12, &m.duplicate_key));
    }
    if (sqlite3_column_bytes(q, 13) > 0) {
        SH_TRY(vault_column_id(q, 13, &m.replaces));
    }
    m.reseals = (uint32_t)sqlite3_column_int64(q, 14);
    *out = m;
    return SH_OK;
}

sh_err vault_message_by_header(struct vault *vault, const struct sh_hash *header_sha256,
                               struct arena *arena, struct vault_message *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_BY_HEADER);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    SH_TRY(vault_step(q));
    return read_message(q, arena, out);
}

sh_err vault_message_by_row(struct vault *vault, int64_t row, struct arena *arena,
                            struct vault_message *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_BY_ROW);
    SH_TRY(vault_bind_int(q, 1, row));
    SH_TRY(vault_step(q));
    return read_message(q, arena, out);
}

sh_err vault_message_by_id(struct vault *vault, const struct sh_id *low, const struct sh_id *high,
                           struct arena *arena, struct vault_message *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_BY_ID_RANGE);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*low)));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(*high)));
    SH_TRY(vault_step(q));
    struct vault_message found;
    SH_TRY(read_message(q, arena, &found));
    sh_err more = vault_step(q);
    SH_CHECK(more != SH_OK, SH_E_AMBIGUOUS);
    SH_CHECK(more == SH_E_NOT_FOUND, more);
    *out = found;
    return SH_OK;
}

sh_err vault_message_by_duplicate(struct vault *vault, const struct sh_hash *key,
                                  struct arena *arena, struct vault_message *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_BY_DUPLICATE);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*key)));
    SH_TRY(vault_step(q));
    return read_message(q, arena, out);
}

sh_err vault_message_by_replaced(struct vault *vault, const struct sh_id *replaced,
                                 struct arena *arena, struct vault_message *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_BY_REPLACED);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*replaced)));
    SH_TRY(vault_step(q));
    return read_message(q, arena, out);
}

static enum vault_sql list_sql(enum vault_list list)
{
    switch (list) {
    case LIST_INBOX:
        return SQL_MESSAGES_INBOX;
    case LIST_SENT:
        return SQL_MESSAGES_SENT;
    case LIST_WAITING:
        return SQL_MESSAGES_WAITING;
    case LIST_LEVELS:
        return SQL_MESSAGES_LEVELS;
    case LIST_UNSENT:
        return SQL_MESSAGES_UNSENT;
    case LIST_THREAD:
    default:
        return SQL_MESSAGES_THREAD;
    }
}

/* Arrays in an arena cannot grow, so they double: the old ones stay in the arena until it goes. */
static sh_err grow_messages(struct arena *arena, struct vault_message **rows, size_t len,
                            size_t *cap)
{
    size_t wanted = *cap ? *cap * 2 : 16;
    struct vault_message *more = arena_array(arena, wanted, sizeof *more);
    SH_CHECK(more, SH_E_NOMEM);
    if (len > 0) {
        memcpy(more, *rows, len * sizeof *more);
    }
    *rows = more;
    *cap = wanted;
    return SH_OK;
}

sh_err vault_messages(struct vault *vault, enum vault_list list, const struct sh_id *thread_id,
                      struct arena *arena, struct vault_message **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, list_sql(list));
    if (list == LIST_THREAD) {
        SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*thread_id)));
    }
    struct vault_message *rows = NULL;
    size_t len = 0, cap = 0;
    for (;;) {
        sh_err result = vault_step(q);
        if (result == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(result);
        if (len == cap) {
            SH_TRY(grow_messages(arena, &rows, len, &cap));
        }
        SH_TRY(read_message(q, arena, &rows[len]));
        len++;
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

sh_err vault_threads(struct vault *vault, struct arena *arena, struct sh_id **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_THREADS);
    struct sh_id *ids = NULL;
    size_t len = 0, cap = 0;
    for (;;) {
        sh_err result = vault_step(q);
        if (result == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(result);
        if (len == cap) {
            cap = cap ? cap * 2 : 16;
            struct sh_id *more = arena_array(arena, cap, sizeof *more);
            SH_CHECK(more, SH_E_NOMEM);
            if (len > 0) {
                memcpy(more, ids, len * sizeof *more);
            }
            ids = more;
        }
        SH_TRY(vault_column_id(q, 0, &ids[len]));
        len++;
    }
    *out = ids;
    *out_len = len;
    return SH_OK;
}

sh_err vault_envelope(struct vault *vault, int64_t row, struct arena *arena, struct bytes *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_ENVELOPE);
    SH_TRY(vault_bind_int(q, 1, row));
    SH_TRY(vault_step(q));
    struct bytes envelope;
    struct sh_hash stored, now;
    SH_TRY(vault_column_bytes(q, 0, arena, &envelope));
    SH_TRY(vault_column_hash(q, 1, &stored));
    SH_TRY(digest_sha256(envelope, &now));
    SH_CHECK(hash_equal(&stored, &now), SH_E_CORRUPT);
    *out = envelope;
    return SH_OK;
}

sh_err vault_message_accept(struct vault *vault, int64_t row, struct bytes statement, int64_t at_ms)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_ACCEPT);
    SH_TRY(vault_bind_int(q, 1, row));
    SH_TRY(vault_bind_bytes(q, 2, statement));
    SH_TRY(vault_bind_int(q, 3, at_ms));
    return vault_run(q);
}

sh_err vault_message_set_state(struct vault *vault, int64_t row, enum message_state state,
                               uint32_t code)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_MESSAGE_STATE);
    SH_TRY(vault_bind_int(q, 1, row));
    SH_TRY(vault_bind_int(q, 2, (int64_t)state));
    SH_TRY(vault_bind_int(q, 3, code));
    return vault_run(q);
}

sh_err vault_chain_set(struct vault *vault, int64_t row, struct bytes pem, int64_t at_ms)
{
    struct sh_hash sha256;
    SH_TRY(digest_sha256(pem, &sha256));
    SH_DEFER(vault_release) sqlite3_stmt *put = vault_borrow(vault, SQL_CHAIN_PUT);
    SH_TRY(vault_bind_bytes(put, 1, BYTES_FIXED(sha256)));
    SH_TRY(vault_bind_bytes(put, 2, pem));
    SH_TRY(vault_run(put));
    SH_DEFER(vault_release) sqlite3_stmt *set = vault_borrow(vault, SQL_CHAIN_SET);
    SH_TRY(vault_bind_int(set, 1, row));
    SH_TRY(vault_bind_bytes(set, 2, BYTES_FIXED(sha256)));
    SH_TRY(vault_bind_int(set, 3, at_ms));
    return vault_run(set);
}

sh_err vault_chain_get(struct vault *vault, int64_t row, struct arena *arena, struct bytes *out_pem,
                       int64_t *out_at_ms)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHAIN_GET);
    SH_TRY(vault_bind_int(q, 1, row));
    SH_TRY(vault_step(q));
    SH_TRY(vault_column_bytes(q, 0, arena, out_pem));
    *out_at_ms = sqlite3_column_int64(q, 1);
    return SH_OK;
}
