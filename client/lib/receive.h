/* Receiving: what the relay delivers is verified in full before it is stored, and the receipt for
 * it is signed and queued in the transaction that stores it. Exactly once: what is delivered again
 * is only receipted again. One thread. */
#pragma once

#include "client/state.h"

struct received {
    bool is_new; /* stored now, not a repeat */
    struct sh_hash header_sha256;
    enum message_state state; /* MESSAGE_ACCEPTED or MESSAGE_UNREADABLE */
};

/* A message. What is wrong with it (the sender's doing) makes it UNREADABLE, quarantined, and is
 * SH_OK here; what is wrong with the relay's statement (SH_E_PROOF, SH_E_FORK, ...) or with
 * ourselves is an error, and nothing is stored. */
SH_MUST_USE sh_err receive_deliver(struct sh_client *client, const struct frame *frame,
                                   struct received *out, struct sh_why *why);
/* A fact about a message. Stored, then NOTICE_SEEN. */
SH_MUST_USE sh_err receive_notice(struct sh_client *client, const struct frame *frame,
                                  struct sh_why *why);
/* A receipt of ours, signed and put into the outbox; inside the caller's transaction. code: of
 * UNREADABLE. */
struct receipt_order {
    enum receipt_type type;
    struct sh_id message_id;
    struct sh_hash header_sha256;
    uint32_t code;
};
SH_MUST_USE sh_err receive_sign_receipt(struct sh_client *client, const struct receipt_order *order,
                                        struct sh_why *why);
