/* The vault's index of children: keyed hashes to records, and what a person said of two keys. Holds
 * no name and no identifier. */
#include "client/growing.h"
#include "client/vault_internal.h"

typedef sh_err (*read_row)(sqlite3_stmt *q, struct arena *arena, void *out);

static sh_err read_all(sqlite3_stmt *q, read_row read, struct growing *list)
{
    for (;;) {
        void *item = NULL;
        sh_err result = vault_step(q);
        if (result == SH_E_NOT_FOUND) {
            return SH_OK;
        }
        SH_TRY(result);
        SH_TRY(growing_add(list, &item));
        SH_TRY(read(q, list->arena, item));
    }
}

static sh_err bind_record(sqlite3_stmt *q, const struct child_record *record)
{
    SH_TRY(vault_bind_int(q, 1, record->message));
    SH_TRY(vault_bind_int(q, 2, record->enclosure));
    SH_TRY(vault_bind_int(q, 3, record->part));
    return vault_bind_int(q, 4, record->position);
}

sh_err vault_child_put(struct vault *vault, const struct child_record *record,
                       const struct child_token *token)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_PUT);
    SH_TRY(bind_record(q, record));
    SH_TRY(vault_bind_int(q, 5, token->by));
    SH_TRY(vault_bind_bytes(q, 6, BYTES_FIXED(token->hash)));
    return vault_run(q);
}

sh_err vault_child_indexed(struct vault *vault, int64_t message)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_INDEXED);
    SH_TRY(vault_bind_int(q, 1, message));
    return vault_run(q);
}

static sh_err read_number(sqlite3_stmt *q, struct arena *arena, void *out)
{
    (void)arena;
    *(int64_t *)out = sqlite3_column_int64(q, 0);
    return SH_OK;
}

sh_err vault_child_unindexed(struct vault *vault, int64_t after, size_t len_max,
                             struct arena *arena, int64_t **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_UNINDEXED);
    struct growing list = GROWING_INIT(arena, int64_t);
    SH_TRY(vault_bind_int(q, 1, after));
    SH_TRY(vault_bind_int(q, 2, (int64_t)len_max));
    SH_TRY(read_all(q, read_number, &list));
    *out = list.items;
    *out_len = list.len;
    return SH_OK;
}

static sh_err read_hit(sqlite3_stmt *q, struct arena *arena, void *out)
{
    struct child_hit *hit = out;
    (void)arena;
    hit->record = (struct child_record){.message = sqlite3_column_int64(q, 0),
                                        .enclosure = (uint32_t)sqlite3_column_int64(q, 1),
                                        .part = (uint32_t)sqlite3_column_int64(q, 2),
                                        .position = (uint32_t)sqlite3_column_int64(q, 3)};
    hit->by = (uint32_t)sqlite3_column_int64(q, 4);
    return SH_OK;
}

sh_err vault_child_by_token(struct vault *vault, const struct sh_hash *token, struct arena *arena,
                            struct child_hit **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_BY_TOKEN);
    struct growing list = GROWING_INIT(arena, struct child_hit);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*token)));
    SH_TRY(read_all(q, read_hit, &list));
    *out = list.items;
    *out_len = list.len;
    return SH_OK;
}

sh_err vault_child_by_message(struct vault *vault, int64_t message, struct arena *arena,
                              struct child_hit **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_BY_MESSAGE);
    struct growing list = GROWING_INIT(arena, struct child_hit);
    SH_TRY(vault_bind_int(q, 1, message));
    SH_TRY(read_all(q, read_hit, &list));
    *out = list.items;
    *out_len = list.len;
    return SH_OK;
}

static sh_err read_token(sqlite3_stmt *q, struct arena *arena, void *out)
{
    struct child_token *token = out;
    (void)arena;
    token->by = (uint32_t)sqlite3_column_int64(q, 1);
    return vault_column_hash(q, 0, &token->hash);
}

sh_err vault_child_tokens(struct vault *vault, const struct child_record *record,
                          struct arena *arena, struct child_token **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_TOKENS);
    struct growing list = GROWING_INIT(arena, struct child_token);
    SH_TRY(bind_record(q, record));
    SH_TRY(read_all(q, read_token, &list));
    *out = list.items;
    *out_len = list.len;
    return SH_OK;
}

sh_err vault_child_link_put(struct vault *vault, const struct child_link *in)
{
    bool in_order = memcmp(in->low.b, in->high.b, sizeof in->low.b) <= 0;
    const struct sh_hash *low = in_order ? &in->low : &in->high;
    const struct sh_hash *high = in_order ? &in->high : &in->low;
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_LINK_PUT);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*low)));
    SH_TRY(vault_bind_bytes(q, 2, BYTES_FIXED(*high)));
    SH_TRY(vault_bind_int(q, 3, in->joined));
    SH_TRY(vault_bind_bytes(q, 4, BYTES_FIXED(in->seat)));
    SH_TRY(vault_bind_int(q, 5, in->at_ms));
    SH_TRY(vault_bind_bytes(q, 6, in->sealed));
    return vault_run(q);
}

static sh_err read_link(sqlite3_stmt *q, struct arena *arena, void *out)
{
    struct child_link *link = out;
    link->row = sqlite3_column_int64(q, 0);
    SH_TRY(vault_column_hash(q, 1, &link->low));
    SH_TRY(vault_column_hash(q, 2, &link->high));
    link->joined = sqlite3_column_int(q, 3) == 1;
    SH_TRY(vault_column_hash(q, 4, &link->seat));
    link->at_ms = sqlite3_column_int64(q, 5);
    return vault_column_bytes(q, 6, arena, &link->sealed);
}

sh_err vault_child_links(struct vault *vault, const struct sh_hash *token, struct arena *arena,
                         struct child_link **out, size_t *out_len)
{
    SH_DEFER(vault_release) sqlite3_stmt *q = vault_borrow(vault, SQL_CHILD_LINKS);
    struct growing list = GROWING_INIT(arena, struct child_link);
    SH_TRY(vault_bind_bytes(q, 1, BYTES_FIXED(*token)));
    SH_TRY(read_all(q, read_link, &list));
    *out = list.items;
    *out_len = list.len;
    return SH_OK;
}
