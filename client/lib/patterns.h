/* Patterns over a child's chronology, by rules that a partnership can edit: the file patterns.json
 * of the home, else that of the machine's data folder, else the rules that this library brings
 * along. A rule counts messages of some kinds (and outcomes) within a time; each message that
 * completes the count raises a flag. What is told of a child as harmed and what is told of it as
 * alleged to have harmed are never counted together. */
#pragma once

#include "client/chronology_rows.h"

struct patterns; /* opaque */

/* SH_E_CONFIG with file and place. Gives *out: patterns_free(). */
SH_MUST_USE sh_err patterns_load(const char *home, struct patterns **out, struct sh_why *why);
SH_MUST_USE sh_err patterns_parse(struct bytes text, const char *name, struct patterns **out,
                                  struct sh_why *why);
void patterns_free(struct patterns **patterns);
/* Where they came from: a path, or "the rules of this program". */
const char *patterns_origin(const struct patterns *patterns);
/* So many days without any row are a gap. */
int64_t patterns_gap_days(const struct patterns *patterns);

/* Appends {"rule","says","person","role","on","rows":[...]} for one child to the list, rows being
 * sorted and numbered. role: "harmed_or_not_said" or "alleged_to_have_harmed". */
SH_MUST_USE sh_err patterns_flag(const struct patterns *patterns, const struct rows *rows,
                                 uint32_t person, struct arena *arena, json_t *list);
