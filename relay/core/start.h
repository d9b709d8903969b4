/* Making a core from its configuration, and checking it before it serves. */
#pragma once

#include "core/core.h"

/* Everything but threads and sockets: keys, policy, directory, store, book, and the checks of
 * DESIGN.md 6 "Start-up checks itself". Gives *out: core_free(). Any error means: do not serve;
 * *why says which check and what to do. */
SH_MUST_USE sh_err core_new(const struct config *config, struct core **out, struct sh_why *why);
/* The same over a given store, loaded pair and key, for tests and benchmarks: takes all three. */
struct core_parts {
    const struct config *config;
    struct clock clock;
    struct store *store;
    struct loaded *loaded;
    struct key *log_key;
};
SH_MUST_USE sh_err core_from_parts(struct core_parts *parts, struct core **out, struct sh_why *why);
/* SH_E_CONFIG unless `key` under the configured name is the log key that the directory has in
 * force. */
SH_MUST_USE sh_err start_check_log_key(const struct config *config, const struct key *key,
                                       const struct loaded *loaded, int64_t now_ms,
                                       struct sh_why *why);
void core_free(struct core **core);
/* Reads and checks all files without opening the store: for --check-config. */
SH_MUST_USE sh_err core_check_config(const struct config *config, struct sh_why *why);
