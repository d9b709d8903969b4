/* casework.proto: what a message says. One bridge over the protobuf-c descriptors serves every
 * kind, so a field exists once, in the schema. Outside wire/ casework is a JSON object of the shape
 * of tests/cases/CODES.md, with `kind`, `from`, `to`, `urgency` among its keys.
 *
 * From JSON: unknown keys and codes, wrong types, bad dates, repeated keys, null, over-long and
 * over-deep input are SH_E_JSON with the path in *why ("concern.child_words[0].when: not a date and
 * time"), and so is a missing field that the kind requires. Nothing is dropped: what went in comes
 * back value for value, text byte for byte; absent, false, 0 and "" stay different; an empty list
 * is the same as none. Pure; any thread. */
#pragma once

#include "base/arena.h"
#include "wire/types.h"

#include <jansson.h>

/* One file or command's bytes as JSON: limits, duplicates, depth. Gives *out: json_decref(). */
SH_MUST_USE sh_err casework_parse(struct bytes in, json_t **out, struct sh_why *why);

/* Checks an object against the schema of its `kind`, in full. */
SH_MUST_USE sh_err casework_check(const json_t *casework, struct sh_why *why);

/* An earlier message, whole: header and inner SignedData with what proves them. */
struct enclosure {
    struct bytes header;      /* as signed */
    struct bytes signed_data; /* CMS SignedData, DER */
    struct bytes signature;   /* of the envelope */
    struct batch_path batch;
    struct statement accepted;
};

/* What the sender signs. */
struct content {
    struct sh_hash salt;
    struct facts facts;
    json_t *casework; /* owned by whoever filled this struct */
    const struct enclosure *enclosures;
    size_t enclosures_len;
};

/* What a reader's arena needs for content of SH_CONTENT_BYTES_MAX with SH_ENCLOSURES_MAX
 * enclosures: arena_new(CONTENT_ARENA_BYTES, CONTENT_ARENA_COUNT, ...). A smaller one reads smaller
 * content. */
#define CONTENT_ARENA_BYTES (SH_UNPACK_FACTOR * SH_CONTENT_BYTES_MAX)
#define CONTENT_ARENA_COUNT (128u * 1024u)

/* Appends the protobuf bytes. SH_E_JSON with a path in *why, SH_E_TOO_BIG; SH_E_HEADER_DISAGREES:
 * the facts name another kind. */
SH_MUST_USE sh_err content_encode(const struct content *in, struct buf *out, struct sh_why *why);
/* Gives out->casework: json_decref(); the rest borrows `in` and the arena. Codes as
 * wire/envelope.h, and SH_E_BAD_CONTENT with a path in *why: words that casework_check() would
 * refuse; SH_E_HEADER_DISAGREES: a body of another kind than the facts beside it. */
SH_MUST_USE sh_err content_decode(struct bytes in, struct arena *arena, struct content *out,
                                  struct sh_why *why);

/* The numbers and codes that the header repeats of the casework: kind, subtype, urgency,
 * clock_from_ms, level, outcome, children, children_count, next_due_ms, not_to_own_desk, telephone.
 * Fills only those members of *out. children_of_thread: how many children the referral answered has
 * (for an answer without `children`), 0 if not known: then a short answer gives no list. Lists come
 * from the arena. */
SH_MUST_USE sh_err casework_facts(const json_t *casework, uint32_t children_of_thread,
                                  struct arena *arena, struct facts *out, struct sh_why *why);
