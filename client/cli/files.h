/* Files named on the command line, read whole. */
#pragma once

#include "safehand/client.h"

#include <stdbool.h>

enum { DOCUMENTS_MAX = 4096 };

struct documents {
    struct sh_client_document *items;
    size_t len;
};

/* Reads FILE, '-' (standard input), or every *.json of a folder in order of name. False, and said
 * why, if one cannot be read or is larger than 4 MiB. */
bool documents_add(struct documents *documents, const char *path);
void documents_free(struct documents *documents);
