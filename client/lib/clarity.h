/* The clarity check: advice about a document before it is sealed. It points at words that could
 * mean anything and at what a reader will have to ask for; it never refuses a document, and nothing
 * that it finds leaves the machine. What is vague, and what must not be missing, are the rules: a
 * file that a partnership can edit (client/dist/clarity-england.json is the default). */
#pragma once

#include "base/bytes.h"

#include <jansson.h>

struct clarity_rules; /* opaque */

#define CLARITY_RULES_BYTES_MAX (256u * 1024u)
/* A page of advice is read; a book is not. */
#define CLARITY_FINDINGS_MAX 200u

/* Gives *out: clarity_rules_free(). SH_E_CONFIG with the place ("phrases[3].instead: missing") in
 * *why; `name` stands before it. */
SH_MUST_USE sh_err clarity_rules_parse(struct bytes text, const char *name,
                                       struct clarity_rules **out, struct sh_why *why);
/* From a file; NULL: the installed file, and if there is none the same rules as they were when this
 * program was built. SH_E_CONFIG, also for a file that cannot be read. */
SH_MUST_USE sh_err clarity_rules_load(const char *path, struct clarity_rules **out,
                                      struct sh_why *why);
void clarity_rules_free(struct clarity_rules **rules); /* a destructor */
/* What the file calls itself. Lives as long as the rules. */
const char *clarity_rules_name(const struct clarity_rules *rules);

/* Gives *out_findings, a list as of sh_client_check(): json_decref(). The document has passed
 * casework_check(). now_ms: for the age of a child. SH_E_NOMEM. Pure; any thread. */
SH_MUST_USE sh_err clarity_find(const struct clarity_rules *rules, const json_t *document,
                                int64_t now_ms, json_t **out_findings);

/* sh_client_check(). SH_E_JSON as for sending; the errors of clarity_rules_load(). */
SH_MUST_USE sh_err clarity_run(struct bytes json, const char *rules_file, json_t **out,
                               struct sh_why *why);
