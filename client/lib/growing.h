/* A list in an arena that doubles when it is full: the old halves stay in the arena until it goes.
 * Pointers to items hold until the next growing_add(). */
#pragma once

#include "base/arena.h"

struct growing {
    struct arena *arena;
    size_t size; /* of one item */
    void *items;
    size_t len, cap;
};

#define GROWING_INIT(in_arena, type)                                                               \
    {                                                                                              \
        .arena = (in_arena), .size = sizeof(type)                                                  \
    }

/* *out_item: zeroed. SH_E_NOMEM past the arena's budget. */
SH_MUST_USE static inline sh_err growing_add(struct growing *list, void **out_item)
{
    enum { ITEMS_FIRST = 16 };
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : ITEMS_FIRST;
        void *more = arena_array(list->arena, cap, list->size);
        SH_CHECK(more, SH_E_NOMEM);
        if (list->len > 0) {
            memcpy(more, list->items, list->len * list->size);
        }
        list->items = more;
        list->cap = cap;
    }
    *out_item = (uint8_t *)list->items + list->len * list->size;
    list->len++;
    return SH_OK;
}
