/* What a sender is told of an organisation that has closed: when, who took its place, and which
 * desk there is the one to write to. Where there are several, a person says which; nothing here
 * chooses. Borrows the directory. */
#pragma once

#include "client/addressees.h"

struct closing {
    const struct directory *directory;
    struct address address;                            /* that was to be written to */
    const struct directory_organisation *organisation; /* never NULL */
    struct succession succession;
    size_t candidates[SUCCESSION_MAX]; /* positions in succession: ends, and what is live on the
                                        * way there */
    size_t candidates_len;
    char today[11];
};

/* False if nothing is known to have become of the address's organisation. An address without a desk
 * ("@999001.school") asks for the organisation alone. */
bool successors_look(const struct directory *directory, const struct address *address,
                     int64_t now_ms, struct closing *out);
/* The same desk at a candidate. False if nobody has a seat there. */
bool successors_address(const struct closing *closing, size_t candidate, struct address *out);
/* What happened and what to do, into *why (which may be NULL). answers: it is an answer that was to
 * go there. */
void successors_write(const struct closing *closing, bool answers, struct sh_why *why);
/* What happened, for who writes there all the same. */
SH_MUST_USE sh_err successors_write_note(const struct closing *closing, json_t **out);
/* Appends an object for each candidate: see SH_CLIENT_CLOSED in client.h. */
SH_MUST_USE sh_err successors_list(const struct closing *closing, json_t *list);

/* The recipients of a document of its own: in its `to` and `inform`, an address that nobody can be
 * reached at any more becomes the successor's that `to` (given beside the document) names. `to` is
 * emptied of such addresses, too. SH_E_CLOSED if none is named: *why says what to do, and
 * *out_list, which may be NULL, is given the candidates (also with the error). */
struct successors_order {
    const struct directory *directory;
    int64_t now_ms;
    const char **to;
    size_t to_len;
    json_t **out_list;
};
SH_MUST_USE sh_err successors_settle(struct successors_order *order, json_t *document,
                                     struct sh_why *why);
/* The recipients of an answer, which cannot go to anyone else: SH_E_CLOSED if one of them cannot be
 * reached because it has closed. */
SH_MUST_USE sh_err successors_check(struct successors_order *order, const struct addressees *to,
                                    struct sh_why *why);
/* Appends to "warnings" of *result: an organisation that this goes to is said to have closed,
 * though somebody still has a seat there. */
SH_MUST_USE sh_err successors_warn(const struct directory *directory, const struct facts *facts,
                                   int64_t now_ms, json_t *result);
