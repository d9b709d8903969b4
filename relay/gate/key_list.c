#include "gate/key_list.h"

#include "link/link.h"

#include <stdlib.h>

struct key_list {
    size_t len;
    uint8_t keys[][CURVE_KEY_BYTES];
};

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, CURVE_KEY_BYTES);
}

sh_err key_list_new(struct bytes keys, struct key_list **out)
{
    SH_CHECK(keys.len % CURVE_KEY_BYTES == 0 && keys.len <= LINK_KEYS_BYTES_MAX, SH_E_FORMAT);
    struct key_list *list = malloc(sizeof *list + keys.len);
    SH_CHECK(list, SH_E_NOMEM);
    list->len = keys.len / CURVE_KEY_BYTES;
    if (keys.len) {
        memcpy(list->keys, keys.data, keys.len);
        qsort(list->keys, list->len, CURVE_KEY_BYTES, compare_keys);
    }
    *out = list;
    return SH_OK;
}

void key_list_free(struct key_list **list)
{
    free(*list);
    *list = NULL;
}

bool key_list_has(const struct key_list *list, const uint8_t key[CURVE_KEY_BYTES])
{
    return list && bsearch(key, list->keys, list->len, CURVE_KEY_BYTES, compare_keys) != NULL;
}

size_t key_list_len(const struct key_list *list)
{
    return list ? list->len : 0;
}
