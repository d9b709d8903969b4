#include "client/duration.h"
#include "fixture.h"

#include <criterion/criterion.h>

Test(duration, is_said_in_the_largest_unit_that_says_it_well)
{
    static const struct {
        int64_t ms;
        const char *words;
    } rows[] = {
        {0, "0 minutes"},
        {59999, "0 minutes"},
        {60000, "1 minute"},
        {119 * SH_MINUTE_MS, "119 minutes"},
        {120 * SH_MINUTE_MS, "2 hours"},
        {48 * (int64_t)SH_HOUR_MS - 1, "47 hours"},
        {48 * (int64_t)SH_HOUR_MS, "2 days"},
        {457 * SH_DAY_MS + SH_HOUR_MS, "457 days"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char words[DURATION_BYTES];
        duration_say(rows[i].ms, words);
        cr_assert_str_eq(words, rows[i].words);
    }
}

Test(duration, a_day_is_one_of_london)
{
    int64_t summer_ms = 0, day = 0;
    cr_assert_eq(time_from_rfc3339("2026-06-30T23:30:00Z", &summer_ms), SH_OK);
    cr_assert_eq(day_from_date("2026-07-01", &day), SH_OK);
    cr_assert_eq(duration_day(summer_ms), day);
    cr_assert_eq(duration_day(INT64_MAX), -1);
}

static json_t *event_of(enum kind kind, enum subtype subtype, int64_t age_ms)
{
    const struct facts facts = {
        .kind = kind, .subtype = subtype, .has_clock_from = true, .clock_from_ms = SH_DAY_MS};
    json_t *object = json_object();
    cr_assert_eq(duration_put_event(object, &facts, SH_DAY_MS + age_ms), SH_OK);
    return object;
}

Test(duration, the_age_of_an_event_is_that_of_notifications_alone)
{
    SH_DEFER(json_freep)
    json_t *stabbing = event_of(KIND_NOTIFICATION, SUBTYPE_SERIOUS_VIOLENCE, 457 * SH_DAY_MS);
    SH_DEFER(json_freep)
    json_t *missing = event_of(KIND_NOTIFICATION, SUBTYPE_MISSING_EPISODE, 3 * SH_HOUR_MS);
    SH_DEFER(json_freep) json_t *telephoned = event_of(KIND_REFERRAL, SUBTYPE_NONE, SH_DAY_MS);
    SH_DEFER(json_freep)
    json_t *announced = event_of(KIND_NOTIFICATION, SUBTYPE_EXCLUSION, -SH_DAY_MS);
    cr_assert_str_eq(fixture_text(stabbing, "event_age"), "happened 457 days before it was sent");
    cr_assert_str_eq(fixture_text(stabbing, "happened_at"), "1970-01-02T00:00:00.000Z");
    cr_assert_eq(json_integer_value(json_object_get(stabbing, "happened_before_sent_ms")),
                 457 * SH_DAY_MS);
    cr_assert_str_eq(fixture_text(missing, "event_age"), "found 3 hours before it was sent");
    cr_assert_eq(json_object_size(telephoned), 0);
    cr_assert_null(json_object_get(announced, "event_age"), "what is to come has no age");
    cr_assert_not_null(json_object_get(announced, "happened_at"));
}

Test(duration, the_age_counts_days_of_the_calendar)
{
    int64_t stabbed_ms = 0, sent_ms = 0;
    cr_assert_eq(time_from_rfc3339("2025-08-20T19:10:00Z", &stabbed_ms), SH_OK);
    cr_assert_eq(time_from_rfc3339("2026-11-20T09:00:00Z", &sent_ms), SH_OK);
    const struct facts facts = {
        .kind = KIND_NOTIFICATION, .has_clock_from = true, .clock_from_ms = stabbed_ms};
    SH_DEFER(json_freep) json_t *object = json_object();
    cr_assert_eq(duration_put_event(object, &facts, sent_ms), SH_OK);
    cr_assert_str_eq(fixture_text(object, "event_age"), "happened 457 days before it was sent");
}

Test(duration, an_event_without_a_time_has_no_age)
{
    const struct facts facts = {.kind = KIND_NOTIFICATION};
    SH_DEFER(json_freep) json_t *object = json_object();
    cr_assert_eq(duration_put_event(object, &facts, SH_DAY_MS), SH_OK);
    cr_assert_eq(json_object_size(object), 0);
}
