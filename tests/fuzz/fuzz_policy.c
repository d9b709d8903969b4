/* Policy files: whatever stands in them, they load or are refused with a line. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "memory_file.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(memory_file_close) struct memory_file file;
    SH_DEFER(policy_free) struct policy *policy = NULL;
    struct sh_why why = {""};
    memory_file_make(&file, data, size);
    sh_err err = policy_load(file.path, &policy, &why);
    fuzz_hold_not_fatal(err);
    HOLD((err == SH_OK) == (policy != NULL));
    HOLD(err == SH_OK || why.text[0]);
    return 0;
}
