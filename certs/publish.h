/* The signed directory: assembled from the register, or signed as a struct that the caller put
 * together. */
#pragma once

#include "certs/authority.h"
#include "wire/directory.h"

/* Encodes `file`, signs it with the directory key and appends the SignedDirectory. Does not look at
 * what is in it: lists must be sorted as proto/schema/directory.proto says. */
SH_MUST_USE sh_err publish_sign(const struct directory_file *file,
                                const struct issuer *directory_key, struct buf *out);

/* What was published, for a person. */
struct published {
    uint64_t serial;
    int64_t expires_at_ms;
    size_t organisations, desks, seats; /* live seats */
    bool root_crl_is_old;               /* its key is off line, and half of its validity is over */
};

/* A new directory from the register: the next serial, fresh revocation lists (the root's only if
 * its key is here; otherwise the one that is kept), signed, and loaded again as every client will,
 * so that what they would refuse is never published (SH_E_DUPLICATE_KEY, SH_E_WRONG_SECTOR, ... of
 * directory_load()). Appends the SignedDirectory. The caller commits before it lets anyone see it:
 * a serial that is skipped does no harm, one that is used twice does. */
SH_MUST_USE sh_err publish_directory(struct ca *ca, struct buf *out,
                                     struct published *out_published, struct sh_why *why);
