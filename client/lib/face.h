/* From the inside of this library to its public face: codes become numbers and sentences, JSON
 * becomes text. */
#pragma once

#include "client/state.h"

/* Fills *error (which may be NULL) and returns the code. */
int face_finish(sh_err result, const struct sh_why *why, struct sh_client_error *error);
/* The same without advice, for a check that is about something other than this seat's mail. */
int face_finish_bare(sh_err result, const struct sh_why *why, struct sh_client_error *error);
/* As face_finish(), and gives *json as text in *out (which may not be NULL), NULL if there is none.
 * Takes *json. */
int face_finish_json(sh_err result, json_t **json, const struct sh_why *why, char **out,
                     struct sh_client_error *error);
