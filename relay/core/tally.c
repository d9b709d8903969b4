#include "core/tally.h"

#include "base/limits.h"

#include <stdlib.h>

enum { TALLY_SLOTS = 16384, TALLY_USED_MAX = 12288 };

struct tally_entry {
    struct sh_hash seat;
    uint32_t what;
    uint64_t count; /* 0: a free slot */
};

struct tally {
    int64_t hour;
    size_t used;
    struct tally_entry entries[TALLY_SLOTS];
};

sh_err tally_new(struct tally **out)
{
    *out = calloc(1, sizeof **out);
    SH_CHECK(*out, SH_E_NOMEM);
    return SH_OK;
}

void tally_free(struct tally **tally)
{
    free(*tally);
    *tally = NULL;
}

uint64_t tally_add(struct tally *tally, const struct sh_hash *seat, uint32_t what, int64_t now_ms)
{
    if (tally->used == 0) {
        tally->hour = now_ms / SH_HOUR_MS;
    }
    /* A seat's hash is as good as random already. */
    size_t at = (be32_load(seat->b) + what * 2654435761u) % TALLY_SLOTS;
    while (tally->entries[at].count &&
           (tally->entries[at].what != what || !hash_equal(&tally->entries[at].seat, seat))) {
        at = (at + 1) % TALLY_SLOTS;
    }
    struct tally_entry *entry = &tally->entries[at];
    if (!entry->count) {
        if (tally->used == TALLY_USED_MAX) {
            return UINT64_MAX;
        }
        tally->used++;
        entry->seat = *seat;
        entry->what = what;
    }
    return ++entry->count;
}

sh_err tally_turn(struct tally *tally, int64_t now_ms, tally_visit visit, void *ctx)
{
    if (tally->used == 0 || now_ms / SH_HOUR_MS == tally->hour) {
        return SH_OK;
    }
    for (size_t at = 0; at < TALLY_SLOTS; at++) {
        const struct tally_entry *entry = &tally->entries[at];
        if (entry->count) {
            SH_TRY(visit(ctx, &entry->seat, entry->what, entry->count));
        }
    }
    memset(tally, 0, sizeof *tally);
    tally->hour = now_ms / SH_HOUR_MS;
    return SH_OK;
}
