/* The clarity check: any bytes as its rules, as a document, and as a text. */
#include "base/cleanup.h"
#include "client/clarity_rules.h"
#include "client/state.h"
#include "fuzz.h"
#include "wire/casework.h"

#define NOW_MS 1795176000000

static void try_document(const struct clarity_rules *rules, const json_t *document)
{
    json_t *findings = NULL;
    sh_err err = clarity_find(rules, document, NOW_MS, &findings);
    fuzz_hold_not_fatal(err);
    HOLD(err != SH_OK || json_array_size(findings) <= CLARITY_FINDINGS_MAX);
    json_decref(findings);
}

/* What they find in a document that says little and has every kind of text. */
static void try_rules(const uint8_t *data, size_t size)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = NULL;
    struct sh_why why = {""};
    sh_err err = clarity_rules_parse(bytes_of(data, size), "fuzz", &rules, &why);
    fuzz_hold_not_fatal(err);
    HOLD(err == SH_OK || why.text[0]);
    if (err == SH_OK) {
        json_t *document =
            json_pack("{s:s, s:{s:s, s:[{s:s}]}, s:[{s:s}, {s:s}]}", "kind", "referral", "concern",
                      "what_happened",
                      "Ongoing concerns around poor home conditions; a TAF (\"met\") at 10:30",
                      "observations", "words", "It doesn't help.", "children", "date_of_birth",
                      "2026-06-30", "due_date", "2027-02-01");
        HOLD(document);
        try_document(rules, document);
        json_decref(document);
    }
}

static void try_message(const struct clarity_rules *rules, const json_t *document)
{
    if (casework_check(document, NULL) == SH_OK) {
        try_document(rules, document);
    }
}

static void try_casework(const uint8_t *data, size_t size)
{
    SH_DEFER(clarity_rules_free) struct clarity_rules *rules = NULL;
    json_t *casework = NULL;
    struct sh_why why = {""};
    if (casework_parse(bytes_of(data, size), &casework, &why) != SH_OK) {
        return;
    }
    const struct bytes built_in = {clarity_built_in, clarity_built_in_len};
    HOLD(clarity_rules_parse(built_in, "built in", &rules, &why) == SH_OK);
    const json_t *thread = json_object_get(casework, "thread");
    for (size_t i = 0; i < json_array_size(thread); i++) {
        try_message(rules, json_array_get(thread, i));
    }
    (void)json_object_del(casework, "expected");
    try_message(rules, casework);
    json_decref(casework);
}

/* Words follow one another, are not empty, and lie within the text. */
static void try_text(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    struct clarity_text text;
    if (clarity_text_read(bytes_of(data, size), arena, &text) != SH_OK) {
        return;
    }
    uint32_t end = 0;
    for (size_t i = 0; i < text.words_len; i++) {
        const struct clarity_word *word = &text.words[i];
        HOLD(word->begin >= end && word->end > word->begin && word->end <= size);
        HOLD(strlen(word->folded) <= word->end - word->begin);
        end = word->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_rules(data, size);
    try_casework(data, size);
    try_text(data, size);
    return 0;
}
