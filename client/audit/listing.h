/* What an auditor looks up in the mirror: entries by what they are about, one entry with its proof,
 * and the life of one case. Documents for programs; the words for people are the command line's.
 * The mirror is only read. One thread. */
#pragma once

#include "audit/mirror.h"

#include <jansson.h>

/* 0, "" or false where nothing is asked for. */
struct listing_filter {
    int64_t from_ms, to_ms; /* of the leaf: from <= time < to; to 0: no end */
    uint32_t kind;
    enum leaf_type event;
    const char *organisation;     /* "999.social-care", or a desk's address */
    const char *thread, *message; /* identifiers, or at least their first four digits */
};

/* Called for each entry in the order of the log. Takes `entry`. */
typedef sh_err (*listing_visit)(void *ctx, json_t *entry);
/*   {"index","at","event", and what the event has: "kind","subtype","urgency","from","by",
 *    "message_id","thread_id","about","outcome","level","code","clock","due_at","receipt_at",
 *    "clock_from","count","to","own_desk"; "opening":"destroyed" if there is none any more}
 * SH_E_USAGE for an identifier that is none, SH_E_AMBIGUOUS, SH_E_NOT_FOUND for one that is not
 * there and for an organisation that nothing is about. */
SH_MUST_USE sh_err listing_run(struct mirror *mirror, const struct listing_filter *filter,
                               listing_visit visit, void *ctx, struct sh_why *why);

/* One entry: what listing_run() gives, and "leaf","leaf_hash","salt"?,"facts"?,"proof":[hashes],
 * "tree_size","root","checkpoint", all bytes as hexadecimal but the checkpoint, which is text; and
 * the rest of what the opening says. Gives *out. */
SH_MUST_USE sh_err listing_show(struct mirror *mirror, uint64_t index, json_t **out,
                                struct sh_why *why);

/* {"thread_id","events":[as of
 * listing_run()],"duties":[{"clock","by","because_of","since","due_at",
 *  "state":"in_time|late|overdue|open","ended_at"?,"ended_by"?,"ended_with"?}],"as_of"}
 * Gives *out. The same errors as listing_run(). */
SH_MUST_USE sh_err listing_thread(struct mirror *mirror, const char *id, json_t **out,
                                  struct sh_why *why);
