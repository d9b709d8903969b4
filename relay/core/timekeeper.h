/* The timekeeper: whether the wall clock can be trusted. It is compared with the clock that nobody
 * sets (CLOCK_BOOTTIME); a jump of more than a minute stops acceptance and fires no clock until a
 * person has looked (DESIGN.md 6, "Time"). Accept times never run backwards. Ledger thread only. */
#pragma once

#include "base/clock.h"

struct timekeeper {
    struct clock clock;
    int64_t offset_ms; /* wall minus boot, following small corrections */
    bool jumped;
};

void timekeeper_init(struct timekeeper *keeper, struct clock clock);
/* Looks at both clocks. True when a jump was found just now. */
bool timekeeper_check(struct timekeeper *keeper);
/* A person has looked: the wall clock is right as it is. */
void timekeeper_trust(struct timekeeper *keeper);
/* Now, for leaves: the wall clock, or while it is not trusted what it would be without the jump;
 * never before least_ms. */
int64_t timekeeper_now_ms(const struct timekeeper *keeper, int64_t least_ms);

/* At start: SH_E_CLOCK if now lies before the last leaf, or after it while nobody vouches for the
 * clock (neither the kernel's synchronisation nor `checked`); text in *why. last_ms 0: a new log,
 * anything goes. */
SH_MUST_USE sh_err timekeeper_start_check(int64_t now_ms, int64_t last_ms, bool synchronised,
                                          bool checked, struct sh_why *why);
/* Whether the kernel says that something (chrony, ntpd, timesyncd) keeps the clock. */
bool timekeeper_synchronised(void);
