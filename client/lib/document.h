/* A document as a person or program hands it in: one JSON object of tests/cases/CODES.md, without
 * the wrappers that only tests have. */
#pragma once

#include "client/state.h"
#include "wire/types.h"

/* Gives *out: json_decref(). empty: an empty object. SH_E_JSON with the place in *why. */
SH_MUST_USE sh_err document_parse(struct bytes text, json_t **out, struct sh_why *why);
/* Its kind. SH_E_JSON. */
SH_MUST_USE sh_err document_kind(const json_t *document, enum kind *out, struct sh_why *why);
/* One document for each setting of the children, with that setting's children only, to the
 * setting's desk and to those of `to` that are no child's setting. A list: json_decref(). SH_E_JSON
 * if a child has no setting with an address. */
SH_MUST_USE sh_err document_split(const json_t *document, json_t **out, struct sh_why *why);
/* Keyed hash by which the same document is known again: of its values, of the message it answers
 * and of who else is addressed. */
struct document_key_order {
    const struct sh_hash *key;
    const struct sh_hash *parent; /* NULL: none */
    const char *const *to;
    size_t to_len;
};
SH_MUST_USE sh_err document_key(const json_t *document, const struct document_key_order *order,
                                struct sh_hash *out);
