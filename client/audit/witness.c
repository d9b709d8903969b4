#include "audit/witness.h"

#include "audit/witness_memory.h"
#include "base/cleanup.h"

#define MS_PER_SECOND 1000

void witness_answer_wipe(struct witness_answer *answer)
{
    buf_wipe(&answer->remembered_note);
    buf_wipe(&answer->line);
    buf_wipe(&answer->note);
}

/* An offer, and which of the keys that we know signed it. */
struct signed_offer {
    const struct witness_offer *offer;
    const struct note_verifier *signer;
};

/* Who signed it, of the keys that we know for the origin. A signature line that names such a key
 * and does not verify spoils the note, as the specification of notes has it. */
static enum witness_verdict find_signer(const struct witness *witness,
                                        const struct witness_offer *offer, const char *origin,
                                        const struct note_verifier **out_signer)
{
    enum witness_verdict verdict = WITNESS_UNKNOWN_LOG;
    struct bytes text, lines, line;
    *out_signer = NULL;
    if (note_split(offer->note, &text, &lines) != SH_OK) {
        return WITNESS_MALFORMED;
    }
    for (size_t i = 0; i < witness->logs_len; i++) {
        const struct note_verifier *log = &witness->logs[i];
        if (strcmp(log->name, origin) != 0) {
            continue;
        }
        verdict = *out_signer ? verdict : WITNESS_UNSIGNED;
        if (note_signature_line(lines, log, &line) != SH_OK) {
            continue;
        }
        if (note_verify(offer->note, log, &text) != SH_OK) {
            return WITNESS_UNSIGNED;
        }
        *out_signer = log;
        verdict = WITNESS_COSIGNED;
    }
    return verdict;
}

static enum witness_verdict judge_tree(const struct witness_offer *offer,
                                       const struct checkpoint *known, const struct checkpoint *new)
{
    if (offer->old_size != known->size) {
        return WITNESS_STALE;
    }
    if (known->size == new->size && known->size > 0 && !hash_equal(&known->root, &new->root)) {
        return WITNESS_OTHER_ROOT;
    }
    if (known->size == 0) {
        return offer->proof.len == 0 ? WITNESS_COSIGNED : WITNESS_NO_PROOF;
    }
    return merkle_check_consistency(known->size, &known->root, new->size, &new->root,
                                    offer->proof.hashes, offer->proof.len) == SH_OK
               ? WITNESS_COSIGNED
               : WITNESS_NO_PROOF;
}

/* A cosignature says 'as of this time': a later one with an earlier time would contradict it. */
static sh_err time_of(const struct witness *witness, const struct witness_known *known,
                      uint64_t *out_s, struct sh_why *why)
{
    int64_t now_s = clock_now_ms(witness->clock) / MS_PER_SECOND;
    if (now_s <= 0 || (uint64_t)now_s < known->time_s) {
        return sh_fail(why, SH_E_CLOCK,
                       "this machine's clock stands before the time of the last cosignature");
    }
    *out_s = (uint64_t)now_s;
    return SH_OK;
}

/* The text, the log's signature and ours: what is remembered, and given out. */
static sh_err make_note(const struct witness *witness, const struct signed_offer *offer,
                        uint64_t time_s, struct witness_answer *out)
{
    struct bytes text, lines, line;
    out->line.max = out->note.max = SH_CHECKPOINT_BYTES_MAX;
    SH_TRY(note_split(offer->offer->note, &text, &lines));
    SH_TRY(note_signature_line(lines, offer->signer, &line));
    SH_TRY(
        cosign_make(&(struct cosignature){text, time_s}, witness->name, witness->key, &out->line));
    SH_TRY(buf_append(&out->note, text));
    SH_TRY(buf_append_str(&out->note, "\n"));
    SH_TRY(buf_append(&out->note, line));
    return buf_append(&out->note, bytes_buf(&out->line));
}

static sh_err consider_signed(const struct witness *witness, const struct signed_offer *offer,
                              struct witness_answer *out, struct sh_why *why)
{
    SH_DEFER(witness_memory_close) struct witness_memory memory = {.lock_fd = -1};
    SH_DEFER(witness_known_wipe) struct witness_known known = {.time_s = 0};
    SH_TRY(witness_memory_open(witness, offer->signer->name, &memory, why));
    SH_TRY(witness_memory_read(&memory, &known, why));
    enum witness_verdict verdict = judge_tree(offer->offer, &known.checkpoint, &out->offered);
    if (verdict == WITNESS_COSIGNED) {
        uint64_t time_s = 0;
        SH_TRY(time_of(witness, &known, &time_s, why));
        SH_TRY(make_note(witness, offer, time_s, out));
        /* From here on it counts as cosigned, whoever gets to see it. */
        SH_TRY(witness_memory_write(&memory, bytes_buf(&out->note), why));
    }
    out->verdict = verdict;
    out->remembered = known.checkpoint;
    out->remembered_note = known.note;
    known.note = (struct buf){.data = NULL};
    return SH_OK;
}

sh_err witness_consider(const struct witness *witness, const struct witness_offer *offer,
                        struct witness_answer *out, struct sh_why *why)
{
    struct signed_offer by = {.offer = offer};
    out->verdict = WITNESS_MALFORMED;
    sh_err err = checkpoint_parse(offer->note, &out->offered);
    if (err == SH_E_FORMAT || err == SH_E_TOO_BIG) {
        return SH_OK;
    }
    SH_TRY(err);
    out->verdict = find_signer(witness, offer, out->offered.origin, &by.signer);
    if (!by.signer || out->verdict != WITNESS_COSIGNED) {
        return SH_OK;
    }
    if (offer->old_size > out->offered.size) {
        out->verdict = WITNESS_OLD_TOO_LARGE;
        return SH_OK;
    }
    out->verdict = WITNESS_MALFORMED; /* until it is known better */
    return consider_signed(witness, &by, out, why);
}

sh_err witness_remembered_size(const struct witness *witness, const char *origin, uint64_t *out,
                               struct sh_why *why)
{
    SH_DEFER(witness_memory_close) struct witness_memory memory = {.lock_fd = -1};
    SH_DEFER(witness_known_wipe) struct witness_known known = {.time_s = 0};
    SH_TRY(witness_memory_open(witness, origin, &memory, why));
    SH_TRY(witness_memory_read(&memory, &known, why));
    *out = known.checkpoint.size;
    return SH_OK;
}
