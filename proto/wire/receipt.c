/* Receipts of a recipient's seat, and the signed form that carries one. Whether the seat was sent
 * the message, and whether the signature is its own, is for others to say. */
#include "base/cleanup.h"
#include "convert.h"
#include "gate.h"
#include "wire/envelope.h"

static const struct gate_rules RECEIPT_RULES = {
    .type = &safehand__receipt__descriptor,
    .bytes_max = SH_RECEIPT_BYTES_MAX,
};
static const struct gate_rules SIGNED_RECEIPT_RULES = {
    .type = &safehand__signed_receipt__descriptor,
    .bytes_max = WIRE_SIGNED_RECEIPT_BYTES_MAX,
};

/* UNREADABLE says why, the others have nothing to explain. */
static sh_err receipt_check(const struct receipt *in)
{
    SH_TRY(address_check(&in->by));
    SH_TRY(time_check(in->at_ms));
    SH_CHECK((in->type == RECEIPT_UNREADABLE) == (in->code != 0), SH_E_FORMAT);
    SH_CHECK(in->code == 0 || sh_err_known(in->code), SH_E_BAD_CODE);
    return SH_OK;
}

static sh_err receipt_from_pb(const Safehand__Receipt *in, struct receipt *out)
{
    struct receipt receipt = {.type = (enum receipt_type)in->type};
    SH_TRY(id_from(bytes_from_pb(in->message_id), &receipt.message_id));
    SH_TRY(hash_from(bytes_from_pb(in->header_sha256), &receipt.header_sha256));
    SH_TRY(address_from(in->by, &receipt.by));
    SH_TRY(hash_from(bytes_from_pb(in->seat), &receipt.seat));
    SH_TRY(time_from_pb(in->at_ms, &receipt.at_ms));
    SH_TRY(optional_number_from_pb(in->has_code, in->code, &receipt.code));
    SH_TRY(receipt_check(&receipt));
    *out = receipt;
    return SH_OK;
}

sh_err receipt_decode(struct bytes in, struct receipt *out)
{
    /* Nothing of a receipt borrows, so what unpacking takes can go at once. */
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&RECEIPT_RULES, in, arena, &message));
    return receipt_from_pb((const Safehand__Receipt *)message, out);
}

sh_err receipt_encode(const struct receipt *in, struct buf *out)
{
    SH_TRY(receipt_check(in));
    Safehand__Receipt pb = SAFEHAND__RECEIPT__INIT;
    pb.version = GATE_VERSION;
    pb.type = (Safehand__ReceiptType)in->type;
    pb.message_id = FIXED_TO_PB(in->message_id);
    pb.header_sha256 = FIXED_TO_PB(in->header_sha256);
    pb.by = text_to_pb(in->by.text);
    pb.seat = FIXED_TO_PB(in->seat);
    pb.at_ms = (uint64_t)in->at_ms;
    pb.has_code = in->code != 0;
    pb.code = in->code;
    return gate_pack(&RECEIPT_RULES, &pb.base, out);
}

static sh_err signed_receipt_check(const struct signed_receipt *in)
{
    SH_TRY(length_check(in->receipt, SH_RECEIPT_BYTES_MAX));
    return signature_check(in->signature);
}

sh_err signed_receipt_from_pb(const Safehand__SignedReceipt *in, struct signed_receipt *out)
{
    const struct signed_receipt receipt = {
        .receipt = bytes_from_pb(in->receipt),
        .signature = bytes_from_pb(in->signature),
    };
    SH_TRY(signed_receipt_check(&receipt));
    *out = receipt;
    return SH_OK;
}

sh_err signed_receipt_to_pb(const struct signed_receipt *in, Safehand__SignedReceipt *out)
{
    SH_TRY(signed_receipt_check(in));
    safehand__signed_receipt__init(out);
    out->receipt = bytes_to_pb(in->receipt);
    out->signature = bytes_to_pb(in->signature);
    return SH_OK;
}

sh_err signed_receipt_decode(struct bytes in, struct arena *arena, struct signed_receipt *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&SIGNED_RECEIPT_RULES, in, arena, &message));
    return signed_receipt_from_pb((const Safehand__SignedReceipt *)message, out);
}

sh_err signed_receipt_encode(const struct signed_receipt *in, struct buf *out)
{
    Safehand__SignedReceipt pb;
    SH_TRY(signed_receipt_to_pb(in, &pb));
    return gate_pack(&SIGNED_RECEIPT_RULES, &pb.base, out);
}
