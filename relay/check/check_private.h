/* What the parts of the check share. Internal to check/. */
#pragma once

#include "check/check.h"
#include "store/copy.h"
#include "wire/log.h"

/* Desks of auditors whose reading is compared: a partnership has a few. */
#define CHECK_AUDITORS_MAX 256u

struct check {
    const struct check_order *order;
    struct store_copy *copy;
    struct check_result *result;
    struct copy_counts counts;
    struct buf checkpoint; /* meta */
    bool has_last_time, has_serial;
    uint64_t last_time_ms, serial;   /* meta */
    const struct note_verifier *log; /* whose tree this is: the order's, or a lost log's */
    struct note_verifier lost;       /* `log` points here while nobody has accepted the loss */
    uint64_t taken_up; /* lost logs that another took up: BEGUN entries behind the first */
    uint64_t again;    /* entries that say they were offered again */
    /* Who read the log on which day last, as the entries say. */
    struct audit_read {
        struct address desk;
        int64_t day;
    } reads[CHECK_AUDITORS_MAX];
    size_t reads_len;
};

/* Where something stands. */
struct place {
    const char *table;
    const char *column;
    char row[80];
};

/* An entry of the log as the rows are compared with it. */
struct entry {
    uint64_t index;
    struct leaf leaf;
    struct leaf_facts facts;
};

/* Records the first difference and gives SH_E_PROOF, which ends the check. */
sh_err differ(struct check *check, const struct place *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A row known by one number: "17". */
struct place place_of(const char *table, const char *column, int64_t row);

/* Before the leaf pass: which logs were lost, and whose this one is. */
SH_MUST_USE sh_err check_lost(struct check *check);
/* In the walk. */
void meet_begun(struct check *check, const struct entry *entry);
SH_MUST_USE sh_err meet_audit_read(struct check *check, const struct entry *entry);
/* Behind the rows: what the entries say of lost logs, and what is known to be missing. */
SH_MUST_USE sh_err check_missing(struct check *check);
/* The leaf pass. */
SH_MUST_USE sh_err check_tree(struct check *check);
/* The rows against the leaves. */
SH_MUST_USE sh_err check_rows(struct check *check);

/* SH_E_PROOF, or an error of the store. */
SH_MUST_USE sh_err check_message(struct check *check, const struct entry *entry,
                                 const struct copy_message *message, struct arena *arena);
