/* The rules of the clarity check as they are held: shared by what reads them (clarity_rules.c) and
 * what applies them (clarity_wording.c, clarity_questions.c). Everything lives in the arena. */
#pragma once

#include "client/clarity.h"
#include "client/clarity_text.h"

#define CLARITY_ENTRIES_MAX 1000u /* phrases, questions, short forms: each */
#define CLARITY_FINDS_MAX   256u  /* spellings of one phrase */
#define CLARITY_TEXT_MAX    400u  /* bytes of one sentence of advice */

/* What is vague or missing, and what to write instead: a sentence each. */
struct clarity_advice {
    const char *why, *instead;
};

struct clarity_phrase {
    const char *code;
    uint32_t kinds; /* a bit for each enum kind */
    struct clarity_patterns find;
    struct clarity_advice advice;
};

/* Words in capitals: those that every reader knows, and those that a reader in another agency may
 * not know, with what they stand for. */
struct clarity_short_forms {
    const json_t *known;    /* an object whose keys are the words; owned by the rules */
    const json_t *meanings; /* likewise, with strings */
    struct clarity_advice advice;
};

struct clarity_paths {
    const char *const *items; /* "concern.observations.when": through lists, any entry */
    size_t len;
};

/* Asked unless one of its three reasons to be quiet holds. */
struct clarity_question {
    const char *code;
    uint32_t kinds;
    const char *each;             /* a list, each entry of which is asked about; NULL: none */
    const char *at;               /* the path that the finding names */
    struct clarity_paths filled;  /* quiet if one of them has something */
    struct clarity_paths timed;   /* quiet if one of them has a time of day */
    struct clarity_patterns said; /* quiet if the words say it: `sign` of the file */
    uint32_t words_min;           /* or: asked if the text at `at` has fewer words; 0: not so */
    const char *if_at;            /* only if this path is ... */
    struct clarity_paths if_is;   /* ... one of these words. NULL: always */
    struct clarity_advice advice;
};

/* The child's own words, or what its behaviour shows. */
struct clarity_voice {
    uint32_t kinds;
    uint32_t speaks_from_months;
    struct clarity_patterns not_speaking; /* in what is written of its communication */
    struct clarity_advice words, behaviour, unborn;
};

struct clarity_rules {
    struct arena *arena;
    json_t *file; /* owned: texts are borrowed from it */
    const char *name;
    struct clarity_phrase *phrases;
    size_t phrases_len;
    struct clarity_short_forms short_forms;
    struct clarity_question *questions;
    size_t questions_len;
    struct clarity_voice voice;
};

/* The default file, as it was when this was built (made by cmake/Embed.cmake). */
extern const unsigned char clarity_built_in[];
extern const size_t clarity_built_in_len;
