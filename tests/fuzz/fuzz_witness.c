/* Bodies of add-checkpoint requests: whatever is read as one is written in the one way, and a
 * checkpoint in it is cosigned by nobody who does not know the log. */
#include "audit/witness_request.h"
#include "base/cleanup.h"
#include "fuzz.h"

static const struct note_verifier nobody = {
    .name = "safehand.example/test", .key_id = 1, .public_key = {1}};

static void hold_cosignatures(struct bytes note)
{
    struct bytes text, lines;
    struct cosigned_line line;
    if (note_split(note, &text, &lines) == SH_OK) {
        sh_err err = cosign_find(text, lines, &nobody, &line);
        fuzz_hold_not_fatal(err);
        HOLD(err != SH_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(WITNESS_REQUEST_BYTES_MAX);
    const struct bytes in = bytes_of(data, size);
    struct witness_offer offer;
    uint64_t number = 0;
    sh_err err = witness_request_decode(in, &offer);
    fuzz_hold_not_fatal(err);
    if (err == SH_OK) {
        HOLD(offer.proof.len <= WITNESS_REQUEST_HASHES_MAX);
        HOLD(witness_request_encode(&offer, &again) == SH_OK);
        HOLD(bytes_equal(bytes_buf(&again), in));
        /* No log is known: no memory is touched, and nothing signed. */
        SH_DEFER(witness_answer_wipe) struct witness_answer answer = {.verdict = WITNESS_COSIGNED};
        const struct witness witness = {.memory = "/nonexistent"};
        HOLD(witness_consider(&witness, &offer, &answer, NULL) == SH_OK);
        HOLD(answer.verdict == WITNESS_MALFORMED || answer.verdict == WITNESS_UNKNOWN_LOG);
        hold_cosignatures(offer.note);
    }
    fuzz_hold_not_fatal(witness_size_decode(in, &number));
    return 0;
}
