/* One full sample of everything that goes over the wire: each field present, each with a value of
 * its own, so that a field read from its neighbour shows. */
#pragma once

#include "wire/directory.h"
#include "wire/envelope.h"
#include "wire/log.h"
#include "wire/session.h"

enum { SAMPLE_TIME_MS = 1795190400 };

/* Hash or id number n: its first byte is n, so that they ascend. */
struct sh_hash sample_hash(unsigned n);
struct sh_id sample_id(unsigned n);
struct address sample_address(const char *text);

/* A header with three desks, five seats, and all of the rest. */
const struct header *sample_header(void);
const struct envelope *sample_envelope(void);
const struct receipt *sample_receipt(void); /* UNREADABLE, with a code */
const struct signed_receipt *sample_signed_receipt(void);
const struct leaf *sample_leaf(void);
const struct leaf_facts *sample_leaf_facts(void);
const struct statement *sample_statement(void);
const struct directory_file *sample_directory(void);

/* One frame of each type, all fields present. */
enum { SAMPLE_FRAMES = 27 };
const struct frame *sample_frame(size_t n);
const struct frame *sample_frame_of(enum frame_type type);
