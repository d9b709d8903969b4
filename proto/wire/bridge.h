/* The JSON bridge: a JSON object <-> the generated struct of any casework message, by its
 * descriptor. A field exists once, in proto/schema/casework.proto; its name is the JSON key.
 *
 * The schema decides what JSON may hold: text, true or false, whole numbers, the words of a closed
 * list, and the small messages that are strings with a form (When, Address, ...). What a kind must
 * hold is required.c's; nothing here knows a kind. Internal to wire/. Pure; any thread. */
#pragma once

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/limits.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* Where a value stands, from the inside out: lives on the stack of whoever walks. */
struct place {
    const struct place *up; /* NULL: the object at the top */
    const char *key;        /* NULL: an entry of a list */
    size_t index;
};

/* SH_E_JSON with "concern.child_words[0].when: <complaint>" in *why; without a place only the
 * complaint. */
sh_err place_fail(const struct place *place, struct sh_why *why, const char *complaint);

struct bridge_source {
    const json_t *object;
    const ProtobufCMessageDescriptor *type;
    const char *skipped_key; /* at the top; belongs to the caller. NULL: none */
};

/* Gives a generated struct that lives in the arena and borrows the text of the JSON. SH_E_JSON with
 * the place in *why; SH_E_TOO_BIG: past the arena's budget. */
SH_MUST_USE sh_err bridge_from_json(const struct bridge_source *source, struct arena *arena,
                                    ProtobufCMessage **out, struct sh_why *why);

/* Gives *out: json_decref(). Strings with a form are not checked again: a reader runs
 * casework_check() on what it got. SH_E_BAD_CONTENT: a value with none of its forms set.
 * SH_E_NOMEM. */
SH_MUST_USE sh_err bridge_to_json(const ProtobufCMessage *message, json_t **out);
