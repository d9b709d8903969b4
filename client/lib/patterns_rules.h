/* The rules as they are in memory. Internal to patterns*.c. */
#pragma once

#include "client/patterns.h"

#define PATTERN_HARMED    "harmed_or_not_said"
#define PATTERN_ALLEGED   "alleged_to_have_harmed"
#define PATTERN_RULES_MAX 64u

struct pattern_rule {
    const char *id, *says; /* these and the lists borrow the file's JSON */
    const json_t *kinds;
    const json_t *outcomes; /* NULL: any */
    const json_t *subtypes; /* NULL: any */
    size_t count;
    int64_t within_days;   /* 0: see within_months */
    int64_t within_months; /* 0 beside 0 days: at any time */
    bool different_organisations;
    bool by_known; /* counted by when this desk knew, instead of when it happened */
};

struct patterns {
    json_t *json; /* owned */
    char *origin; /* owned */
    int64_t gap_days;
    struct pattern_rule rules[PATTERN_RULES_MAX];
    size_t rules_len;
};

/* client/dist/patterns.json as it was when this was built. */
extern const unsigned char patterns_built_in[];
extern const size_t patterns_built_in_len;
