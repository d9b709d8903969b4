/* The tools to spoil a good message: its generated struct is changed in one place and packed by
 * protobuf-c itself, which checks nothing. */
#pragma once

#include "base/arena.h"
#include "envelope.pb-c.h"
#include "log.pb-c.h"
#include "samples.h"

/* Gives an arena that is large enough for anything: arena_free(). */
struct arena *arena_for_test(void);

/* Appends what protobuf-c makes of a generated struct, unchecked. */
void pack_raw(const ProtobufCMessage *message, struct buf *out);
/* Generated struct of good bytes, to be spoiled; arena's. */
void *unpack_raw(const ProtobufCMessageDescriptor *type, struct bytes in, struct arena *arena);
/* Adds one unknown field (number 1000) to a generated struct. */
void add_unknown_field(ProtobufCMessage *message);
/* `len` zeros, at most SH_CRL_BYTES_MAX + 1 of them. */
ProtobufCBinaryData zero_bytes(size_t len);
/* `len` hashes that ascend, at most SH_SEATS_MAX + 1 of them; the next call gives the same ones. */
ProtobufCBinaryData *ascending_hashes(size_t len);
/* What header_decode() says of the sample header once it was spoiled. */
sh_err decode_spoiled_header(void (*spoil)(Safehand__Header *));
