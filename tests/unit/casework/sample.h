/* Small casework objects for tests, and ways to change them. Each aborts the test if it cannot. */
#pragma once

#include "wire/casework.h"

/* JSON written with ' for ". Gives: json_decref(). */
json_t *sample_json(const char *text);
/* The least that passes as a message of this kind. Gives: json_decref(). */
json_t *sample_of(const char *kind);
/* Sets the value at "concern.what_happened", making objects on the way; value NULL takes it out.
 * Takes it. */
void sample_set(json_t *object, const char *path, json_t *value);
/* Takes empty lists out at every depth: they are the same as none. */
void sample_drop_empty_lists(json_t *value);

/* Content around a casework object, with facts that fit it. Borrows; lists from the arena. */
void sample_content(json_t *casework, struct arena *arena, struct content *out);
/* Through protobuf and back. Gives: json_decref(). */
json_t *sample_round_trip(json_t *casework);
