/* Names of organisations from a public register: tab-separated, UTF-8, one line of column names
 * first. */
#pragma once

#include "certs/register.h"

#define NAMES_FILE_BYTES_MAX (16u * SH_MIB)

/* The number of a school: 5 to 7 digits. */
bool names_urn_is_valid(const char *urn);

/* Schools: columns school-eng (URN), name and end-date, by their names, in any order, others passed
 * over. The code is URN + ".school". What was given by hand before (telephone, hours, successors)
 * stays. SH_E_FORMAT with the line in *why; nothing is kept then, since the caller does not commit.
 * *out_rows: how many. */
SH_MUST_USE sh_err names_import_schools(struct ca_register *r, struct bytes tsv, size_t *out_rows,
                                        struct sh_why *why);
