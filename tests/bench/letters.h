/* Referrals written, sealed and signed before anything is measured: each as a SUBMIT frame with a
 * signature of its own and as one of a batch, over the same header. */
#pragma once

#include "town.h"

enum {
    LETTER_SEALED_BYTES = 3000, /* what a referral of a page comes to */
    LETTER_BATCH = 256,
};

struct letter {
    struct sh_id message_id;
    struct buf single, batched; /* whole SUBMIT frames; `ref` is the letter's position */
    size_t envelope_bytes;
};

/* Letter i is from school i % TOWN_SCHOOLS. */
struct letters {
    struct letter *at;
    size_t len;
};

/* A few times 100 us of CPU each. */
void letters_write(struct letters *letters, const struct town *town, size_t len);
void letters_free(struct letters *letters); /* a destructor */
