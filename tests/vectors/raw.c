#include "raw.h"

#include "index.h"

#define RAW_REF 7

void raw_varint(struct buf *out, uint64_t value)
{
    while (value >= 0x80) {
        MUST(buf_append_u8(out, (uint8_t)(value | 0x80)));
        value >>= 7;
    }
    MUST(buf_append_u8(out, (uint8_t)value));
}

void raw_wide_varint(struct buf *out, uint64_t value, unsigned width)
{
    for (unsigned i = 1; i < width; i++) {
        MUST(buf_append_u8(out, (uint8_t)((value & 0x7f) | 0x80)));
        value >>= 7;
    }
    MUST(buf_append_u8(out, (uint8_t)(value & 0x7f)));
}

void raw_key(struct buf *out, unsigned field, enum raw_wire wire)
{
    raw_varint(out, (uint64_t)field << 3 | wire);
}

void raw_number(struct buf *out, unsigned field, uint64_t value)
{
    raw_key(out, field, RAW_VARINT);
    raw_varint(out, value);
}

void raw_bytes(struct buf *out, unsigned field, struct bytes value)
{
    raw_key(out, field, RAW_BYTES);
    raw_varint(out, value.len);
    MUST(buf_append(out, value));
}

void raw_frame(struct buf *out, unsigned body, struct bytes content)
{
    raw_number(out, 1, 1);
    raw_number(out, 2, RAW_REF);
    raw_bytes(out, body, content);
}

void raw_submit(struct buf *out, struct bytes envelope)
{
    struct buf submit = BUF_INIT(2 * SH_FRAME_BYTES_MAX);
    raw_bytes(&submit, 1, envelope);
    raw_frame(out, 11, bytes_buf(&submit));
    buf_wipe(&submit);
}
