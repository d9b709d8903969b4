/* Signed notes: nothing verifies under a key that nobody has; a checkpoint that parses is written
 * in the one right way. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "tlog/note.h"

static const struct note_verifier nobody = {
    .name = "safehand.example/test", .key_id = 1, .public_key = {1}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes in = bytes_of(data, size);
    struct checkpoint checkpoint;
    struct bytes text, signatures;
    sh_err err = note_split(in, &text, &signatures);
    fuzz_hold_not_fatal(err);
    HOLD(err != SH_OK || (text.len + signatures.len < size && text.data[text.len - 1] == '\n'));
    err = checkpoint_parse(in, &checkpoint);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        char number[24];
        (void)snprintf(number, sizeof number, "\n%llu\n", (unsigned long long)checkpoint.size);
        HOLD(memcmp(in.data, checkpoint.origin, strlen(checkpoint.origin)) == 0);
        HOLD(memcmp(in.data + strlen(checkpoint.origin), number, strlen(number)) == 0);
    }
    err = checkpoint_verify(in, &nobody, &checkpoint);
    fuzz_hold_not_fatal(err);
    HOLD(err != SH_OK);
    return 0;
}
