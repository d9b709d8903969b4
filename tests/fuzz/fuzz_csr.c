/* Requests for certificates, as safehand-ca reads them from somebody's file. */
#include "base/cleanup.h"
#include "crypto/csr.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(csr_pair_wipe) struct csr_pair pair = {.sign = NULL};
    struct sh_why why = {""};
    fuzz_hold_not_fatal(csr_pair_parse(bytes_of(data, size), &pair, &why));
    return 0;
}
