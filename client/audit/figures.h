/* The report: how many, and how long children waited, by organisation, sector, kind or week. One
 * pass over the mirror's columns, case by case; what ends a duty is proto/thread's rule. Records of
 * one's own desk are not in it. The mirror is only read. One thread. */
#pragma once

#include "audit/mirror.h"

#include <jansson.h>

enum figures_by {
    FIGURES_BY_ORGANISATION,
    FIGURES_BY_SECTOR,
    FIGURES_BY_KIND,
    FIGURES_BY_WEEK,
};

struct figures_options {
    int64_t from_ms, to_ms; /* 0: from the beginning; to the end */
    enum figures_by by;
    bool suppress; /* no count from 1 to 4, and nothing that gives one away */
    /* A group ("999.social-care", "all") and a figure ("decided"): the entries behind it. NULL:
     * none. */
    const char *why_group, *why_metric;
};

/* What is owed to whom belongs to the group of whoever owes it; what is said, to whoever said it.
 *   {"origin","entries","as_of","from"?,"to"?,"by","suppressed","destroyed",
 *    "metrics":[{"key","label","unit":"count|time|steps"}],
 *    "buckets":[labels],
 *    "groups":[{"group","figures":{key:{"count","median","p90","worst","distribution":[...]}}}],
 *    "all": the same for everybody, "outages":[{"from","to","minutes","index"}],
 *    "why"?:{"group","figure","tree_size","root","checkpoint",
 *            "entries":[{"index","value"?,"since"?, as of listing_run(), "leaf_hash","proof"}]}}
 * Times in seconds. A figure that is suppressed is {"suppressed":true}. Gives *out.
 * SH_E_NOT_FOUND: there is no such figure to ask why. */
SH_MUST_USE sh_err figures_run(struct mirror *mirror, const struct figures_options *options,
                               json_t **out, struct sh_why *why);
