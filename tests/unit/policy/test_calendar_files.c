/* Calendar files that are wrong, and calendars that end too soon. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "policy/calendar.h"
#include "support/temp.h"

#include <criterion/criterion.h>
#include <string.h>

static const char shipped_holidays[] = SH_SOURCE_DIR "/relay/dist/bank-holidays.json";
static const char shipped_terms[] = SH_SOURCE_DIR "/relay/dist/term-dates-example.json";

static int64_t at(const char *text)
{
    int64_t ms = -1;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

static void write_text(const struct temp_dir *dir, const char *name, const char *text, char *path)
{
    struct sh_why why = {0};
    cr_assert_eq(path_join(path, PATH_MAX, dir->path, name), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_str(text), 0600, &why), SH_OK, "%s", why.text);
}

static sh_err load(const char *holidays, const char *first, const char *second,
                   struct calendar **out, struct sh_why *why)
{
    const char *terms[] = {first, second};
    struct calendar_files files = {.bank_holidays = holidays,
                                   .term_dates = terms,
                                   .term_dates_len = (first != NULL) + (size_t)(second != NULL)};
    *why = (struct sh_why){0};
    return calendar_load(&files, out, why);
}

/* The text that an error has behind "<path>". */
static void expect_refused(const char *path, sh_err err, const struct sh_why *why, const char *want)
{
    size_t len = strlen(path);
    cr_expect_eq(err, SH_E_CONFIG, "%s", want);
    cr_expect(strncmp(why->text, path, len) == 0, "%s does not begin with the path", why->text);
    cr_expect_str_eq(why->text + len, want);
}

Test(policy, a_wrong_file_of_bank_holidays_is_named_with_the_place)
{
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"", ":1:0: this is not JSON ('[' or '{' expected near end of file)"},
        {"{\"england-and-wales\":", ":1:21: this is not JSON (unexpected token near end of file)"},
        {"[]", ": /england-and-wales/events must be a list"},
        {"{}", ": /england-and-wales/events must be a list"},
        {"{\"scotland\": {\"events\": []}}", ": /england-and-wales/events must be a list"},
        {"{\"england-and-wales\": {\"events\": {}}}", ": /england-and-wales/events must be a list"},
        {"{\"england-and-wales\": {\"events\": [{\"date\": \"2026-12-25\"}, {}]}}",
         ": /england-and-wales/events/1/date must be a real day after 1970, as \"2026-12-25\""},
        {"{\"england-and-wales\": {\"events\": [\"2026-12-25\"]}}",
         ": /england-and-wales/events/0/date must be a real day after 1970, as \"2026-12-25\""},
        {"{\"england-and-wales\": {\"events\": [{\"date\": \"2026-02-29\"}]}}",
         ": /england-and-wales/events/0/date must be a real day after 1970, as \"2026-12-25\""},
        {"{\"england-and-wales\": {\"events\": [{\"date\": 20261225}]}}",
         ": /england-and-wales/events/0/date must be a real day after 1970, as \"2026-12-25\""},
        {"{\"england-and-wales\": {\"events\": [{\"date\": \"2026-12-25\"}, {\"date\": "
         "\"2026-12-28\"}, {\"date\": \"2026-12-25\"}]}}",
         ": /england-and-wales/events has 2026-12-25 twice"},
    };
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[PATH_MAX];
        struct sh_why why;
        struct calendar *calendar = NULL;
        write_text(&dir, "holidays.json", bad[i].text, path);
        expect_refused(path, load(path, NULL, NULL, &calendar, &why), &why, bad[i].want);
        cr_expect_null(calendar);
    }
}

Test(policy, a_wrong_file_of_term_dates_is_named_with_the_place)
{
#define COVERS "\"area\": \"X\", \"covers\": {\"from\": \"2026-09-01\", \"to\": \"2027-08-31\"}"
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"[]", ": / must be an object"},
        {"{}", ": /area must name the area, in 1 to 100 bytes"},
        {"{\"area\": \"\"}", ": /area must name the area, in 1 to 100 bytes"},
        {"{\"area\": 936}", ": /area must name the area, in 1 to 100 bytes"},
        {"{\"area\": \"X\"}", ": /covers must be an object"},
        {"{\"area\": \"X\", \"area\": \"Y\"}", ":1:20: this is not JSON (duplicate object key near "
                                               "'\"area\"')"},
        {"{\"area\": \"X\", \"covers\": {\"from\": \"2026-09-01\"}}",
         ": /covers/to must be a real day after 1970, as \"2026-12-25\""},
        {"{\"area\": \"X\", \"covers\": {\"from\": \"2026-09-02\", \"to\": \"2026-09-01\"}}",
         ": /covers ends before it begins"},
        {"{" COVERS "}", ": /breaks must be a list"},
        {"{" COVERS ", \"break\": []}", ": / has an unknown key \"break\""},
        {"{" COVERS ", \"breaks\": [1]}", ": /breaks/0 must be an object"},
        {"{" COVERS ", \"breaks\": [{\"from\": \"2026-12-21\", \"until\": \"2027-01-01\"}]}",
         ": /breaks/0 has an unknown key \"until\""},
        {"{" COVERS ", \"breaks\": [{\"from\": \"2026-12-21\"}]}",
         ": /breaks/0/to must be a real day after 1970, as \"2026-12-25\""},
        {"{" COVERS ", \"breaks\": [{\"from\": \"2027-01-01\", \"to\": \"2026-12-21\"}]}",
         ": /breaks/0 ends before it begins"},
        {"{" COVERS ", \"breaks\": [{\"from\": \"2027-07-22\", \"to\": \"2027-09-01\"}]}",
         ": /breaks/0 lies outside what /covers says"},
        {"{" COVERS ", \"breaks\": [{\"from\": \"2026-08-31\", \"to\": \"2026-09-01\"}]}",
         ": /breaks/0 lies outside what /covers says"},
    };
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[PATH_MAX];
        struct sh_why why;
        struct calendar *calendar = NULL;
        write_text(&dir, "terms.json", bad[i].text, path);
        expect_refused(path, load(shipped_holidays, path, NULL, &calendar, &why), &why,
                       bad[i].want);
        cr_expect_null(calendar);
    }
}

Test(policy, a_calendar_file_that_is_not_there_is_named)
{
    struct calendar *calendar = NULL;
    struct sh_why why;
    cr_assert_eq(load("/nowhere/holidays.json", NULL, NULL, &calendar, &why), SH_E_NOT_FOUND);
    cr_assert(strstr(why.text, "/nowhere/holidays.json"), "%s", why.text);
    cr_assert_eq(load(shipped_holidays, "/nowhere/terms.json", NULL, &calendar, &why),
                 SH_E_NOT_FOUND);
    cr_assert(strstr(why.text, "/nowhere/terms.json"), "%s", why.text);
}

Test(policy, the_official_feed_as_it_comes_is_read)
{
    struct calendar *calendar = NULL;
    struct sh_why why;
    cr_assert_eq(load(SH_TESTS_DIR "/data/bank-holidays.json", NULL, NULL, &calendar, &why), SH_OK,
                 "%s", why.text);
    cr_assert_eq(calendar_check(calendar, at("2026-11-20T12:00:00Z"), &why), SH_OK, "%s", why.text);
    calendar_free(&calendar);
}

Test(policy, too_many_term_files_are_refused)
{
    const char *paths[CALENDAR_TERM_FILES_MAX + 1];
    for (size_t i = 0; i < CALENDAR_TERM_FILES_MAX + 1; i++) {
        paths[i] = shipped_terms;
    }
    struct calendar_files files = {.bank_holidays = shipped_holidays,
                                   .term_dates = paths,
                                   .term_dates_len = CALENDAR_TERM_FILES_MAX + 1};
    struct calendar *calendar = NULL;
    struct sh_why why = {0};
    cr_assert_eq(calendar_load(&files, &calendar, &why), SH_E_CONFIG);
    cr_assert_str_eq(why.text, "65 term-date files: at most 64");
    files.term_dates_len--;
    cr_assert_eq(calendar_load(&files, &calendar, &why), SH_OK);
    calendar_free(&calendar);
}

Test(policy, bank_holidays_must_reach_this_year_and_from_october_the_next)
{
    static const struct {
        const char *now, *want;
    } rows[] = {
        {"2021-12-31T23:59:59Z", ": has no bank holidays of England and Wales for 2021"},
        {"2022-01-01T00:00:00Z", NULL},
        {"2026-11-20T12:00:00Z", NULL},
        {"2027-09-30T22:59:59Z", NULL},
        /* midnight in summer time */
        {"2027-09-30T23:00:00Z", ": has no bank holidays of England and Wales for 2028"},
        {"2027-12-31T23:59:59Z", ": has no bank holidays of England and Wales for 2028"},
        {"2028-01-01T00:00:00Z", ": has no bank holidays of England and Wales for 2028"},
    };
    struct calendar *calendar = NULL;
    struct sh_why why;
    cr_assert_eq(load(shipped_holidays, NULL, NULL, &calendar, &why), SH_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        why = (struct sh_why){0};
        sh_err err = calendar_check(calendar, at(rows[i].now), &why);
        if (rows[i].want) {
            expect_refused(shipped_holidays, err, &why, rows[i].want);
        } else {
            cr_expect_eq(err, SH_OK, "%s: %s", rows[i].now, why.text);
        }
    }
    calendar_free(&calendar);
}

Test(policy, a_year_with_too_few_bank_holidays_is_not_covered)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    char path[PATH_MAX];
    struct sh_why why;
    struct calendar *calendar = NULL;
    write_text(&dir, "holidays.json",
               "{\"england-and-wales\": {\"events\": [{\"date\": \"2026-12-25\"}]}}", path);
    cr_assert_eq(load(path, NULL, NULL, &calendar, &why), SH_OK, "%s", why.text);
    expect_refused(path, calendar_check(calendar, at("2026-06-01T12:00:00Z"), &why), &why,
                   ": has 1 bank holidays of England and Wales for 2026: there are at least 8");
    int64_t due_ms = 0;
    bool covered = true;
    struct span span = {.unit = SPAN_WORKING_DAYS, .count = 1};
    cr_assert_eq(calendar_due(calendar, span, at("2026-12-24T12:00:00Z"), &due_ms, &covered),
                 SH_OK);
    cr_assert_eq(due_ms, at("2026-12-28T17:00:00Z"));
    cr_assert_not(covered);
    calendar_free(&calendar);
}

static const char area_x_27[] =
    "{\"area\": \"X\", \"covers\": {\"from\": \"2026-09-01\", \"to\": \"2027-08-31\"},"
    " \"breaks\": [{\"from\": \"2026-12-21\", \"to\": \"2027-01-01\"}]}";
static const char area_x_28[] =
    "{\"area\": \"X\", \"covers\": {\"from\": \"2027-09-01\", \"to\": \"2028-08-31\"},"
    " \"breaks\": []}";
static const char area_y_27[] =
    "{\"area\": \"Y\", \"covers\": {\"from\": \"2026-09-01\", \"to\": \"2027-08-31\"},"
    " \"breaks\": [{\"from\": \"2026-12-18\", \"to\": \"2027-01-05\"}]}";

Test(policy, term_dates_must_reach_as_far_and_files_of_one_area_add_up)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    char x_27[PATH_MAX], x_28[PATH_MAX];
    struct sh_why why;
    struct calendar *calendar = NULL;
    write_text(&dir, "x27.json", area_x_27, x_27);
    write_text(&dir, "x28.json", area_x_28, x_28);
    cr_assert_eq(load(shipped_holidays, x_27, NULL, &calendar, &why), SH_OK, "%s", why.text);
    cr_assert_eq(calendar_check(calendar, at("2026-09-30T12:00:00Z"), &why), SH_OK, "%s", why.text);
    expect_refused(x_27, calendar_check(calendar, at("2026-10-01T12:00:00Z"), &why), &why,
                   ": the term dates of its area must cover 2027 to its end, and say nothing of "
                   "2027-09-01");
    expect_refused(x_27, calendar_check(calendar, at("2026-08-31T12:00:00+01:00"), &why), &why,
                   ": the term dates of its area must cover 2026 to its end, and say nothing of "
                   "2026-08-31");
    calendar_free(&calendar);
    cr_assert_eq(load(shipped_holidays, x_27, x_28, &calendar, &why), SH_OK, "%s", why.text);
    cr_assert_eq(calendar_check(calendar, at("2026-10-01T12:00:00Z"), &why), SH_OK, "%s", why.text);
    calendar_free(&calendar);
}

Test(policy, where_areas_differ_the_earlier_school_day_holds)
{
    SH_DEFER(temp_dir_remove) struct temp_dir dir;
    temp_dir_make(&dir);
    char x[PATH_MAX], y[PATH_MAX];
    struct sh_why why;
    struct calendar *calendar = NULL;
    write_text(&dir, "x.json", area_x_27, x);
    write_text(&dir, "y.json", area_y_27, y);
    cr_assert_eq(load(shipped_holidays, y, x, &calendar, &why), SH_OK, "%s", why.text);
    static const char *const rows[][2] = {
        {"2026-12-17T12:00:00Z", "2026-12-18T08:30:00Z"}, /* a break in Y alone */
        {"2026-12-18T12:00:00Z", "2027-01-04T08:30:00Z"}, /* in both, then in Y alone */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span span = {.unit = SPAN_NEXT_SCHOOL_DAY};
        int64_t due_ms = 0;
        bool covered = false;
        cr_assert_eq(calendar_due(calendar, span, at(rows[i][0]), &due_ms, &covered), SH_OK);
        cr_expect_eq(due_ms, at(rows[i][1]), "row %zu", i);
        cr_expect(covered);
    }
    calendar_free(&calendar);
}
