#include "store/sqlite/intern.h"

#include <stdlib.h>

void intern_init(struct intern *in, size_t key_bytes)
{
    *in = (struct intern){.key_bytes = key_bytes};
}

void intern_wipe(struct intern *in)
{
    free(in->keys);
    free(in->slots);
    *in = (struct intern){.key_bytes = in->key_bytes};
}

/* FNV-1a. Keys are seats and addresses of the directory, which the partnership signs: nobody can
 * flood it. */
static size_t hash_key(const struct intern *in, const uint8_t *key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < in->key_bytes; i++) {
        h = (h ^ key[i]) * 0x100000001b3u;
    }
    return (size_t)(h ^ h >> 32);
}

const void *intern_key(const struct intern *in, uint64_t id)
{
    return id >= 1 && id <= in->len ? in->keys + (id - 1) * in->key_bytes : NULL;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const struct intern *in, const uint8_t *key)
{
    size_t at = hash_key(in, key) & (in->slots_len - 1);
    while (in->slots[at] && memcmp(intern_key(in, in->slots[at]), key, in->key_bytes) != 0) {
        at = (at + 1) & (in->slots_len - 1);
    }
    return at;
}

uint32_t intern_find(const struct intern *in, const void *key)
{
    return in->slots_len ? in->slots[find_slot(in, key)] : 0;
}

static sh_err grow_slots(struct intern *in)
{
    size_t slots_len = in->slots_len ? in->slots_len * 2 : 64;
    uint32_t *slots = calloc(slots_len, sizeof *slots);
    SH_CHECK(slots, SH_E_NOMEM);
    free(in->slots);
    in->slots = slots;
    in->slots_len = slots_len;
    for (size_t id = 1; id <= in->len; id++) {
        in->slots[find_slot(in, intern_key(in, id))] = (uint32_t)id;
    }
    return SH_OK;
}

static sh_err grow_keys(struct intern *in)
{
    size_t cap = in->cap ? in->cap * 2 : 32;
    size_t bytes = 0;
    SH_TRY(size_mul(cap, in->key_bytes, &bytes));
    uint8_t *keys = realloc(in->keys, bytes);
    SH_CHECK(keys, SH_E_NOMEM);
    in->keys = keys;
    in->cap = cap;
    return SH_OK;
}

sh_err intern_add(struct intern *in, const void *key, uint32_t *out_id)
{
    SH_CHECK(in->len < UINT32_MAX, SH_E_NOMEM);
    if (in->len * 2 >= in->slots_len) {
        SH_TRY(grow_slots(in));
    }
    if (in->len == in->cap) {
        SH_TRY(grow_keys(in));
    }
    size_t slot = find_slot(in, key);
    memcpy(in->keys + in->len * in->key_bytes, key, in->key_bytes);
    in->len++;
    in->slots[slot] = (uint32_t)in->len;
    *out_id = (uint32_t)in->len;
    return SH_OK;
}

/* The youngest first: nothing that stays was ever probed past them, so clearing their slots leaves
 * no hole in a chain. */
void intern_truncate(struct intern *in, size_t len)
{
    while (in->len > len) {
        in->slots[find_slot(in, intern_key(in, in->len))] = 0;
        in->len--;
    }
}
