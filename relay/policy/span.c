#include "policy/calendar.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *one, *more;
} counted[] = {
#define X(name, one, more) [SPAN_##name] = {one, more},
    SPAN_COUNTED(X)
#undef X
};

static const struct {
    enum span_unit unit;
    const char *words;
} named[] = {
#define X(name, words) {SPAN_##name, words},
    SPAN_NAMED(X)
#undef X
};

enum { COUNTED = sizeof counted / sizeof counted[0], NAMED = sizeof named / sizeof named[0] };

/* Decimal, without a leading zero, and one blank behind it; the word then. NULL if it is not so. */
static const char *read_count(const char *text, uint32_t *out)
{
    uint32_t count = 0;
    if (*text == '0') {
        return NULL;
    }
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && count <= SPAN_COUNT_MAX; at++) {
        count = count * 10 + (uint32_t)(*at - '0');
    }
    *out = count;
    return at > text && *at == ' ' && count <= SPAN_COUNT_MAX ? at + 1 : NULL;
}

sh_err span_from_words(const char *text, struct span *out)
{
    for (size_t i = 0; i < NAMED; i++) {
        if (strcmp(text, named[i].words) == 0) {
            *out = (struct span){.unit = named[i].unit};
            return SH_OK;
        }
    }
    uint32_t count = 0;
    const char *word = read_count(text, &count);
    SH_CHECK(word, SH_E_FORMAT);
    for (unsigned i = 0; i < COUNTED; i++) {
        if (strcmp(word, count == 1 ? counted[i].one : counted[i].more) == 0) {
            *out = (struct span){.unit = (enum span_unit)i, .count = count};
            return SH_OK;
        }
    }
    return SH_E_FORMAT;
}

void span_to_words(struct span span, char *out)
{
    for (size_t i = 0; i < NAMED; i++) {
        if (span.unit == named[i].unit) {
            (void)snprintf(out, SPAN_WORDS_BYTES, "%s", named[i].words);
            return;
        }
    }
    const char *unit = span.count == 1 ? counted[span.unit].one : counted[span.unit].more;
    (void)snprintf(out, SPAN_WORDS_BYTES, "%u %s", span.count, unit);
}
