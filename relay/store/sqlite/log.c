/* Leaves with their openings, and tiles of node hashes. Appended to only: a leaf that is there is
 * never changed. */
#include "store/sqlite/check.h"

struct leaf_check {
    struct check_numbers numbers;
    struct bytes parts[4];
};

static void check_fill(struct leaf_check *check, const struct leaf_row *row)
{
    const int64_t numbers[] = {(int64_t)row->index, (int64_t)row->leaf.len};
    check->parts[0] = check_pack(&check->numbers, numbers, 2);
    check->parts[1] = row->leaf;
    check->parts[2] = BYTES_FIXED(row->salt);
    check->parts[3] = row->facts;
}

sh_err leaf_checksum(const struct leaf_row *row, struct sh_hash *out)
{
    struct leaf_check check;
    check_fill(&check, row);
    return digest_sha256_parts(check.parts, 4, out);
}

sh_err sqlite_leaf_put(struct store *store, const struct leaf_row *row)
{
    struct sqlite_store *s = sqlite_of(store);
    SH_CHECK(row->index >= s->now.leaves, SH_E_EXISTS);
    /* A gap in the log is our own mistake, and one that could not be mended. */
    SH_CHECK(row->index == s->now.leaves, SH_E_BUG);
    SH_CHECK(row->leaf.len <= SH_LEAF_BYTES_MAX && row->facts.len <= SH_FACTS_BYTES_MAX,
             SH_E_TOO_BIG);
    struct sh_hash check_sha256;
    SH_TRY(leaf_checksum(row, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(s, SQL_LEAF_PUT);
    SH_TRY(bind_int(q, 1, (int64_t)row->index));
    SH_TRY(bind_bytes(q, 2, row->leaf));
    SH_TRY(bind_bytes(q, 3, BYTES_FIXED(row->salt)));
    SH_TRY(bind_bytes(q, 4, row->facts));
    SH_TRY(bind_bytes(q, 5, BYTES_FIXED(check_sha256)));
    SH_TRY(step_done(q));
    s->now.leaves++;
    return SH_OK;
}

sh_err sqlite_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                       struct leaf_row *out)
{
    SH_CHECK(index <= INT64_MAX, SH_E_NOT_FOUND);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_LEAF_GET);
    SH_TRY(bind_int(q, 1, (int64_t)index));
    bool found = false;
    SH_TRY(step_row(q, &found));
    SH_CHECK(found, SH_E_NOT_FOUND);
    struct leaf_row row = {.index = index, .leaf = column_bytes(q, 0), .facts = column_bytes(q, 2)};
    SH_TRY(column_hash(q, 1, &row.salt));
    struct leaf_check check;
    check_fill(&check, &row);
    SH_TRY(check_column(q, 3, check.parts, 4));
    SH_TRY(arena_copy(arena, row.leaf, &row.leaf));
    SH_TRY(arena_copy(arena, row.facts, &row.facts));
    *out = row;
    return SH_OK;
}

sh_err sqlite_leaves_count(struct store *store, uint64_t *out)
{
    *out = sqlite_of(store)->now.leaves;
    return SH_OK;
}

/* One number for level and index, so that the table is a plain rowid table: a row of 8 KB in an
 * index tree would spill. */
static sh_err tile_id(unsigned level, uint64_t index, int64_t *out)
{
    SH_CHECK(level < STORE_TILE_LEVELS && index < STORE_TILE_INDEX_END, SH_E_TOO_BIG);
    *out = (int64_t)((uint64_t)level * STORE_TILE_INDEX_END + index);
    return SH_OK;
}

sh_err tile_checksum(int64_t id, struct bytes hashes, struct sh_hash *out)
{
    struct check_numbers numbers;
    const struct bytes parts[] = {check_pack(&numbers, &id, 1), hashes};
    return digest_sha256_parts(parts, 2, out);
}

sh_err sqlite_tile_put(struct store *store, unsigned level, uint64_t index, struct bytes hashes)
{
    int64_t id = 0;
    SH_TRY(tile_id(level, index, &id));
    SH_CHECK(hashes.len <= STORE_TILE_BYTES_MAX, SH_E_TOO_BIG);
    struct sh_hash check_sha256;
    SH_TRY(tile_checksum(id, hashes, &check_sha256));
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_TILE_PUT);
    SH_TRY(bind_int(q, 1, id));
    SH_TRY(bind_bytes(q, 2, BYTES_FIXED(check_sha256)));
    SH_TRY(bind_bytes(q, 3, hashes));
    return step_done(q);
}

sh_err sqlite_tile_get(struct store *store, unsigned level, uint64_t index, struct arena *arena,
                       struct bytes *out)
{
    int64_t id = 0;
    SH_CHECK(tile_id(level, index, &id) == SH_OK, SH_E_NOT_FOUND);
    SH_DEFER(stmt_release) sqlite3_stmt *q = stmt_borrow(sqlite_of(store), SQL_TILE_GET);
    SH_TRY(bind_int(q, 1, id));
    bool found = false;
    SH_TRY(step_row(q, &found));
    SH_CHECK(found, SH_E_NOT_FOUND);
    struct check_numbers numbers;
    const struct bytes parts[] = {check_pack(&numbers, &id, 1), column_bytes(q, 1)};
    SH_TRY(check_column(q, 0, parts, 2));
    return arena_copy(arena, parts[1], out);
}
