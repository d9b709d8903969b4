/* The auditor's own copy of the log: every leaf, and every opening that was not destroyed, in one
 * SQLite file of mode 0600. Nothing enters it that was not verified first: a page of entries is
 * taken only if its openings open their leaves and the tree that it grows is the beginning of a
 * checkpoint whose signature the caller has checked. What stands in it is decoded into columns as
 * it comes, so that lists and reports need no protobuf.
 *
 * An opening says who wrote to whom, when, and which class of answer: personal data in a school of
 * forty, though never a child's name. One thread. */
#pragma once

#include "base/arena.h"
#include "tlog/merkle.h"
#include "tlog/note.h"
#include "wire/session.h"

struct mirror; /* opaque */

/* Opens the file, and makes it (and its tables) if `make`; else SH_E_NOT_FOUND if there is none.
 * SH_E_LOCKED, SH_E_CORRUPT, SH_E_STORE, SH_E_DISK_FULL. Gives *out: mirror_close(). */
SH_MUST_USE sh_err mirror_open(const char *path, bool make, struct mirror **out,
                               struct sh_why *why);
void mirror_close(struct mirror **mirror);

uint64_t mirror_size(const struct mirror *mirror);   /* entries that it holds */
int64_t mirror_last_ms(const struct mirror *mirror); /* time of the newest; 0: it is empty */
/* The signed checkpoint under which the newest entry was verified. SH_E_NOT_FOUND: it is empty. */
SH_MUST_USE sh_err mirror_checkpoint(struct mirror *mirror, struct buf *out);
SH_MUST_USE sh_err mirror_root(const struct mirror *mirror, struct sh_hash *out);

/* What is wrong with a page or with the mirror. */
struct mirror_finding {
    bool has_index; /* false: somewhere in the page, at `index` or behind it */
    uint64_t index;
    char sentence[400];
};

/* Entries as a relay gave them, and what should show that they belong to the signed log. */
struct mirror_page {
    const struct log_entry *entries;
    size_t len; /* 1 to SH_LEAVES_MAX */
    struct hash_list consistency;
    struct checkpoint checkpoint; /* whose signature was verified */
    struct bytes note;            /* the same, signed */
};
/* Verifies the page, which continues the mirror, and stores it durably. SH_E_PROOF: it is not what
 * the checkpoint's signature covers; *finding says where. Anything else: this computer. */
SH_MUST_USE sh_err mirror_append(struct mirror *mirror, const struct mirror_page *page,
                                 struct mirror_finding *finding, struct sh_why *why);

/* All that it holds anew: openings, leaves, columns, the root against the signed checkpoint. For
 * what a disk or a person may have done to the file. SH_E_PROOF with *finding. */
typedef void (*mirror_progress)(void *ctx, uint64_t done, uint64_t total);
SH_MUST_USE sh_err mirror_recheck(struct mirror *mirror, const struct note_verifier *log,
                                  mirror_progress progress, void *ctx,
                                  struct mirror_finding *finding);

/* SH_E_NOT_FOUND. *out borrows the arena. */
SH_MUST_USE sh_err mirror_entry(struct mirror *mirror, uint64_t index, struct arena *arena,
                                struct log_entry *out);
/* The way from an entry to the root of all that the mirror holds. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err mirror_inclusion(struct mirror *mirror, uint64_t index,
                                    struct merkle_proof *out);
