#include "store/sqlite/lookup.h"

#include <stdlib.h>

/* Whoever makes keys that meet in one slot gains little: there are never more than 2 *
 * LOOKUP_RECENT_MAX of them. */
static size_t slot_of(const struct recent *recent, int64_t key)
{
    uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32 ^ h) & (recent->slots_len - 1);
}

static void place(struct recent *recent, size_t i)
{
    size_t at = slot_of(recent, recent->keys[i].key);
    while (recent->slots[at]) {
        at = (at + 1) & (recent->slots_len - 1);
    }
    recent->slots[at] = (uint32_t)i + 1;
}

static sh_err grow(struct recent *recent)
{
    size_t cap = recent->cap ? recent->cap * 2 : 1024;
    struct recent_key *keys = realloc(recent->keys, cap * sizeof *keys);
    SH_CHECK(keys, SH_E_NOMEM);
    recent->keys = keys;
    uint32_t *slots = calloc(cap * 2, sizeof *slots);
    SH_CHECK(slots, SH_E_NOMEM);
    free(recent->slots);
    recent->slots = slots;
    recent->slots_len = cap * 2;
    recent->cap = cap;
    for (size_t i = 0; i < recent->len; i++) {
        place(recent, i);
    }
    return SH_OK;
}

sh_err recent_add(struct recent *recent, int64_t key, int64_t seq)
{
    if (recent->len == recent->cap) {
        SH_TRY(grow(recent));
    }
    recent->keys[recent->len] = (struct recent_key){.key = key, .seq = seq};
    place(recent, recent->len);
    recent->len++;
    return SH_OK;
}

int64_t recent_find(const struct recent *recent, int64_t key, int64_t after)
{
    int64_t best = 0;
    SH_CHECK(recent->slots_len, 0);
    for (size_t at = slot_of(recent, key); recent->slots[at];
         at = (at + 1) & (recent->slots_len - 1)) {
        const struct recent_key *found = &recent->keys[recent->slots[at] - 1];
        if (found->key == key && found->seq > after && (best == 0 || found->seq < best)) {
            best = found->seq;
        }
    }
    return best;
}

/* The youngest first: no chain of what stays was ever probed past them. */
void recent_truncate(struct recent *recent, int64_t seq)
{
    while (recent->len > 0 && recent->keys[recent->len - 1].seq > seq) {
        size_t at = slot_of(recent, recent->keys[recent->len - 1].key);
        while (recent->slots[at] != recent->len) {
            at = (at + 1) & (recent->slots_len - 1);
        }
        recent->slots[at] = 0;
        recent->len--;
    }
}

void recent_clear(struct recent *recent)
{
    if (recent->slots) {
        memset(recent->slots, 0, recent->slots_len * sizeof *recent->slots);
    }
    recent->len = 0;
}

void recent_wipe(struct recent *recent)
{
    free(recent->keys);
    free(recent->slots);
    *recent = (struct recent){.len = 0};
}
