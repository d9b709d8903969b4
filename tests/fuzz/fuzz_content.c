/* What stands inside a signed message. What is accepted is casework that a sender could have
 * written: it passes the sender's check and makes the same bytes again. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/casework.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_CONTENT_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct content out = {.casework = NULL};
    struct sh_why why = {""};
    sh_err err = content_decode(in, arena, &out, &why);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        fuzz_hold(casework_check(out.casework, &why) == SH_OK, why.text);
        fuzz_hold(content_encode(&out, &again, &why) == SH_OK, why.text);
        HOLD(bytes_equal(in, bytes_buf(&again)));
        json_decref(out.casework);
    }
    return 0;
}
