/* Step 2: everything about a frame that its own bytes and the directory can say. Runs on any of
 * several workers, which hold no state but a cache of batch roots; the database and the log are out
 * of reach here. */
#include "core/pipeline.h"
#include "crypto/digest.h"
#include "envelope/receipt.h"
#include "wire/envelope.h"

#include <stdio.h>

static sh_err check_sender(const struct submission *sub, const struct facts *facts)
{
    SH_CHECK(hash_equal(&facts->seat, &sub->seat->hash), SH_E_WRONG_SEAT);
    SH_CHECK(address_equal(&facts->from, &sub->seat->address), SH_E_WRONG_DESK);
    return SH_OK;
}

/* Offered again, it may come from any seat that it was sealed to; its signer may be gone by now. */
static bool is_named(const struct submission *sub, const struct facts *facts)
{
    bool named = hash_equal(&facts->seat, &sub->seat->hash);
    for (size_t i = 0; i < facts->recipients_len && !named; i++) {
        const struct recipient *to = &facts->recipients[i];
        for (size_t k = 0; k < to->seats_len && !named; k++) {
            named = hash_equal(&to->seats[k], &sub->seat->hash);
        }
    }
    return named;
}

static sh_err find_signer(const struct submission *sub, const struct facts *facts,
                          const struct certificate **out)
{
    if (!sub->frame.submit.has_accepted) {
        SH_TRY(check_sender(sub, facts));
        *out = sub->seat->sign;
        return SH_OK;
    }
    SH_CHECK(is_named(sub, facts), SH_E_WRONG_SEAT);
    *out = directory_certificate(sub->loaded->directory, &facts->seat);
    SH_CHECK(*out, SH_E_UNKNOWN_SEAT);
    return SH_OK;
}

static sh_err check_sealed(const struct submission *sub)
{
    const struct envelope *envelope = &sub->frame.submit.envelope;
    const struct header *header = &sub->header;
    if (header->parts.count) {
        /* Parts are sent before their envelope, and this relay was sent none. */
        return SH_E_NO_PARTS;
    }
    SH_CHECK(header->sealed_bytes == envelope->sealed.len, SH_E_COMMITMENT);
    struct sh_hash sealed_sha256;
    SH_TRY(digest_sha256(envelope->sealed, &sealed_sha256));
    SH_CHECK(hash_equal(&sealed_sha256, &header->sealed_sha256), SH_E_COMMITMENT);
    return SH_OK;
}

static sh_err verify_message(struct stage_ctx *ctx, struct submission *sub)
{
    const struct envelope *envelope = &sub->frame.submit.envelope;
    SH_TRY(header_decode(envelope->header, sub->arena, &sub->header));
    SH_TRY(header_hash(envelope->header, &sub->header_sha256));
    const struct certificate *signer = NULL;
    SH_TRY(find_signer(sub, &sub->header.facts, &signer));
    SH_TRY(check_sealed(sub));
    return envelope_verify(envelope, signer, ctx->batch_cache);
}

static sh_err verify_receipt(struct submission *sub)
{
    SH_TRY(receipt_verify(&sub->frame.receipt.receipt, sub->seat->sign, &sub->receipt));
    SH_CHECK(hash_equal(&sub->receipt.seat, &sub->seat->hash), SH_E_WRONG_SEAT);
    SH_CHECK(address_equal(&sub->receipt.by, &sub->seat->address), SH_E_WRONG_DESK);
    return SH_OK;
}

sh_err verify_run(struct stage_ctx *ctx, struct submission *sub)
{
    if (sub->work != WORK_FRAME) {
        return SH_OK;
    }
    sh_err err = frame_decode(sub->raw, sub->arena, &sub->frame);
    if (err != SH_OK) {
        /* Nothing of it can be believed but where to send the refusal. */
        sub->frame = (struct frame){.ref = frame_peek_ref(sub->raw)};
        return err;
    }
    /* ZAP let the key in; the directory in use now may have lost it since. */
    sub->seat = directory_seat_by_curve(sub->loaded->directory, sub->curve_key);
    SH_CHECK(sub->seat, SH_E_UNKNOWN_SEAT);
    switch (sub->frame.type) {
    case FRAME_SUBMIT:
        return verify_message(ctx, sub);
    case FRAME_RECEIPT:
        return verify_receipt(sub);
    default:
        SH_CHECK(sub->frame.type < FRAME_WELCOME, SH_E_FORMAT);
        return SH_OK;
    }
}
