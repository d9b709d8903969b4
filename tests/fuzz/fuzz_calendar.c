/* Calendar files, spans and hours in words: whatever stands in them, they are read or refused; what
 * was read gives an end that does not lie before its beginning. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "fuzz.h"
#include "memory_file.h"
#include "policy/hours.h"

#include <string.h>

/* 20 November 2026, 18:00 */
static const int64_t from_ms = INT64_C(1795197600000);
static const char no_holidays[] = "{\"england-and-wales\": {\"events\": []}}";

static void use(const struct calendar *calendar, struct span span)
{
    struct sh_why why = {""};
    int64_t due_ms = 0;
    bool covered = false;
    sh_err err = calendar_check(calendar, from_ms, &why);
    HOLD(err == SH_OK || (err == SH_E_CONFIG && why.text[0]));
    HOLD(calendar_due(calendar, span, from_ms, &due_ms, &covered) == SH_OK);
    HOLD(due_ms > from_ms);
}

static void load(const char *holidays, const char *terms, struct span span)
{
    struct calendar_files files = {
        .bank_holidays = holidays, .term_dates = &terms, .term_dates_len = terms != NULL};
    SH_DEFER(calendar_free) struct calendar *calendar = NULL;
    struct sh_why why = {""};
    sh_err err = calendar_load(&files, &calendar, &why);
    fuzz_hold_not_fatal(err);
    HOLD((err == SH_OK) == (calendar != NULL));
    HOLD(err == SH_OK || why.text[0]);
    if (calendar) {
        use(calendar, span);
    }
}

static struct span span_of(const char *text)
{
    struct span span = {.unit = SPAN_SCHOOL_DAYS, .count = 5};
    char words[SPAN_WORDS_BYTES];
    if (span_from_words(text, &span) == SH_OK) {
        span_to_words(span, words);
        HOLD(strcmp(words, text) == 0);
    }
    return span;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(memory_file_close) struct memory_file file;
    SH_DEFER(memory_file_close) struct memory_file none;
    SH_DEFER(sh_freep) char *text = calloc(1, size + 1);
    HOLD(text);
    memcpy(text, size ? (const void *)data : "", size);
    memory_file_make(&file, data, size);
    memory_file_make(&none, (const uint8_t *)no_holidays, strlen(no_holidays));
    struct span span = span_of(text);
    load(file.path, NULL, span);
    load(none.path, file.path, span);
    struct week_hours hours = hours_of_desk(text);
    HOLD(hours.always || (hours.len > 0 && hours.len <= HOURS_ROWS_MAX));
    return 0;
}
