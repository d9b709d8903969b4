/* What the parts of the check share. Internal to check/. */
#pragma once

#include "check/check.h"
#include "store/copy.h"
#include "wire/log.h"

struct check {
    const struct check_order *order;
    struct store_copy *copy;
    struct check_result *result;
    struct copy_counts counts;
    struct buf checkpoint; /* meta */
    bool has_last_time, has_serial;
    uint64_t last_time_ms, serial; /* meta */
};

/* Where something stands. */
struct place {
    const char *table;
    const char *column;
    char row[80];
};

/* Records the first difference and gives SH_E_PROOF, which ends the check. */
sh_err differ(struct check *check, const struct place *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A row known by one number: "17". */
struct place place_of(const char *table, const char *column, int64_t row);

/* The leaf pass. */
SH_MUST_USE sh_err check_tree(struct check *check);
/* The rows against the leaves. */
SH_MUST_USE sh_err check_rows(struct check *check);

/* An entry of the log as the rows are compared with it. */
struct entry {
    uint64_t index;
    struct leaf leaf;
    struct leaf_facts facts;
};
/* SH_E_PROOF, or an error of the store. */
SH_MUST_USE sh_err check_message(struct check *check, const struct entry *entry,
                                 const struct copy_message *message, struct arena *arena);
