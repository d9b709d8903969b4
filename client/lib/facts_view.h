/* What became of a message, as facts that a person reads: the relay's statements, colleagues' and
 * recipients' receipts, and the answers in the thread; each with whether its proof verifies, found
 * out anew each time. */
#pragma once

#include "client/thread.h"

struct fact {
    const char *word;  /* "delivered", "decided" */
    struct address by; /* "" for the relay itself */
    int64_t at_ms;
    uint64_t log_index, log_size;
    sh_err proof;              /* SH_OK: verified */
    struct sh_hash seat;       /* zero: not said */
    struct sh_id answer;       /* of an answer: its message id; else zero */
    const struct facts *words; /* of an answer: its header; else NULL */
    uint32_t code;             /* of unreadable and refused */
    uint32_t duty;             /* of a clock's: what was owed, by whom and until when; else 0 */
    struct address owed_by;
    int64_t due_ms;
    uint32_t level; /* that was opened; else 0 */
};

struct fact_list {
    struct fact *facts; /* by log index */
    size_t len;
};

/* Whose facts, and whether each proof is verified anew; if not (for lists over a whole vault, whose
 * facts were verified when they came), `proof` means nothing. */
struct facts_view_order {
    const struct thread_entry *entry;
    const struct thread *thread;
    bool verify;
};
/* All facts about one message of the thread, answers in it included. Lists borrow the arena. */
SH_MUST_USE sh_err facts_view_list(struct sh_client *client, const struct facts_view_order *order,
                                   struct arena *arena, struct fact_list *out);
/* {"fact","by","at",...} Gives *out. */
SH_MUST_USE sh_err facts_view_json(const struct fact_list *list, json_t **out);
/* One word for a list: the furthest that the message has come. */
const char *facts_view_state(const struct thread_entry *entry, const struct fact_list *list);
