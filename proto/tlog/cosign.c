/* Cosignatures: the bytes that a witness signs, and the line that carries them. Other algorithms
 * (ML-DSA, 0x06) are passed over like lines of strangers. Whether a witness ought to sign is not
 * known here. */
#include "tlog/cosign.h"

#include "base/cleanup.h"
#include "crypto/sign.h"
#include "tlog/note_line.h"

#include <inttypes.h>

enum {
    LINE_TIME_AT = 4,
    LINE_SIGNATURE_AT = 12,
    LINE_BYTES = 76, /* key id, time, signature */
    LINE_HEAD_BYTES_MAX = 64,
};

sh_err cosign_verifier_parse(const char *vkey, struct note_verifier *out)
{
    return note_line_vkey_parse(vkey, COSIGN_ED25519, out);
}

sh_err cosign_vkey(const char *name, const struct key *key, struct buf *out)
{
    return note_line_vkey(name, key, COSIGN_ED25519, out);
}

static sh_err message_of(struct bytes text, uint64_t time_s, struct buf *out)
{
    SH_CHECK(text.len > 0 && text.data[text.len - 1] == '\n', SH_E_FORMAT);
    SH_CHECK(time_s > 0 && time_s <= INT64_MAX, SH_E_FORMAT);
    SH_TRY(buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s));
    return buf_append(out, text);
}

sh_err cosign_make(const struct cosignature *in, const char *name, const struct key *key,
                   struct buf *out)
{
    SH_DEFER(buf_wipe)
    struct buf message = BUF_INIT(SH_CHECKPOINT_BYTES_MAX + LINE_HEAD_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf line = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    uint8_t signature[LINE_BYTES];
    uint32_t id = 0;
    SH_TRY(note_line_key_id(name, key, COSIGN_ED25519, &id));
    SH_TRY(message_of(in->text, in->time_s, &message));
    be32_store(signature, id);
    be64_store(signature + LINE_TIME_AT, in->time_s);
    SH_TRY(sign_ed25519(key, bytes_buf(&message), signature + LINE_SIGNATURE_AT));
    SH_TRY(note_line_append(name, bytes_of(signature, sizeof signature), &line));
    return buf_append(out, bytes_buf(&line));
}

/* signature: key id, time and signature of a line that names this witness. */
static sh_err check_line(struct bytes text, struct bytes signature,
                         const struct note_verifier *witness, uint64_t *out_time_s)
{
    SH_DEFER(buf_wipe)
    struct buf message = BUF_INIT(SH_CHECKPOINT_BYTES_MAX + LINE_HEAD_BYTES_MAX);
    SH_CHECK(signature.len == LINE_BYTES, SH_E_BAD_CHECKPOINT);
    const uint64_t time_s = be64_load(signature.data + LINE_TIME_AT);
    SH_CHECK(time_s > 0 && time_s <= INT64_MAX, SH_E_BAD_CHECKPOINT);
    SH_TRY(message_of(text, time_s, &message));
    sh_err err = sign_verify_ed25519(witness->public_key, bytes_buf(&message),
                                     signature.data + LINE_SIGNATURE_AT);
    SH_CHECK(err != SH_E_BAD_SIGNATURE, SH_E_BAD_CHECKPOINT);
    SH_TRY(err);
    *out_time_s = time_s;
    return SH_OK;
}

sh_err cosign_find(struct bytes text, struct bytes lines, const struct note_verifier *witness,
                   struct cosigned_line *out)
{
    SH_DEFER(buf_wipe) struct buf signature = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct cosigned_line newest = {.time_s = 0};
    while (lines.len > 0) {
        const uint8_t *start = lines.data;
        struct bytes name;
        uint64_t time_s = 0;
        SH_TRY(note_line_next(&lines, &name, &signature));
        if (!bytes_equal(name, bytes_str(witness->name)) ||
            be32_load(signature.data) != witness->key_id) {
            continue;
        }
        SH_TRY(check_line(text, bytes_buf(&signature), witness, &time_s));
        if (time_s >= newest.time_s) {
            newest = (struct cosigned_line){.line = bytes_of(start, (size_t)(lines.data - start)),
                                            .time_s = time_s};
        }
    }
    SH_CHECK(newest.time_s > 0, SH_E_NOT_FOUND);
    *out = newest;
    return SH_OK;
}
