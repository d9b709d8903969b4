/* Cosignatures of witnesses, as the relay publishes them. Feeders put cosigned checkpoints into
 * witness_dir (NAME.cosigned, `safehand audit witness`); nothing there is believed before it
 * verifies against a witness key of the directory. Lines of the checkpoint in hand are published
 * with it; of older ones the time is remembered, so that a witness that has gone quiet is seen.
 * Without witnesses the relay serves on: this module only tells. */
#pragma once

#include "directory/directory.h"
#include "policy/witnesses.h"

struct cosigned; /* opaque; its own lock */

/* dir: "" for none. Gives *out: cosigned_free(). */
SH_MUST_USE sh_err cosigned_new(const char *dir, const struct note_verifier *log,
                                struct cosigned **out);
void cosigned_free(struct cosigned **cosigned);

/* Whose lines count from now on, at most POLICY_WITNESSES_MAX; those that the policy wants come
 * first. Times of those that stay are kept. */
void cosigned_use(struct cosigned *cosigned, const struct note_verifier *keys, size_t len,
                  const struct policy_witnesses *wanted);
/* The same from a directory: its witness keys in force at now_ms. Ledger thread. */
void cosigned_set(struct cosigned *cosigned, const struct directory *directory,
                  const struct policy_witnesses *wanted, int64_t now_ms);
/* Appends to a checkpoint that carries the log's signature alone the lines of those who cosigned
 * it, each once. Publisher's thread: it reads files. */
SH_MUST_USE sh_err cosigned_append(struct cosigned *cosigned, struct buf *note);

struct cosigned_count {
    unsigned wanted, quorum; /* as the policy says */
    unsigned current;        /* of those wanted: cosigned not longer ago than it says */
    unsigned lines;          /* on the checkpoint that was published last, whoever's */
};
void cosigned_count(struct cosigned *cosigned, int64_t now_ms, struct cosigned_count *out);
