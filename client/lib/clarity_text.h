/* Text as the clarity check reads it: words in one form of writing, where a sentence is broken, and
 * nothing that stands in quotation marks, for what somebody said is theirs and is not judged.
 *
 * A word is letters and digits of any script, apostrophes inside it, and what joins digits
 * ("10:30", "5/11/2026"). A hyphen parts words as a space does. Capitals of the Latin letters up to
 * U+017F and curly apostrophes are folded, so that rules are written once. Pure; any thread. */
#pragma once

#include "base/arena.h"

struct clarity_word {
    const char *folded;  /* NUL-terminated */
    uint32_t begin, end; /* in the text, in bytes */
    bool after_break;    /* the end of a sentence, a comma, a bracket or a quotation before it */
    bool short_form;     /* 2 to 6 capitals, perhaps with a plural s: "CIN", "TAFs" */
    bool explained;      /* a short form that stands in brackets or before them */
};

struct clarity_text {
    struct bytes text; /* borrowed */
    struct clarity_word *words;
    size_t words_len;
};

/* SH_E_NOMEM past the arena's budget. What it gives lives in the arena and borrows the text. */
SH_MUST_USE sh_err clarity_text_read(struct bytes text, struct arena *arena,
                                     struct clarity_text *out);

/* A phrase of a rule: words in the folded form, in which '*' stands for any letters or none and '#'
 * for one digit. */
struct clarity_pattern {
    const char *const *words;
    size_t len;
};
struct clarity_patterns {
    const struct clarity_pattern *items;
    size_t len;
};
#define CLARITY_PATTERN_WORDS_MAX 12u

/* SH_E_FORMAT: no words, more than CLARITY_PATTERN_WORDS_MAX, or a mark that no word of a text has.
 */
SH_MUST_USE sh_err clarity_pattern_read(const char *text, struct arena *arena,
                                        struct clarity_pattern *out);
/* Whether the words from `at` on are the phrase, within one sentence. */
bool clarity_pattern_fits(const struct clarity_pattern *pattern, const struct clarity_text *text,
                          size_t at);
/* Whether any of the phrases stands anywhere in the text. */
bool clarity_patterns_find(const struct clarity_patterns *patterns,
                           const struct clarity_text *text);
