/* What the log says of a message, a refusal, a receipt: the facts behind a leaf (docs/PROTOCOL.md,
 * "Leaves" has the table of which type carries which). Only addresses, closed codes, numbers and
 * hashes. Pure. */
#pragma once

#include "core/submission.h"

/* ACCEPTED: all that the header says. Lists borrow the submission. */
SH_MUST_USE sh_err facts_of_message(struct submission *sub, struct leaf_facts *out);
/* REFUSED: as far as the header could be read and believed. */
void facts_of_refusal(const struct submission *sub, sh_err code, struct leaf_facts *out);
/* DELIVERED, OPENED, UNREADABLE: which message, by whom, with which signed receipt. */
SH_MUST_USE sh_err facts_of_receipt(const struct submission *sub, const struct header *header,
                                    struct leaf_facts *out);
/* Something that the relay itself says about a message. */
void facts_about(const struct message_row *row, const struct header *header,
                 struct leaf_facts *out);
