/* The case files of tests/cases: real messages, read as a test wants them. Takes off what is for
 * tests and demonstrations only (tests/cases/CODES.md): the wrapper `thread`, the note `expected`,
 * the positions in `promotes`, and `attachments`, whose files do not exist. Fills in nothing. */
#pragma once

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

#define CASES_MAX     64
#define CASE_NAME_MAX 128

struct case_names {
    char name[CASES_MAX][CASE_NAME_MAX]; /* "13-acknowledgement.json", ascending */
    size_t len;
};

/* SH_E_IO, SH_E_TOO_BIG: more files than fit. */
SH_MUST_USE sh_err cases_list(struct case_names *out, struct sh_why *why);

/* `name` is a file name or its beginning ("06"). Gives *out, a list of messages in order, also
 * where the file holds only one: json_decref(). SH_E_NOT_FOUND, SH_E_JSON. */
SH_MUST_USE sh_err case_load(const char *name, json_t **out, struct sh_why *why);
/* One of them, position from 0. Gives *out: json_decref(). SH_E_NOT_FOUND past the last. */
SH_MUST_USE sh_err case_load_message(const char *name, size_t position, json_t **out,
                                     struct sh_why *why);
