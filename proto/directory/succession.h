/* What became of an organisation: its successors in the directory, theirs in turn, and where that
 * ends. Real links split, merge, and lead round in circles (docs/decisions/0016); every walk ends,
 * because each organisation is entered once. Pure; any thread. */
#pragma once

#include "wire/directory.h"

#define SUCCESSION_MAX 128

struct successor {
    const char *code;
    const struct directory_organisation *organisation; /* NULL: not in the directory */
    size_t from;                                       /* position of the one whose place it took */
    bool is_last;                                      /* no successor of its own */
};

struct succession {
    struct successor list[SUCCESSION_MAX]; /* the organisation itself first, then nearest first */
    size_t len;
    size_t last_len; /* how many are last; 0 with len above 1: a circle */
    bool splits;     /* somewhere on the way one has several successors */
    bool is_cut;     /* there are more than SUCCESSION_MAX */
};

/* organisations: ascending by code, as in a directory. What *out points at belongs to them; code
 * must live as long. */
void succession_find(const struct directory_organisation *organisations, size_t organisations_len,
                     const char *code, struct succession *out);
/* The codes from the organisation itself to the one at `at`, in that order: at most SUCCESSION_MAX.
 * Gives how many. */
size_t succession_path(const struct succession *succession, size_t at,
                       const char *out[SUCCESSION_MAX]);
/* NULL if there is none. */
const struct directory_organisation *
succession_organisation(const struct directory_organisation *organisations,
                        size_t organisations_len, const char *code);
