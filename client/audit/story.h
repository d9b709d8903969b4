/* The life of one case as the log tells it: the accepted messages of a thread in order, what was
 * owed because of each, and the leaf that ended it. Duties and their endings are proto/thread's, so
 * that relay, client and auditor cannot come to differ. Inside audit/ alone. */
#pragma once

#include "audit/mirror_db.h"
#include "thread/duties.h"

struct story {
    struct thread_view view;
    struct thread_message *messages; /* view.messages */
    const struct mirror_fact **rows; /* of each message: its own columns */
    struct leaf_facts *opened;       /* of each message: all that its leaf says */
    const struct mirror_fact *all;   /* every row of the thread, in the order of the log */
    size_t len, all_len;
};

/* rows: all of one thread, ascending; borrowed as long as *out is used, as is the arena. */
SH_MUST_USE sh_err story_build(struct mirror *mirror, const struct mirror_fact *rows, size_t len,
                               struct arena *arena, struct story *out);

/* What ended a duty. */
struct story_end {
    bool ended;
    int64_t time_ms;
    uint64_t index;                    /* of the leaf that shows it */
    const struct thread_message *with; /* NULL: a receipt */
};
/* at: the position of the message that brought it about. by_number: its row in the table desk. */
void story_duty_end(const struct story *story, const struct duty_view *duty, int64_t by_number,
                    struct story_end *out);
/* The first receipt of a type by a desk for one message. */
bool story_receipt(const struct story *story, const struct thread_message *message,
                   enum leaf_type type, int64_t by_number, struct story_end *out);
/* The message with which every child of a referral had a decision of `desk` or of one that covers
 * for it; a question back is none. */
bool story_decision(const struct story *story, const struct thread_message *referral,
                    const struct address *desk, struct story_end *out);

/* Desks by their number in the mirror. */
struct desks {
    const struct address *list; /* [0] is "" */
    size_t len;
};
SH_MUST_USE sh_err desks_load(struct mirror *mirror, struct arena *arena, struct desks *out);
const struct address *desks_at(const struct desks *desks, int64_t number);
int64_t desks_find(const struct desks *desks, const struct address *desk); /* 0: none */
