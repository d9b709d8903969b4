/* An opening in columns: what lists and reports ask for, as numbers. Made from the entry alone, so
 * that mirror_recheck() can make it again and compare. */
#include "audit/mirror_db.h"

static sh_err find_number(struct mirror *mirror, enum mirror_sql get, struct bytes key,
                          int64_t *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, get);
    SH_TRY(get == SQL_DESK_GET ? mirror_error(sqlite3_bind_text(q, 1, (const char *)key.data,
                                                                (int)key.len, SQLITE_STATIC))
                               : mirror_bind_bytes(q, 1, key));
    SH_TRY(mirror_step(q));
    *out = sqlite3_column_int64(q, 0);
    return SH_OK;
}

/* 0 for an address that is absent. */
static sh_err desk_number(struct mirror *mirror, const struct address *address, bool make,
                          int64_t *out)
{
    *out = 0;
    SH_CHECK(address->text[0], SH_OK);
    sh_err result = find_number(mirror, SQL_DESK_GET, bytes_str(address->text), out);
    SH_CHECK(result == SH_E_NOT_FOUND && make, result);
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_DESK_PUT);
    SH_TRY(mirror_bind_text(q, 1, address->text));
    SH_TRY(mirror_run(q));
    *out = sqlite3_last_insert_rowid(mirror->db);
    return SH_OK;
}

static sh_err thread_number(struct mirror *mirror, const struct sh_id *id, bool make, int64_t *out)
{
    static const struct sh_id none;
    *out = 0;
    SH_CHECK(!id_equal(id, &none), SH_OK);
    sh_err result = find_number(mirror, SQL_THREAD_GET, BYTES_FIXED(*id), out);
    SH_CHECK(result == SH_E_NOT_FOUND && make, result);
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_THREAD_PUT);
    SH_TRY(mirror_bind_bytes(q, 1, BYTES_FIXED(*id)));
    SH_TRY(mirror_run(q));
    *out = sqlite3_last_insert_rowid(mirror->db);
    return SH_OK;
}

/* Nobody but the sender's own desk. */
static bool is_own(const struct leaf *leaf, const struct leaf_facts *facts)
{
    bool own = leaf->type == LEAF_ACCEPTED && facts->to_len > 0;
    for (size_t i = 0; i < facts->to_len; i++) {
        own = own && facts->to[i].role == ROLE_OWN;
    }
    return own;
}

static sh_err make_fact(struct mirror *mirror, const struct mirror_opened *opened, bool make,
                        struct mirror_fact *out)
{
    static const struct sh_id none;
    const struct leaf *leaf = &opened->leaf;
    const struct leaf_facts *facts = &opened->facts;
    *out = (struct mirror_fact){
        .index = opened->index,
        .type = leaf->type,
        .time_ms = leaf->time_ms,
        .kind = facts->kind,
        .subtype = facts->subtype,
        .urgency = facts->urgency,
        .has_message = !id_equal(&facts->message_id, &none),
        .message = facts->message_id,
        .has_about = facts->has_log_index,
        .about = facts->log_index,
        .outcome = facts->outcome,
        .level = facts->level,
        .code = facts->code,
        .duty = facts->clock,
        .has_at = facts->has_at,
        .at_ms = facts->at_ms,
        .has_due = facts->has_due,
        .due_ms = facts->due_ms,
        .has_clock_from = facts->has_clock_from,
        .clock_from_ms = facts->clock_from_ms,
        .has_count = facts->has_count,
        .count = facts->count,
        .own = is_own(leaf, facts),
        .has_opening = opened->has_opening,
    };
    SH_TRY(desk_number(mirror, &facts->from, make, &out->sender));
    SH_TRY(desk_number(mirror, &facts->by, make, &out->by));
    return thread_number(mirror, &facts->thread_id, make, &out->thread);
}

static sh_err bind_times(sqlite3_stmt *q, const struct mirror_fact *fact)
{
    SH_TRY(mirror_bind_optional(q, 16, fact->has_at, fact->at_ms));
    SH_TRY(mirror_bind_optional(q, 17, fact->has_due, fact->due_ms));
    SH_TRY(mirror_bind_optional(q, 18, fact->has_clock_from, fact->clock_from_ms));
    SH_TRY(mirror_bind_optional(q, 19, fact->has_count, (int64_t)fact->count));
    SH_TRY(mirror_bind_int(q, 20, fact->own));
    return mirror_bind_int(q, 21, fact->has_opening);
}

static sh_err put_fact(struct mirror *mirror, const struct mirror_fact *fact)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_FACT_PUT);
    const int64_t numbers[] = {(int64_t)fact->index, fact->thread, fact->type,
                               fact->time_ms,        fact->kind,   fact->subtype,
                               fact->urgency,        fact->sender, fact->by};
    const int64_t codes[] = {fact->outcome, fact->level, fact->code, fact->duty};
    for (int i = 0; i < 9; i++) {
        SH_TRY(mirror_bind_int(q, i + 1, numbers[i]));
    }
    if (fact->has_message) {
        SH_TRY(mirror_bind_bytes(q, 10, BYTES_FIXED(fact->message)));
    }
    SH_TRY(mirror_bind_optional(q, 11, fact->has_about, (int64_t)fact->about));
    for (int i = 0; i < 4; i++) {
        SH_TRY(mirror_bind_int(q, i + 12, codes[i]));
    }
    SH_TRY(bind_times(q, fact));
    return mirror_run(q);
}

static sh_err put_party(struct mirror *mirror, int64_t desk, uint64_t index, enum role role)
{
    SH_CHECK(desk > 0, SH_OK);
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_PARTY_PUT);
    SH_TRY(mirror_bind_int(q, 1, desk));
    SH_TRY(mirror_bind_int(q, 2, (int64_t)index));
    SH_TRY(mirror_bind_int(q, 3, role));
    return mirror_run(q);
}

sh_err mirror_fact_put(struct mirror *mirror, const struct mirror_opened *opened)
{
    const struct leaf_facts *facts = &opened->facts;
    uint64_t index = opened->index;
    struct mirror_fact fact;
    SH_TRY(make_fact(mirror, opened, true, &fact));
    SH_TRY(put_fact(mirror, &fact));
    for (size_t i = 0; i < facts->to_len; i++) {
        int64_t desk = 0;
        SH_TRY(desk_number(mirror, &facts->to[i].address, true, &desk));
        SH_TRY(put_party(mirror, desk, index, facts->to[i].role));
    }
    SH_TRY(put_party(mirror, fact.sender, index, ROLE_OWN));
    return put_party(mirror, fact.by, index, ROLE_OWN);
}

sh_err mirror_fact_expect(struct mirror *mirror, const struct mirror_opened *opened,
                          struct mirror_fact *out)
{
    return make_fact(mirror, opened, false, out);
}

static void read_optional(sqlite3_stmt *q, int at, bool *out_has, int64_t *out)
{
    *out_has = sqlite3_column_type(q, at) != SQLITE_NULL;
    *out = sqlite3_column_int64(q, at);
}

void mirror_fact_read(sqlite3_stmt *q, struct mirror_fact *out)
{
    int64_t about = 0, count = 0;
    memset(out, 0, sizeof *out);
    out->index = (uint64_t)sqlite3_column_int64(q, 0);
    out->thread = sqlite3_column_int64(q, 1);
    out->type = (enum leaf_type)sqlite3_column_int(q, 2);
    out->time_ms = sqlite3_column_int64(q, 3);
    out->kind = (uint32_t)sqlite3_column_int64(q, 4);
    out->subtype = (uint32_t)sqlite3_column_int64(q, 5);
    out->urgency = (uint32_t)sqlite3_column_int64(q, 6);
    out->sender = sqlite3_column_int64(q, 7);
    out->by = sqlite3_column_int64(q, 8);
    out->has_message = id_from(mirror_column(q, 9), &out->message) == SH_OK;
    read_optional(q, 10, &out->has_about, &about);
    out->about = (uint64_t)about;
    out->outcome = (uint32_t)sqlite3_column_int64(q, 11);
    out->level = (uint32_t)sqlite3_column_int64(q, 12);
    out->code = (uint32_t)sqlite3_column_int64(q, 13);
    out->duty = (uint32_t)sqlite3_column_int64(q, 14);
    read_optional(q, 15, &out->has_at, &out->at_ms);
    read_optional(q, 16, &out->has_due, &out->due_ms);
    read_optional(q, 17, &out->has_clock_from, &out->clock_from_ms);
    read_optional(q, 18, &out->has_count, &count);
    out->count = (uint64_t)count;
    out->own = sqlite3_column_int(q, 19) != 0;
    out->has_opening = sqlite3_column_int(q, 20) != 0;
}
