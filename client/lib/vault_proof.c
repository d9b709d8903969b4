/* The vault's receipts, statements, checkpoints, forks and looks. */
#include "client/vault_internal.h"

sh_err vault_receipt_put(struct vault *vault, const struct vault_receipt *in)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_RECEIPT_PUT);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(in->header_sha256)));
    SH_TRY(vault_bind_int(q, 2, (int64_t)in->type));
    SH_TRY(vault_bind_bytes(q, 3, in->signed_receipt));
    return vault_run(q);
}

sh_err vault_receipt_has(struct vault *vault, const struct sh_hash *header_sha256,
                         enum receipt_type type, bool *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_RECEIPT_GET);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    SH_TRY(vault_bind_int(q, 2, (int64_t)type));
    sh_err result = vault_step(q);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    *out = result == SH_OK;
    return SH_OK;
}

sh_err vault_receipts_again(struct vault *vault, const struct sh_hash *header_sha256)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_RECEIPT_AGAIN);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    return vault_run(q);
}

sh_err vault_receipt_set_state(struct vault *vault, const struct sh_hash *header_sha256,
                               enum receipt_type type, enum receipt_state state, uint32_t code)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_RECEIPT_STATE);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    SH_TRY(vault_bind_int(q, 2, (int64_t)type));
    SH_TRY(vault_bind_int(q, 3, (int64_t)state));
    SH_TRY(vault_bind_int(q, 4, code));
    return vault_run(q);
}

sh_err vault_receipts_waiting(struct vault *vault, size_t len_max, struct arena *arena,
                              struct vault_receipt **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_RECEIPTS_WAITING);
    SH_TRY(vault_bind_int(q, 1, (int64_t)len_max));
    struct vault_receipt *rows = arena_array(arena, len_max, sizeof *rows);
    SH_CHECK(rows, SH_E_NOMEM);
    size_t len = 0;
    while (len < len_max) {
        sh_err result = vault_step(q);
        if (result == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(result);
        SH_TRY(vault_column_hash(q, 0, &rows[len].header_sha256));
        rows[len].type = (enum receipt_type)sqlite3_column_int(q, 1);
        SH_TRY(vault_column_bytes(q, 2, arena, &rows[len].signed_receipt));
        len++;
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

sh_err vault_fact_put(struct vault *vault, const struct vault_fact *in)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_FACT_PUT);
    SH_TRY(vault_bind_int(q, 1, (int64_t)in->leaf_index));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(in->leaf_sha256)));
    SH_TRY(vault_bind_bytes(q, 3, BYTES_FIXED(in->header_sha256)));
    SH_TRY(vault_bind_int(q, 4, (int64_t)in->type));
    SH_TRY(vault_bind_bytes(q, 5, in->statement));
    SH_TRY(vault_bind_bytes(q, 6, in->receipt));
    return vault_run(q);
}

static sh_err read_fact(sqlite3_stmt *q, struct arena *arena, struct vault_fact *out)
{
    out->leaf_index = (uint64_t)sqlite3_column_int64(q, 0);
    out->type = (enum leaf_type)sqlite3_column_int(q, 1);
    SH_TRY(vault_column_bytes(q, 2, arena, &out->statement));
    return vault_column_bytes(q, 3, arena, &out->receipt);
}

static sh_err read_facts(sqlite3_stmt *q, struct arena *arena, struct vault_fact **out,
                         size_t *out_len)
{
    struct vault_fact *rows = NULL;
    size_t len = 0, cap = 0;
    for (;;) {
        sh_err result = vault_step(q);
        if (result == SH_E_NOT_FOUND) {
            break;
        }
        SH_TRY(result);
        if (len == cap) {
            cap = cap ? cap * 2 : 16;
            struct vault_fact *more = arena_array(arena, cap, sizeof *more);
            SH_CHECK(more, SH_E_NOMEM);
            if (len > 0) {
                memcpy(more, rows, len * sizeof *more);
            }
            rows = more;
        }
        memset(&rows[len], 0, sizeof rows[len]);
        SH_TRY(read_fact(q, arena, &rows[len]));
        len++;
    }
    *out = rows;
    *out_len = len;
    return SH_OK;
}

sh_err vault_facts(struct vault *vault, const struct sh_hash *header_sha256, struct arena *arena,
                   struct vault_fact **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_FACTS);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    SH_TRY(read_facts(q, arena, out, out_len));
    for (size_t i = 0; i < *out_len; i++) {
        (*out)[i].header_sha256 = *header_sha256;
    }
    return SH_OK;
}

sh_err vault_facts_of_others(struct vault *vault, struct arena *arena, struct vault_fact **out,
                             size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_FACTS_OF_OTHERS);
    return read_facts(q, arena, out, out_len);
}

sh_err vault_checkpoint_put(struct vault *vault, uint64_t size, const struct sh_hash *root,
                            struct bytes note, int64_t now_ms)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHECKPOINT_PUT);
    SH_TRY(vault_bind_int(q, 1, (int64_t)size));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(*root)));
    SH_TRY(vault_bind_bytes(q, 3, note));
    SH_TRY(vault_bind_int(q, 4, now_ms));
    return vault_run(q);
}

sh_err vault_checkpoint_known(struct vault *vault, uint64_t size, const struct sh_hash *root,
                              bool *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHECKPOINT_KNOWN);
    SH_TRY(vault_bind_int(q, 1, (int64_t)size));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(*root)));
    sh_err result = vault_step(q);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    *out = result == SH_OK;
    return SH_OK;
}

sh_err vault_checkpoint_newest(struct vault *vault, struct buf *out_note)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHECKPOINT_NEWEST);
    SH_TRY(vault_step(q));
    const void *note = sqlite3_column_blob(q, 0);
    int len = sqlite3_column_bytes(q, 0);
    SH_CHECK(note && len > 0, SH_E_CORRUPT);
    return buf_append(out_note, bytes_of(note, (size_t)len));
}

sh_err vault_fork_put(struct vault *vault, struct bytes known, struct bytes shown,
                      struct bytes proof, int64_t now_ms)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_FORK_PUT);
    SH_TRY(vault_bind_int(q, 1, now_ms));
    SH_TRY(vault_bind_bytes(q, 2, known));
    SH_TRY(vault_bind_bytes(q, 3, shown));
    /* An empty proof is a fact too; the column may not be NULL. */
    SH_TRY(proof.len ? vault_bind_bytes(q, 4, proof) : vault_error(sqlite3_bind_zeroblob(q, 4, 0)));
    return vault_run(q);
}

static sh_err read_count(sqlite3_stmt *q, uint64_t *out)
{
    SH_TRY(vault_step(q));
    *out = (uint64_t)sqlite3_column_int64(q, 0);
    return SH_OK;
}

sh_err vault_forks_count(struct vault *vault, uint64_t *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_FORKS_COUNT);
    return read_count(q, out);
}

sh_err vault_look_put(struct vault *vault, const struct sh_hash *header_sha256,
                      const struct sh_hash *seat, int64_t now_ms)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_LOOK_PUT);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(*seat)));
    SH_TRY(vault_bind_int(q, 3, now_ms));
    return vault_run(q);
}

sh_err vault_looks_count(struct vault *vault, const struct sh_hash *header_sha256, uint64_t *out)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_LOOKS_COUNT);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*header_sha256)));
    return read_count(q, out);
}

sh_err vault_waiting(struct vault *vault, uint64_t *out_messages, uint64_t *out_receipts)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_WAITING_COUNT);
    SH_TRY(vault_step(q));
    *out_messages = (uint64_t)sqlite3_column_int64(q, 0);
    *out_receipts = (uint64_t)sqlite3_column_int64(q, 1);
    return SH_OK;
}
