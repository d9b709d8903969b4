/* Successors of an organisation that has closed, for a person: shown, and asked for. */
#pragma once

#include "cli.h"

enum { SUCCESSOR_BYTES = 128 };

/* A line for each, with its number; nothing for an empty list or NULL. */
void successors_print(FILE *out, const json_t *successors);
/* "Fearn Infant School, closed 2021-08-31, now Fearn Primary School" of a found organisation. Gives
 * out. */
const char *successor_label(const json_t *found, char *out, size_t out_len);
/* Shows `error` and the candidates of the result `json`, and asks which; writes the address chosen.
 * False without a terminal, with --json, or if the answer is none of them. */
bool successor_ask(struct cli *cli, const char *json, const struct sh_client_error *error,
                   char out[SUCCESSOR_BYTES]);
