#include "policy/calendar.h"

#include <criterion/criterion.h>
#include <string.h>

Test(policy, a_span_is_read_from_its_words_and_written_back)
{
    static const struct {
        const char *words;
        struct span span;
    } good[] = {
        {"1 minute", {SPAN_MINUTES, 1}},
        {"30 minutes", {SPAN_MINUTES, 30}},
        {"1 hour", {SPAN_HOURS, 1}},
        {"72 hours", {SPAN_HOURS, 72}},
        {"1 day", {SPAN_DAYS, 1}},
        {"5 days", {SPAN_DAYS, 5}},
        {"1 working day", {SPAN_WORKING_DAYS, 1}},
        {"3 working days", {SPAN_WORKING_DAYS, 3}},
        {"1 school day", {SPAN_SCHOOL_DAYS, 1}},
        {"5 school days", {SPAN_SCHOOL_DAYS, 5}},
        {"10000 working days", {SPAN_WORKING_DAYS, 10000}},
        {"next working morning", {SPAN_NEXT_WORKING_MORNING, 0}},
        {"before the next school day", {SPAN_NEXT_SCHOOL_DAY, 0}},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct span span = {.count = 99};
        char words[SPAN_WORDS_BYTES];
        cr_assert_eq(span_from_words(good[i].words, &span), SH_OK, "%s", good[i].words);
        cr_expect(span.unit == good[i].span.unit && span.count == good[i].span.count, "%s",
                  good[i].words);
        span_to_words(span, words);
        cr_expect_str_eq(words, good[i].words);
    }
}

Test(policy, words_that_are_no_span_are_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "1 ",
        "hours",
        " hours",
        "0 hours",
        "01 hour",
        "-1 hours",
        "+1 hour",
        "1.5 hours",
        "1  hour",
        " 1 hour",
        "1 hour ",
        "1 hours",
        "2 hour",
        "1hour",
        "1 Hour",
        "1 week",
        "1 working  day",
        "1 workingday",
        "10001 days",
        "4294967297 days",
        "18446744073709551617 days",
        "1 next working morning",
        "next working mornings",
        "Next working morning",
        "before next school day",
        "tomorrow",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct span span = {.count = 99};
        cr_expect_eq(span_from_words(bad[i], &span), SH_E_FORMAT, "\"%s\"", bad[i]);
        cr_expect_eq(span.count, 99);
    }
}
