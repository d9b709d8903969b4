/* A copy of the whole store while it is in use, a few pages at a time between transactions. What is
 * committed meanwhile goes into the copy as well, so that it is the store as it was at the last
 * step. Made by the connection that owns the database: no other can open it. Ledger thread only.
 *
 * What goes wrong with a copy is the copy's own: the store goes on. */
#pragma once

#include "store/store.h"

struct store_backup; /* opaque */

/* path: a private, empty file that the caller has made; anything else is refused, so that nobody's
 * file is written over. Borrows the store, which must outlive it. Gives *out: store_backup_end().
 * SH_E_EXISTS (not empty), SH_E_IO (cannot be written), SH_E_NOT_PERMITTED (a store in memory). */
SH_MUST_USE sh_err store_backup_begin(struct store *store, const char *path,
                                      struct store_backup **out, struct sh_why *why);
/* Copies up to pages_max pages; no transaction is open. SH_E_DISK_FULL, SH_E_IO: the copy is not to
 * be used. */
SH_MUST_USE sh_err store_backup_step(struct store_backup *backup, unsigned pages_max,
                                     bool *out_done, struct sh_why *why);
/* As of the last step. The file is written, and is still to be synced. */
void store_backup_progress(const struct store_backup *backup, uint64_t *out_pages,
                           uint64_t *out_pages_total);
/* Leaves the file where it is, whole or not. A destructor. */
void store_backup_end(struct store_backup **backup);
