/* What can be loaded again while the relay serves: the directory and the policy, as one immutable
 * pair with counted references. A message keeps the pair that it was verified under; the ledger
 * judges by the newest. */
#pragma once

#include "config/config.h"
#include "directory/directory.h"
#include "policy/policy.h"

struct loaded {
    _Atomic unsigned references;
    struct directory *directory;
    struct policy *policy;
};

/* Reads and checks root, directory and policy. serial_min: directories older than this are
 * SH_E_ROLLBACK. Gives *out: loaded_release(). Any thread. */
SH_MUST_USE sh_err loaded_read(const struct config *config, int64_t now_ms, uint64_t serial_min,
                               struct loaded **out, struct sh_why *why);
struct loaded *loaded_share(struct loaded *loaded);
void loaded_release(struct loaded **loaded);
