/* index.tsv: which files the corpus has, who reads each, and what he must say of it. README.md is
 * the same for people who write another implementation. Everything aborts if it cannot do its work:
 * it serves a generator and tests. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

#define VECTORS_INDEX "index.tsv"
/* The largest is a frame that is one byte too long. */
#define VECTOR_BYTES_MAX (SH_FRAME_BYTES_MAX + 64u)

/* One row. */
struct vector {
    char file[96];     /* below tests/vectors */
    char reader[20];   /* relay-frame, reader-open, ... */
    char expected[24]; /* "ok", or the word of a code */
    char by[16];       /* the seat that hands it in, or reads it; "-": nobody in particular */
    int64_t at_ms;     /* when */
    char needs[200];   /* files that must be accepted before, separated by commas; "-": none */
    char what[200];    /* in a sentence */
};

struct vector_index {
    struct vector *rows;
    size_t len;
};

void vector_index_read(const char *dir, struct vector_index *out);
void vector_index_free(struct vector_index *index); /* a destructor */
/* The first row of a file; aborts if there is none. */
const struct vector *vector_index_find(const struct vector_index *index, const char *file);
void vector_index_write(const char *dir, const struct vector_index *index);
/* The bytes of "dir/name"; free with buf_wipe(). */
void vector_file_read(const char *dir, const char *name, struct buf *out);
void vector_file_write(const char *dir, const char *name, struct bytes content);

void vectors_must(bool held, const char *what);
#define MUST(call)      vectors_must((call) == SH_OK, #call)
#define MUST_HOLD(cond) vectors_must((cond), #cond)
