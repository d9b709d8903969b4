/* The book: the relay's log as the ledger thread keeps it. Leaves are appended inside the store's
 * transaction, the tree's right edge and its hottest tiles stay in memory, and one signed
 * checkpoint covers a whole group (DESIGN.md 7, docs/ PROTOCOL.md "The log"). Ledger thread only.
 * Errors of the store pass through; everything else here is FATAL. */
#pragma once

#include "base/arena.h"
#include "crypto/key.h"
#include "store/store.h"
#include "tlog/merkle.h"
#include "tlog/note.h"

struct book; /* opaque */

/* Loads the edge, recomputes the root and compares it with the last checkpoint, whose signature
 * must be `key`'s. SH_E_CORRUPT with what differs in *why. Borrows store and key, which must
 * outlive it. Gives *out: book_close(). */
SH_MUST_USE sh_err book_open(struct store *store, const struct key *key, const char *origin,
                             struct book **out, struct sh_why *why);
/* The book of a log that was lost, over an older copy: its checkpoint must be `lost`'s. Nothing can
 * be appended. Borrows store. Gives *out: book_close(). */
SH_MUST_USE sh_err book_open_lost(struct store *store, const struct note_verifier *lost,
                                  struct book **out, struct sh_why *why);
/* From the next leaf on it is the book of another log, which has all of the lost one's entries as
 * its beginning; undone by book_rolled_back(). Borrows key, which must outlive the book. */
SH_MUST_USE sh_err book_take_up(struct book *book, const struct key *key, const char *origin);
void book_close(struct book **book);

/* Appends a leaf with a fresh salt; the store's transaction is open. */
SH_MUST_USE sh_err book_append(struct book *book, enum leaf_type type, int64_t time_ms,
                               const struct leaf_facts *facts, uint64_t *out_index);
/* Ends what was appended since the last call: root, checkpoint, tiles, inside the same transaction.
 * Nothing appended: nothing done. */
SH_MUST_USE sh_err book_seal(struct book *book);
/* The transaction is durable: the new checkpoint is the one to show. Or it is gone: forget what was
 * appended. */
void book_committed(struct book *book);
SH_MUST_USE sh_err book_rolled_back(struct book *book);

uint64_t book_size(const struct book *book); /* committed */
int64_t book_last_time_ms(
    const struct book *book); /* of the newest leaf, also an uncommitted one; 0: none */
struct bytes book_checkpoint(const struct book *book); /* signed note, committed */
const struct note_verifier *book_verifier(const struct book *book);

/* Leaf, opening and inclusion proof under the committed checkpoint; everything borrows the arena.
 */
SH_MUST_USE sh_err book_statement(struct book *book, uint64_t index, struct arena *arena,
                                  struct statement *out);
/* A leaf and its opening as they are kept, without a proof. SH_E_NOT_FOUND past the committed size.
 */
SH_MUST_USE sh_err book_entry(struct book *book, uint64_t index, struct arena *arena,
                              struct leaf_row *out);
/* 0 < from <= to <= size, else SH_E_NOT_FOUND. */
SH_MUST_USE sh_err book_consistency(struct book *book, uint64_t from, uint64_t to,
                                    struct merkle_proof *out);
