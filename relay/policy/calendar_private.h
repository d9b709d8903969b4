/* A loaded calendar. Internal to policy/. */
#pragma once

#include "policy/hours.h"

/* From its first day to its last. */
struct day_range {
    int64_t first, last;
};

struct bank_holiday {
    int64_t day;
    int year; /* of that day */
};

/* One term-date file. */
struct term_dates {
    char *path, *area;
    struct day_range covers;
    struct day_range *breaks;
    size_t breaks_len;
};

struct calendar {
    char *bank_holidays_path;
    struct bank_holiday *bank_holidays; /* in order, each once */
    size_t bank_holidays_len;
    struct term_dates *terms;
    size_t terms_len;
};

/* ---- calendar_load.c ---- */
SH_MUST_USE sh_err load_bank_holidays(const char *path, struct calendar *calendar,
                                      struct sh_why *why);
SH_MUST_USE sh_err load_term_dates(const char *path, struct term_dates *out, struct sh_why *why);

/* ---- calendar_days.c ---- */
bool day_is_bank_holiday(const struct calendar *calendar, int64_t day);
/* How many bank holidays are known of a year. */
size_t bank_holidays_of_year(const struct calendar *calendar, int year);
/* England and Wales have eight a year, moved or added to at times but never fewer. */
#define BANK_HOLIDAYS_A_YEAR 8u
/* Neither weekend nor bank holiday. *covered becomes false if the year's are not known. */
bool day_is_working(const struct calendar *calendar, int64_t day, bool *covered);
/* The same, and not in a break. *covered also becomes false if some area's terms are not known. */
bool day_is_school(const struct calendar *calendar, int64_t day, bool *covered);
/* Whether the files of this one's area together know of the day. */
bool area_covers(const struct calendar *calendar, const struct term_dates *terms, int64_t day);
