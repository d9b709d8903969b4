#include "base/cleanup.h"
#include "directory.pb-c.h"
#include "session.pb-c.h"
#include "spoil.h"
#include "wire/gate.h"

#include <criterion/criterion.h>

static const struct gate_rules HELLO = {&safehand__hello__descriptor, 64, 0, 0, 0};
static const struct gate_rules DESK = {&safehand__directory_desk__descriptor, 4096, 0, 0, 0};
static const struct gate_rules RECEIPT = {&safehand__receipt__descriptor, 512, 0, 0, 0};
static const struct gate_rules CITE = {&safehand__cite__descriptor, 64, 0, 0, 0};
static const struct gate_rules FACTS = {&safehand__leaf_facts__descriptor, SH_FRAME_BYTES_MAX, 0, 0,
                                        0};

static sh_err unpack(const struct gate_rules *rules, struct bytes in)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const ProtobufCMessage *message = NULL;
    sh_err err = gate_unpack(rules, in, arena, &message);
    cr_assert_eq(message != NULL, err == SH_OK);
    return err;
}

#define UNPACK(rules, ...)                                                                         \
    unpack(rules, bytes_of((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})))

Test(wire, a_canonical_message_passes)
{
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3, 0x10, 4), SH_OK);
}

Test(wire, an_empty_input_passes_only_where_nothing_is_required)
{
    cr_assert_eq(unpack(&CITE, (struct bytes){0}), SH_OK);
    cr_assert_eq(unpack(&HELLO, (struct bytes){0}), SH_E_FORMAT);
}

Test(wire, a_missing_required_field_is_refused)
{
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3), SH_E_FORMAT);
}

Test(wire, a_message_above_its_limit_is_too_big)
{
    const struct gate_rules four = {&safehand__hello__descriptor, 4, 0, 0, 0};
    const struct gate_rules three = {&safehand__hello__descriptor, 3, 0, 0, 0};
    cr_assert_eq(UNPACK(&four, 0x08, 3, 0x10, 4), SH_OK);
    cr_assert_eq(UNPACK(&three, 0x08, 3, 0x10, 4), SH_E_TOO_BIG);
}

Test(wire, every_second_way_to_write_the_same_is_refused)
{
    /* a varint in two bytes, in five, in ten */
    cr_assert_eq(UNPACK(&HELLO, 0x08, 0x83, 0x00, 0x10, 4), SH_E_NOT_CANONICAL);
    cr_assert_eq(UNPACK(&HELLO, 0x08, 0x83, 0x80, 0x80, 0x80, 0x00, 0x10, 4), SH_E_NOT_CANONICAL);
    /* a tag in two bytes */
    cr_assert_eq(UNPACK(&HELLO, 0x88, 0x00, 3, 0x10, 4), SH_E_NOT_CANONICAL);
    /* a singular field twice, with the same value and with another */
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3, 0x08, 3, 0x10, 4), SH_E_NOT_CANONICAL);
    cr_assert_eq(UNPACK(&HELLO, 0x08, 9, 0x08, 3, 0x10, 4), SH_E_NOT_CANONICAL);
    /* the other order */
    cr_assert_eq(UNPACK(&HELLO, 0x10, 4, 0x08, 3), SH_E_NOT_CANONICAL);
    /* an unknown field, at the end and between */
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3, 0x10, 4, 0x18, 1), SH_E_NOT_CANONICAL);
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3, 0x18, 1, 0x10, 4), SH_E_NOT_CANONICAL);
}

Test(wire, an_empty_unknown_field_is_refused)
{
    cr_assert_eq(UNPACK(&HELLO, 0x08, 3, 0x10, 4, 0x1a, 0), SH_E_NOT_CANONICAL);
}

Test(wire, a_uint32_with_bits_above_the_32nd_is_refused)
{
    static const struct gate_rules ready = {&safehand__ready__descriptor, 64, 0, 0, 0};
    cr_assert_eq(UNPACK(&ready, 0x08, 0xff, 0xff, 0xff, 0xff, 0x0f), SH_OK);
    cr_assert_eq(UNPACK(&ready, 0x08, 0xff, 0xff, 0xff, 0xff, 0x1f), SH_E_NOT_CANONICAL);
}

Test(wire, a_uint64_above_int64_max_is_refused)
{
    static const uint8_t most[] = {0x08, 0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0x7f, 0x10, 0};
    static const uint8_t above[] = {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                    0x80, 0x80, 0x80, 0x01, 0x10, 0};
    cr_assert_eq(unpack(&HELLO, bytes_of(most, sizeof most)), SH_OK);
    cr_assert_eq(unpack(&HELLO, bytes_of(above, sizeof above)), SH_E_FORMAT);
}

Test(wire, a_bool_other_than_0_and_1_is_refused)
{
    cr_assert_eq(UNPACK(&FACTS, 0x80, 0x02, 1), SH_OK); /* telephone = 32 */
    cr_assert_eq(UNPACK(&FACTS, 0x80, 0x02, 2), SH_E_NOT_CANONICAL);
}

Test(wire, an_unknown_enum_value_is_a_bad_code)
{
    cr_assert_eq(UNPACK(&FACTS, 0x40, 16), SH_OK); /* kind = 8 */
    cr_assert_eq(UNPACK(&FACTS, 0x40, 17), SH_E_BAD_CODE);
    cr_assert_eq(UNPACK(&FACTS, 0x40, 0), SH_E_BAD_CODE);
}

Test(wire, an_unknown_enum_value_deep_inside_is_a_bad_code)
{
    cr_assert_eq(UNPACK(&FACTS, 0x82, 0x01, 4, 0x08, 1, 0x10, 23), SH_OK); /* children = 16 */
    cr_assert_eq(UNPACK(&FACTS, 0x82, 0x01, 4, 0x08, 1, 0x10, 24), SH_E_BAD_CODE);
}

static sh_err unpack_name(const char *name, size_t len)
{
    uint8_t bytes[64] = {0xfa, 0x01, (uint8_t)len}; /* name = 31 */
    memcpy(bytes + 3, name, len);
    return unpack(&FACTS, bytes_of(bytes, 3 + len));
}

Test(wire, text_must_be_utf8)
{
    static const char *const good[] = {"",
                                       "plain",
                                       "\xC3\xA9",
                                       "\xE2\x82\xAC",
                                       "\xEF\xBF\xBF",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xF0\x9F\x98\x80",
                                       "\xF4\x8F\xBF\xBF",
                                       "\xC2\x80"};
    static const char *const bad[] = {
        "\x80",             /* a tail alone */
        "\xC3",             /* cut */
        "a\xE2\x82",        /* cut */
        "\xF0\x9F\x98",     /* cut */
        "\xC0\xAF",         /* overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* surrogate */
        "\xED\xBF\xBF",     /* surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xC3(",
        "\xE2(\x82",
        "\xE2\x82(",
        "\xF0\x9F\x98(",
        "\xF0\x9F(\x80",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert_eq(unpack_name(good[i], strlen(good[i])), SH_OK, "good %zu", i);
        cr_assert(gate_text_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(unpack_name(bad[i], strlen(bad[i])), SH_E_BAD_TEXT, "bad %zu", i);
    }
}

Test(wire, text_with_a_nul_inside_is_refused)
{
    cr_assert_eq(unpack_name("abc", 3), SH_OK);
    cr_assert_eq(unpack_name("abc\0def", 7), SH_E_NOT_CANONICAL);
    cr_assert_eq(unpack_name("\0", 1), SH_E_NOT_CANONICAL);
}

Test(wire, bad_text_in_a_repeated_field_is_found)
{
    static const uint8_t good[] = "\x0a\x01x\x2a\x01y\x2a\x02\xC3\xA9";
    static const uint8_t bad[] = "\x0a\x01x\x2a\x01y\x2a\x02\xC3\x28";
    cr_assert_eq(unpack(&DESK, bytes_of(good, sizeof good - 1)), SH_OK);
    cr_assert_eq(unpack(&DESK, bytes_of(bad, sizeof bad - 1)), SH_E_BAD_TEXT);
}

Test(wire, refusals_come_in_the_order_that_is_documented)
{
    /* version 2 and an unknown field and a bad code: the version speaks first */
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(4096);
    SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(4096);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    cr_assert_eq(receipt_encode(sample_receipt(), &good), SH_OK);
    Safehand__Receipt *pb = unpack_raw(RECEIPT.type, bytes_buf(&good), arena);
    pb->version = 2;
    pb->type = (Safehand__ReceiptType)9;
    pb->by[0] = (char)0xFF;
    add_unknown_field(&pb->base);
    pack_raw(&pb->base, &bad);
    cr_assert_eq(unpack(&RECEIPT, bytes_buf(&bad)), SH_E_BAD_VERSION);
    pb->version = 1;
    buf_reset(&bad);
    pack_raw(&pb->base, &bad);
    cr_assert_eq(unpack(&RECEIPT, bytes_buf(&bad)), SH_E_NOT_CANONICAL);
    pb->base.n_unknown_fields = 0;
    buf_reset(&bad);
    pack_raw(&pb->base, &bad);
    cr_assert_eq(unpack(&RECEIPT, bytes_buf(&bad)), SH_E_BAD_TEXT);
    pb->by[0] = 'm';
    buf_reset(&bad);
    pack_raw(&pb->base, &bad);
    cr_assert_eq(unpack(&RECEIPT, bytes_buf(&bad)), SH_E_BAD_CODE);
}

/* ---- the budget ---- */

/* n times the same tag and length-delimited value */
static void repeat(struct buf *out, struct bytes item, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(buf_append(out, item), SH_OK);
    }
}

Test(wire, a_bomb_of_empty_submessages_is_too_big)
{
    SH_DEFER(buf_wipe) struct buf bomb = BUF_INIT(SH_FRAME_BYTES_MAX);
    repeat(&bomb, bytes_of("\x72\x00", 2), 100000); /* cites = 14, each empty */
    cr_assert_eq(unpack(&FACTS, bytes_buf(&bomb)), SH_E_TOO_BIG);
}

Test(wire, a_bomb_of_unknown_fields_is_too_big)
{
    SH_DEFER(buf_wipe) struct buf bomb = BUF_INIT(SH_FRAME_BYTES_MAX);
    repeat(&bomb, bytes_of("\xca\x3e\x00", 3), 80000);
    cr_assert_eq(unpack(&FACTS, bytes_buf(&bomb)), SH_E_TOO_BIG);
}

Test(wire, a_bomb_takes_no_more_than_its_budget)
{
    SH_DEFER(buf_wipe) struct buf bomb = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const ProtobufCMessage *message = NULL;
    repeat(&bomb, bytes_of("\x72\x00", 2), 100000);
    cr_assert_eq(gate_unpack(&FACTS, bytes_buf(&bomb), arena, &message), SH_E_TOO_BIG);
    size_t most = SH_UNPACK_FACTOR * bomb.len + GATE_FREE_BYTES;
    cr_assert_leq(arena_used_bytes(arena), most + 16 * SH_UNPACK_COUNT_MAX);
}

Test(wire, the_number_of_allocations_is_limited)
{
    static const struct gate_rules few = {&safehand__directory_desk__descriptor, SH_KIB, 0, 12, 0};
    SH_DEFER(buf_wipe) struct buf desk = BUF_INIT(SH_KIB);
    cr_assert_eq(buf_append_str(&desk, "\x0a\x01x"), SH_OK);
    repeat(&desk, bytes_str("\x2a\x01y"), 9); /* struct, address, list and nine covers: twelve */
    cr_assert_eq(unpack(&few, bytes_buf(&desk)), SH_OK);
    repeat(&desk, bytes_str("\x2a\x01y"), 1);
    cr_assert_eq(unpack(&few, bytes_buf(&desk)), SH_E_TOO_BIG);
}

Test(wire, a_larger_budget_lets_a_large_message_through)
{
    static const struct gate_rules strict = {&safehand__directory_desk__descriptor, SH_MIB, 0, 0,
                                             0};
    static const struct gate_rules wide = {&safehand__directory_desk__descriptor, SH_MIB,
                                           32 * SH_MIB, 200000, 0};
    SH_DEFER(buf_wipe) struct buf desk = BUF_INIT(SH_MIB);
    cr_assert_eq(buf_append_str(&desk, "\x0a\x01x"), SH_OK);
    repeat(&desk, bytes_str("\x2a\x14twenty characters ok"), 20000);
    cr_assert_eq(unpack(&strict, bytes_buf(&desk)), SH_E_TOO_BIG);
    cr_assert_eq(unpack(&wide, bytes_buf(&desk)), SH_OK);
}

Test(wire, an_arena_that_is_exhausted_at_any_point_is_out_of_memory)
{
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(SH_FRAME_BYTES_MAX);
    cr_assert_eq(frame_encode(sample_frame_of(FRAME_DELIVER), &frame), SH_OK);
    sh_err err = SH_E_NOMEM;
    size_t count = 0;
    for (; err == SH_E_NOMEM && count < 200; count++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct frame out;
        cr_assert_eq(arena_new(SH_MIB, count, &arena), SH_OK);
        err = frame_decode(bytes_buf(&frame), arena, &out);
    }
    cr_assert_eq(err, SH_OK);
    cr_assert_gt(count, 10);
}

Test(wire, an_arena_with_too_few_bytes_is_out_of_memory)
{
    SH_DEFER(buf_wipe) struct buf header = BUF_INIT(SH_HEADER_BYTES_MAX);
    cr_assert_eq(header_encode(sample_header(), &header), SH_OK);
    for (size_t bytes_max = 16; bytes_max < 1024; bytes_max += 16) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct header out;
        cr_assert_eq(arena_new(bytes_max, 1000, &arena), SH_OK);
        cr_assert_eq(header_decode(bytes_buf(&header), arena, &out), SH_E_NOMEM);
    }
}

/* ---- packing ---- */

static sh_err pack_receipt(void (*spoil)(Safehand__Receipt *))
{
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(4096);
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(4096);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    cr_assert_eq(receipt_encode(sample_receipt(), &good), SH_OK);
    Safehand__Receipt *pb = unpack_raw(RECEIPT.type, bytes_buf(&good), arena);
    spoil(pb);
    sh_err err = gate_pack(&RECEIPT, &pb->base, &out);
    cr_assert_eq(out.len > 0, err == SH_OK);
    return err;
}

static void spoil_nothing(Safehand__Receipt *pb)
{
    (void)pb;
}
static void spoil_version(Safehand__Receipt *pb)
{
    pb->version = 2;
}
static void spoil_code(Safehand__Receipt *pb)
{
    pb->type = (Safehand__ReceiptType)0;
}
static void spoil_text(Safehand__Receipt *pb)
{
    pb->by[0] = (char)0xC3;
}
static void spoil_number(Safehand__Receipt *pb)
{
    pb->at_ms = (uint64_t)INT64_MAX + 1;
}
static void spoil_pointer(Safehand__Receipt *pb)
{
    pb->by = NULL;
}
static void spoil_unknown(Safehand__Receipt *pb)
{
    add_unknown_field(&pb->base);
}

Test(wire, packing_refuses_what_unpacking_would)
{
    cr_assert_eq(pack_receipt(spoil_nothing), SH_OK);
    cr_assert_eq(pack_receipt(spoil_version), SH_E_BAD_VERSION);
    cr_assert_eq(pack_receipt(spoil_code), SH_E_BAD_CODE);
    cr_assert_eq(pack_receipt(spoil_text), SH_E_BAD_TEXT);
    cr_assert_eq(pack_receipt(spoil_number), SH_E_FORMAT);
    cr_assert_eq(pack_receipt(spoil_pointer), SH_E_FORMAT);
    cr_assert_eq(pack_receipt(spoil_unknown), SH_E_FORMAT);
}

Test(wire, packing_stops_at_the_limit_of_the_message_and_of_the_buffer)
{
    Safehand__Hello hello = SAFEHAND__HELLO__INIT;
    static const struct gate_rules three = {&safehand__hello__descriptor, 3, 0, 0, 0};
    SH_DEFER(buf_wipe) struct buf wide = BUF_INIT(64);
    SH_DEFER(buf_wipe) struct buf narrow = BUF_INIT(3);
    cr_assert_eq(gate_pack(&HELLO, &hello.base, &wide), SH_OK);
    cr_assert_eq(wide.len, 4);
    cr_assert_eq(gate_pack(&three, &hello.base, &wide), SH_E_TOO_BIG);
    cr_assert_eq(gate_pack(&HELLO, &hello.base, &narrow), SH_E_TOO_BIG);
    cr_assert_eq(wide.len, 4);
}

Test(wire, packing_appends_behind_what_stands_there)
{
    Safehand__Hello hello = SAFEHAND__HELLO__INIT;
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(64);
    cr_assert_eq(buf_append_str(&out, "before"), SH_OK);
    cr_assert_eq(gate_pack(&HELLO, &hello.base, &out), SH_OK);
    cr_assert_eq(out.len, 10);
    cr_assert_eq(memcmp(out.data, "before\x08\x00\x10\x00", 10), 0);
}
