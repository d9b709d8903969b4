/* One row of facts as a document. Inside audit/ alone. */
#pragma once

#include "audit/story.h"

#include <jansson.h>

static inline void fact_json_free(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

/* Each sets one member; SH_E_NOMEM. An absent value sets none. */
SH_MUST_USE sh_err fact_put(json_t *object, const char *key, json_t *value);
SH_MUST_USE sh_err fact_put_text(json_t *object, const char *key, const char *text);
SH_MUST_USE sh_err fact_put_time(json_t *object, const char *key, bool has, int64_t ms);
SH_MUST_USE sh_err fact_put_number(json_t *object, const char *key, bool has, uint64_t number);
SH_MUST_USE sh_err fact_put_hex(json_t *object, const char *key, struct bytes value);

/* Gives *out. */
SH_MUST_USE sh_err fact_json(struct mirror *mirror, const struct desks *desks,
                             const struct mirror_fact *fact, json_t **out);
/* What the opening says beyond its columns: recipients, children, what it cites, clocks. */
SH_MUST_USE sh_err fact_json_rest(json_t *object, const struct leaf_facts *facts);
