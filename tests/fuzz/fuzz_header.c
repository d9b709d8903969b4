/* Headers: what is accepted is written back byte for byte. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct header out;
    sh_err err = header_decode(in, arena, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(header_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
    }
    return 0;
}
