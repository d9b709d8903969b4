/* Statements of the relay: what is accepted is written back; nothing verifies under a key that
 * nobody has. */
#include "base/cleanup.h"
#include "envelope/receipt.h"
#include "fuzz.h"

static const struct note_verifier nobody = {
    .name = "safehand.example/test", .key_id = 1, .public_key = {1}};

static void try_leaf(struct bytes in)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_FRAME_BYTES_MAX);
    struct leaf out;
    sh_err err = leaf_decode(in, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(leaf_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_FRAME_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct statement out;
    struct verified_statement verified;
    sh_err err = statement_decode(in, arena, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(statement_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
        try_leaf(out.leaf);
        err = statement_verify(&out, &nobody, arena, &verified);
        fuzz_hold_not_fatal(err);
        HOLD(err != SH_OK);
    }
    return 0;
}
