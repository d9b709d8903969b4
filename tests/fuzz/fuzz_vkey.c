/* Verifier keys of logs: what is accepted has a name that fits and is said in one way only. */
#include "base/cleanup.h"
#include "fuzz.h"
#include "tlog/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(buf_wipe) struct buf text = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_KIB);
    SH_DEFER(key_free) struct key *key = NULL;
    struct note_verifier verifier;
    if (buf_append(&text, bytes_of(data, size)) != SH_OK || buf_terminate(&text) != SH_OK) {
        return 0;
    }
    sh_err err = note_verifier_parse((const char *)text.data, &verifier);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(key_from_raw_public_ed25519(verifier.public_key, &key) == SH_OK);
        HOLD(note_vkey(verifier.name, key, &again) == SH_OK);
        HOLD(bytes_equal(bytes_str((const char *)text.data), bytes_buf(&again)));
    }
    return 0;
}
