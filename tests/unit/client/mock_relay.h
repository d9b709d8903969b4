/* A relay in memory, for tests of the client: it keeps a real log under a real key, queues and
 * delivers as session.proto says, and does wrong what a test tells it to do wrong. It judges
 * nothing: policy and signatures are the real relay's. It also is the clock: waiting for a frame
 * that does not come turns it. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "client/transport.h"
#include "support/pki.h"
#include "tlog/merkle.h"
#include "wire/session.h"

#define MOCK_LEAVES_MAX   512
#define MOCK_MESSAGES_MAX 64
#define MOCK_ITEMS_MAX    512
#define MOCK_LINKS_MAX    16

struct mock_relay;

/* One seat's connection. */
struct mock_link {
    struct mock_relay *relay;
    size_t seat; /* position in pki->seats */
    bool open, greeted;
    uint32_t credit;
    bool caught_up;
    struct buf *frames; /* to the client, in order */
    size_t frames_len, frames_at;
};

struct mock_message {
    struct buf envelope;
    struct sh_hash header_sha256;
    struct sh_id message_id;
    struct address from;
    uint64_t leaf;
};

struct mock_item {
    size_t seat;
    bool is_notice, done, sent;
    size_t message; /* position */
    uint64_t leaf;  /* of a notice */
    struct buf receipt;
};

struct mock_leaf {
    struct buf leaf, facts;
    struct sh_hash salt, hash;
};

struct mock_relay {
    struct pki *pki;
    int64_t now_ms, boot_ms;
    int64_t client_ahead_ms; /* the clients' clock against the relay's */
    struct mock_leaf leaves[MOCK_LEAVES_MAX];
    size_t leaves_len;
    struct mock_message messages[MOCK_MESSAGES_MAX];
    size_t messages_len;
    struct mock_item items[MOCK_ITEMS_MAX];
    size_t items_len;
    struct mock_link links[MOCK_LINKS_MAX];
    size_t links_len;

    /* What to do wrong. */
    bool unreachable;         /* nobody answers */
    bool not_let_in;          /* ZAP says no */
    unsigned lose_answers;    /* so many answers to SUBMIT are lost with the connection, after the
                                 message was taken */
    sh_err refuse_next;       /* the next SUBMIT is refused with this */
    bool refuse_logged;       /* and that stands in the log */
    sh_err defer_next;        /* the next SUBMIT is put off with this */
    bool corrupt_sealed;      /* delivered messages have one bit turned */
    bool corrupt_statement;   /* statements have one bit of their salt turned */
    bool deliver_twice;       /* each message comes twice */
    bool refuse_consistency;  /* no consistency proof is given */
    sh_err refuse_as;         /* and this is said instead of "not found" */
    bool delivered_as_opened; /* senders are told OPENED with the receipt for a delivery */
    bool refuse_with_another; /* the statement of a refusal is the log's first entry */
    bool forget_all;          /* WELCOME shows an empty log */

    bool silent_about_desks; /* when a desk last collected its mail is asked in vain */

    /* What it says. */
    const struct leaf_clock *clocks; /* that each message starts from now on; borrowed */
    size_t clocks_len;
    int64_t collected_ago_ms; /* each desk last collected its mail; negative: never */

    /* What it saw. */
    unsigned hellos, submits, receipts, consistency_asked;
};

/* Borrows pki. */
void mock_relay_init(struct mock_relay *relay, struct pki *pki);
void mock_relay_wipe(struct mock_relay *relay); /* a destructor */

/* The transport of a seat; belongs to the relay. */
struct transport mock_relay_transport(struct mock_relay *relay, size_t seat);
struct clock mock_relay_clock(struct mock_relay *relay);

/* Another log of the same size, by the same key: what no honest relay has. */
void mock_relay_fork(struct mock_relay *relay);
/* Forgets the newest leaves, as a restored backup does. */
void mock_relay_roll_back(struct mock_relay *relay, size_t leaves);
/* An entry of the log with these facts, told to a desk, whether it has the message or not. */
void mock_relay_notice(struct mock_relay *relay, const char *desk, enum leaf_type type,
                       const struct leaf_facts *facts);
/* An entry of the log about a message, told to the sender's desk. */
void mock_relay_tell(struct mock_relay *relay, size_t message, enum leaf_type type);
