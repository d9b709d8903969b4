/* The pipeline: the way of a message through the core, as a table (pipeline.c). Read it, then the
 * files of its stages in the order of the table, and you know the relay. */
#pragma once

#include "core/core.h"
#include "envelope/build.h"

enum stage_thread {
    THREAD_WORKER, /* any verify worker: sees the submission, the directory, nothing else */
    THREAD_LEDGER, /* inside the transaction */
    THREAD_ANSWER, /* the ledger thread, after COMMIT returned OK and never before */
};

/* Which frames a stage is for. */
enum stage_for {
    FOR_ALL,
    FOR_MESSAGES, /* SUBMIT */
    FOR_RECEIPTS, /* RECEIPT */
    FOR_AUDITORS, /* LEAVES_GET */
    FOR_KNOWN,    /* KNOWN */
};

struct stage_ctx {
    struct core *core;               /* NULL on a worker */
    struct batch_cache *batch_cache; /* a worker's own */
};

typedef sh_err (*stage_run)(struct stage_ctx *ctx, struct submission *sub);

struct stage {
    const char *name;
    enum stage_thread thread;
    enum stage_for frames;
    stage_run run;
};

/* Runs the stages of one thread on a submission until one says no; the result is kept in
 * sub->result and in stage order a later thread sees that the way has ended. Only FATAL and, from
 * THREAD_LEDGER, DISK_FULL come back as errors. */
SH_MUST_USE sh_err pipeline_run(enum stage_thread thread, struct stage_ctx *ctx,
                                struct submission *sub);

sh_err verify_run(struct stage_ctx *ctx, struct submission *sub);
sh_err authorise_run(struct stage_ctx *ctx, struct submission *sub);
sh_err commit_run(struct stage_ctx *ctx, struct submission *sub);
sh_err route_run(struct stage_ctx *ctx, struct submission *sub);
sh_err duties_run(struct stage_ctx *ctx, struct submission *sub);
sh_err receipts_run(struct stage_ctx *ctx, struct submission *sub);
sh_err audit_run(struct stage_ctx *ctx, struct submission *sub);
sh_err known_run(struct stage_ctx *ctx, struct submission *sub); /* lost.c */
sh_err answer_run(struct stage_ctx *ctx, struct submission *sub);
