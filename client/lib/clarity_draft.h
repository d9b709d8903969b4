/* A document while the clarity check goes over it: its texts as words, and what was found so far.
 * Shared by clarity_wording.c (what is vague) and clarity_questions.c (what is missing). */
#pragma once

#include "client/clarity_rules.h"
#include "wire/types.h"

/* One text that a person wrote in their own words. */
struct clarity_field {
    const char *path; /* "concern.observations[1].words" */
    struct clarity_text text;
};

struct clarity_draft {
    const struct clarity_rules *rules;
    const json_t *document;
    uint32_t kind_bit;
    int64_t now_ms;
    struct arena *arena;
    struct clarity_field *fields;
    size_t fields_len, fields_max;
    json_t *findings; /* owned by the caller */
};

struct clarity_finding {
    const char *code, *about, *path;
    struct bytes words; /* as they stand in the document; len 0: none */
    struct clarity_advice advice;
};

/* Adds to draft->findings; past CLARITY_FINDINGS_MAX nothing more. SH_E_NOMEM. */
SH_MUST_USE sh_err clarity_add(struct clarity_draft *draft, const struct clarity_finding *finding);

/* clarity_wording.c */
SH_MUST_USE sh_err clarity_wording(struct clarity_draft *draft);
/* clarity_questions.c */
SH_MUST_USE sh_err clarity_questions(struct clarity_draft *draft);
/* clarity_voice.c */
SH_MUST_USE sh_err clarity_voice(struct clarity_draft *draft);

/* clarity_questions.c: whether the path leads to something; through lists, any entry. An answer of
 * false is something; "" and blanks are not. */
bool clarity_filled(const json_t *value, const char *path);
