/* Files that prove an entry: what decodes is written in the one right way. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "tlog/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(buf_wipe) struct buf extra = BUF_INIT(PROOF_EXTRA_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(PROOF_FILE_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct proof_file proof;
    sh_err err = proof_file_decode(in, &extra, &proof);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(proof.index < MERKLE_SIZE_MAX && proof.path.len <= SH_PROOF_HASHES_MAX);
        HOLD(proof_file_encode(&proof, &again) == SH_OK);
        HOLD(bytes_equal(bytes_buf(&again), in));
    }
    return 0;
}
