/* Signed directories and the files in them: what is accepted is written back byte for byte. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "wire/directory.h"

static void try_file(struct bytes in, struct arena *arena)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    struct directory_file out;
    sh_err err = directory_file_decode(in, arena, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(directory_file_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(arena_free) struct arena *arena = fuzz_arena();
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_DIRECTORY_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct signed_directory out;
    sh_err err = signed_directory_decode(in, arena, &out);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(signed_directory_encode(&out, &again) == SH_OK);
        HOLD(bytes_equal(in, bytes_buf(&again)));
        try_file(out.directory, arena);
    } else {
        try_file(in, arena);
    }
    return 0;
}
