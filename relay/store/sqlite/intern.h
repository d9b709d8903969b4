/* Keys of one fixed length by small number, from 1: seats and addresses. All of a table is held in
 * memory, so a look-up costs no SQL. It knows nothing of the database; db.h's seat_ and address_
 * functions keep the two in step. */
#pragma once

#include "base/bytes.h"

struct intern {
    size_t key_bytes;
    uint8_t *keys; /* key of id n stands at (n - 1) * key_bytes */
    size_t len, cap;
    uint32_t *slots; /* open addressing: ids, 0 is free; slots_len is a power of two */
    size_t slots_len;
    size_t committed; /* how many are on disk for good */
};

void intern_init(struct intern *in, size_t key_bytes);
void intern_wipe(struct intern *in);
/* 0 if it is not there. */
uint32_t intern_find(const struct intern *in, const void *key);
/* The key must not be there. SH_E_NOMEM. */
SH_MUST_USE sh_err intern_add(struct intern *in, const void *key, uint32_t *out_id);
/* NULL for an id that is none. */
const void *intern_key(const struct intern *in, uint64_t id);
/* Forgets all ids above `len`. */
void intern_truncate(struct intern *in, size_t len);
