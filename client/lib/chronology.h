/* A child's chronology: what this vault holds on one child, from all agencies and kinds, in order
 * of the event. See sh_client_chronology(). Every message whose words are used is marked as opened
 * before a word is given out (reading.h). */
#pragma once

#include "client/child_match.h"
#include "client/entry.h"

struct chronology_order {
    const char *key; /* see child_key.h */
    bool household;  /* siblings, too */
};

/* Gives *out; also with SH_E_AMBIGUOUS: {"possible":[...]}, without content. SH_E_NOT_FOUND,
 * SH_E_USAGE. */
SH_MUST_USE sh_err chronology_build(struct sh_client *client, const struct chronology_order *order,
                                    json_t **out, struct sh_why *why);

/* Selected rows as a document of kind chronology, which names the messages that they stand in, with
 * every handling mark. Gives *out: json_decref(). SH_E_USAGE: no such row, or one of a message that
 * the relay has not accepted. */
struct chronology_selection {
    const char *key;
    const unsigned *rows; /* numbers, from 1 */
    size_t rows_len;
    const char *const *to;
    size_t to_len;
    const char *author, *role;
    const char *note; /* NULL: none */
};
SH_MUST_USE sh_err chronology_select(struct sh_client *client,
                                     const struct chronology_selection *selection, json_t **out,
                                     struct sh_why *why);

/* A person's word that two keys are one child (joined), or are not: kept in the vault for good, the
 * words sealed to this seat. *out: {"linked","at"}. SH_E_USAGE: no reason, one key twice, or to
 * part what one message says of one child. */
struct chronology_link {
    const char *key, *other, *reason;
    bool joined;
};
SH_MUST_USE sh_err chronology_put_link(struct sh_client *client, const struct chronology_link *in,
                                       json_t **out, struct sh_why *why);
/* What was said of a child: "links" of a chronology. Appends to the list. */
SH_MUST_USE sh_err chronology_read_links(struct sh_client *client, const struct child_group *group,
                                         json_t *list, struct sh_why *why);
