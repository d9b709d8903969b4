/* What the files of casework share: the kind of an object, the schema of that kind, and the step
 * from a checked object to its generated struct. Internal to wire/. Pure; any thread. */
#pragma once

#include "bridge.h"
#include "wire/casework.h"

/* For an arena in which one casework object is checked: 256 entries in each list, and a margin. */
#define CASEWORK_ARENA_BYTES (32u * SH_MIB)
#define CASEWORK_ARENA_COUNT (256u * 1024u)

/* The number of a kind's member in Content is this more than the kind. */
#define CONTENT_BODY_OFFSET 10u

/* SH_E_JSON: not an object, or a `kind` that is none. */
SH_MUST_USE sh_err casework_kind(const json_t *casework, enum kind *out, struct sh_why *why);

/* The member of Content that holds this kind. */
const ProtobufCFieldDescriptor *casework_body(enum kind kind);

/* The whole check of casework_check(), and the struct that came of it: in the arena, borrowing the
 * JSON. */
SH_MUST_USE sh_err casework_convert(const json_t *casework, struct arena *arena,
                                    ProtobufCMessage **out, struct sh_why *why);

/* required.c: what the kind needs beyond the form of each field. The object has passed the bridge.
 */
SH_MUST_USE sh_err casework_required(const json_t *casework, enum kind kind, struct sh_why *why);
