/* The vault: what a seat keeps, in one SQLite file that only this process has open (WAL, FULL,
 * EXCLUSIVE). Envelopes are stored as they travelled, sealed; no plaintext and no name of a person
 * comes here. What a transaction wrote is durable when vault_commit() returned SH_OK. Rows that are
 * read are copied into the caller's arena. Errors of every verb: SH_E_STORE and SH_E_CORRUPT
 * (FATAL), SH_E_DISK_FULL and SH_E_NOMEM (DEFER). One thread. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

struct vault; /* opaque */

/* A fresh path makes a vault. SH_E_LOCKED: another program has it (after a wait of 5 s).
 * SH_E_STORE, SH_E_DISK_FULL. Gives *out: vault_close(). */
SH_MUST_USE sh_err vault_open(const char *path, struct vault **out, struct sh_why *why);
void vault_close(struct vault **vault);

SH_MUST_USE sh_err vault_begin(struct vault *vault);
SH_MUST_USE sh_err vault_commit(struct vault *vault); /* on error everything is rolled back */
void vault_rollback(struct vault *vault);
/* For SH_DEFER(vault_abandon) behind vault_begin(): rolls back unless it was committed. */
void vault_abandon(struct vault **vault);

/* ---- messages ---- */
enum box {
    BOX_SENT = 1,     /* by this seat */
    BOX_RECEIVED = 2, /* sent to this desk */
    BOX_COPY = 3,     /* sent by a colleague of this desk */
};

enum message_state {
    MESSAGE_WAITING = 1, /* in the outbox */
    MESSAGE_ACCEPTED = 2,
    MESSAGE_REFUSED = 3,
    MESSAGE_REPLACED = 4,   /* refused, and sealed anew under another id */
    MESSAGE_UNREADABLE = 5, /* received, quarantined */
};

struct vault_message {
    int64_t row; /* given by the vault */
    struct sh_id message_id, thread_id;
    struct sh_hash header_sha256;
    struct address sender;
    enum box box;
    enum message_state state;
    uint32_t code; /* of a refusal, an UNREADABLE, the last DEFER */
    int64_t created_at_ms;
    struct bytes header;
    struct bytes envelope; /* to vault_message_put() only; vault_envelope() reads it */
    struct bytes accepted; /* the statement; empty: none yet */
    int64_t accepted_at_ms;
    struct sh_hash duplicate_key; /* zero: none */
    struct sh_id replaces;        /* zero: none */
    uint32_t reseals;
};

/* SH_E_EXISTS if the header or (sender, message id) is there already. */
SH_MUST_USE sh_err vault_message_put(struct vault *vault, const struct vault_message *in,
                                     int64_t *out_row);
/* SH_E_NOT_FOUND. */
SH_MUST_USE sh_err vault_message_by_header(struct vault *vault, const struct sh_hash *header_sha256,
                                           struct arena *arena, struct vault_message *out);
SH_MUST_USE sh_err vault_message_by_row(struct vault *vault, int64_t row, struct arena *arena,
                                        struct vault_message *out);
/* From a message id or a unique beginning of one. SH_E_NOT_FOUND, SH_E_AMBIGUOUS. */
SH_MUST_USE sh_err vault_message_by_id(struct vault *vault, const struct sh_id *low,
                                       const struct sh_id *high, struct arena *arena,
                                       struct vault_message *out);
/* The newest with this key that waits or was accepted. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err vault_message_by_duplicate(struct vault *vault, const struct sh_hash *key,
                                              struct arena *arena, struct vault_message *out);

/* The message of ours that was sealed in place of another. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err vault_message_by_replaced(struct vault *vault, const struct sh_id *replaced,
                                             struct arena *arena, struct vault_message *out);

enum vault_list {
    LIST_INBOX,   /* newest first */
    LIST_SENT,    /* newest first, colleagues' too */
    LIST_WAITING, /* in order of storing */
    LIST_UNSENT,  /* of this seat, waiting or refused, in order of storing */
    LIST_THREAD,  /* in order of acceptance */
    LIST_LEVELS,  /* our desk's, of which the log says that silence opened a next level */
};
/* thread_id: of LIST_THREAD, else NULL. */
SH_MUST_USE sh_err vault_messages(struct vault *vault, enum vault_list list,
                                  const struct sh_id *thread_id, struct arena *arena,
                                  struct vault_message **out, size_t *out_len);
/* Ids of threads, the one with the newest message first. */
SH_MUST_USE sh_err vault_threads(struct vault *vault, struct arena *arena, struct sh_id **out,
                                 size_t *out_len);
/* The Envelope bytes, checked against the SHA-256 that was stored with them. */
SH_MUST_USE sh_err vault_envelope(struct vault *vault, int64_t row, struct arena *arena,
                                  struct bytes *out);
SH_MUST_USE sh_err vault_message_accept(struct vault *vault, int64_t row, struct bytes statement,
                                        int64_t at_ms);
SH_MUST_USE sh_err vault_message_set_state(struct vault *vault, int64_t row,
                                           enum message_state state, uint32_t code);
/* The sender's chain with the CRLs of that day (PEM), as it stood when the message was accepted or
 * came: for a court, years later. at_ms: a time at which all of it was in force. */
SH_MUST_USE sh_err vault_chain_set(struct vault *vault, int64_t row, struct bytes pem,
                                   int64_t at_ms);
/* SH_E_NOT_FOUND if none was kept. */
SH_MUST_USE sh_err vault_chain_get(struct vault *vault, int64_t row, struct arena *arena,
                                   struct bytes *out_pem, int64_t *out_at_ms);

/* ---- our own receipts, on their way out ---- */
enum receipt_state {
    RECEIPT_STATE_WAITING = 0,
    RECEIPT_STATE_STORED = 1,
    RECEIPT_STATE_REFUSED = 2,
};
struct vault_receipt {
    struct sh_hash header_sha256;
    enum receipt_type type;
    struct bytes signed_receipt; /* SignedReceipt bytes */
};
/* A second one of the same type for the same message changes nothing. */
SH_MUST_USE sh_err vault_receipt_put(struct vault *vault, const struct vault_receipt *in);
SH_MUST_USE sh_err vault_receipt_has(struct vault *vault, const struct sh_hash *header_sha256,
                                     enum receipt_type type, bool *out);
/* The relay delivered again, so it has not got them: they wait again. */
SH_MUST_USE sh_err vault_receipts_again(struct vault *vault, const struct sh_hash *header_sha256);
SH_MUST_USE sh_err vault_receipt_set_state(struct vault *vault, const struct sh_hash *header_sha256,
                                           enum receipt_type type, enum receipt_state state,
                                           uint32_t code);
SH_MUST_USE sh_err vault_receipts_waiting(struct vault *vault, size_t len_max, struct arena *arena,
                                          struct vault_receipt **out, size_t *out_len);

/* ---- statements about messages ---- */
struct vault_fact {
    uint64_t leaf_index;
    struct sh_hash leaf_sha256; /* of vault_fact_put() only */
    struct sh_hash header_sha256;
    enum leaf_type type;
    struct bytes statement;
    struct bytes receipt; /* SignedReceipt bytes; empty: none */
};
SH_MUST_USE sh_err vault_fact_put(struct vault *vault, const struct vault_fact *in);
SH_MUST_USE sh_err vault_facts(struct vault *vault, const struct sh_hash *header_sha256,
                               struct arena *arena, struct vault_fact **out, size_t *out_len);

/* Those about messages that are not in this vault, by log index. */
SH_MUST_USE sh_err vault_facts_of_others(struct vault *vault, struct arena *arena,
                                         struct vault_fact **out, size_t *out_len);

/* ---- checkpoints that were proven consistent with one another ---- */
SH_MUST_USE sh_err vault_checkpoint_put(struct vault *vault, uint64_t size,
                                        const struct sh_hash *root, struct bytes note,
                                        int64_t now_ms);
SH_MUST_USE sh_err vault_checkpoint_known(struct vault *vault, uint64_t size,
                                          const struct sh_hash *root, bool *out);
/* The signed note of the largest. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err vault_checkpoint_newest(struct vault *vault, struct buf *out_note);
/* Evidence of a log that contradicts itself: both notes, and the proof that failed (hashes end to
 * end). */
SH_MUST_USE sh_err vault_fork_put(struct vault *vault, struct bytes known, struct bytes shown,
                                  struct bytes proof, int64_t now_ms);
SH_MUST_USE sh_err vault_forks_count(struct vault *vault, uint64_t *out);

/* ---- who looked at what ---- */
SH_MUST_USE sh_err vault_look_put(struct vault *vault, const struct sh_hash *header_sha256,
                                  const struct sh_hash *seat, int64_t now_ms);
SH_MUST_USE sh_err vault_looks_count(struct vault *vault, const struct sh_hash *header_sha256,
                                     uint64_t *out);

/* ---- which message is about which child: keyed hashes only (child_key.h makes them) ---- */

enum child_part {
    CHILD_SUBJECT = 1, /* one of `children` */
    CHILD_SIBLING = 2, /* one of `siblings`: the message is not about it */
};

/* One child as one message tells of it. */
struct child_record {
    int64_t message;    /* the vault's row */
    uint32_t enclosure; /* 0: the message itself; from 1: the nth message enclosed in it */
    uint32_t part;      /* enum child_part */
    uint32_t position;  /* in its list, from 1 */
};

struct child_token {
    struct sh_hash hash;
    uint32_t by; /* enum child_by: what was hashed */
};

struct child_hit {
    struct child_record record;
    uint32_t by;
};

/* A person's word that two keys are one child, or are not. */
struct child_link {
    int64_t row; /* given by the vault */
    struct sh_hash low, high;
    bool joined;
    struct sh_hash seat;
    int64_t at_ms;
    struct bytes sealed; /* keys and reason, sealed to the seat */
};

SH_MUST_USE sh_err vault_child_put(struct vault *vault, const struct child_record *record,
                                   const struct child_token *token);
/* All that the message says of children is in the index. */
SH_MUST_USE sh_err vault_child_indexed(struct vault *vault, int64_t message);
/* Rows behind `after` of readable messages that are not, at most len_max, in order. */
SH_MUST_USE sh_err vault_child_unindexed(struct vault *vault, int64_t after, size_t len_max,
                                         struct arena *arena, int64_t **out, size_t *out_len);
SH_MUST_USE sh_err vault_child_by_token(struct vault *vault, const struct sh_hash *token,
                                        struct arena *arena, struct child_hit **out,
                                        size_t *out_len);
/* Every record of a message and of what it encloses; `by` is 0. */
SH_MUST_USE sh_err vault_child_by_message(struct vault *vault, int64_t message, struct arena *arena,
                                          struct child_hit **out, size_t *out_len);
SH_MUST_USE sh_err vault_child_tokens(struct vault *vault, const struct child_record *record,
                                      struct arena *arena, struct child_token **out,
                                      size_t *out_len);
/* Orders low and high by itself. Rows are never changed: a later one for the same pair counts. */
SH_MUST_USE sh_err vault_child_link_put(struct vault *vault, const struct child_link *in);
/* The newest for each pair that this token is of. */
SH_MUST_USE sh_err vault_child_links(struct vault *vault, const struct sh_hash *token,
                                     struct arena *arena, struct child_link **out, size_t *out_len);

SH_MUST_USE sh_err vault_waiting(struct vault *vault, uint64_t *out_messages,
                                 uint64_t *out_receipts);
