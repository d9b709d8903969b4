/* Calendar files: the official feed of bank holidays, and term dates in a like form. What is not
 * known of a file is refused, but for what the feed has beside titles and dates. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/limits.h"
#include "policy/calendar_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CALENDAR_FILE_BYTES_MAX = SH_MIB, CALENDAR_ENTRIES_MAX = 1000, AREA_BYTES_MAX = 100 };

/* The file being read; errors start with its path. */
struct reading {
    const char *path;
    struct sh_why *why;
};

static sh_err read_json(const struct reading *r, json_t **out)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(CALENDAR_FILE_BYTES_MAX);
    json_error_t error;
    SH_TRY(file_read(r->path, &text, r->why));
    json_t *json = json_loadb(text.len ? (const char *)text.data : "", text.len,
                              JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        return sh_fail(r->why, SH_E_CONFIG, "%s:%d:%d: this is not JSON (%s)", r->path, error.line,
                       error.column, error.text);
    }
    *out = json;
    return SH_OK;
}

/* A list under `key` of what stands at `place`. */
static sh_err read_list(const struct reading *r, const json_t *object, const char *place,
                        json_t **out)
{
    json_t *list = json_object_get(object, strrchr(place, '/') + 1);
    if (!json_is_array(list)) {
        return sh_fail(r->why, SH_E_CONFIG, "%s: %s must be a list", r->path, place);
    }
    if (json_array_size(list) > CALENDAR_ENTRIES_MAX) {
        return sh_fail(r->why, SH_E_CONFIG, "%s: %s has %zu entries: at most %d", r->path, place,
                       json_array_size(list), CALENDAR_ENTRIES_MAX);
    }
    *out = list;
    return SH_OK;
}

/* `key` of an object: a day. `place` says where the object stands. */
static sh_err read_day(const struct reading *r, const json_t *object, const char *place,
                       int64_t *out)
{
    const char *text = json_string_value(json_object_get(object, strrchr(place, '/') + 1));
    if (!text || day_from_date(text, out) != SH_OK) {
        return sh_fail(r->why, SH_E_CONFIG,
                       "%s: %s must be a real day after 1970, as \"2026-12-25\"", r->path, place);
    }
    return SH_OK;
}

static int compare_days(const void *a, const void *b)
{
    int64_t left = ((const struct bank_holiday *)a)->day;
    int64_t right = ((const struct bank_holiday *)b)->day;
    return (left > right) - (left < right);
}

static sh_err refuse_repeats(const struct reading *r, const struct calendar *calendar)
{
    for (size_t i = 1; i < calendar->bank_holidays_len; i++) {
        int64_t day = calendar->bank_holidays[i].day;
        if (calendar->bank_holidays[i - 1].day == day) {
            char date[SH_DATE_TEXT_BYTES];
            day_to_date(day, date);
            return sh_fail(r->why, SH_E_CONFIG, "%s: /england-and-wales/events has %s twice",
                           r->path, date);
        }
    }
    return SH_OK;
}

sh_err load_bank_holidays(const char *path, struct calendar *calendar, struct sh_why *why)
{
    const struct reading r = {.path = path, .why = why};
    SH_DEFER(json_decrefp) json_t *json = NULL;
    json_t *events = NULL;
    SH_TRY(read_json(&r, &json));
    SH_TRY(read_list(&r, json_object_get(json, "england-and-wales"), "/england-and-wales/events",
                     &events));
    size_t len = json_array_size(events);
    calendar->bank_holidays = calloc(len + 1, sizeof *calendar->bank_holidays);
    SH_CHECK(calendar->bank_holidays, SH_E_NOMEM);
    for (size_t i = 0; i < len; i++) {
        char place[100];
        struct bank_holiday *holiday = &calendar->bank_holidays[i];
        (void)snprintf(place, sizeof place, "/england-and-wales/events/%zu/date", i);
        SH_TRY(read_day(&r, json_array_get(events, i), place, &holiday->day));
        holiday->year = day_year(holiday->day);
    }
    calendar->bank_holidays_len = len;
    qsort(calendar->bank_holidays, len, sizeof *calendar->bank_holidays, compare_days);
    return refuse_repeats(&r, calendar);
}

/* Keys that nobody reads are most often a slip of the pen, and then a break is missing. */
static sh_err check_keys(const struct reading *r, json_t *object, const char *place,
                         const char *const *known)
{
    if (!json_is_object(object)) {
        return sh_fail(r->why, SH_E_CONFIG, "%s: %s must be an object", r->path, place);
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach (object, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0) {
            i++;
        }
        if (!known[i]) {
            return sh_fail(r->why, SH_E_CONFIG, "%s: %s has an unknown key \"%.40s\"", r->path,
                           place, key);
        }
    }
    return SH_OK;
}

/* {"from": day, "to": day}, both included. */
static sh_err read_range(const struct reading *r, json_t *object, const char *place,
                         struct day_range *out)
{
    static const char *const known[] = {"title", "from", "to", NULL};
    char inner[120];
    SH_TRY(check_keys(r, object, place, known));
    (void)snprintf(inner, sizeof inner, "%s/from", place);
    SH_TRY(read_day(r, object, inner, &out->first));
    (void)snprintf(inner, sizeof inner, "%s/to", place);
    SH_TRY(read_day(r, object, inner, &out->last));
    if (out->first > out->last) {
        return sh_fail(r->why, SH_E_CONFIG, "%s: %s ends before it begins", r->path, place);
    }
    return SH_OK;
}

static sh_err read_breaks(const struct reading *r, const json_t *json, struct term_dates *out)
{
    json_t *breaks = NULL;
    SH_TRY(read_list(r, json, "/breaks", &breaks));
    size_t len = json_array_size(breaks);
    out->breaks = calloc(len + 1, sizeof *out->breaks);
    SH_CHECK(out->breaks, SH_E_NOMEM);
    out->breaks_len = len;
    for (size_t i = 0; i < len; i++) {
        char place[100];
        (void)snprintf(place, sizeof place, "/breaks/%zu", i);
        struct day_range *range = &out->breaks[i];
        SH_TRY(read_range(r, json_array_get(breaks, i), place, range));
        if (range->first < out->covers.first || range->last > out->covers.last) {
            return sh_fail(r->why, SH_E_CONFIG, "%s: %s lies outside what /covers says", r->path,
                           place);
        }
    }
    return SH_OK;
}

static sh_err read_area(const struct reading *r, const json_t *json, struct term_dates *out)
{
    const char *area = json_string_value(json_object_get(json, "area"));
    if (!area || !*area || strlen(area) > AREA_BYTES_MAX) {
        return sh_fail(r->why, SH_E_CONFIG, "%s: /area must name the area, in 1 to %d bytes",
                       r->path, AREA_BYTES_MAX);
    }
    out->area = strdup(area);
    out->path = strdup(r->path);
    SH_CHECK(out->area && out->path, SH_E_NOMEM);
    return SH_OK;
}

sh_err load_term_dates(const char *path, struct term_dates *out, struct sh_why *why)
{
    static const char *const known[] = {"area", "source", "covers", "breaks", NULL};
    const struct reading r = {.path = path, .why = why};
    SH_DEFER(json_decrefp) json_t *json = NULL;
    SH_TRY(read_json(&r, &json));
    SH_TRY(check_keys(&r, json, "/", known));
    SH_TRY(read_area(&r, json, out));
    SH_TRY(read_range(&r, json_object_get(json, "covers"), "/covers", &out->covers));
    return read_breaks(&r, json, out);
}
