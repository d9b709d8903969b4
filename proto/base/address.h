/* Addresses: desk@organisation.sector, lower case, exact grammar [a-z0-9-]+@[a-z0-9-]+\.[a-z-]+,
 * at most SH_ADDRESS_BYTES_MAX bytes. A certificate chain alone would accept dsl@a.b.school, so
 * this check runs wherever an address comes in. Pure; any thread. */
#pragma once

#include "base/bytes.h"
#include "base/limits.h"

struct address {
    char text[SH_ADDRESS_BYTES_MAX + 1];
};

/* SH_E_BAD_ADDRESS if `in` is not exactly one address. */
SH_MUST_USE sh_err address_parse(struct bytes in, struct address *out);
SH_MUST_USE sh_err address_from(const char *text, struct address *out);
bool address_equal(const struct address *a, const struct address *b);
/* "999001.school": points into a->text, behind the @. */
const char *address_organisation(const struct address *a);
/* "school": points into a->text, behind the full stop. */
const char *address_sector(const struct address *a);
