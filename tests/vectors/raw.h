/* Protobuf by hand, for bytes that no encoder would write. Appends; aborts when it cannot. */
#pragma once

#include "base/bytes.h"

enum raw_wire {
    RAW_VARINT = 0,
    RAW_FIXED64 = 1,
    RAW_BYTES = 2,
    RAW_GROUP = 3,
    RAW_FIXED32 = 5,
};

void raw_varint(struct buf *out, uint64_t value);
/* In exactly `width` bytes, of which the later ones may say nothing. */
void raw_wide_varint(struct buf *out, uint64_t value, unsigned width);
void raw_key(struct buf *out, unsigned field, enum raw_wire wire);
void raw_number(struct buf *out, unsigned field, uint64_t value);
void raw_bytes(struct buf *out, unsigned field, struct bytes value);
/* Version 1, a reference, and one member of the body. */
void raw_frame(struct buf *out, unsigned body, struct bytes content);
/* A SUBMIT frame around the bytes of an envelope, whatever they are. */
void raw_submit(struct buf *out, struct bytes envelope);
