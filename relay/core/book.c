#include "core/book.h"

#include "base/cleanup.h"
#include "base/random.h"
#include "core/tiles.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "wire/log.h"

#include <stdio.h>
#include <stdlib.h>

static const char META_CHECKPOINT[] = "checkpoint";
static const char META_LAST_TIME[] = "last_leaf_ms";

/* Tiles in memory are flushed before a group of leaves could reach a slot twice (tiles.c). */
enum { BOOK_FLUSH_LEAVES = 2048 };

struct book {
    struct store *store;
    const struct key *key; /* NULL: of a log that was lost */
    struct tiles *tiles;
    struct note_verifier verifier;    /* its name is the log's origin */
    const struct note_verifier *lost; /* was taken up in this transaction; NULL: none */
    struct note_verifier before;      /* `lost` points here */
    struct merkle_edge edge, committed_edge;
    int64_t last_time_ms, committed_time_ms;
    struct buf checkpoint, pending_checkpoint;
    struct buf scratch; /* facts, then the leaf */
    unsigned unflushed;
};

static sh_err sign_checkpoint(struct book *book, struct buf *out)
{
    struct checkpoint checkpoint = {.size = book->edge.size};
    SH_CHECK(book->key, SH_E_BUG);
    memcpy(checkpoint.origin, book->verifier.name, sizeof checkpoint.origin);
    SH_TRY(merkle_edge_root(&book->edge, &checkpoint.root));
    buf_reset(out);
    return checkpoint_sign(&checkpoint, book->key, out);
}

/* The stored tree against the stored checkpoint: whoever changed one without the other is found
 * here. */
static sh_err check_stored(struct book *book, struct sh_why *why)
{
    struct checkpoint known;
    uint64_t leaves = 0;
    SH_TRY(store_leaves_count(book->store, &leaves));
    sh_err err = checkpoint_verify(bytes_buf(&book->checkpoint), &book->verifier, &known);
    if (err != SH_OK) {
        return sh_fail(why, SH_E_CORRUPT,
                       "the stored checkpoint is not signed by the configured log key");
    }
    if (known.size != leaves) {
        return sh_fail(why, SH_E_CORRUPT, "the checkpoint is of %llu leaves, the store holds %llu",
                       (unsigned long long)known.size, (unsigned long long)leaves);
    }
    struct merkle_reader reader = {.read = tiles_read, .ctx = book->tiles};
    struct sh_hash root;
    if (merkle_edge_load(leaves, &reader, &book->edge) != SH_OK ||
        merkle_edge_root(&book->edge, &root) != SH_OK || !hash_equal(&root, &known.root)) {
        return sh_fail(why, SH_E_CORRUPT,
                       "the stored tree of %llu leaves does not have the root of the checkpoint",
                       (unsigned long long)leaves);
    }
    return SH_OK;
}

static sh_err load_stored(struct book *book, struct sh_why *why)
{
    sh_err err = store_meta_get(book->store, META_CHECKPOINT, &book->checkpoint);
    if (err == SH_E_NOT_FOUND) {
        uint64_t leaves = 0;
        SH_TRY(store_leaves_count(book->store, &leaves));
        if (leaves) {
            return sh_fail(why, SH_E_CORRUPT, "there are leaves and no checkpoint");
        }
        SH_CHECK(book->key, sh_fail(why, SH_E_CORRUPT, "the copy has no checkpoint"));
        return sign_checkpoint(book, &book->checkpoint);
    }
    SH_TRY(err);
    SH_TRY(check_stored(book, why));
    SH_DEFER(buf_wipe) struct buf time = BUF_INIT(8);
    SH_TRY(store_meta_get(book->store, META_LAST_TIME, &time));
    SH_CHECK(time.len == 8, SH_E_CORRUPT);
    book->last_time_ms = (int64_t)be64_load(time.data);
    return SH_OK;
}

static sh_err verifier_of(const char *origin, const struct key *key, struct note_verifier *out)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(SH_ORIGIN_BYTES_MAX + 128);
    SH_TRY(note_vkey(origin, key, &vkey));
    SH_TRY(buf_terminate(&vkey));
    return note_verifier_parse((const char *)vkey.data, out);
}

static sh_err open_as(struct store *store, const struct key *key,
                      const struct note_verifier *verifier, struct book **out, struct sh_why *why)
{
    SH_DEFER(book_close) struct book *book = calloc(1, sizeof *book);
    SH_CHECK(book, SH_E_NOMEM);
    book->store = store;
    book->key = key;
    book->verifier = *verifier;
    book->checkpoint.max = book->pending_checkpoint.max = SH_CHECKPOINT_BYTES_MAX;
    book->scratch.max = SH_FACTS_BYTES_MAX + SH_LEAF_BYTES_MAX;
    SH_TRY(tiles_new(store, &book->tiles));
    SH_TRY(load_stored(book, why));
    book->committed_edge = book->edge;
    book->committed_time_ms = book->last_time_ms;
    *out = book;
    book = NULL;
    return SH_OK;
}

sh_err book_open(struct store *store, const struct key *key, const char *origin, struct book **out,
                 struct sh_why *why)
{
    struct note_verifier verifier;
    SH_CHECK(strlen(origin) <= SH_ORIGIN_BYTES_MAX, SH_E_TOO_BIG);
    SH_TRY(verifier_of(origin, key, &verifier));
    return open_as(store, key, &verifier, out, why);
}

sh_err book_open_lost(struct store *store, const struct note_verifier *lost, struct book **out,
                      struct sh_why *why)
{
    return open_as(store, NULL, lost, out, why);
}

sh_err book_take_up(struct book *book, const struct key *key, const char *origin)
{
    struct note_verifier verifier;
    SH_CHECK(!book->key, SH_E_BUG);
    SH_TRY(verifier_of(origin, key, &verifier));
    book->before = book->verifier;
    book->lost = &book->before;
    book->verifier = verifier;
    book->key = key;
    return SH_OK;
}

void book_close(struct book **book_p)
{
    struct book *book = *book_p;
    if (!book) {
        return;
    }
    tiles_free(&book->tiles);
    buf_wipe(&book->checkpoint);
    buf_wipe(&book->pending_checkpoint);
    buf_wipe(&book->scratch);
    free(book);
    *book_p = NULL;
}

static sh_err put_leaf(struct book *book, struct leaf *leaf, struct leaf_row *row)
{
    struct opening opening = {.salt = row->salt, .facts = row->facts};
    SH_TRY(opening_commitment(&opening, &leaf->commitment));
    size_t start = book->scratch.len;
    SH_TRY(leaf_encode(leaf, &book->scratch));
    /* encoding may have moved the buffer: the facts are its first `start` bytes wherever it is now
     */
    row->facts = bytes_of(book->scratch.data, start);
    row->leaf = bytes_of(book->scratch.data + start, book->scratch.len - start);
    SH_TRY(store_leaf_put(book->store, row));
    struct sh_hash hash;
    SH_TRY(merkle_leaf_hash(row->leaf, &hash));
    struct merkle_writer writer = {.write = tiles_write, .ctx = book->tiles};
    return merkle_edge_append(&book->edge, &hash, &writer);
}

sh_err book_append(struct book *book, enum leaf_type type, int64_t time_ms,
                   const struct leaf_facts *facts, uint64_t *out_index)
{
    struct leaf leaf = {.type = type, .time_ms = time_ms};
    struct leaf_row row = {.index = book->edge.size};
    SH_CHECK(book->key && time_ms >= book->last_time_ms, SH_E_BUG);
    buf_reset(&book->scratch);
    SH_TRY(leaf_facts_encode(facts, &book->scratch));
    SH_TRY(random_hash(&row.salt));
    row.facts = bytes_buf(&book->scratch);
    SH_TRY(put_leaf(book, &leaf, &row));
    book->last_time_ms = time_ms;
    if (++book->unflushed == BOOK_FLUSH_LEAVES) {
        SH_TRY(tiles_flush(book->tiles));
        book->unflushed = 0;
    }
    *out_index = row.index;
    return SH_OK;
}

sh_err book_seal(struct book *book)
{
    if (book->edge.size == book->committed_edge.size) {
        return SH_OK;
    }
    SH_TRY(tiles_flush(book->tiles));
    book->unflushed = 0;
    SH_TRY(sign_checkpoint(book, &book->pending_checkpoint));
    SH_TRY(store_meta_put(book->store, META_CHECKPOINT, bytes_buf(&book->pending_checkpoint)));
    uint8_t time[8];
    be64_store(time, (uint64_t)book->last_time_ms);
    return store_meta_put(book->store, META_LAST_TIME, bytes_of(time, sizeof time));
}

void book_committed(struct book *book)
{
    if (book->edge.size == book->committed_edge.size) {
        return;
    }
    book->lost = NULL;
    book->committed_edge = book->edge;
    book->committed_time_ms = book->last_time_ms;
    struct buf old = book->checkpoint;
    book->checkpoint = book->pending_checkpoint;
    book->pending_checkpoint = old;
}

sh_err book_rolled_back(struct book *book)
{
    if (book->lost) {
        book->verifier = *book->lost;
        book->lost = NULL;
        book->key = NULL;
    }
    book->edge = book->committed_edge;
    book->last_time_ms = book->committed_time_ms;
    book->unflushed = 0;
    tiles_forget(book->tiles);
    return SH_OK;
}

uint64_t book_size(const struct book *book)
{
    return book->committed_edge.size;
}

int64_t book_last_time_ms(const struct book *book)
{
    return book->last_time_ms;
}

struct bytes book_checkpoint(const struct book *book)
{
    return bytes_buf(&book->checkpoint);
}

const struct note_verifier *book_verifier(const struct book *book)
{
    return &book->verifier;
}

sh_err book_statement(struct book *book, uint64_t index, struct arena *arena, struct statement *out)
{
    struct leaf_row row;
    struct merkle_proof proof;
    struct merkle_reader reader = {.read = tiles_read, .ctx = book->tiles};
    SH_TRY(store_leaf_get(book->store, index, arena, &row));
    SH_TRY(merkle_inclusion(index, book->committed_edge.size, &reader, &proof));
    struct bytes path;
    SH_TRY(arena_copy(arena, bytes_of(proof.hashes, proof.len * sizeof proof.hashes[0]), &path));
    *out = (struct statement){
        .leaf = row.leaf,
        .opening = {.salt = row.salt, .facts = row.facts},
        .index = index,
        .proof = (const struct sh_hash *)path.data,
        .proof_len = proof.len,
        .checkpoint = bytes_buf(&book->checkpoint),
    };
    return SH_OK;
}

sh_err book_entry(struct book *book, uint64_t index, struct arena *arena, struct leaf_row *out)
{
    SH_CHECK(index < book->committed_edge.size, SH_E_NOT_FOUND);
    return store_leaf_get(book->store, index, arena, out);
}

sh_err book_consistency(struct book *book, uint64_t from, uint64_t to, struct merkle_proof *out)
{
    SH_CHECK(from > 0 && from <= to && to <= book->committed_edge.size, SH_E_NOT_FOUND);
    struct merkle_reader reader = {.read = tiles_read, .ctx = book->tiles};
    return merkle_consistency(from, to, &reader, out);
}
