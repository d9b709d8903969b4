/* Spans of time in words, and the age of an event. Pure; any thread. */
#pragma once

#include "wire/types.h"

#include <jansson.h>

#define DURATION_BYTES 48

/* "3 days", "25 hours", "7 minutes": as large a unit as says it well. */
void duration_say(int64_t ms, char out[DURATION_BYTES]);
/* The calendar day in Europe/London; -1 for a time that is none. */
int64_t duration_day(int64_t ms);

/* How old the event of a notification was when the message went: "happened_at",
 * "happened_before_sent_ms", and, where there is something to say, "event_age" in words. sent_ms:
 * when the relay accepted it, or else when it was written. Nothing for other kinds, whose clock
 * counts from something that is no event. */
SH_MUST_USE sh_err duration_put_event(json_t *object, const struct facts *facts, int64_t sent_ms);
