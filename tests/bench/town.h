/* The partnership that the benchmark plays: eight schools with one seat each, a safeguarding hub
 * with two, and the files that a relay needs to serve them, in a folder of their own. */
#pragma once

#include "directory/directory.h"
#include "support/pki.h"

#include <limits.h>

enum {
    TOWN_SCHOOLS = 8,        /* seats 0 to 7 of pki.seats */
    TOWN_HUB = TOWN_SCHOOLS, /* and its colleague behind it */
    TOWN_SEATS = TOWN_HUB + 2,
};
#define TOWN_HUB_ADDRESS "mash@999.social-care"

struct town {
    struct pki pki;
    struct directory *directory;
    struct note_verifier log;
    char folder[PATH_MAX];
    char config_path[PATH_MAX];
    char endpoint[64];
};

/* folder: exists, is emptied by whoever made it. */
void town_make(struct town *town, const char *folder);
void town_free(struct town *town); /* a destructor */
