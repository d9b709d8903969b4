/* Identifiers of children as people write them: one normal form to compare by, and whether the
 * check digit or letter holds. One that fails is doubtful and no more: it is kept, shown, and
 * trusted no more than a name. Pure; any thread. */
#pragma once

#include "base/bytes.h"

enum identifier_kind {
    IDENTIFIER_UPN = 1,
    IDENTIFIER_NHS = 2,
    IDENTIFIER_LOCAL = 3, /* of an agency's own system: has no check */
};

enum identifier_state {
    IDENTIFIER_HOLDS = 1,
    IDENTIFIER_DOUBTFUL = 2,
    IDENTIFIER_UNCHECKED = 3,
};

/* "upn", "nhs_number", "local_id"; "holds", "fails its check", "has no check". */
const char *identifier_kind_word(enum identifier_kind kind);
const char *identifier_state_words(enum identifier_state state);

/* Appends the normal form: letters in capitals; of a UPN and an NHS number no spaces or hyphens; of
 * a local identifier no spaces at the ends. SH_E_TOO_BIG, SH_E_NOMEM. */
SH_MUST_USE sh_err identifier_normal(enum identifier_kind kind, const char *text, struct buf *out);
/* Of a normal form. UPN: the letter that the Department for Education's weights give, permanent and
 * temporary ones. NHS number: modulus 11. */
enum identifier_state identifier_check(enum identifier_kind kind, const char *normal);

/* Appends the form in which names are compared: letters of Latin script in lower case, hyphens and
 * spaces as one space, apostrophes and full stops left out. "O'Neil-Smith " is "oneil smith". */
SH_MUST_USE sh_err identifier_normal_name(const char *text, struct buf *out);
