/* The outbox: messages and receipts, written durably before they are sent, sent until the relay has
 * answered for good. A retry sends the stored bytes. Only a refusal because the recipients' seats
 * have changed leads to a new message, by itself, under a new id. */
#pragma once

#include "client/draft.h"

/* Seals and signs the drafts (several: under one batch signature) and stores them in one
 * transaction. out_rows: room for len. SH_E_TOO_BIG, SH_E_DISK_FULL, SH_E_PASSPHRASE. */
SH_MUST_USE sh_err outbox_put(struct sh_client *client, const struct draft *drafts, size_t len,
                              int64_t *out_rows, struct sh_why *why);
/* Sends everything that waits and takes the answers. SH_OK: nothing waits any more (what was
 * refused is recorded as refused). DEFER class: something still waits, and why. SH_E_FORK,
 * SH_E_PROOF and the like: a statement of the relay does not verify; what was sent still waits. */
SH_MUST_USE sh_err outbox_push(struct sh_client *client, struct sh_why *why);
/* Sends the receipts that wait, over an open connection. */
SH_MUST_USE sh_err outbox_push_receipts(struct sh_client *client, size_t *out_sent,
                                        struct sh_why *why);
/* Keeps the sender's chain and CRLs of today beside a message. */
SH_MUST_USE sh_err outbox_keep_chain(struct sh_client *client, int64_t row,
                                     const struct certificate *sender, int64_t accepted_at_ms);
