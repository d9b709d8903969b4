/* Where recent keys and the table `lookup` meet; see lookup.h. */
#include "store/sqlite/db.h"

/* The product of two numbers that a peer cannot know, folded. */
int64_t lookup_key_of_id(const struct sqlite_store *s, const struct sh_id *message_id)
{
    uint64_t left = be64_load(message_id->b) ^ s->lookup_secret[0];
    uint64_t right = be64_load(message_id->b + 8) ^ s->lookup_secret[1];
    unsigned __int128 product = (unsigned __int128)left * right;
    return (int64_t)((uint64_t)product ^ (uint64_t)(product >> 64));
}

sh_err lookup_add(struct sqlite_store *s, int64_t seq, const struct sh_id *message_id,
                  const struct sh_hash *header_sha256)
{
    SH_TRY(recent_add(&s->recent, lookup_key_of_id(s, message_id), seq));
    return recent_add(&s->recent, lookup_key_of_header(header_sha256), seq);
}

static sh_err table_next(struct sqlite_store *s, int64_t key, int64_t *seq)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LOOKUP);
    SH_TRY(bind_int(q, 1, key));
    SH_TRY(bind_int(q, 2, *seq));
    bool row = false;
    SH_TRY(step_row(q, &row));
    SH_CHECK(row, SH_E_NOT_FOUND);
    *seq = sqlite3_column_int64(q, 0);
    return SH_OK;
}

/* All in the table are older than all in memory. */
sh_err lookup_next(struct sqlite_store *s, int64_t key, int64_t *seq)
{
    if (*seq < s->now.looked_up) {
        sh_err err = table_next(s, key, seq);
        if (err != SH_E_NOT_FOUND) {
            return err;
        }
    }
    int64_t found = recent_find(&s->recent, key, *seq);
    SH_CHECK(found, SH_E_NOT_FOUND);
    *seq = found;
    return SH_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct recent_key *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static sh_err put_all(struct sqlite_store *s, const struct recent_key *keys, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        /* An id whose first bytes are its header hash's as well: one row says it. */
        bool again = i > 0 && by_key(&keys[i - 1], &keys[i]) == 0;
        if (!again) {
            SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LOOKUP_PUT);
            SH_TRY(bind_int(q, 1, keys[i].key));
            SH_TRY(bind_int(q, 2, keys[i].seq));
            SH_TRY(step_done(q));
        }
    }
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LOOKED_UP);
    SH_TRY(bind_int(q, 1, s->now.last_seq));
    return step_done(q);
}

/* What is in memory is forgotten only once the commit has succeeded: sqlite_commit(). */
sh_err lookup_settle(struct sqlite_store *s)
{
    SH_CHECK(s->now.last_seq - s->now.looked_up >= (int64_t)LOOKUP_RECENT_MAX, SH_OK);
    size_t len = s->recent.len;
    SH_DEFER(sh_freep) struct recent_key *keys = malloc(len * sizeof *keys);
    SH_CHECK(keys, SH_E_NOMEM);
    memcpy(keys, s->recent.keys, len * sizeof *keys);
    qsort(keys, len, sizeof *keys, by_key);
    SH_TRY(put_all(s, keys, len));
    s->now.looked_up = s->now.last_seq;
    return SH_OK;
}

sh_err lookup_load(struct sqlite_store *s)
{
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_OPEN_RECENT);
    SH_TRY(bind_int(q, 1, s->now.looked_up));
    for (;;) {
        bool row = false;
        SH_TRY(step_row(q, &row));
        if (!row) {
            return SH_OK;
        }
        struct sh_id message_id;
        struct sh_hash header_sha256;
        SH_TRY(column_id(q, 1, &message_id));
        SH_TRY(column_hash(q, 2, &header_sha256));
        SH_TRY(lookup_add(s, sqlite3_column_int64(q, 0), &message_id, &header_sha256));
    }
}
