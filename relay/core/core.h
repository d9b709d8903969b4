/* The core's parts and who owns them. One struct, made by main.c and by tests; the ledger thread
 * owns everything that is not marked otherwise, and nothing is shared but what is. */
#pragma once

#include "core/audit.h"
#include "core/book.h"
#include "core/outbox.h"
#include "core/reload.h"
#include "core/ring.h"
#include "core/sessions.h"
#include "core/stats.h"
#include "core/tally.h"
#include "core/timekeeper.h"

#include <pthread.h>

struct cosigned;
struct lost;
struct operator_job;
struct publisher;

struct core {
    /* Immutable after start. */
    const struct config *config;

    /* Between threads, each with its own lock. */
    struct ring *ring;     /* link -> workers -> ledger */
    struct outbox *outbox; /* ledger -> link */
    struct stats stats;
    pthread_mutex_t loaded_lock;
    struct loaded *loaded; /* the newest: written by the ledger, shared out under loaded_lock */

    /* The ledger's. */
    struct store *store;
    struct book *book;
    struct key *log_key;
    struct lost *lost; /* NULL: no older copy was ever put back */
    struct sessions *sessions;
    struct tally *messages_by_seat;
    struct tally *refusals_by_seat;
    struct tally *pieces_by_seat; /* of the directory */
    struct audit_pace audit_pace; /* how fast auditors read */
    bool group_is_full;           /* more may wait behind the group in hand */
    struct timekeeper time;
    struct cosigned *cosigned;         /* NULL: no witnesses are read (tests) */
    struct publisher *publisher;       /* NULL: nothing is published (tests) */
    struct operator_job *operator_job; /* NULL: an operator asks for nothing */
    int64_t group_ms;                  /* the accept time of the group in hand */
    int64_t heartbeat_due_ms;
    int64_t retention_due_ms;
    int64_t checkpoint_due_ms; /* of the write-ahead log */
    uint64_t wal_bytes;        /* written since then, near enough */
    bool directory_expired;    /* it was said */
    bool disk_low;
    bool witnesses_missing; /* it was said */
    bool transaction;       /* open */
    struct buf frame;       /* scratch for one frame going out */
};

/* The newest directory and policy, for a worker: loaded_release(). Any thread. */
struct loaded *core_loaded(struct core *core);
/* Closed: an older copy was put back, and nobody has accepted what is lost. Ledger thread. */
bool core_is_closed(const struct core *core);
/* Encodes and queues one frame for a connection. Ledger thread. */
SH_MUST_USE sh_err core_send(struct core *core, uint64_t connection, const struct frame *frame);
/* Opens the transaction if none is open. Every stage that writes calls it first. Ledger thread. */
SH_MUST_USE sh_err core_write(struct core *core);
