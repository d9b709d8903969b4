/* The store: every row that the relay keeps, and the only place where SQL may stand.
 *
 * Two implementations behind one interface: sqlite/ (WAL, FULL, EXCLUSIVE, one connection) and
 * memory/ (for tests of the core). One owner: the ledger thread calls everything here; nothing else
 * may. What a transaction wrote is durable when store_commit() returned SH_OK, and not before.
 * Errors: SH_E_STORE and SH_E_CORRUPT are FATAL, the process must end without answering (PITFALLS
 * Q3: a failed sync is final); SH_E_DISK_FULL is DEFER and leaves the transaction rolled back. Rows
 * that are read borrow the arena that they were read into. The store never sees a key.
 *
 * After a FATAL error every call gives that error again. Writes need an open transaction, and
 * transactions do not nest (SH_E_BUG). A write that is put off (DEFER) undoes the whole
 * transaction: every further write and store_commit() give the same code until store_rollback(). A
 * refusal (REJECT) changes nothing, and the transaction goes on. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/types.h"

struct store; /* opaque */

/* A fresh path makes a database; an older schema is migrated in one transaction after a backup
 * beside it; a newer one is refused. Reads back every PRAGMA it set. Gives *out: store_close().
 * SH_E_STORE, SH_E_CORRUPT, SH_E_LOCKED (another process has it), SH_E_DISK_FULL. */
SH_MUST_USE sh_err store_open_sqlite(const char *path, struct store **out, struct sh_why *why);
SH_MUST_USE sh_err store_open_memory(struct store **out);
void store_close(struct store **store);

SH_MUST_USE sh_err store_begin(struct store *store);
SH_MUST_USE sh_err store_commit(struct store *store, struct sh_why *why);
void store_rollback(struct store *store); /* also after a failed commit; never fails */
/* The open transaction is undone already, and only store_rollback() helps. */
bool store_has_failed(const struct store *store);

/* Truncates the write-ahead log; called between transactions when it has grown. */
SH_MUST_USE sh_err store_checkpoint(struct store *store);
/* Bytes in use and the most that the store may take (0: no limit known): for refusing early. */
SH_MUST_USE sh_err store_room(struct store *store, uint64_t *out_used, uint64_t *out_free);

/* ---- small things by name: origin, last accept time, directory serial ---- */
SH_MUST_USE sh_err store_meta_put(struct store *store, const char *name, struct bytes value);
SH_MUST_USE sh_err store_meta_get(struct store *store, const char *name,
                                  struct buf *out); /* SH_E_NOT_FOUND */

/* ---- messages ---- */
struct message_row {
    int64_t seq; /* given by the store, ascending */
    struct sh_id message_id, thread_id;
    struct sh_hash header_sha256;
    struct address from;
    int64_t accepted_ms;
    uint64_t leaf_index; /* of its ACCEPTED leaf */
    struct bytes header; /* as signed */
    struct bytes
        envelope; /* the Envelope as received; empty once retention has deleted the ciphertext */
};
/* SH_E_EXISTS: this sender used this message id; SH_E_UNKNOWN_THREAD: it neither begins a thread
 * (thread id == message id) nor belongs to one that was begun; SH_E_TOO_BIG. */
SH_MUST_USE sh_err store_message_put(struct store *store, const struct message_row *row,
                                     int64_t *out_seq);
/* SH_E_NOT_FOUND. Checks the stored SHA-256 of what it reads: SH_E_CORRUPT. */
SH_MUST_USE sh_err store_message_by_id(struct store *store, const struct address *from,
                                       const struct sh_id *message_id, struct arena *arena,
                                       struct message_row *out);
/* Whether any sender used this message id. */
SH_MUST_USE sh_err store_message_id_used(struct store *store, const struct sh_id *message_id,
                                         bool *out_used);
SH_MUST_USE sh_err store_message_by_seq(struct store *store, int64_t seq, struct arena *arena,
                                        struct message_row *out);
SH_MUST_USE sh_err store_message_by_header(struct store *store, const struct sh_hash *header_sha256,
                                           struct arena *arena, struct message_row *out);
/* The messages of a thread in order of acceptance, without `envelope`; at most len_max,
 * SH_E_TOO_BIG beyond. */
SH_MUST_USE sh_err store_thread(struct store *store, const struct sh_id *thread_id, size_t len_max,
                                struct arena *arena, const struct message_row **out,
                                size_t *out_len);
/* Deletes the ciphertext of messages that nobody waits for and whose first delivery is older than
 * before_ms; at most len_max a call. Gives their seqs for the EXPIRED leaves. */
SH_MUST_USE sh_err store_messages_expire(struct store *store, int64_t before_ms, size_t len_max,
                                         struct arena *arena, const int64_t **out_seqs,
                                         size_t *out_len);

/* ---- the queue of each seat: messages and notices, in order ---- */
enum queue_kind {
    QUEUE_MESSAGE = 1,
    QUEUE_NOTICE = 2,
};
struct queue_row {
    uint64_t item; /* given by the store, ascending over all seats */
    struct sh_hash seat;
    enum queue_kind kind;
    int64_t message_seq; /* of a message, or of the message that a notice is about (0: none) */
    uint64_t leaf_index; /* of a notice */
    bool held;           /* for a cover desk: not before COVER_CALLED */
};
/* SH_E_EXISTS: this message was queued for this seat already; SH_E_NOT_FOUND: there is no such
 * message. */
SH_MUST_USE sh_err store_queue_put(struct store *store, const struct queue_row *row,
                                   uint64_t *out_item);
/* Up to len_max rows of a seat behind `after_item`, not held, in order. */
SH_MUST_USE sh_err store_queue_next(struct store *store, const struct sh_hash *seat,
                                    uint64_t after_item, size_t len_max, struct arena *arena,
                                    const struct queue_row **out, size_t *out_len);
/* The row of a message for a seat: SH_E_NOT_FOUND if it was never queued for it. Finds done rows
 * too. */
SH_MUST_USE sh_err store_queue_find(struct store *store, const struct sh_hash *seat,
                                    int64_t message_seq, struct queue_row *out, bool *out_done);
/* Done: a message row is kept as done (so that late receipts are known to belong), a notice row
 * goes. SH_E_NOT_FOUND if the item is not that seat's. Doing it twice is SH_OK. */
SH_MUST_USE sh_err store_queue_done(struct store *store, const struct sh_hash *seat, uint64_t item);
/* Lets the held rows of a message go to `desk`'s seats: those in the list. Each gets a new item
 * number, since its seat may have read past the old one. */
SH_MUST_USE sh_err store_queue_release(struct store *store, int64_t message_seq,
                                       const struct sh_hash *seats, size_t seats_len);
/* Forgets what waits for a seat that was revoked. Gives the seqs of messages that still waited. */
SH_MUST_USE sh_err store_queue_drop_seat(struct store *store, const struct sh_hash *seat,
                                         struct arena *arena, const int64_t **out_seqs,
                                         size_t *out_len);
/* Every seat that something waits for: for start-up and for directory changes. */
SH_MUST_USE sh_err store_queue_seats(struct store *store, struct arena *arena,
                                     const struct sh_hash **out, size_t *out_len);
SH_MUST_USE sh_err store_queue_waiting(struct store *store, uint64_t *out_messages,
                                       uint64_t *out_notices);

/* ---- receipts ---- */
struct receipt_row {
    int64_t message_seq;
    struct sh_hash seat;
    enum receipt_type type;
    uint64_t leaf_index;
    struct bytes signed_receipt;
};
/* SH_E_EXISTS if this seat gave this type for this message already; SH_E_NOT_FOUND: there is no
 * such message. */
SH_MUST_USE sh_err store_receipt_put(struct store *store, const struct receipt_row *row);
SH_MUST_USE sh_err store_receipt_get(struct store *store, int64_t message_seq,
                                     const struct sh_hash *seat, enum receipt_type type,
                                     struct arena *arena, struct receipt_row *out);
SH_MUST_USE sh_err store_receipt_by_leaf(struct store *store, uint64_t leaf_index,
                                         struct arena *arena, struct receipt_row *out);
/* All receipts of a message, by leaf index. */
SH_MUST_USE sh_err store_receipts(struct store *store, int64_t message_seq, struct arena *arena,
                                  const struct receipt_row **out, size_t *out_len);
/* When a desk last collected its mail. */
SH_MUST_USE sh_err store_collected_put(struct store *store, const struct address *desk,
                                       int64_t at_ms);
SH_MUST_USE sh_err store_collected_get(struct store *store, const struct address *desk,
                                       int64_t *out_ms);

/* ---- clocks: what is owed because of a message, one row of entries a message ---- */
enum clock_state {
    CLOCK_RUNNING = 1,
    CLOCK_WARNED = 2,  /* a WARNED leaf was written */
    CLOCK_RAN_OUT = 3, /* the leaf that says so was written; it is still owed */
    CLOCK_STOPPED = 4, /* done in time */
    CLOCK_LATE = 5,    /* done after it ran out */
};
struct clock_entry {
    enum duty duty;
    enum clock_state state;
    struct address by; /* who owes it */
    int64_t due_ms;
    int64_t warn_ms;     /* 0: nobody is warned */
    uint64_t leaf_index; /* of RAN_OUT and LATE: the leaf that said so */
};
struct clock_row {
    int64_t message_seq;
    int64_t next_ms; /* when to look at it again; STORE_CLOCK_NEVER */
    const struct clock_entry *entries;
    size_t len; /* 1 to STORE_CLOCKS_MAX */
};
#define STORE_CLOCK_NEVER INT64_MAX
/* Each duty of every desk that a message can name, with room. */
#define STORE_CLOCKS_MAX 512u
/* Puts or replaces the row of a message. SH_E_NOT_FOUND: there is no such message; SH_E_TOO_BIG. */
SH_MUST_USE sh_err store_clocks_put(struct store *store, const struct clock_row *row);
SH_MUST_USE sh_err store_clocks_get(struct store *store, int64_t message_seq, struct arena *arena,
                                    struct clock_row *out); /* SH_E_NOT_FOUND */
/* The messages whose rows are to be looked at by now_ms, those that have waited longest first. */
SH_MUST_USE sh_err store_clocks_due(struct store *store, int64_t now_ms, size_t len_max,
                                    struct arena *arena, const int64_t **out_seqs, size_t *out_len);

/* ---- logs that were lost: this database is an older copy, and another log took it up ---- */
struct lost_row {
    int64_t number;     /* 1 for the first time that a copy was put back */
    struct bytes vkey;  /* of the log that was lost */
    uint64_t size;      /* entries of the copy; what comes behind them is missing */
    struct bytes known; /* the newest checkpoint of it that anybody has shown: a signed note */
    bool opened;        /* a person has accepted the loss, and a new log goes on from `size` */
};
/* Puts or replaces. SH_E_TOO_BIG. */
SH_MUST_USE sh_err store_lost_put(struct store *store, const struct lost_row *row);
SH_MUST_USE sh_err store_lost_get(struct store *store, int64_t number, struct arena *arena,
                                  struct lost_row *out); /* SH_E_NOT_FOUND */
/* An entry of a lost log that somebody holds a statement of. */
struct missing_row {
    int64_t lost; /* the number of that log */
    uint64_t index;
    bool has_again; /* it was offered again: */
    uint64_t again; /* its entry in the log of today */
    struct bytes statement;
};
/* Puts or replaces. SH_E_NOT_FOUND: there is no such lost log; SH_E_TOO_BIG. */
SH_MUST_USE sh_err store_missing_put(struct store *store, const struct missing_row *row);
/* The first at or behind `from`. SH_E_EMPTY: there is none. */
SH_MUST_USE sh_err store_missing_next(struct store *store, int64_t lost, uint64_t from,
                                      struct arena *arena, struct missing_row *out);

/* ---- the log ---- */
struct leaf_row {
    uint64_t index;
    struct bytes leaf;
    struct sh_hash salt;
    struct bytes facts; /* empty and salt zero once the opening was destroyed */
};
/* The next index only: SH_E_EXISTS below it, SH_E_BUG beyond. SH_E_TOO_BIG. */
SH_MUST_USE sh_err store_leaf_put(struct store *store, const struct leaf_row *row);
SH_MUST_USE sh_err store_leaf_get(struct store *store, uint64_t index, struct arena *arena,
                                  struct leaf_row *out);
SH_MUST_USE sh_err store_leaves_count(struct store *store, uint64_t *out);
/* A tile of up to 256 node hashes of a level (tlog/tile.h): level 0 holds leaf hashes. Replaces. */
SH_MUST_USE sh_err store_tile_put(struct store *store, unsigned level, uint64_t index,
                                  struct bytes hashes);
SH_MUST_USE sh_err store_tile_get(struct store *store, unsigned level, uint64_t index,
                                  struct arena *arena, struct bytes *out); /* SH_E_NOT_FOUND */
