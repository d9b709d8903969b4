/* Which witnesses a partnership wants behind its log, and how many of them. The relay goes on
 * without them, under an alarm. */
#pragma once

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct policy;

#define POLICY_WITNESSES_MAX 16u

struct policy_witnesses {
    const char *const *names; /* of their keys, as the directory has them */
    size_t len;               /* 0: none are wanted */
    unsigned quorum;          /* of them; 0: none are wanted */
    int64_t late_ms;          /* a cosignature older than this no longer counts */
};
const struct policy_witnesses *policy_witnesses(const struct policy *policy);
