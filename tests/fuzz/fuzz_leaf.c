/* Leaves: the auditor's quick reader of times takes nothing that the careful one refuses, and reads
 * the same. */
#include "audit/leaf_times.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes in = bytes_of(data, size);
    struct leaf leaf;
    int64_t time_ms = 0;
    const bool quick = leaf_time_read(in, &time_ms);
    sh_err err = leaf_decode(in, &leaf);
    fuzz_hold_not_fatal(err);
    HOLD(!quick || (err == SH_OK && leaf.time_ms == time_ms));
    return 0;
}
