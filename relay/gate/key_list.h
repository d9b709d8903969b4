/* A list of CURVE public keys that answers "is this one in it". Immutable once made; one thread at
 * a time. */
#pragma once

#include "base/bytes.h"

#define CURVE_KEY_BYTES 32u

struct key_list; /* opaque: keys in memcmp order */

/* keys: a whole number of keys, at most LINK_KEYS_BYTES_MAX bytes, in any order, copied. Gives
 * *out: key_list_free(). SH_E_FORMAT, SH_E_NOMEM. */
SH_MUST_USE sh_err key_list_new(struct bytes keys, struct key_list **out);
void key_list_free(struct key_list **list);
bool key_list_has(const struct key_list *list, const uint8_t key[CURVE_KEY_BYTES]);
size_t key_list_len(const struct key_list *list);
