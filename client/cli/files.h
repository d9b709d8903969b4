/* Files named on the command line, read whole. */
#pragma once

#include "safehand/client.h"

#include <stdbool.h>

enum { DOCUMENTS_MAX = 4096 };

struct cli;

struct documents {
    struct sh_client_document *items;
    size_t len;
    struct sh_client_error error; /* why the last one could not be added */
};

/* Reads FILE, '-' (standard input), or every *.json of a folder in order of name. False, with
 * the reason in documents->error, if one cannot be read or is larger than 4 MiB. */
bool documents_add(struct documents *documents, const char *path);
/* Says why, as cli_finish() does, and gives the exit status. */
int documents_failed(struct cli *cli, const struct documents *documents);
void documents_free(struct documents *documents);
