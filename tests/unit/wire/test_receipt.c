#include "base/cleanup.h"
#include "spoil.h"
#include "wire/envelope.h"

#include <criterion/criterion.h>

Test(wire, a_receipt_comes_back_as_it_went)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    const struct receipt *in = sample_receipt();
    struct receipt out;
    cr_assert_eq(receipt_encode(in, &bytes), SH_OK);
    cr_assert_eq(receipt_decode(bytes_buf(&bytes), &out), SH_OK);
    cr_assert_eq(out.type, RECEIPT_UNREADABLE);
    cr_assert(id_equal(&in->message_id, &out.message_id));
    cr_assert(hash_equal(&in->header_sha256, &out.header_sha256));
    cr_assert(address_equal(&in->by, &out.by));
    cr_assert(hash_equal(&in->seat, &out.seat));
    cr_assert_eq(in->at_ms, out.at_ms);
    cr_assert_eq(out.code, SH_E_COMMITMENT);
}

Test(wire, receipt_fields_stand_under_the_numbers_of_the_schema)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    cr_assert_eq(receipt_encode(sample_receipt(), &bytes), SH_OK);
    Safehand__Receipt *pb = unpack_raw(&safehand__receipt__descriptor, bytes_buf(&bytes), arena);
    cr_assert_eq(pb->message_id.data[0], 70);
    cr_assert_eq(pb->header_sha256.data[0], 71);
    cr_assert_eq(pb->seat.data[0], 72);
    cr_assert_str_eq(pb->by, "mash@999.social-care");
    cr_assert_eq(pb->at_ms, SAMPLE_TIME_MS + 3);
    cr_assert_eq(pb->code, SH_E_COMMITMENT);
}

static sh_err encode(const struct receipt *receipt)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_RECEIPT_BYTES_MAX);
    return receipt_encode(receipt, &out);
}

Test(wire, only_an_unreadable_receipt_has_a_code)
{
    struct receipt receipt = *sample_receipt();
    receipt.type = RECEIPT_OPENED;
    cr_assert_eq(encode(&receipt), SH_E_FORMAT);
    receipt.code = 0;
    cr_assert_eq(encode(&receipt), SH_OK);
    receipt.type = RECEIPT_UNREADABLE;
    cr_assert_eq(encode(&receipt), SH_E_FORMAT);
    receipt.code = 9999;
    cr_assert_eq(encode(&receipt), SH_E_BAD_CODE);
}

Test(wire, a_receipt_that_would_be_refused_is_not_sent)
{
    struct receipt receipt = *sample_receipt();
    receipt.type = (enum receipt_type)4;
    receipt.code = 0;
    cr_assert_eq(encode(&receipt), SH_E_BAD_CODE);
    receipt = *sample_receipt();
    receipt.at_ms = -1;
    cr_assert_eq(encode(&receipt), SH_E_BAD_TIME);
    receipt = *sample_receipt();
    receipt.by = (struct address){"nobody"};
    cr_assert_eq(encode(&receipt), SH_E_BAD_ADDRESS);
}

struct receipt_case {
    const char *name;
    void (*spoil)(Safehand__Receipt *pb);
    sh_err expected;
};

static void nothing(Safehand__Receipt *pb)
{
    (void)pb;
}
static void version_2(Safehand__Receipt *pb)
{
    pb->version = 2;
}
static void type_4(Safehand__Receipt *pb)
{
    pb->type = (Safehand__ReceiptType)4;
}
static void id_15(Safehand__Receipt *pb)
{
    pb->message_id.len = 15;
}
static void header_31(Safehand__Receipt *pb)
{
    pb->header_sha256.len = 31;
}
static void seat_31(Safehand__Receipt *pb)
{
    pb->seat.len = 31;
}
static void by_nobody(Safehand__Receipt *pb)
{
    pb->by[4] = '.';
}
static void at_too_late(Safehand__Receipt *pb)
{
    pb->at_ms = 253402300800000;
}
static void code_0(Safehand__Receipt *pb)
{
    pb->code = 0;
}
static void code_unknown(Safehand__Receipt *pb)
{
    pb->code = 9999;
}
static void code_missing(Safehand__Receipt *pb)
{
    pb->has_code = 0;
}
static void code_of_delivered(Safehand__Receipt *pb)
{
    pb->type = SAFEHAND__RECEIPT_TYPE__RECEIPT_DELIVERED;
}
static void unknown_field(Safehand__Receipt *pb)
{
    add_unknown_field(&pb->base);
}

Test(wire, each_way_to_spoil_a_receipt_has_its_refusal)
{
    static const struct receipt_case cases[] = {
        {"nothing", nothing, SH_OK},
        {"version 2", version_2, SH_E_BAD_VERSION},
        {"type 4", type_4, SH_E_BAD_CODE},
        {"id of 15 bytes", id_15, SH_E_FORMAT},
        {"header hash of 31 bytes", header_31, SH_E_FORMAT},
        {"seat of 31 bytes", seat_31, SH_E_FORMAT},
        {"by nobody", by_nobody, SH_E_BAD_ADDRESS},
        {"at too late a time", at_too_late, SH_E_BAD_TIME},
        {"code 0", code_0, SH_E_NOT_CANONICAL},
        {"unknown code", code_unknown, SH_E_BAD_CODE},
        {"unreadable without a code", code_missing, SH_E_FORMAT},
        {"delivered with a code", code_of_delivered, SH_E_FORMAT},
        {"unknown field", unknown_field, SH_E_NOT_CANONICAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_RECEIPT_BYTES_MAX);
        SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_RECEIPT_BYTES_MAX);
        SH_DEFER(arena_free) struct arena *arena = arena_for_test();
        struct receipt out;
        cr_assert_eq(receipt_encode(sample_receipt(), &good), SH_OK);
        Safehand__Receipt *pb = unpack_raw(&safehand__receipt__descriptor, bytes_buf(&good), arena);
        cases[i].spoil(pb);
        pack_raw(&pb->base, &bad);
        sh_err err = receipt_decode(bytes_buf(&bad), &out);
        cr_assert_eq(err, cases[i].expected, "%s: %s", cases[i].name, sh_err_word(err));
    }
}

Test(wire, a_receipt_above_its_limit_is_too_big)
{
    static uint8_t zeros[SH_RECEIPT_BYTES_MAX + 1];
    struct receipt out;
    cr_assert_eq(receipt_decode(bytes_of(zeros, sizeof zeros), &out), SH_E_TOO_BIG);
    cr_assert_eq(receipt_decode(bytes_of(zeros, sizeof zeros - 1), &out), SH_E_FORMAT);
}

Test(wire, a_signed_receipt_comes_back_as_it_went)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_KIB);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct signed_receipt *in = sample_signed_receipt();
    struct signed_receipt out;
    cr_assert_eq(signed_receipt_encode(in, &bytes), SH_OK);
    cr_assert_eq(signed_receipt_decode(bytes_buf(&bytes), arena, &out), SH_OK);
    cr_assert(bytes_equal(in->receipt, out.receipt));
    cr_assert(bytes_equal(in->signature, out.signature));
}

static sh_err encode_signed(size_t receipt_len, size_t signature_len)
{
    static uint8_t zeros[SH_RECEIPT_BYTES_MAX + 1];
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_KIB);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct signed_receipt receipt = {bytes_of(zeros, receipt_len),
                                           bytes_of(zeros, signature_len)};
    struct signed_receipt back;
    SH_TRY(signed_receipt_encode(&receipt, &out));
    return signed_receipt_decode(bytes_buf(&out), arena, &back);
}

Test(wire, a_signed_receipt_has_its_limits)
{
    cr_assert_eq(encode_signed(SH_RECEIPT_BYTES_MAX, SH_SIGNATURE_BYTES_MAX), SH_OK);
    cr_assert_eq(encode_signed(SH_RECEIPT_BYTES_MAX + 1, 8), SH_E_TOO_BIG);
    cr_assert_eq(encode_signed(0, 8), SH_E_FORMAT);
    cr_assert_eq(encode_signed(8, SH_SIGNATURE_BYTES_MAX + 1), SH_E_FORMAT);
    cr_assert_eq(encode_signed(8, 0), SH_E_FORMAT);
}

Test(wire, a_signed_receipt_that_would_be_refused_is_not_sent)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_KIB);
    struct signed_receipt receipt = *sample_signed_receipt();
    receipt.signature.len = 0;
    cr_assert_eq(signed_receipt_encode(&receipt, &out), SH_E_FORMAT);
    receipt = *sample_signed_receipt();
    receipt.receipt.len = 0;
    cr_assert_eq(signed_receipt_encode(&receipt, &out), SH_E_FORMAT);
    cr_assert_eq(out.len, 0);
}
