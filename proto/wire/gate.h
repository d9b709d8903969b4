/* The canonical gate: the one way from a peer's bytes to a generated struct, and back. Internal to
 * wire/.
 *
 * protobuf-c accepts a good deal that we do not: unknown fields, a field twice, two members of a
 * oneof, a 1 in five bytes, bool 2, enum 99, text with a NUL in it or not UTF-8; and one MiB of
 * crafted input makes it take 48 MiB. So: a budget on what unpacking may take, then one walk over
 * the descriptors, then re-packing must give the input back. What fields mean is not looked at
 * here. Pure; any thread. */
#pragma once

#include "base/arena.h"
#include "base/limits.h"

#include <protobuf-c/protobuf-c.h>

/* A small message takes more than 8 times its bytes in structs and alignment; this much is always
 * free. */
#define GATE_FREE_BYTES (16u * SH_KIB)
/* A format version is the field `version`, number 1, of type uint32, in whichever message one
 * stands. */
#define GATE_VERSION 1u

/* What one type of message may be. A constant table entry in the file that decodes it. */
struct gate_rules {
    const ProtobufCMessageDescriptor *type;
    size_t bytes_max;        /* of the input, and of what an encoder makes */
    size_t unpack_bytes_max; /* 0: SH_UNPACK_BYTES_MAX. In any case at most unpack_factor times the
                                input, plus GATE_FREE_BYTES */
    size_t unpack_count_max; /* 0: SH_UNPACK_COUNT_MAX. Files that we fetched and whose signature
                                was verified may ask for more than a stranger's frame */
    size_t unpack_factor;    /* 0: SH_UNPACK_FACTOR */
};

/* Unpacks into the arena and checks form. Borrows all; *out lives as long as the arena and must not
 * be freed. In this order: SH_E_TOO_BIG (also past the budget), SH_E_FORMAT (not protobuf, a field
 * is missing), SH_E_BAD_VERSION, SH_E_NOT_CANONICAL, SH_E_BAD_TEXT, SH_E_BAD_CODE, SH_E_FORMAT (a
 * uint64 above INT64_MAX, which no database of ours could hold). SH_E_NOMEM: the arena is
 * exhausted. */
SH_MUST_USE sh_err gate_unpack(const struct gate_rules *rules, struct bytes in, struct arena *arena,
                               const ProtobufCMessage **out);

/* Appends the canonical bytes of a struct that we filled, after the same checks (version, text,
 * codes, numbers; SH_E_FORMAT also for a required pointer that is NULL). SH_E_TOO_BIG, SH_E_NOMEM.
 */
SH_MUST_USE sh_err gate_pack(const struct gate_rules *rules, const ProtobufCMessage *message,
                             struct buf *out);

/* True for well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool gate_text_is_valid(const char *text);
