/* A core over a memory store, with a clock that the test turns, seats that really sign, and no
 * threads: the test puts submissions through verification and the ledger by hand and reads what
 * would go to the gate. Everything aborts the test if it cannot do its work. */
#pragma once

#include "core/ledger.h"
#include "core/start.h"
#include "support/post.h"

struct sent {
    enum link_type type;
    uint64_t connection;
    struct bytes payload; /* in the fixture's arena */
    struct frame frame;   /* of LINK_SEND, decoded */
};

struct relay {
    struct post post;
    struct config config;
    struct core *core;
    int64_t now_ms, boot_ms;
    const char *policy_path; /* NULL: the default; counts from the next start or reload */
    struct sent sent[512];   /* what the last step gave the gate */
    size_t sent_len;
};

void relay_make(struct relay *relay);
/* Over a store that the test opened; takes it. */
void relay_make_over(struct relay *relay, struct store *store);
/* Over a memory store and a post office that the test made; takes what is in *post. */
void relay_make_with(struct relay *relay, struct post *post);
void relay_free(struct relay *relay); /* a destructor */
/* Stops and starts the core over another store, as a restart does. */
void relay_restart(struct relay *relay, struct store *store);

/* The connection number of a seat: its position + 1. */
uint64_t connection_of(enum post_seat seat);
/* A submission as the link thread makes it, verified as a worker does. */
struct submission *relay_frame(struct relay *relay, enum post_seat from, const struct frame *frame);
struct submission *relay_raw(struct relay *relay, enum post_seat from, struct bytes raw);
struct submission *relay_command(struct relay *relay, enum work work, uint64_t connection);
/* One group through the ledger; what it sent is in relay->sent. Gives the ledger's error. */
sh_err relay_group(struct relay *relay, struct submission **group, size_t len);
/* One frame as a group of its own. */
void relay_step(struct relay *relay, enum post_seat from, const struct frame *frame);
void relay_tick(struct relay *relay);
/* Publishes the PKI anew and has the core load it, without files. */
void relay_reload(struct relay *relay);

/* Short forms of what clients do. */
void submit(struct relay *relay, enum post_seat from, const struct letter *letter);
void ready(struct relay *relay, enum post_seat seat, uint32_t credit);
void give_receipt(struct relay *relay, enum post_seat seat, enum receipt_type type,
                  const struct letter *letter);
/* A letter from SCHOOL to MASH as POST_REFERRAL has it, sealed. */
void write_referral(struct relay *relay, struct letter *letter);
/* The first frame of a type that was sent to a seat in the last step, NULL if none; and how many.
 */
const struct frame *sent_to(const struct relay *relay, enum post_seat seat, enum frame_type type);
size_t count_sent(const struct relay *relay, enum post_seat seat, enum frame_type type);
/* Statement: its proof is good and it is of this type; facts of it in the fixture's arena. */
struct verified_statement must_verify(struct relay *relay, const struct statement *statement,
                                      enum leaf_type type);
