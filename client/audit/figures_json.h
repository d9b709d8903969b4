/* The report's table as a document: medians and spreads, suppression, outages, and the entries
 * behind one figure. Inside audit/ alone. */
#pragma once

#include "audit/cells.h"
#include "audit/fact_json.h"

struct figures_result {
    struct mirror *mirror;
    const struct figures_options *options;
    struct cells *cells;
    uint64_t destroyed; /* openings that are not there any more */
};

SH_MUST_USE sh_err figures_json(const struct figures_result *result, json_t **out,
                                struct sh_why *why);
