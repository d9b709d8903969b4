/* Proofs between two trees and of a leaf in one: two sizes, two roots, then the path. Any numbers
 * come back; a proof that holds does not hold for another root. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "tlog/merkle.h"

enum { HEAD = 8 + 8 + 2 * SH_HASH_BYTES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sh_hash roots[2], path[SH_PROOF_HASHES_MAX + 8];
    if (size < HEAD || size > HEAD + sizeof path) {
        return 0;
    }
    const uint64_t from = be64_load(data), to = be64_load(data + 8);
    const size_t len = (size - HEAD) / SH_HASH_BYTES;
    memcpy(roots, data + 16, sizeof roots);
    memcpy(path, data + HEAD, len * SH_HASH_BYTES);
    sh_err err = merkle_check_consistency(from, &roots[0], to, &roots[1], path, len);
    HOLD(err == SH_OK || err == SH_E_PROOF);
    roots[0].b[3] ^= 1;
    HOLD(err != SH_OK || from == 0 ||
         merkle_check_consistency(from, &roots[0], to, &roots[1], path, len) == SH_E_PROOF);
    err = merkle_check_inclusion(&roots[0], from, to, path, len, &roots[1]);
    HOLD(err == SH_OK || err == SH_E_PROOF);
    roots[1].b[3] ^= 1;
    HOLD(err != SH_OK ||
         merkle_check_inclusion(&roots[0], from, to, path, len, &roots[1]) == SH_E_PROOF);
    return 0;
}
