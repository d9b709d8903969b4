/* Entry bundles of the published log: what is taken apart is put together again. */
#include "base/cleanup.h"
#include "base/limits.h"
#include "fuzz.h"
#include "tlog/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(64u * SH_MIB);
    const struct bytes in = bytes_of(data, size);
    struct bytes entry;
    size_t at = 0;
    sh_err err = SH_OK;
    while ((err = bundle_next(in, &at, &entry)) == SH_OK) {
        HOLD(at <= size);
        HOLD(bundle_append(&again, entry) == SH_OK);
    }
    HOLD(err == SH_E_EMPTY || err == SH_E_FORMAT);
    HOLD(err != SH_E_EMPTY || bytes_equal(in, bytes_buf(&again)));
    return 0;
}
