/* A database file that nobody writes, row by row as it stands: a backup, or a relay that is
 * stopped. For checking it: nothing is repaired, nothing is believed, and a row that does not fit
 * its checksum is given out like any other, with a note that it does not. Bytes borrow from the
 * copy until the same table is asked again. One thread. */
#pragma once

#include "store/store.h"

struct store_copy; /* opaque */

/* Reads only; a write-ahead log beside the file is read with it. SH_E_NOT_FOUND, SH_E_LOCKED (a
 * relay is using it), SH_E_BAD_VERSION (of another version of the relay), SH_E_CORRUPT (no database
 * of a relay). Gives *out: store_copy_close(). */
SH_MUST_USE sh_err store_copy_open(const char *path, struct store_copy **out, struct sh_why *why);
void store_copy_close(struct store_copy **copy);

/* SQLite's own quick check of the file's pages, and whether tables, indexes and nothing else are
 * there. SH_E_CORRUPT with what SQLite says in *why. */
SH_MUST_USE sh_err store_copy_check_file(struct store_copy *copy, struct sh_why *why);

struct copy_meta {
    const char *name;
    struct bytes value;
    bool fits; /* its checksum */
};
struct copy_interned {
    int64_t id;
    struct bytes key; /* an address, or the SHA-256 of a seat's certificate */
};
struct copy_message {
    struct message_row row; /* envelope: empty if has_body is false */
    int64_t thread_seq;
    struct sh_hash envelope_sha256;
    bool fits;
    bool has_from; /* from_id names an address */
    bool has_body;
    bool has_first;           /* there is a message with the number thread_seq */
    struct sh_id first_id;    /* its message id */
    int64_t first_thread_seq; /* and the thread that it says it is of */
};
struct copy_receipt {
    struct receipt_row row;
    bool fits;
    bool has_seat;    /* seat_id names a seat */
    bool has_message; /* message_seq names a message, whose are: */
    struct sh_id message_id;
    struct sh_hash header_sha256;
    uint64_t message_leaf;
};
struct copy_clocks {
    struct clock_row row; /* len 0: the entries cannot be read */
    bool fits;
    bool has_message;
    uint64_t message_leaf;
};
struct copy_lost {
    struct lost_row row;
    bool fits;
};
struct copy_missing {
    struct missing_row row;
    bool fits;
};
struct copy_leaf {
    struct leaf_row row;
    bool fits;
};
struct copy_tile {
    unsigned level;
    uint64_t index;
    struct bytes hashes;
    bool fits;
};

/* The next row of a table in the order of its key; SH_E_EMPTY at its end, and then from the start
 * again. SH_E_CORRUPT: SQLite cannot read it. */
SH_MUST_USE sh_err store_copy_meta(struct store_copy *copy, struct copy_meta *out);
SH_MUST_USE sh_err store_copy_address(struct store_copy *copy, struct copy_interned *out);
SH_MUST_USE sh_err store_copy_seat(struct store_copy *copy, struct copy_interned *out);
SH_MUST_USE sh_err store_copy_message(struct store_copy *copy, struct arena *arena,
                                      struct copy_message *out);
SH_MUST_USE sh_err store_copy_receipt(struct store_copy *copy, struct copy_receipt *out);
SH_MUST_USE sh_err store_copy_clocks(struct store_copy *copy, struct arena *arena,
                                     struct copy_clocks *out);
SH_MUST_USE sh_err store_copy_lost(struct store_copy *copy, struct copy_lost *out);
SH_MUST_USE sh_err store_copy_missing(struct store_copy *copy, struct copy_missing *out);
SH_MUST_USE sh_err store_copy_leaf(struct store_copy *copy, struct copy_leaf *out);
SH_MUST_USE sh_err store_copy_tile(struct store_copy *copy, struct copy_tile *out);

/* Single rows. SH_E_NOT_FOUND. */
SH_MUST_USE sh_err store_copy_leaf_at(struct store_copy *copy, uint64_t index,
                                      struct copy_leaf *out);
SH_MUST_USE sh_err store_copy_tile_at(struct store_copy *copy, unsigned level, uint64_t index,
                                      struct copy_tile *out);
/* The leaf that message `seq` names as its own. */
SH_MUST_USE sh_err store_copy_message_leaf(struct store_copy *copy, int64_t seq,
                                           uint64_t *out_index);
/* Ciphertext that belongs to no message: the number of the first. */
SH_MUST_USE sh_err store_copy_stray_body(struct store_copy *copy, int64_t *out_seq);
/* Rows of message, leaf and tile; addresses and seats that stand twice. */
struct copy_counts {
    uint64_t messages, leaves, tiles, repeated;
};
SH_MUST_USE sh_err store_copy_count(struct store_copy *copy, struct copy_counts *out);
