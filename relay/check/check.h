/* The operator's check of a database: every row that states a fact against the log that it came
 * from, the log's rows against the tree, the tree against the signed checkpoint. It reads a copy
 * (store/copy.h), changes nothing, and names the first difference by table, row and column.
 *
 * What it trusts is the checkpoint's signature, the sender's and the recipients' signatures, and
 * SHA-256; no checksum that stands in the database, since whoever writes there can write those too.
 * Somebody with the log's key can make a whole new database that fits: that is for those who keep
 * older checkpoints, clients and witnesses, to find. docs/OPERATING.md lists tables and columns. */
#pragma once

#include "directory/directory.h"
#include "tlog/note.h"

struct check_order {
    const char *path;
    const struct note_verifier *log;
    const struct directory
        *directory; /* whose seats signed; NULL: no signature of a seat is checked */
    bool tree_only; /* leaves, openings, tiles and checkpoint: enough to know a whole copy */
    /* Told now and then; may be NULL. */
    void (*progress)(uint64_t done, uint64_t total);
};

struct difference {
    char table[16];
    char row[80];
    char column[48];
    char words[256]; /* the rest of the sentence */
};

struct check_result {
    uint64_t leaves, messages, receipts, clocks;
    uint64_t unknown_seats; /* signatures of seats that the directory does not list any more */
    struct sh_hash root;
    bool differs;
    struct difference first; /* if differs */
};

/* SH_OK: it was checked, and *out says with what result. Else it could not be: the codes of
 * store_copy_open(), SH_E_NOMEM. Any thread. */
SH_MUST_USE sh_err check_database(const struct check_order *order, struct check_result *out,
                                  struct sh_why *why);
