/* The outbox: what the ledger thread wants sent, on its way to the link thread. The ledger fills it
 * while it answers a group and posts once; the link thread is woken through a descriptor. */
#pragma once

#include "link/link.h"

struct outbox; /* opaque */

SH_MUST_USE sh_err outbox_new(struct outbox **out);
void outbox_free(struct outbox **outbox);
int outbox_fd(const struct outbox *outbox); /* readable when something was posted */

/* Ledger thread: adds one record to the group. SH_E_NOMEM. */
SH_MUST_USE sh_err outbox_add(struct outbox *outbox, enum link_type type, uint64_t connection,
                              struct bytes payload);
/* Ledger thread: hands over what was added. */
void outbox_post(struct outbox *outbox);
/* Ledger thread: the relay must end, and how. */
void outbox_post_end(struct outbox *outbox, sh_err reason);

/* Any thread: bytes that were posted and not sent yet. */
size_t outbox_waiting(struct outbox *outbox);
/* Ledger thread: so much waits that what can wait (deliveries) should. */
bool outbox_is_behind(struct outbox *outbox);

/* Link thread: hands each posted record to `send` in order, until it says SH_E_BUSY: that record
 * and those behind it are for the next time. *out_end is set if the ledger ended (then
 * *out_reason). */
typedef sh_err (*outbox_send)(void *ctx, const struct link_record *record);
SH_MUST_USE sh_err outbox_drain(struct outbox *outbox, outbox_send send, void *ctx, bool *out_end,
                                sh_err *out_reason);
