#include "base/cleanup.h"
#include "gate/key_list.h"
#include "link/link.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(key_list, has_exactly_the_keys_it_was_given)
{
    uint8_t keys[3][CURVE_KEY_BYTES] = {{9}, {1}, {5}};
    uint8_t other[CURVE_KEY_BYTES] = {5, 1};
    SH_DEFER(key_list_free) struct key_list *list = NULL;
    cr_assert_eq(key_list_new(bytes_of(keys, sizeof keys), &list), SH_OK);
    cr_assert_eq(key_list_len(list), 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(key_list_has(list, keys[i]));
    }
    cr_assert_not(key_list_has(list, other));
}

Test(key_list, an_empty_list_and_no_list_have_nobody)
{
    uint8_t zero[CURVE_KEY_BYTES] = {0};
    SH_DEFER(key_list_free) struct key_list *list = NULL;
    cr_assert_not(key_list_has(NULL, zero));
    cr_assert_eq(key_list_len(NULL), 0);
    cr_assert_eq(key_list_new(bytes_of(NULL, 0), &list), SH_OK);
    cr_assert_not(key_list_has(list, zero));
}

Test(key_list, parts_of_keys_and_too_many_are_refused)
{
    SH_DEFER(sh_freep) uint8_t *keys = calloc(1, LINK_KEYS_BYTES_MAX + CURVE_KEY_BYTES);
    SH_DEFER(key_list_free) struct key_list *list = NULL;
    struct key_list *none = NULL;
    cr_assert_eq(key_list_new(bytes_of(keys, CURVE_KEY_BYTES - 1), &none), SH_E_FORMAT);
    cr_assert_eq(key_list_new(bytes_of(keys, LINK_KEYS_BYTES_MAX + CURVE_KEY_BYTES), &none),
                 SH_E_FORMAT);
    cr_assert_null(none);
    cr_assert_eq(key_list_new(bytes_of(keys, LINK_KEYS_BYTES_MAX), &list), SH_OK);
    cr_assert_eq(key_list_len(list), LINK_KEYS_BYTES_MAX / CURVE_KEY_BYTES);
}
