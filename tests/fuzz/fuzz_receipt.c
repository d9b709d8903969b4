/* Signed receipts and the receipts in them: what is accepted is written back byte for byte. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/envelope.h"

static void try_receipt(struct bytes in)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    struct receipt out;
    sh_err err = receipt_decode(in, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(receipt_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_FRAME_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct signed_receipt out;
    sh_err err = signed_receipt_decode(in, arena, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(signed_receipt_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
        try_receipt(out.receipt);
    }
    try_receipt(in);
    return 0;
}
