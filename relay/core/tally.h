/* Tallies: how often a seat did a thing in this hour. Quotas count messages by it, refusals are
 * logged one by one only up to a number and then as one count. In memory: a restart forgives.
 * Ledger thread only. */
#pragma once

#include "base/bytes.h"

struct tally; /* opaque */

SH_MUST_USE sh_err tally_new(struct tally **out);
void tally_free(struct tally **tally);
/* Adds one and gives the count of (seat, what) in the hour of now_ms, this one included. A full
 * table counts everything new as UINT64_MAX: a flood of strangers must not make room by pushing
 * others out. */
uint64_t tally_add(struct tally *tally, const struct sh_hash *seat, uint32_t what, int64_t now_ms);

/* When the hour has changed: each entry of the hour before with its count, then they are forgotten.
 */
typedef sh_err (*tally_visit)(void *ctx, const struct sh_hash *seat, uint32_t what, uint64_t count);
SH_MUST_USE sh_err tally_turn(struct tally *tally, int64_t now_ms, tally_visit visit, void *ctx);
