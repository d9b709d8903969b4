#include "core/submission.h"

#include "base/cleanup.h"
#include "core/reload.h"

#include <stdlib.h>

/* Budgets, not reservations: a frame takes some 10 KiB; a long thread's headers are the most that
 * one may need. */
enum { SUBMISSION_BYTES_MAX = 16 * SH_MIB, SUBMISSION_COUNT_MAX = 65536 };

sh_err submission_new(enum work work, struct bytes raw, struct submission **out)
{
    struct submission *sub = calloc(1, sizeof *sub);
    SH_CHECK(sub, SH_E_NOMEM);
    sub->work = work;
    sub->operator_fd = -1;
    sh_err err = arena_new(SUBMISSION_BYTES_MAX, SUBMISSION_COUNT_MAX, &sub->arena);
    if (err == SH_OK) {
        err = arena_copy(sub->arena, raw, &sub->raw);
    }
    if (err != SH_OK) {
        submission_free(&sub);
        return err;
    }
    *out = sub;
    return SH_OK;
}

void submission_forget_thread(struct submission *sub)
{
    arena_free(&sub->casefile_arena);
    sub->casefile = NULL;
}

void submission_free(struct submission **submission)
{
    struct submission *sub = *submission;
    if (!sub) {
        return;
    }
    loaded_release(&sub->loaded);
    loaded_release(&sub->fresh);
    submission_forget_thread(sub);
    sh_closep(&sub->operator_fd);
    arena_free(&sub->arena);
    free(sub);
    *submission = NULL;
}
