#include "spoil.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>

struct arena *arena_for_test(void)
{
    struct arena *arena = NULL;
    cr_assert_eq(arena_new(SH_DIRECTORY_ARENA_BYTES, SH_DIRECTORY_ARENA_COUNT, &arena), SH_OK);
    return arena;
}

void pack_raw(const ProtobufCMessage *message, struct buf *out)
{
    uint8_t *room = NULL;
    size_t len = protobuf_c_message_get_packed_size(message);
    cr_assert_eq(buf_reserve(out, len, &room), SH_OK);
    out->len += protobuf_c_message_pack(message, room);
}

static void *take_from_arena(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void leave_to_arena(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

void *unpack_raw(const ProtobufCMessageDescriptor *type, struct bytes in, struct arena *arena)
{
    ProtobufCAllocator allocator = {take_from_arena, leave_to_arena, arena};
    void *message = protobuf_c_message_unpack(type, &allocator, in.len, in.data);
    cr_assert(message);
    return message;
}

void add_unknown_field(ProtobufCMessage *message)
{
    static uint8_t one = 1;
    static ProtobufCMessageUnknownField field = {
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = &one};
    message->n_unknown_fields = 1;
    message->unknown_fields = &field;
}

ProtobufCBinaryData zero_bytes(size_t len)
{
    static uint8_t bytes[SH_CRL_BYTES_MAX + 1];
    cr_assert_leq(len, sizeof bytes);
    return (ProtobufCBinaryData){.len = len, .data = bytes};
}

ProtobufCBinaryData *ascending_hashes(size_t len)
{
    static uint8_t hashes[SH_SEATS_MAX + 1][SH_HASH_BYTES];
    static ProtobufCBinaryData list[SH_SEATS_MAX + 1];
    for (size_t i = 0; i < len; i++) {
        hashes[i][0] = (uint8_t)(i >> 8);
        hashes[i][1] = (uint8_t)i;
        list[i] = (ProtobufCBinaryData){.len = SH_HASH_BYTES, .data = hashes[i]};
    }
    return list;
}

sh_err decode_spoiled_header(void (*spoil)(Safehand__Header *))
{
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_HEADER_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(4 * SH_HEADER_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct header out;
    cr_assert_eq(header_encode(sample_header(), &good), SH_OK);
    Safehand__Header *pb = unpack_raw(&safehand__header__descriptor, bytes_buf(&good), arena);
    spoil(pb);
    pack_raw(&pb->base, &bad);
    return header_decode(bytes_buf(&bad), arena, &out);
}
