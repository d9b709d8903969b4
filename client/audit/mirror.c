/* See mirror.h: verifying pages, storing them, and verifying what is stored. */
#include "audit/mirror.h"

#include "audit/mirror_db.h"
#include "envelope/receipt.h"
#include "wire/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* The facts of one leaf, decoded. */
#define ENTRY_ARENA_BYTES (256u * SH_KIB)
#define ENTRY_ARENA_COUNT 4000u
/* Entries between two words of progress. */
#define PROGRESS_EVERY 4096u

sh_err mirror_fail(struct mirror_finding *finding, uint64_t index, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding->has_index = true;
    finding->index = index;
    (void)vsnprintf(finding->sentence, sizeof finding->sentence, format, arguments);
    va_end(arguments);
    return SH_E_PROOF;
}

uint64_t mirror_size(const struct mirror *mirror)
{
    return mirror->edge.size;
}

int64_t mirror_last_ms(const struct mirror *mirror)
{
    return mirror->last_ms;
}

sh_err mirror_root(const struct mirror *mirror, struct sh_hash *out)
{
    return merkle_edge_root(&mirror->edge, out);
}

sh_err mirror_checkpoint(struct mirror *mirror, struct buf *out)
{
    return mirror_meta_get(mirror, "checkpoint", out);
}

/* ---- one entry ---- */

static sh_err check_opening(const struct log_entry *entry, struct arena *arena,
                            struct mirror_opened *opened, struct mirror_finding *finding)
{
    struct sh_hash commitment;
    uint64_t index = opened->index;
    SH_TRY(opening_commitment(&entry->opening, &commitment));
    if (!hash_equal(&commitment, &opened->leaf.commitment)) {
        return mirror_fail(finding, index,
                           "the opening of entry %" PRIu64 " is not the one that its leaf commits "
                           "to: it was changed, or belongs to another",
                           index);
    }
    sh_err result = leaf_facts_decode(entry->opening.facts, arena, &opened->facts);
    SH_CHECK(sh_err_class(result) == SH_CLASS_REJECT || result == SH_OK, result);
    if (result != SH_OK) {
        return mirror_fail(finding, index,
                           "the opening of entry %" PRIu64 " is not one of Safehand: %s", index,
                           sh_err_sentence(result));
    }
    return SH_OK;
}

sh_err mirror_entry_check(const struct log_entry *entry, struct arena *arena,
                          struct mirror_opened *out, struct mirror_finding *finding)
{
    sh_err result = leaf_decode(entry->leaf, &out->leaf);
    SH_CHECK(sh_err_class(result) == SH_CLASS_REJECT || result == SH_OK, result);
    if (result != SH_OK) {
        return mirror_fail(finding, out->index, "entry %" PRIu64 " is not a leaf of Safehand: %s",
                           out->index, sh_err_sentence(result));
    }
    out->has_opening = entry->has_opening;
    return entry->has_opening ? check_opening(entry, arena, out, finding) : SH_OK;
}

static sh_err check_order(int64_t before_ms, const struct mirror_opened *opened,
                          struct mirror_finding *finding)
{
    return opened->leaf.time_ms >= before_ms
               ? SH_OK
               : mirror_fail(finding, opened->index,
                             "entry %" PRIu64 " says that it is older than the entry before it",
                             opened->index);
}

/* ---- a page ---- */

static sh_err grow_page(const struct mirror *mirror, const struct mirror_page *page,
                        struct mirror_finding *finding)
{
    struct merkle_edge edge = mirror->edge;
    struct sh_hash hash, root;
    for (size_t i = 0; i < page->len; i++) {
        SH_TRY(merkle_leaf_hash(page->entries[i].leaf, &hash));
        SH_TRY(merkle_edge_append(&edge, &hash, NULL));
    }
    SH_TRY(merkle_edge_root(&edge, &root));
    sh_err result =
        merkle_check_consistency(edge.size, &root, page->checkpoint.size, &page->checkpoint.root,
                                 page->consistency.hashes, page->consistency.len);
    if (result == SH_E_PROOF) {
        (void)mirror_fail(finding, mirror->edge.size,
                          "entries %" PRIu64 " to %" PRIu64
                          " are not those of the signed checkpoint of %" PRIu64 " entries",
                          mirror->edge.size, edge.size - 1, page->checkpoint.size);
        finding->has_index = false;
    }
    return result;
}

/* Complete trees of 256 leaves and their likes are kept; what lies below is hashed again. */
static sh_err keep_node(void *ctx, unsigned level, uint64_t index, const struct sh_hash *hash)
{
    struct mirror *mirror = ctx;
    if (level == 0 || level % 8 != 0) {
        return SH_OK;
    }
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_NODE_PUT);
    SH_TRY(mirror_bind_int(q, 1, level));
    SH_TRY(mirror_bind_int(q, 2, (int64_t)index));
    SH_TRY(mirror_bind_bytes(q, 3, BYTES_FIXED(*hash)));
    return mirror_run(q);
}

static sh_err put_entry(struct mirror *mirror, uint64_t index, const struct log_entry *entry)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_ENTRY_PUT);
    SH_TRY(mirror_bind_int(q, 1, (int64_t)index));
    SH_TRY(mirror_bind_bytes(q, 2, entry->leaf));
    if (entry->has_opening) {
        SH_TRY(mirror_bind_bytes(q, 3, BYTES_FIXED(entry->opening.salt)));
        SH_TRY(mirror_bind_bytes(q, 4, entry->opening.facts));
    }
    return mirror_run(q);
}

/* The page's end: what has been verified so far, and under which checkpoint. */
static sh_err put_state(struct mirror *mirror, const struct merkle_edge *edge, int64_t last_ms,
                        struct bytes note)
{
    SH_DEFER(buf_wipe) struct buf state = BUF_INIT(16 + sizeof edge->hashes);
    SH_TRY(buf_append_be64(&state, edge->size));
    SH_TRY(buf_append_be64(&state, (uint64_t)last_ms));
    SH_TRY(buf_append(&state, bytes_of(edge->hashes, edge->len * sizeof edge->hashes[0])));
    SH_TRY(mirror_meta_put(mirror, "edge", bytes_buf(&state)));
    return mirror_meta_put(mirror, "checkpoint", note);
}

static sh_err take_entry(struct mirror *mirror, const struct log_entry *entry, uint64_t index,
                         int64_t *last_ms, struct mirror_finding *finding)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct mirror_opened opened = {.index = index};
    SH_TRY(arena_new(ENTRY_ARENA_BYTES, ENTRY_ARENA_COUNT, &arena));
    SH_TRY(mirror_entry_check(entry, arena, &opened, finding));
    SH_TRY(check_order(*last_ms, &opened, finding));
    SH_TRY(put_entry(mirror, index, entry));
    SH_TRY(mirror_fact_put(mirror, &opened));
    *last_ms = opened.leaf.time_ms;
    return SH_OK;
}

static sh_err store_page(struct mirror *mirror, const struct mirror_page *page,
                         struct mirror_finding *finding)
{
    struct merkle_edge edge = mirror->edge;
    const struct merkle_writer writer = {.write = keep_node, .ctx = mirror};
    int64_t last_ms = mirror->last_ms;
    SH_TRY(mirror_exec(mirror, "BEGIN IMMEDIATE"));
    for (size_t i = 0; i < page->len; i++) {
        struct sh_hash hash;
        SH_TRY(take_entry(mirror, &page->entries[i], edge.size, &last_ms, finding));
        SH_TRY(merkle_leaf_hash(page->entries[i].leaf, &hash));
        SH_TRY(merkle_edge_append(&edge, &hash, &writer));
    }
    SH_TRY(put_state(mirror, &edge, last_ms, page->note));
    SH_TRY(mirror_exec(mirror, "COMMIT"));
    mirror->edge = edge;
    mirror->last_ms = last_ms;
    return SH_OK;
}

sh_err mirror_append(struct mirror *mirror, const struct mirror_page *page,
                     struct mirror_finding *finding, struct sh_why *why)
{
    SH_CHECK(page->len > 0 && page->len <= SH_LEAVES_MAX, SH_E_BUG);
    SH_CHECK(mirror->edge.size + page->len <= page->checkpoint.size, SH_E_BUG);
    /* First what names a single entry; then whether all of them are in the signed tree. */
    sh_err grown = grow_page(mirror, page, finding);
    SH_CHECK(grown == SH_OK || grown == SH_E_PROOF, grown);
    struct mirror_finding single = {.has_index = false};
    sh_err stored = grown == SH_OK ? store_page(mirror, page, &single) : SH_OK;
    if (stored != SH_OK) {
        (void)sqlite3_exec(mirror->db, "ROLLBACK", NULL, NULL, NULL);
        *finding = single.has_index ? single : *finding;
        return stored == SH_E_PROOF ? stored
                                    : sh_fail(why, stored, "the mirror cannot be written: %s",
                                              sh_err_sentence(stored));
    }
    return grown;
}

/* ---- reading ---- */

sh_err mirror_entry_read(sqlite3_stmt *q, struct arena *arena, struct log_entry *out)
{
    struct log_entry entry = {.has_opening = sqlite3_column_type(q, 2) != SQLITE_NULL};
    SH_TRY(arena_copy(arena, mirror_column(q, 1), &entry.leaf));
    if (entry.has_opening) {
        SH_CHECK(hash_from(mirror_column(q, 2), &entry.opening.salt) == SH_OK, SH_E_CORRUPT);
        SH_TRY(arena_copy(arena, mirror_column(q, 3), &entry.opening.facts));
    }
    *out = entry;
    return SH_OK;
}

sh_err mirror_entry(struct mirror *mirror, uint64_t index, struct arena *arena,
                    struct log_entry *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_ENTRY_GET);
    SH_TRY(mirror_bind_int(q, 1, (int64_t)index));
    SH_TRY(mirror_step(q));
    return mirror_entry_read(q, arena, out);
}

static sh_err hash_stored(struct mirror *mirror, uint64_t index, struct sh_hash *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_ENTRY_GET);
    SH_TRY(mirror_bind_int(q, 1, (int64_t)index));
    SH_TRY(mirror_step(q));
    return merkle_leaf_hash(mirror_column(q, 1), out);
}

static sh_err stored_node(struct mirror *mirror, unsigned level, uint64_t index,
                          struct sh_hash *out)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_NODE_GET);
    SH_TRY(mirror_bind_int(q, 1, level));
    SH_TRY(mirror_bind_int(q, 2, (int64_t)index));
    SH_TRY(mirror_step(q));
    return hash_from(mirror_column(q, 0), out);
}

/* A node from those of the kept level below it: at most 128 of them. */
static sh_err read_node(void *ctx, unsigned level, uint64_t index, struct sh_hash *out)
{
    struct mirror *mirror = ctx;
    struct merkle_edge edge = {.size = 0};
    unsigned below = level % 8;
    if (below == 0 && level > 0) {
        return stored_node(mirror, level, index, out);
    }
    for (uint64_t i = index << below; i < (index + 1) << below; i++) {
        struct sh_hash hash;
        SH_TRY(level < 8 ? hash_stored(mirror, i, &hash)
                         : stored_node(mirror, level - below, i, &hash));
        /* A node of two hashes is made alike on every level. */
        SH_TRY(merkle_edge_append(&edge, &hash, NULL));
    }
    return merkle_edge_root(&edge, out);
}

sh_err mirror_inclusion(struct mirror *mirror, uint64_t index, struct merkle_proof *out)
{
    const struct merkle_reader reader = {.read = read_node, .ctx = mirror};
    return merkle_inclusion(index, mirror->edge.size, &reader, out);
}

/* ---- all of it again ---- */

static bool same_fact(const struct mirror_fact *a, const struct mirror_fact *b)
{
    bool words = a->thread == b->thread && a->type == b->type && a->kind == b->kind &&
                 a->subtype == b->subtype && a->urgency == b->urgency && a->outcome == b->outcome &&
                 a->level == b->level && a->code == b->code && a->duty == b->duty &&
                 a->own == b->own && a->has_opening == b->has_opening;
    bool desks = a->sender == b->sender && a->by == b->by && a->has_message == b->has_message &&
                 id_equal(&a->message, &b->message);
    bool times = a->time_ms == b->time_ms && a->has_at == b->has_at && a->at_ms == b->at_ms &&
                 a->has_due == b->has_due && a->due_ms == b->due_ms &&
                 a->has_clock_from == b->has_clock_from && a->clock_from_ms == b->clock_from_ms;
    bool numbers = a->has_about == b->has_about && a->about == b->about &&
                   a->has_count == b->has_count && a->count == b->count;
    return words && desks && times && numbers;
}

static sh_err check_columns(struct mirror *mirror, const struct mirror_opened *opened,
                            struct mirror_finding *finding)
{
    uint64_t index = opened->index;
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_FACT_GET);
    struct mirror_fact expected, stored;
    SH_TRY(mirror_bind_int(q, 1, (int64_t)index));
    sh_err found = mirror_step(q);
    SH_CHECK(found == SH_OK || found == SH_E_NOT_FOUND, found);
    sh_err made = mirror_fact_expect(mirror, opened, &expected);
    SH_CHECK(made == SH_OK || made == SH_E_NOT_FOUND, made);
    if (found == SH_OK && made == SH_OK) {
        mirror_fact_read(q, &stored);
        SH_CHECK(!same_fact(&expected, &stored), SH_OK);
    }
    return mirror_fail(finding, index,
                       "the mirror's columns of entry %" PRIu64 " are not what its opening says: "
                       "the mirror's file was changed",
                       index);
}

static sh_err recheck_entry(struct mirror *mirror, sqlite3_stmt *q, struct merkle_edge *edge,
                            int64_t *last_ms, struct mirror_finding *finding)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct log_entry entry;
    struct sh_hash hash;
    uint64_t index = edge->size;
    struct mirror_opened opened = {.index = index};
    SH_TRY(arena_new(ENTRY_ARENA_BYTES, ENTRY_ARENA_COUNT, &arena));
    if ((uint64_t)sqlite3_column_int64(q, 0) != index) {
        return mirror_fail(finding, index, "entry %" PRIu64 " is missing in the mirror", index);
    }
    SH_TRY(mirror_entry_read(q, arena, &entry));
    SH_TRY(mirror_entry_check(&entry, arena, &opened, finding));
    SH_TRY(check_order(*last_ms, &opened, finding));
    SH_TRY(check_columns(mirror, &opened, finding));
    SH_TRY(merkle_leaf_hash(entry.leaf, &hash));
    *last_ms = opened.leaf.time_ms;
    return merkle_edge_append(edge, &hash, NULL);
}

/* A complete tree of 256 leaves whose hash is not the one that was kept: the entry that was changed
 * is one of them. */
static sh_err check_tile(struct mirror *mirror, const struct merkle_edge *edge,
                         struct mirror_finding *finding)
{
    struct sh_hash kept;
    SH_CHECK(edge->size % 256 == 0, SH_OK);
    uint64_t first = edge->size - 256;
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_NODE_GET);
    SH_TRY(mirror_bind_int(q, 1, 8));
    SH_TRY(mirror_bind_int(q, 2, (int64_t)(first / 256)));
    sh_err result = mirror_step(q);
    SH_CHECK(result == SH_OK || result == SH_E_NOT_FOUND, result);
    struct merkle_edge tile = {.size = 0};
    struct sh_hash root, hash;
    for (uint64_t i = first; i < edge->size; i++) {
        SH_TRY(hash_stored(mirror, i, &hash));
        SH_TRY(merkle_edge_append(&tile, &hash, NULL));
    }
    SH_TRY(merkle_edge_root(&tile, &root));
    if (result == SH_OK && hash_from(mirror_column(q, 0), &kept) == SH_OK &&
        hash_equal(&kept, &root)) {
        return SH_OK;
    }
    (void)mirror_fail(finding, first,
                      "one of the entries %" PRIu64 " to %" PRIu64
                      " is not the one that was verified: the mirror's file was changed",
                      first, edge->size - 1);
    finding->has_index = false;
    return SH_E_PROOF;
}

static sh_err judge_whole(struct mirror *mirror, const struct merkle_edge *edge,
                          const struct note_verifier *log, struct mirror_finding *finding)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    struct sh_hash root, own;
    if (edge->size == 0 && mirror->edge.size == 0) {
        return SH_OK;
    }
    SH_TRY(merkle_edge_root(edge, &root));
    SH_TRY(mirror_root(mirror, &own));
    SH_TRY(mirror_checkpoint(mirror, &note));
    sh_err result = checkpoint_verify(bytes_buf(&note), log, &checkpoint);
    if (result != SH_OK) {
        return mirror_fail(finding, 0, "the mirror's checkpoint is not signed by the log's key");
    }
    if (edge->size != mirror->edge.size || !hash_equal(&root, &own) ||
        (checkpoint.size == edge->size && !hash_equal(&root, &checkpoint.root))) {
        (void)mirror_fail(finding, 0,
                          "the mirror's %" PRIu64
                          " entries do not give the root that was verified: "
                          "the mirror's file was changed",
                          edge->size);
        finding->has_index = false;
        return SH_E_PROOF;
    }
    return SH_OK;
}

sh_err mirror_recheck(struct mirror *mirror, const struct note_verifier *log,
                      mirror_progress progress, void *ctx, struct mirror_finding *finding)
{
    SH_DEFER(mirror_release) sqlite3_stmt *q = mirror_borrow(mirror, SQL_ENTRY_FROM);
    struct merkle_edge edge = {.size = 0};
    int64_t last_ms = 0;
    SH_TRY(mirror_bind_int(q, 1, 0));
    for (;;) {
        sh_err result = mirror_step(q);
        if (result == SH_E_NOT_FOUND) {
            return judge_whole(mirror, &edge, log, finding);
        }
        SH_TRY(result);
        SH_TRY(recheck_entry(mirror, q, &edge, &last_ms, finding));
        SH_TRY(check_tile(mirror, &edge, finding));
        if (progress && edge.size % PROGRESS_EVERY == 0) {
            progress(ctx, edge.size, mirror->edge.size);
        }
    }
}
