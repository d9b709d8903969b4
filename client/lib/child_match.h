/* Which records of the vault tell of one child. Records that share a joining token are one child,
 * and so on from those; what only looks alike is listed as possible. What a person linked is
 * joined, what a person said are two children is never joined. Reads hashes, opens nothing. */
#pragma once

#include "client/child_key.h"
#include "client/state.h"

struct child_match {
    struct child_record record;
    uint32_t by_bits; /* 1 << enum child_by: what it shares with the key or another record */
    bool by_link;     /* a person's word brought it in */
    bool kept_apart;  /* of possible: a person's word keeps it out */
};

struct child_group {
    struct child_match *matches; /* one child, by row of the vault */
    size_t len;
    struct child_match *possible;
    size_t possible_len;
    const struct child_link *links; /* that touch this child */
    size_t links_len;
};

/* Everything borrows the arena. SH_E_NOT_FOUND: no message tells of this key; SH_E_AMBIGUOUS: it
 * fits records that nothing shows to be one child: then `possible` has them all. */
SH_MUST_USE sh_err child_match_key(struct sh_client *client, const struct child_token *key,
                                   struct arena *arena, struct child_group *out);
/* From a record: the child that it tells of. */
SH_MUST_USE sh_err child_match_record(struct sh_client *client, const struct child_record *record,
                                      struct arena *arena, struct child_group *out);
bool child_record_equal(const struct child_record *a, const struct child_record *b);
