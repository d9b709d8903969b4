/* Where vectors are made: the partnership, and the index that grows with each file. The makers are
 * called in the order below; each writes the vectors of one subject. What each expects is written
 * by hand beside it and never asked of the code: test_vectors.c does the asking. */
#pragma once

#include "index.h"
#include "office.h"

struct studio {
    const char *dir;
    struct post post;
    struct vector_index index;
};

/* One vector to be. Zero members: by nobody, at PKI_NOW_MS, needs nothing. */
struct entry {
    const char *reader;
    const char *name; /* of the file, without folder and ending */
    sh_err expected;
    const char *by;
    int64_t at_ms;
    const char *needs;
    const char *what;
};

/* Writes "reader/name.bin" and a row. */
void studio_add(struct studio *s, const struct entry *e, struct bytes content);
/* A row for a file that is there already: another reader, seat or time. */
void studio_list(struct studio *s, const struct entry *e, const char *file);
/* A seed for fuzzing, below tests/fuzz/corpus; no row. */
void studio_seed(struct studio *s, const char *target, const char *name, struct bytes content);

/* A letter of `sender` that answers `parent` (NULL: a first one), as POST_REFERRAL and its like
 * have it; not sealed yet. */
void studio_write(struct studio *s, struct letter *l, enum post_seat sender, const char *casework);
void studio_answer(struct studio *s, struct letter *l, enum post_seat sender, const char *casework,
                   const struct letter *parent);

void make_submissions(struct studio *s); /* good ones, signatures, batches, senders, times */
void make_headers(struct studio *s);     /* headers that are not in form */
void make_threads(struct studio *s);     /* what may follow what */
void make_frames(struct studio *s);
void make_readings(struct studio *s); /* what a reader finds */
void make_enclosures(struct studio *s);
void make_messages(struct studio *s); /* cryptographic messages in other forms */
void make_receipts(struct studio *s);
void make_statements(struct studio *s);
void make_directories(struct studio *s);
void make_seeds(struct studio *s);
