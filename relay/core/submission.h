/* One thing that the core has to do: a frame from a client, or a command. It is made on the link
 * thread, changes owner with its place in the ring, and is freed on the ledger thread when it was
 * answered. Each stage of the pipeline fills its own part and reads the parts before it. */
#pragma once

#include "base/arena.h"
#include "directory/directory.h"
#include "store/store.h"
#include "wire/session.h"

enum work {
    WORK_FRAME,    /* a client's frame */
    WORK_GONE,     /* a connection ended */
    WORK_CLEAR,    /* the gate is new: every connection ended */
    WORK_RELOAD,   /* read directory and policy again */
    WORK_TICK,     /* a second has passed */
    WORK_OPERATOR, /* an operator asks for something: raw, operator_fd */
    WORK_RESUME,   /* go on with what the operator asked for */
    WORK_STOP,     /* finish what waits, then end */
};

/* What the ledger thread says about an item, beside its error code. */
enum verdict {
    VERDICT_NONE,
    VERDICT_WRITTEN,  /* rows and a leaf are in this transaction */
    VERDICT_REPEATED, /* it was done before: answer as then */
    VERDICT_UNLOGGED, /* refused, and only counted */
};

struct loaded;       /* directory and policy together: reload.h */
struct casefile;     /* casefile.h */
struct clock_starts; /* policy/clocks.h */
struct offered;      /* offered.h */

struct submission {
    enum work work;
    uint64_t connection;
    uint8_t curve_key[32]; /* as ZAP authenticated it */
    struct arena *arena;
    struct bytes raw; /* the frame, in the arena */
    int operator_fd;  /* WORK_OPERATOR: the connection of who asks; -1 none */

    /* 2 verify */
    bool verified;           /* written and read under the ring's lock */
    struct loaded *loaded;   /* what it was verified under: loaded_release() */
    const struct seat *seat; /* who is connected; belongs to loaded */
    struct frame frame;
    struct header header;
    struct sh_hash header_sha256;
    struct receipt receipt;
    struct loaded *fresh; /* WORK_RELOAD: what was read */

    /* 3 authorise, 4 commit, 7 receipts */
    sh_err result;
    struct sh_why why;       /* for the log line; never for a client */
    uint32_t retry_after_ms; /* of a DEFER; 0: the usual */
    enum verdict verdict;
    int64_t message_seq;
    uint64_t leaf_index;
    struct message_row row;       /* of a repeated message, or the one a receipt is about */
    struct casefile *casefile;    /* its thread; gone before the next message is looked at */
    struct arena *casefile_arena; /* holds it: a long thread is larger than a message */
    struct clock_starts *starts;  /* the clocks that it starts */
    struct offered *offered;      /* a lost log accepted it before; NULL: it is new */
};

/* Gives *out: submission_free(). raw is copied. SH_E_NOMEM. */
SH_MUST_USE sh_err submission_new(enum work work, struct bytes raw, struct submission **out);
void submission_forget_thread(struct submission *submission);
void submission_free(struct submission **submission);
