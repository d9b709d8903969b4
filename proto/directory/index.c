/* Sorted arrays with binary search: built once for a directory and never changed after, so nothing
 * cleverer is needed for some thousands of entries. */
#include "directory/loaded.h"

#include <stdlib.h>

static int compare_entries(const void *a, const void *b)
{
    const struct index_entry *x = a;
    const struct index_entry *y = b;
    return memcmp(x->key, y->key, 32);
}

sh_err index_init(struct index *index, struct arena *arena, size_t cap)
{
    struct index_entry *entries = arena_array(arena, cap, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    *index = (struct index){.entries = entries, .cap = cap};
    return SH_OK;
}

sh_err index_add(struct index *index, const uint8_t key[32], const void *value)
{
    SH_CHECK(index->len < index->cap, SH_E_BUG);
    index->entries[index->len++] = (struct index_entry){.key = key, .value = value};
    return SH_OK;
}

sh_err index_sort(struct index *index, const void **out_value)
{
    if (index->len == 0) {
        return SH_OK;
    }
    qsort(index->entries, index->len, sizeof *index->entries, compare_entries);
    for (size_t i = 1; i < index->len; i++) {
        if (compare_entries(&index->entries[i - 1], &index->entries[i]) == 0) {
            *out_value = index->entries[i].value;
            return SH_E_DUPLICATE_KEY;
        }
    }
    return SH_OK;
}

const void *index_find(const struct index *index, const uint8_t key[32])
{
    if (index->len == 0) {
        return NULL;
    }
    struct index_entry wanted = {.key = key};
    const struct index_entry *found =
        bsearch(&wanted, index->entries, index->len, sizeof *index->entries, compare_entries);
    return found ? found->value : NULL;
}
