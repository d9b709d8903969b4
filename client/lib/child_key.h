/* Who a child is, for comparing: the key that a person types, and the tokens by which two messages
 * are found to tell of one child. A token is a keyed hash (HMAC-SHA-256 under a key derived from
 * this seat's own): the vault's index shows a thief neither name nor number, only that two rows are
 * alike.
 *
 * Some tokens join (a UPN that passes its check; a name with a date of birth), others are only
 * likeness (a name alone, an identifier that fails its check): what they find is listed as
 * possible, never merged. */
#pragma once

#include "client/identifiers.h"
#include "client/vault.h"

#include <jansson.h>

enum child_by {
    BY_UPN = 1,
    BY_NHS = 2,
    BY_LOCAL_BORN = 3,
    BY_LOCAL_NAME = 4,
    BY_NAME_BORN = 5,
    BY_UPN_DOUBTFUL_BORN = 6,
    BY_NHS_DOUBTFUL_BORN = 7,
    BY_JOINING_LAST = BY_NHS_DOUBTFUL_BORN,
    BY_LOCAL = 8,
    BY_UPN_DOUBTFUL = 9,
    BY_NHS_DOUBTFUL = 10,
    BY_NAME = 11,
    BY_LAST = BY_NAME,
};

static inline bool child_by_joins(uint32_t by)
{
    return by >= BY_UPN && by <= BY_JOINING_LAST;
}
/* "UPN", "name and date of birth", ... */
const char *child_by_words(uint32_t by);

/* A child's tokens, from an entry of `children` or `siblings`. family: for a sibling, whose name
 * may leave it out, that of the child whose sibling it is; else NULL. Lists borrow the arena. */
struct child_tokens {
    struct child_token *items;
    size_t len;
};
SH_MUST_USE sh_err child_tokens_of(const json_t *child, const char *family,
                                   const struct sh_hash *index_key, struct arena *arena,
                                   struct child_tokens *out);

/* What a person typed: upn:X, nhs:X, local:X, name:Given Family/2016-05-21. A local identifier, and
 * one that fails its check, may have /DATE behind it, too. *out is the one token that it stands
 * for. SH_E_USAGE with what a key looks like; the text holds nothing of the key. */
SH_MUST_USE sh_err child_key_parse(const char *key, const struct sh_hash *index_key,
                                   struct child_token *out, struct sh_why *why);
