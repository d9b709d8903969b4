/* Clocks: which a message starts, which it stops, and what a receipt stops. Ledger thread, inside
 * the transaction of the message or receipt itself, so that a fact and what follows from it become
 * durable together. What happens when one runs out is overdue.c's. */
#pragma once

#include "core/submission.h"
#include "policy/clocks.h"

struct core;

/* Before the ACCEPTED leaf is written: the message joins sub->casefile, and sub->starts says which
 * clocks it starts. What it ends is the stage's own work, behind the leaf. */
SH_MUST_USE sh_err duties_plan(struct core *core, struct submission *sub);
/* The part of the leaf: lists borrow the submission. */
SH_MUST_USE sh_err duties_facts(struct submission *sub, struct leaf_facts *out);
/* Behind the receipt's own row. */
SH_MUST_USE sh_err duties_receipt(struct core *core, struct submission *sub,
                                  const struct header *header);
/* When a row must next be looked at. */
int64_t duties_next_ms(const struct clock_entry *entries, size_t len);
