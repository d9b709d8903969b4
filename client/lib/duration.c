/* See duration.h. */
#include "client/duration.h"

#include "client/entry.h"

static void say_units(int64_t number, const char *unit, char out[DURATION_BYTES])
{
    (void)snprintf(out, DURATION_BYTES, "%lld %s%s", (long long)number, unit,
                   number == 1 ? "" : "s");
}

void duration_say(int64_t ms, char out[DURATION_BYTES])
{
    int64_t minutes = ms / SH_MINUTE_MS;
    int64_t hours = ms / SH_HOUR_MS;
    if (hours >= 48) {
        say_units(hours / 24, "day", out);
    } else if (minutes >= 120) {
        say_units(hours, "hour", out);
    } else {
        say_units(minutes, "minute", out);
    }
}

int64_t duration_day(int64_t ms)
{
    struct local_time local;
    return local_from_ms(ms, &local) == SH_OK ? local.day : -1;
}

/* Days are counted as a person counts them on a calendar: from the evening of the 20th to the
 * morning of the 23rd it is three. */
static void say_age(int64_t from_ms, int64_t to_ms, char out[DURATION_BYTES])
{
    int64_t days = duration_day(to_ms) - duration_day(from_ms);
    duration_say(to_ms - from_ms, out);
    if (to_ms - from_ms >= 2 * SH_DAY_MS && duration_day(from_ms) >= 0) {
        say_units(days, "day", out);
    }
}

/* The 72 hours of a return interview count from when the child was found. */
static const char *verb_of(const struct facts *facts)
{
    bool found =
        facts->subtype == SUBTYPE_MISSING_EPISODE || facts->subtype == SUBTYPE_RETURN_INTERVIEW;
    return found ? "found" : "happened";
}

sh_err duration_put_event(json_t *object, const struct facts *facts, int64_t sent_ms)
{
    char span[DURATION_BYTES], words[DURATION_BYTES + 32];
    if (facts->kind != KIND_NOTIFICATION || !facts->has_clock_from) {
        return SH_OK;
    }
    int64_t age_ms = sent_ms - facts->clock_from_ms;
    SH_TRY(entry_put_time(object, "happened_at", facts->clock_from_ms));
    SH_TRY(entry_put(object, "happened_before_sent_ms", json_integer((json_int_t)age_ms)));
    if (age_ms < SH_MINUTE_MS) {
        return SH_OK;
    }
    say_age(facts->clock_from_ms, sent_ms, span);
    (void)snprintf(words, sizeof words, "%s %s before it was sent", verb_of(facts), span);
    return entry_put(object, "event_age", json_string(words));
}
