/* Spans of time as a partnership states them ("1 working day"), the days on which it works, and
 * when a thing is due. DOMAIN.md, 'Clocks', is its source, docs/decisions/0014 its reasons. Local
 * time is Europe/London. Pure but for reading its files; immutable after loading; any thread may
 * read one. */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* X(name, word for one, word for more) */
#define SPAN_COUNTED(X)                                                                            \
    X(MINUTES, "minute", "minutes")                                                                \
    X(HOURS, "hour", "hours") /* run through nights, weekends and changes of the clock */          \
    X(DAYS, "day", "days")    /* 17:00 on the Nth calendar day after */                            \
    X(WORKING_DAYS, "working day", "working days") /* 17:00 on the Nth working day after */        \
    X(SCHOOL_DAYS, "school day", "school days")    /* 17:00 on the Nth school day after */
/* X(name, words); count is 0 */
#define SPAN_NAMED(X)                                                                              \
    /* 08:30 on the first working day after the day of the given time */                           \
    X(NEXT_WORKING_MORNING, "next working morning")                                                \
    /* the first 08:30 of a school day after the given time, which may be the same day's */        \
    X(NEXT_SCHOOL_DAY, "before the next school day")

enum span_unit {
#define X(name, ...) SPAN_##name,
    SPAN_COUNTED(X) SPAN_NAMED(X)
#undef X
};

#define SPAN_COUNT_MAX 10000u

struct span {
    enum span_unit unit;
    uint32_t count; /* 1 to SPAN_COUNT_MAX; 0 for the named ones */
};

/* "30 minutes", "1 working day", "5 school days", "next working morning", "before the next school
 * day". Exactly so: one blank, "1 hour" but "2 hours". SH_E_FORMAT otherwise. */
SH_MUST_USE sh_err span_from_words(const char *text, struct span *out);
#define SPAN_WORDS_BYTES 40
/* The same words back. out has SPAN_WORDS_BYTES. */
void span_to_words(struct span span, char *out);

struct calendar; /* opaque */

#define CALENDAR_TERM_FILES_MAX 64u

struct calendar_files {
    const char *bank_holidays;     /* the official feed's JSON; its "england-and-wales" is used */
    const char *const *term_dates; /* relay/dist/term-dates-example.json shows the form */
    size_t term_dates_len;         /* 0: term breaks are not known */
};

/* Reads and checks the files. SH_E_CONFIG with file, place and what is wrong in *why;
 * SH_E_NOT_FOUND, SH_E_IO. Borrows files. Gives *out: calendar_free(). */
SH_MUST_USE sh_err calendar_load(const struct calendar_files *files, struct calendar **out,
                                 struct sh_why *why);
void calendar_free(struct calendar **calendar);

/* When a span that begins at from_ms ends. *out_covered is false if a day that had to be looked at
 * lies in a year whose bank holidays are not known or, for school days, outside the known term
 * dates: then what is known was left out and the rest is weekends only; tell a person. Without any
 * term-date files nobody claimed to know them, and a school day is a working day. SH_E_BAD_TIME:
 * before 1970 or after 9000, SH_E_FORMAT: no such span. */
SH_MUST_USE sh_err calendar_due(const struct calendar *calendar, struct span span, int64_t from_ms,
                                int64_t *out_due_ms, bool *out_covered);

/* Whether the calendar reaches far enough: bank holidays of this year and, from 1 October, of the
 * next; each area's term dates, if there are any, from today to the end of that year. SH_E_CONFIG
 * with a sentence that names the file and the year. */
SH_MUST_USE sh_err calendar_check(const struct calendar *calendar, int64_t now_ms,
                                  struct sh_why *why);
