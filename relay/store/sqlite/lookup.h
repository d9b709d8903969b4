/* Finding messages by id and by header: a key of 64 random bits to the seqs that may be meant.
 *
 * The youngest messages are in memory only, which costs no page at all; their keys are in their
 * rows, so they are read again at open. Every LOOKUP_RECENT_MAX messages their keys go to the table
 * `lookup` in one ordered sweep, in which a page is written once for many keys. A key is no proof:
 * the caller compares the row. The key of a message id depends on a secret of the database, since
 * ids are chosen by peers, who must not be able to make a thousand of one key. */
#pragma once

#include "base/bytes.h"

/* Bulk costs 36 bytes of pages for each message there ever was, so it should come seldom; but it
 * takes some 30 ms, and what is in memory is read at open. */
#define LOOKUP_RECENT_MAX 16384u

struct recent_key {
    int64_t key;
    int64_t seq;
};

/* Keys in the order in which they came, and a table of their places + 1 by key. */
struct recent {
    struct recent_key *keys;
    size_t len, cap;
    uint32_t *slots; /* open addressing, 0 is free; slots_len is a power of two */
    size_t slots_len;
};

SH_MUST_USE sh_err recent_add(struct recent *recent, int64_t key, int64_t seq);
/* The lowest seq above `after` with this key; 0 if there is none. */
int64_t recent_find(const struct recent *recent, int64_t key, int64_t after);
/* Forgets all keys of seqs above `seq`. */
void recent_truncate(struct recent *recent, int64_t seq);
void recent_clear(struct recent *recent);
void recent_wipe(struct recent *recent);

struct sqlite_store;

int64_t lookup_key_of_id(const struct sqlite_store *s, const struct sh_id *message_id);
static inline int64_t lookup_key_of_header(const struct sh_hash *header_sha256)
{
    return (int64_t)be64_load(header_sha256->b);
}

/* The keys of one message. */
SH_MUST_USE sh_err lookup_add(struct sqlite_store *s, int64_t seq, const struct sh_id *message_id,
                              const struct sh_hash *header_sha256);
/* The next candidate behind *seq (0 at first); SH_E_NOT_FOUND behind the last. */
SH_MUST_USE sh_err lookup_next(struct sqlite_store *s, int64_t key, int64_t *seq);
/* Inside a transaction, before its commit: moves keys to the table if there are many. */
SH_MUST_USE sh_err lookup_settle(struct sqlite_store *s);
SH_MUST_USE sh_err lookup_load(struct sqlite_store *s);
