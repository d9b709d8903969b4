/* The official file of links between schools: which school took the place of which. Columns URN,
 * LinkURN, LinkName, LinkType and LinkEstablishedDate are found by their names. A Successor row
 * says it from the closed school's side, a Predecessor row from the new one's; most links stand in
 * both forms, some in one alone. Other types of link say nothing about who took whose place and are
 * counted only ('Result of Amalgamation' stands on both sides, and so says no direction either).
 * Reads bytes; opens no file and changes no register. One thread. */
#pragma once

#include "base/arena.h"
#include "base/limits.h"

#define LINKS_FILE_BYTES_MAX (16u * SH_MIB)
#define LINKS_PROBLEMS_MAX   1000
#define LINKS_TYPES_MAX      64
#define LINKS_TYPE_BYTES_MAX 100

enum link_meaning {
    LINK_OTHER,       /* no succession */
    LINK_SUCCESSOR,   /* LinkURN took the place of URN, which closed then */
    LINK_SPLIT,       /* the same, but URN may have stayed open */
    LINK_PREDECESSOR, /* URN took the place of LinkURN */
    LINK_UNKNOWN,     /* a word that this program does not know */
};

struct link_type {
    char word[LINKS_TYPE_BYTES_MAX + 1];
    enum link_meaning meaning;
    size_t rows;
};

struct link {
    uint32_t from, to;     /* URNs: `to` took the place of `from` */
    bool by_successor_row; /* the row of the closed school says so */
};

struct link_school {
    uint32_t urn;
    const char *name;   /* NULL: the file has none */
    char closed_on[11]; /* "": not known */
    size_t line;        /* of what is said here */
};

/* A row that could not be read. */
struct link_problem {
    size_t line;
    const char *reason;
};

struct links {
    struct arena *arena; /* owned: names */
    struct link *list;   /* owned; ascending by from, then to; each once */
    size_t len, cap;
    struct link_school *schools; /* owned; ascending by urn; each school of a link of which
                                  * something is known */
    size_t schools_len, schools_cap;
    struct link_problem *problems; /* owned; the first LINKS_PROBLEMS_MAX */
    size_t problems_len, problems_cap, problems_all;
    struct link_type types[LINKS_TYPES_MAX];
    size_t types_len;
    size_t rows, undated; /* that were read; of those, without a date */
    bool is_utf8;
};
void links_wipe(struct links *links); /* a destructor */

/* Told how far the reading is, in bytes. */
typedef void (*links_progress)(void *ctx, size_t done, size_t total);

/* Gives *out: links_wipe(). A row that cannot be read becomes a problem, and all others are taken.
 * SH_E_FORMAT for a file that is not this kind of file at all, SH_E_TOO_BIG, SH_E_NOMEM. progress
 * may be NULL. */
SH_MUST_USE sh_err links_read(struct bytes csv, links_progress progress, void *ctx,
                              struct links *out, struct sh_why *why);

/* What the links look like together. Every count is of schools unless it says otherwise. */
struct links_shape {
    size_t succeeded;                /* with at least one successor */
    size_t splits;                   /* with several */
    size_t splits_by_successor_rows; /* with several, by their own rows alone */
    size_t merges;                   /* that took the place of several */
    size_t chained;                  /* whose successor has a successor itself */
    size_t chain_longest; /* links from a school to the end, at most; a circle is one place */
    size_t cycles;        /* circles: how many */
    size_t in_cycles, into_cycles;            /* on one; leading to one without being on it */
    size_t ends_one, ends_several, ends_none; /* where the succeeded come out */
};

/* Linear in the links. SH_E_NOMEM. */
SH_MUST_USE sh_err links_shape(const struct links *links, struct links_shape *out);
