/* When things are due: a table that can be checked with a calendar on the wall. Times are written
 * as local time with its offset. Bank holidays and terms are those that ship in relay/dist/. */
#include "base/clock.h"
#include "base/limits.h"
#include "policy/calendar.h"
#include "support/temp.h"

#include <criterion/criterion.h>

static const char bank_holidays[] = SH_SOURCE_DIR "/relay/dist/bank-holidays.json";
static const char terms[] = SH_SOURCE_DIR "/relay/dist/term-dates-example.json";

static struct calendar *load(size_t terms_len)
{
    static const char *const paths[] = {terms};
    struct calendar_files files = {
        .bank_holidays = bank_holidays, .term_dates = paths, .term_dates_len = terms_len};
    struct calendar *calendar = NULL;
    struct sh_why why = {0};
    cr_assert_eq(calendar_load(&files, &calendar, &why), SH_OK, "%s", why.text);
    return calendar;
}

static int64_t at(const char *text)
{
    int64_t ms = -1;
    cr_assert_eq(time_from_rfc3339(text, &ms), SH_OK, "%s", text);
    return ms;
}

static const struct {
    const char *words, *from, *due;
    bool covered;
    const char *reason; /* weekdays, and why */
} rows[] = {
    /* An ordinary week of November 2026 and its ends. */
    {"1 working day", "2026-11-16T09:00:00+00:00", "2026-11-17T17:00:00+00:00", true,
     "Mon to Tue: a Monday morning has until Tuesday's end"},
    {"1 working day", "2026-11-16T17:00:00+00:00", "2026-11-17T17:00:00+00:00", true,
     "Mon to Tue: the hour of acceptance does not count"},
    {"1 working day", "2026-11-16T00:00:00+00:00", "2026-11-17T17:00:00+00:00", true,
     "Mon to Tue: midnight belongs to the day that it begins"},
    {"1 working day", "2026-11-16T23:59:00+00:00", "2026-11-17T17:00:00+00:00", true,
     "Mon to Tue: and the last minute to the day that it ends"},
    {"1 working day", "2026-11-19T17:00:00+00:00", "2026-11-20T17:00:00+00:00", true,
     "Thu to Fri: Thursday gives Friday"},
    {"1 working day", "2026-11-20T08:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Fri to Mon: Friday morning gives Monday"},
    {"1 working day", "2026-11-20T17:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Fri to Mon: Friday 17:00 gives Monday"},
    {"1 working day", "2026-11-20T18:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Fri to Mon: Friday 18:00 gives Monday"},
    {"1 working day", "2026-11-20T23:59:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Fri to Mon: Friday's last minute gives Monday"},
    {"1 working day", "2026-11-21T00:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Sat to Mon: Saturday's first minute gives Monday"},
    {"1 working day", "2026-11-21T12:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Sat to Mon: Saturday gives Monday"},
    {"1 working day", "2026-11-22T12:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Sun to Mon: Sunday gives Monday"},
    {"1 working day", "2026-11-22T23:59:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Sun to Mon: Sunday's last minute gives Monday"},
    {"1 working day", "2026-11-23T00:00:00+00:00", "2026-11-24T17:00:00+00:00", true,
     "Mon to Tue: Monday's first minute gives Tuesday"},
    {"2 working days", "2026-11-20T18:00:00+00:00", "2026-11-24T17:00:00+00:00", true,
     "Fri to Tue: Monday, Tuesday"},
    {"2 working days", "2026-11-19T12:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Thu to Mon: Friday, Monday"},
    {"3 working days", "2026-11-20T18:00:00+00:00", "2026-11-25T17:00:00+00:00", true,
     "Fri to Wed: Monday, Tuesday, Wednesday"},
    {"3 working days", "2026-11-21T12:00:00+00:00", "2026-11-25T17:00:00+00:00", true,
     "Sat to Wed: Saturday as Friday"},
    {"5 working days", "2026-11-20T18:00:00+00:00", "2026-11-27T17:00:00+00:00", true,
     "Fri to Fri: a whole week"},
    {"5 working days", "2026-11-16T09:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Mon to Mon: over one weekend to the same weekday"},
    {"10 working days", "2026-11-16T09:00:00+00:00", "2026-11-30T17:00:00+00:00", true,
     "Mon to Mon: two weeks"},
    {"20 working days", "2026-11-16T09:00:00+00:00", "2026-12-14T17:00:00+00:00", true,
     "Mon to Mon: four weeks"},
    /* Christmas 2026 (Friday 25th, the 26th's holiday on Monday 28th) and New Year 2027 (Friday).
     */
    {"1 working day", "2026-12-23T12:00:00+00:00", "2026-12-24T17:00:00+00:00", true,
     "Wed to Thu: Christmas Eve is a working day"},
    {"1 working day", "2026-12-24T12:00:00+00:00", "2026-12-29T17:00:00+00:00", true,
     "Thu to Tue: over Friday 25th, the weekend and Monday 28th"},
    {"1 working day", "2026-12-25T12:00:00+00:00", "2026-12-29T17:00:00+00:00", true,
     "Fri to Tue: from Christmas Day itself"},
    {"1 working day", "2026-12-26T12:00:00+00:00", "2026-12-29T17:00:00+00:00", true,
     "Sat to Tue: from Boxing Day"},
    {"1 working day", "2026-12-28T12:00:00+00:00", "2026-12-29T17:00:00+00:00", true,
     "Mon to Tue: from the substitute day"},
    {"1 working day", "2026-12-29T12:00:00+00:00", "2026-12-30T17:00:00+00:00", true,
     "Tue to Wed: between the years there is work"},
    {"1 working day", "2026-12-30T12:00:00+00:00", "2026-12-31T17:00:00+00:00", true,
     "Wed to Thu: New Year's Eve is a working day"},
    {"1 working day", "2026-12-31T12:00:00+00:00", "2027-01-04T17:00:00+00:00", true,
     "Thu to Mon: over New Year's Day and a weekend"},
    {"1 working day", "2027-01-01T00:00:00+00:00", "2027-01-04T17:00:00+00:00", true,
     "Fri to Mon: from New Year's first minute"},
    {"2 working days", "2026-12-24T18:00:00+00:00", "2026-12-30T17:00:00+00:00", true,
     "Thu to Wed: 29th, 30th"},
    {"3 working days", "2026-12-24T18:00:00+00:00", "2026-12-31T17:00:00+00:00", true,
     "Thu to Thu: 29th, 30th, 31st"},
    {"4 working days", "2026-12-24T18:00:00+00:00", "2027-01-04T17:00:00+00:00", true,
     "Thu to Mon: and over New Year"},
    {"5 working days", "2026-12-23T09:00:00+00:00", "2027-01-04T17:00:00+00:00", true,
     "Wed to Mon: 24th, 29th, 30th, 31st, 4th"},
    /* Easter 2027 (Good Friday 26 March, Monday 29 March; the clocks go forward on Sunday between).
     */
    {"1 working day", "2027-03-24T12:00:00+00:00", "2027-03-25T17:00:00+00:00", true,
     "Wed to Thu: Maundy Thursday is a working day"},
    {"1 working day", "2027-03-25T12:00:00+00:00", "2027-03-30T17:00:00+01:00", true,
     "Thu to Tue: over four days, and into summer time"},
    {"1 working day", "2027-03-26T12:00:00+00:00", "2027-03-30T17:00:00+01:00", true,
     "Fri to Tue: from Good Friday"},
    {"1 working day", "2027-03-28T00:30:00+00:00", "2027-03-30T17:00:00+01:00", true,
     "Sun to Tue: from before the change"},
    {"1 working day", "2027-03-28T02:00:00+01:00", "2027-03-30T17:00:00+01:00", true,
     "Sun to Tue: from after the change"},
    {"1 working day", "2027-03-29T12:00:00+01:00", "2027-03-30T17:00:00+01:00", true,
     "Mon to Tue: from Easter Monday"},
    {"2 working days", "2027-03-25T18:00:00+00:00", "2027-03-31T17:00:00+01:00", true,
     "Thu to Wed: Tuesday, Wednesday"},
    {"3 working days", "2027-03-24T09:00:00+00:00", "2027-03-31T17:00:00+01:00", true,
     "Wed to Wed: Thursday, Tuesday, Wednesday"},
    /* Other holidays. */
    {"1 working day", "2026-04-02T12:00:00+01:00", "2026-04-07T17:00:00+01:00", true,
     "Thu to Tue: Easter 2026 is over on Tuesday 7 April"},
    {"1 working day", "2026-05-01T12:00:00+01:00", "2026-05-05T17:00:00+01:00", true,
     "Fri to Tue: the early May holiday"},
    {"1 working day", "2026-05-22T12:00:00+01:00", "2026-05-26T17:00:00+01:00", true,
     "Fri to Tue: the late May holiday"},
    {"1 working day", "2026-08-28T12:00:00+01:00", "2026-09-01T17:00:00+01:00", true,
     "Fri to Tue: the August holiday"},
    {"1 working day", "2027-05-28T12:00:00+01:00", "2027-06-01T17:00:00+01:00", true,
     "Fri to Tue: the late May holiday is 31 May"},
    {"1 working day", "2027-12-24T12:00:00+00:00", "2027-12-29T17:00:00+00:00", true,
     "Fri to Wed: Christmas on a Saturday takes Monday and Tuesday"},
    {"1 working day", "2022-09-16T12:00:00+01:00", "2022-09-20T17:00:00+01:00", true,
     "Fri to Tue: a holiday that was proclaimed for that year alone"},
    {"1 working day", "2023-05-05T12:00:00+01:00", "2023-05-09T17:00:00+01:00", true,
     "Fri to Tue: the same"},
    /* The clocks go back: Sunday 25 October 2026, 02:00 summer time is 01:00. */
    {"1 working day", "2026-10-23T18:00:00+01:00", "2026-10-26T17:00:00+00:00", true,
     "Fri to Mon: from summer to winter time over the weekend"},
    {"1 working day", "2026-10-25T01:30:00+01:00", "2026-10-26T17:00:00+00:00", true,
     "Sun to Mon: in the hour that comes twice, first time"},
    {"1 working day", "2026-10-25T01:30:00+00:00", "2026-10-26T17:00:00+00:00", true,
     "Sun to Mon: in the hour that comes twice, second time"},
    {"1 working day", "2026-10-24T23:30:00+01:00", "2026-10-26T17:00:00+00:00", true,
     "Sat to Mon: 22:30 in UTC is still Saturday"},
    {"1 working day", "2026-10-26T00:00:00+00:00", "2026-10-27T17:00:00+00:00", true,
     "Mon to Tue: winter midnight is Monday's"},
    {"1 working day", "2026-06-16T00:30:00+01:00", "2026-06-17T17:00:00+01:00", true,
     "Tue to Wed: 23:30 of the day before in UTC, but Tuesday here"},
    {"1 day", "2026-10-24T12:00:00+01:00", "2026-10-25T17:00:00+00:00", true,
     "Sat to Sun: 17:00 by the clock, 30 hours later"},
    {"24 hours", "2026-10-24T12:00:00+01:00", "2026-10-25T11:00:00+00:00", true,
     "Sat to Sun: hours do not follow the clock: 11:00 in winter time"},
    {"72 hours", "2026-10-23T10:00:00+01:00", "2026-10-26T09:00:00+00:00", true,
     "Fri to Mon: three times 24 hours"},
    {"2 hours", "2026-10-25T00:30:00+01:00", "2026-10-25T01:30:00+00:00", true,
     "Sun to Sun: half past one, the second time"},
    {"30 minutes", "2026-10-25T01:45:00+01:00", "2026-10-25T01:15:00+00:00", true,
     "Sun to Sun: from the first of two hours to the second"},
    /* They go forward: Sunday 28 March 2027, 01:00 is 02:00 summer time. */
    {"24 hours", "2027-03-27T12:00:00+00:00", "2027-03-28T13:00:00+01:00", true,
     "Sat to Sun: 13:00 in summer time"},
    {"72 hours", "2027-03-26T10:00:00+00:00", "2027-03-29T11:00:00+01:00", true,
     "Fri to Mon: three times 24 hours"},
    {"30 minutes", "2027-03-28T00:45:00+00:00", "2027-03-28T02:15:00+01:00", true,
     "Sun to Sun: the quarter after two"},
    {"1 hour", "2027-03-28T00:30:00+00:00", "2027-03-28T02:30:00+01:00", true,
     "Sun to Sun: half past two"},
    {"1 day", "2027-03-27T12:00:00+00:00", "2027-03-28T17:00:00+01:00", true,
     "Sat to Sun: 17:00 by the clock, 28 hours later"},
    /* Minutes and hours run through nights, weekends and holidays. */
    {"30 minutes", "2026-11-20T17:45:00+00:00", "2026-11-20T18:15:00+00:00", true,
     "Fri to Fri: after hours"},
    {"30 minutes", "2026-12-31T23:45:00+00:00", "2027-01-01T00:15:00+00:00", true,
     "Thu to Fri: into the year"},
    {"4 hours", "2026-11-20T16:00:00+00:00", "2026-11-20T20:00:00+00:00", true,
     "Fri to Fri: on a Friday evening"},
    {"4 hours", "2026-11-21T22:00:00+00:00", "2026-11-22T02:00:00+00:00", true,
     "Sat to Sun: through midnight"},
    {"24 hours", "2026-11-20T18:00:00+00:00", "2026-11-21T18:00:00+00:00", true,
     "Fri to Sat: a telephone referral, on Saturday"},
    {"48 hours", "2026-11-20T18:00:00+00:00", "2026-11-22T18:00:00+00:00", true,
     "Fri to Sun: on Sunday"},
    {"72 hours", "2026-11-20T18:00:00+00:00", "2026-11-23T18:00:00+00:00", true,
     "Fri to Mon: a return interview, on Monday"},
    {"72 hours", "2026-12-24T12:00:00+00:00", "2026-12-27T12:00:00+00:00", true,
     "Thu to Sun: over Christmas"},
    {"72 hours", "2028-02-27T12:00:00+00:00", "2028-03-01T12:00:00+00:00", true,
     "Sun to Wed: over 29 February"},
    /* Days of the calendar. */
    {"1 day", "2026-11-20T09:00:00+00:00", "2026-11-21T17:00:00+00:00", true,
     "Fri to Sat: a Saturday counts"},
    {"5 days", "2026-11-20T09:00:00+00:00", "2026-11-25T17:00:00+00:00", true,
     "Fri to Wed: Saturday, Sunday, Monday, Tuesday, Wednesday"},
    {"5 days", "2026-12-22T09:00:00+00:00", "2026-12-27T17:00:00+00:00", true,
     "Tue to Sun: Christmas and the weekend count"},
    {"5 days", "2027-02-25T09:00:00+00:00", "2027-03-02T17:00:00+00:00", true,
     "Thu to Tue: February has 28 days"},
    {"5 days", "2028-02-25T09:00:00+00:00", "2028-03-01T17:00:00+00:00", true, "Fri to Wed: or 29"},
    {"1 day", "2028-02-28T23:59:00+00:00", "2028-02-29T17:00:00+00:00", true,
     "Mon to Tue: 29 February is a day"},
    {"1 day", "2028-02-29T00:00:00+00:00", "2028-03-01T17:00:00+00:00", true,
     "Tue to Wed: with one behind it"},
    {"366 days", "2028-02-29T12:00:00+00:00", "2029-03-01T17:00:00+00:00", true,
     "Tue to Thu: to 1 March of the year after"},
    /* Working mornings. */
    {"next working morning", "2026-11-19T12:00:00+00:00", "2026-11-20T08:30:00+00:00", true,
     "Thu to Fri: tomorrow"},
    {"next working morning", "2026-11-19T06:00:00+00:00", "2026-11-20T08:30:00+00:00", true,
     "Thu to Fri: tomorrow, though half past eight is still to come"},
    {"next working morning", "2026-11-20T18:00:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Fri to Mon: after the weekend"},
    {"next working morning", "2026-11-21T09:00:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Sat to Mon: Saturday as Friday"},
    {"next working morning", "2026-11-22T23:00:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Sun to Mon: Sunday night"},
    {"next working morning", "2026-12-24T18:00:00+00:00", "2026-12-29T08:30:00+00:00", true,
     "Thu to Tue: after Christmas"},
    {"next working morning", "2026-12-31T09:00:00+00:00", "2027-01-04T08:30:00+00:00", true,
     "Thu to Mon: after New Year"},
    {"next working morning", "2027-03-25T17:00:00+00:00", "2027-03-30T08:30:00+01:00", true,
     "Thu to Tue: after Easter, in summer time"},
    {"next working morning", "2026-10-24T10:00:00+01:00", "2026-10-26T08:30:00+00:00", true,
     "Sat to Mon: in winter time"},
    /* School days: half-term 26 to 30 October, Christmas 21 December to 1 January, training 4
       January. */
    {"1 school day", "2026-11-19T12:00:00+00:00", "2026-11-20T17:00:00+00:00", true,
     "Thu to Fri: an ordinary Thursday"},
    {"1 school day", "2026-11-20T18:00:00+00:00", "2026-11-23T17:00:00+00:00", true,
     "Fri to Mon: a weekend"},
    {"5 school days", "2026-11-19T09:00:00+00:00", "2026-11-26T17:00:00+00:00", true,
     "Thu to Thu: over a weekend"},
    {"5 school days", "2026-10-21T09:00:00+01:00", "2026-11-04T17:00:00+00:00", true,
     "Wed to Wed: Thursday, Friday, then after half-term"},
    {"1 school day", "2026-10-23T12:00:00+01:00", "2026-11-02T17:00:00+00:00", true,
     "Fri to Mon: half-term"},
    {"1 school day", "2026-10-28T12:00:00+00:00", "2026-11-02T17:00:00+00:00", true,
     "Wed to Mon: from within half-term"},
    {"1 school day", "2026-12-18T12:00:00+00:00", "2027-01-05T17:00:00+00:00", true,
     "Fri to Tue: over Christmas and a training day"},
    {"5 school days", "2026-12-16T12:00:00+00:00", "2027-01-07T17:00:00+00:00", true,
     "Wed to Thu: two before Christmas, three after"},
    {"1 school day", "2027-01-01T12:00:00+00:00", "2027-01-05T17:00:00+00:00", true,
     "Fri to Tue: from New Year's Day"},
    {"1 school day", "2027-02-12T12:00:00+00:00", "2027-02-22T17:00:00+00:00", true,
     "Fri to Mon: spring half-term"},
    {"5 school days", "2027-03-24T12:00:00+00:00", "2027-04-16T17:00:00+01:00", true,
     "Wed to Fri: none is left before Easter"},
    {"1 school day", "2027-04-30T12:00:00+01:00", "2027-05-04T17:00:00+01:00", true,
     "Fri to Tue: the early May holiday lies in term"},
    {"5 school days", "2027-04-29T12:00:00+01:00", "2027-05-07T17:00:00+01:00", true,
     "Thu to Fri: and is not counted"},
    {"1 school day", "2027-05-28T12:00:00+01:00", "2027-06-07T17:00:00+01:00", true,
     "Fri to Mon: summer half-term, whose Monday is a bank holiday"},
    {"5 school days", "2027-07-21T12:00:00+01:00", "2027-09-08T17:00:00+01:00", true,
     "Wed to Wed: one before summer, four from Friday 3 September"},
    {"1 school day", "2026-08-31T12:00:00+01:00", "2026-09-03T17:00:00+01:00", true,
     "Mon to Thu: over the training days that begin a year, from a day before the known dates"},
    /* Before the next school day. */
    {"before the next school day", "2026-11-19T02:40:00+00:00", "2026-11-19T08:30:00+00:00", true,
     "Thu to Thu: the same morning: the night's incident is known before the child comes"},
    {"before the next school day", "2026-11-19T08:29:00+00:00", "2026-11-19T08:30:00+00:00", true,
     "Thu to Thu: one minute is left"},
    {"before the next school day", "2026-11-19T08:30:00+00:00", "2026-11-20T08:30:00+00:00", true,
     "Thu to Fri: begun is not before"},
    {"before the next school day", "2026-11-19T22:15:00+00:00", "2026-11-20T08:30:00+00:00", true,
     "Thu to Fri: tomorrow"},
    {"before the next school day", "2026-11-20T07:00:00+00:00", "2026-11-20T08:30:00+00:00", true,
     "Fri to Fri: Friday morning"},
    {"before the next school day", "2026-11-20T23:30:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Fri to Mon: Friday night gives Monday"},
    {"before the next school day", "2026-11-21T03:00:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Sat to Mon: Saturday gives Monday, at any hour"},
    {"before the next school day", "2026-11-22T23:50:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Sun to Mon: Sunday night"},
    {"before the next school day", "2026-11-23T00:10:00+00:00", "2026-11-23T08:30:00+00:00", true,
     "Mon to Mon: the first minutes of Monday"},
    {"before the next school day", "2026-10-23T15:30:00+01:00", "2026-11-02T08:30:00+00:00", true,
     "Fri to Mon: half-term"},
    {"before the next school day", "2026-10-25T01:30:00+01:00", "2026-11-02T08:30:00+00:00", true,
     "Sun to Mon: in half-term, the night of two hours"},
    {"before the next school day", "2026-11-02T00:00:00+00:00", "2026-11-02T08:30:00+00:00", true,
     "Mon to Mon: the first day after half-term"},
    {"before the next school day", "2026-12-18T21:00:00+00:00", "2027-01-05T08:30:00+00:00", true,
     "Fri to Tue: over Christmas"},
    {"before the next school day", "2026-12-25T04:00:00+00:00", "2027-01-05T08:30:00+00:00", true,
     "Fri to Tue: from Christmas night"},
    {"before the next school day", "2027-01-04T07:00:00+00:00", "2027-01-05T08:30:00+00:00", true,
     "Mon to Tue: a training day is no school day"},
    {"before the next school day", "2027-03-24T20:00:00+00:00", "2027-04-12T08:30:00+01:00", true,
     "Wed to Mon: over Easter, into summer time"},
    {"before the next school day", "2027-03-28T00:59:00+00:00", "2027-04-12T08:30:00+01:00", true,
     "Sun to Mon: from the last minute of winter time"},
    {"before the next school day", "2027-07-22T20:00:00+01:00", "2027-09-03T08:30:00+01:00", true,
     "Thu to Fri: over the summer"},
    {"before the next school day", "2027-05-02T20:00:00+01:00", "2027-05-04T08:30:00+01:00", true,
     "Sun to Tue: over the early May holiday"},
    /* Where the calendar ends: bank holidays are known to the end of 2027, terms to 31 August 2028.
     */
    {"1 working day", "2027-12-30T12:00:00+00:00", "2027-12-31T17:00:00+00:00", true,
     "Thu to Fri: the last working day that is known"},
    {"1 working day", "2027-12-31T12:00:00+00:00", "2028-01-03T17:00:00+00:00", false,
     "Fri to Mon: 3 January 2028 will be a holiday, but nobody has said so"},
    {"1 working day", "2028-02-28T12:00:00+00:00", "2028-02-29T17:00:00+00:00", false,
     "Mon to Tue: to 29 February"},
    {"2 working days", "2028-02-28T12:00:00+00:00", "2028-03-01T17:00:00+00:00", false,
     "Mon to Wed: over 29 February"},
    {"next working morning", "2027-12-31T12:00:00+00:00", "2028-01-03T08:30:00+00:00", false,
     "Fri to Mon: weekends only"},
    {"5 school days", "2028-02-11T12:00:00+00:00", "2028-02-25T17:00:00+00:00", false,
     "Fri to Fri: known breaks are left out even so"},
    {"before the next school day", "2028-02-29T06:00:00+00:00", "2028-02-29T08:30:00+00:00", false,
     "Tue to Tue: on 29 February"},
    {"1 school day", "2028-08-31T12:00:00+01:00", "2028-09-01T17:00:00+01:00", false,
     "Thu to Fri: behind the terms every weekday counts"},
    {"before the next school day", "2028-09-01T22:00:00+01:00", "2028-09-04T08:30:00+01:00", false,
     "Fri to Mon: the same"},
    {"1 school day", "2021-12-31T12:00:00+00:00", "2022-01-04T17:00:00+00:00", false,
     "Fri to Tue: before the terms"},
    {"1 working day", "2021-12-30T12:00:00+00:00", "2021-12-31T17:00:00+00:00", false,
     "Thu to Fri: before the bank holidays"},
    {"24 hours", "2029-07-01T12:00:00+01:00", "2029-07-02T12:00:00+01:00", true,
     "Sun to Mon: hours need no calendar"},
    {"5 days", "2029-07-01T12:00:00+01:00", "2029-07-06T17:00:00+01:00", true,
     "Sun to Fri: nor do days"},
};

Test(policy, a_span_ends_when_the_table_says)
{
    struct calendar *calendar = load(1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span span;
        int64_t due_ms = -1;
        bool covered = !rows[i].covered;
        char have[SH_TIME_TEXT_BYTES];
        cr_assert_eq(span_from_words(rows[i].words, &span), SH_OK, "%s", rows[i].words);
        cr_assert_eq(calendar_due(calendar, span, at(rows[i].from), &due_ms, &covered), SH_OK);
        time_to_rfc3339(due_ms, have);
        cr_expect_eq(due_ms, at(rows[i].due), "%s from %s (%s): have %s, want %s", rows[i].words,
                     rows[i].from, rows[i].reason, have, rows[i].due);
        cr_expect_eq(covered, rows[i].covered, "%s from %s (%s): covered is %d", rows[i].words,
                     rows[i].from, rows[i].reason, covered);
    }
    calendar_free(&calendar);
}

Test(policy, seconds_do_not_move_a_day_and_are_kept_by_hours)
{
    struct calendar *calendar = load(0);
    int64_t due_ms = 0, from_ms = at("2026-11-20T23:59:59.999Z");
    bool covered = false;
    struct span span = {.unit = SPAN_WORKING_DAYS, .count = 1};
    cr_assert_eq(calendar_due(calendar, span, from_ms, &due_ms, &covered), SH_OK);
    cr_assert_eq(due_ms, at("2026-11-23T17:00:00Z"));
    span = (struct span){.unit = SPAN_HOURS, .count = 4};
    cr_assert_eq(calendar_due(calendar, span, from_ms, &due_ms, &covered), SH_OK);
    cr_assert_eq(due_ms, at("2026-11-21T03:59:59.999Z"));
    calendar_free(&calendar);
}

Test(policy, without_term_dates_a_school_day_is_a_working_day_and_nothing_to_alarm_about)
{
    struct calendar *calendar = load(0);
    int64_t due_ms = 0;
    bool covered = true;
    struct span span = {.unit = SPAN_NEXT_SCHOOL_DAY};
    cr_assert_eq(calendar_due(calendar, span, at("2026-10-23T15:30:00+01:00"), &due_ms, &covered),
                 SH_OK);
    cr_assert_eq(due_ms, at("2026-10-26T08:30:00Z"), "half-term is not known");
    cr_assert(covered);
    cr_assert_eq(calendar_due(calendar, span, at("2041-10-23T15:30:00+01:00"), &due_ms, &covered),
                 SH_OK);
    cr_assert_not(covered, "no bank holidays are known there: that is one");
    calendar_free(&calendar);
}

Test(policy, what_is_no_span_or_no_time_has_no_end)
{
    static const struct {
        struct span span;
        const char *from;
        sh_err want;
    } bad[] = {
        {{SPAN_WORKING_DAYS, 0}, "2026-11-20T12:00:00Z", SH_E_FORMAT},
        {{SPAN_WORKING_DAYS, SPAN_COUNT_MAX + 1}, "2026-11-20T12:00:00Z", SH_E_FORMAT},
        {{SPAN_NEXT_SCHOOL_DAY, 1}, "2026-11-20T12:00:00Z", SH_E_FORMAT},
        {{SPAN_NEXT_WORKING_MORNING, 1}, "2026-11-20T12:00:00Z", SH_E_FORMAT},
        {{(enum span_unit)7, 1}, "2026-11-20T12:00:00Z", SH_E_FORMAT},
        {{SPAN_HOURS, 1}, "1969-12-31T23:59:59Z", SH_E_BAD_TIME},
        {{SPAN_DAYS, 1}, "9001-01-01T00:00:00Z", SH_E_BAD_TIME},
    };
    struct calendar *calendar = load(1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t due_ms = 42;
        bool covered = true;
        cr_expect_eq(calendar_due(calendar, bad[i].span, at(bad[i].from), &due_ms, &covered),
                     bad[i].want, "row %zu", i);
        cr_expect(due_ms == 42 && covered, "row %zu", i);
    }
    calendar_free(&calendar);
}

Test(policy, the_longest_spans_end)
{
    struct calendar *calendar = load(1);
    int64_t due_ms = 0;
    bool covered = true;
    struct span span = {.unit = SPAN_SCHOOL_DAYS, .count = SPAN_COUNT_MAX};
    cr_assert_eq(calendar_due(calendar, span, at("9000-12-31T12:00:00Z"), &due_ms, &covered),
                 SH_OK);
    /* 2000 weeks of weekdays, and in summer time */
    cr_assert_eq(due_ms, at("9000-12-31T16:00:00Z") + 14000 * SH_DAY_MS);
    span = (struct span){.unit = SPAN_MINUTES, .count = SPAN_COUNT_MAX};
    cr_assert_eq(calendar_due(calendar, span, 0, &due_ms, &covered), SH_OK);
    cr_assert_eq(due_ms, 600000000);
    calendar_free(&calendar);
}
