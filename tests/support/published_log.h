/* A small published log in memory, as a C2SP tlog-tiles server has it: made, broken in one place,
 * read through a struct audit_source, and put back. */
#pragma once

#include "audit/source.h"
#include "crypto/key.h"
#include "tlog/note.h"
#include "tlog/tile.h"

struct log_file {
    char name[TILE_PATH_BYTES];
    struct buf content;
    bool gone;
};

struct published_log {
    struct log_file *files;
    size_t len;
    uint64_t size; /* entries */
    struct key *key;
    struct note_verifier verifier;
    char vkey[400];
    unsigned reads;
    sh_err fail; /* of every read from number fail_at on, counted from 1; 0: never */
    unsigned fail_at;
};

/* One entry of a log. Appends. */
typedef void (*entry_maker)(uint64_t index, struct buf *out);
/* A leaf of Safehand: a second after the one before. */
void entry_of_safehand(uint64_t index, struct buf *out);
/* Bytes of somebody else's: 0 to 90 of them, none of them a leaf. */
void entry_of_others(uint64_t index, struct buf *out);

/* key: NULL for a new one; else that of another log (borrowed until this is made), of which this is
 * a second version. Aborts the test if it cannot. */
void published_log_make(struct published_log *log, uint64_t size, entry_maker make,
                        const struct published_log *same_key);
void published_log_free(struct published_log *log); /* a destructor */
struct audit_source published_log_source(struct published_log *log);
/* Aborts if it is not there. */
struct log_file *published_log_file(const struct published_log *log, const char *name);
