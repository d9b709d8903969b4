/* Generated structs <-> checked structs, for the files of wire/ that share them. Internal.
 *
 * x_from_pb() checks and fills *out, with lists from the arena; ids, hashes and addresses are
 * copied, byte ranges and text go on pointing into the generated struct, which lives in the same
 * arena. x_to_pb() checks and fills a generated struct that borrows `in` and the x_room, which
 * holds what the lists need so that encoding takes no memory; a room must outlive the packing and
 * not be moved. */
#pragma once

#include "base/arena.h"
#include "envelope.pb-c.h"
#include "log.pb-c.h"
#include "wire/types.h"

/* 9999-12-31T23:59:59.999Z: what RFC 3339 can write; keeps sums of times far from overflow. */
#define WIRE_TIME_MS_MAX 253402300799999
/* Leaf, opening, path and checkpoint with their tags. */
#define WIRE_STATEMENT_BYTES_MAX      (SH_FACTS_BYTES_MAX + SH_CHECKPOINT_BYTES_MAX + 3u * SH_KIB)
#define WIRE_SIGNED_RECEIPT_BYTES_MAX (SH_RECEIPT_BYTES_MAX + SH_SIGNATURE_BYTES_MAX + 8u)

/* ---- single values ---- */

static inline struct bytes bytes_from_pb(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}
/* Generated structs know no const; packing only reads. */
static inline ProtobufCBinaryData bytes_to_pb(struct bytes in)
{
    return (ProtobufCBinaryData){.len = in.len, .data = (uint8_t *)(uintptr_t)in.data};
}
static inline char *text_to_pb(const char *in)
{
    return (char *)(uintptr_t)in;
}
#define FIXED_TO_PB(f) bytes_to_pb(BYTES_FIXED(f))

/* SH_E_BAD_TIME past WIRE_TIME_MS_MAX or before 1970. */
SH_MUST_USE sh_err time_from_pb(uint64_t in, int64_t *out);
SH_MUST_USE sh_err time_check(int64_t ms);
SH_MUST_USE sh_err optional_time_from_pb(bool has, uint64_t in, int64_t *out);

/* For fields whose 0 means absent: written out as 0 they would be a second way to say so, so that
 * is SH_E_NOT_CANONICAL. */
SH_MUST_USE sh_err optional_number_from_pb(bool has, uint32_t in, uint32_t *out);
SH_MUST_USE sh_err optional_flag_from_pb(bool has, bool in, bool *out);
SH_MUST_USE sh_err optional_hash_from_pb(bool has, ProtobufCBinaryData in, struct sh_hash *out);
SH_MUST_USE sh_err optional_id_from_pb(bool has, ProtobufCBinaryData in, struct sh_id *out);
bool id_is_zero(const struct sh_id *id);

SH_MUST_USE sh_err address_check(const struct address *address);
/* 1 to `max` bytes: SH_E_FORMAT if empty, SH_E_TOO_BIG above. */
SH_MUST_USE sh_err length_check(struct bytes in, size_t max);
/* 1 to SH_SIGNATURE_BYTES_MAX bytes, else SH_E_FORMAT. */
SH_MUST_USE sh_err signature_check(struct bytes in);

/* ---- lists ---- */

/* What a generated struct says of a repeated bytes field. */
struct pb_list {
    size_t len;
    const ProtobufCBinaryData *items;
};

/* SH_E_TOO_BIG past `max` items, SH_E_FORMAT for one that is not 32 bytes. */
SH_MUST_USE sh_err hashes_from_pb(struct pb_list in, size_t max, struct arena *arena,
                                  const struct sh_hash **out);
void hashes_to_pb(const struct sh_hash *in, size_t len, ProtobufCBinaryData *out);

/* Cites and children stand in facts and in leaf facts. */
struct answer {
    const struct cite *cites;
    size_t cites_len;
    const struct child_outcome *children;
    size_t children_len;
};
struct pb_answer {
    size_t n_cites;
    Safehand__Cite **cites;
    size_t n_children;
    Safehand__ChildOutcome **children;
};
struct answer_room {
    Safehand__Cite cites[SH_CITES_MAX];
    Safehand__Cite *cite_list[SH_CITES_MAX];
    Safehand__ChildOutcome children[SH_CHILDREN_MAX];
    Safehand__ChildOutcome *child_list[SH_CHILDREN_MAX];
};
SH_MUST_USE sh_err answer_check(const struct answer *in);
SH_MUST_USE sh_err answer_from_pb(const struct pb_answer *in, struct arena *arena,
                                  struct answer *out);
/* `in` was checked. */
void answer_to_pb(const struct answer *in, struct answer_room *room, struct pb_answer *out);

/* ---- messages ---- */

struct facts_room {
    Safehand__Recipient recipients[SH_DESKS_MAX];
    Safehand__Recipient *recipient_list[SH_DESKS_MAX];
    ProtobufCBinaryData seats[SH_SEATS_MAX];
    ProtobufCBinaryData encloses[SH_ENCLOSURES_MAX];
    struct answer_room answer;
};
SH_MUST_USE sh_err facts_from_pb(const Safehand__Facts *in, struct arena *arena, struct facts *out);
SH_MUST_USE sh_err facts_to_pb(const struct facts *in, struct facts_room *room,
                               Safehand__Facts *out);

struct batch_room {
    Safehand__BatchPath batch;
    ProtobufCBinaryData path[SH_BATCH_PATH_MAX];
};
/* NULL on either side: not a batch (size 0). */
SH_MUST_USE sh_err batch_from_pb(const Safehand__BatchPath *in, struct arena *arena,
                                 struct batch_path *out);
SH_MUST_USE sh_err batch_to_pb(const struct batch_path *in, struct batch_room *room,
                               Safehand__BatchPath **out);

SH_MUST_USE sh_err envelope_from_pb(const Safehand__Envelope *in, struct arena *arena,
                                    struct envelope *out);
SH_MUST_USE sh_err envelope_to_pb(const struct envelope *in, struct batch_room *room,
                                  Safehand__Envelope *out);

SH_MUST_USE sh_err signed_receipt_from_pb(const Safehand__SignedReceipt *in,
                                          struct signed_receipt *out);
SH_MUST_USE sh_err signed_receipt_to_pb(const struct signed_receipt *in,
                                        Safehand__SignedReceipt *out);

struct statement_room {
    Safehand__Opening opening;
    ProtobufCBinaryData proof[SH_PROOF_HASHES_MAX];
};
SH_MUST_USE sh_err statement_from_pb(const Safehand__Statement *in, struct arena *arena,
                                     struct statement *out);
SH_MUST_USE sh_err statement_to_pb(const struct statement *in, struct statement_room *room,
                                   Safehand__Statement *out);
