/* A message comes in on the link, and main.c puts it into the ring (1 intake: size and shape of the
 * record, room). From there it goes down this table. After the last row deliver.c sends what the
 * commit made due; overdue.c and clocks.c do what time itself makes due. */
#include "core/pipeline.h"

/* clang-format off */
static const struct stage stages[] = {
    /* name       thread         frames        function */
    {"verify",    THREAD_WORKER, FOR_ALL,      verify_run},    /* 2 decode, who is it, signature */
    {"authorise", THREAD_LEDGER, FOR_MESSAGES, authorise_run}, /* 3 repeat, seats, policy, thread */
    {"commit",    THREAD_LEDGER, FOR_MESSAGES, commit_run},    /* 4 message and ACCEPTED leaf */
    {"route",     THREAD_LEDGER, FOR_MESSAGES, route_run},     /* 5 a queue row for each seat */
    {"duties",    THREAD_LEDGER, FOR_MESSAGES, duties_run},    /* 6 clocks that it starts and stops */
    {"receipts",  THREAD_LEDGER, FOR_RECEIPTS, receipts_run},  /* 7 what recipients say of it */
    {"audit",     THREAD_LEDGER, FOR_AUDITORS, audit_run},     /* 8 may this desk read the log, and now */
    {"known",     THREAD_LEDGER, FOR_KNOWN,    known_run},     /* 9 what is known of a log that was lost */
    {"answer",    THREAD_ANSWER, FOR_ALL,      answer_run},    /* proofs; what else was asked */
};
/* clang-format on */

static bool is_for(const struct stage *stage, const struct submission *sub)
{
    switch (stage->frames) {
    case FOR_ALL:
        return true;
    case FOR_MESSAGES:
        return sub->frame.type == FRAME_SUBMIT;
    case FOR_RECEIPTS:
        return sub->frame.type == FRAME_RECEIPT;
    case FOR_AUDITORS:
        return sub->frame.type == FRAME_LEAVES_GET;
    case FOR_KNOWN:
        return sub->frame.type == FRAME_KNOWN;
    }
    return false;
}

sh_err pipeline_run(enum stage_thread thread, struct stage_ctx *ctx, struct submission *sub)
{
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        const struct stage *stage = &stages[i];
        if (stage->thread != thread || !is_for(stage, sub)) {
            continue;
        }
        /* A refusal must be answered too: the answer stage runs whatever came before. */
        if (sub->result != SH_OK && thread != THREAD_ANSWER) {
            return SH_OK;
        }
        sh_err err = stage->run(ctx, sub);
        if (sh_err_class(err) == SH_CLASS_FATAL ||
            (err == SH_E_DISK_FULL && ctx->core && store_has_failed(ctx->core->store))) {
            return err;
        }
        /* Its leaf is in the transaction: to refuse it now would log what did not happen. */
        SH_CHECK(err == SH_OK || thread != THREAD_LEDGER || sub->verdict != VERDICT_WRITTEN,
                 SH_E_BUG);
        sub->result = err == SH_OK ? sub->result : err;
    }
    return SH_OK;
}
