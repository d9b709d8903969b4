/* Header and envelope. The header travels inside the envelope as the bytes that were signed, so
 * envelope_decode() does not look into it; nothing here verifies a signature or opens what is
 * sealed. */
#include "wire/envelope.h"

#include "convert.h"
#include "gate.h"

static const struct gate_rules HEADER_RULES = {
    .type = &safehand__header__descriptor,
    .bytes_max = SH_HEADER_BYTES_MAX,
};
static const struct gate_rules ENVELOPE_RULES = {
    .type = &safehand__envelope__descriptor,
    .bytes_max = SH_ENVELOPE_BYTES_MAX,
};
static const struct gate_rules FACTS_RULES = {
    .type = &safehand__facts__descriptor,
    .bytes_max = SH_HEADER_BYTES_MAX,
};

/* ---- header ---- */

static sh_err parts_check(const struct parts *in)
{
    SH_CHECK(in->count <= SH_PARTS_MAX && in->bytes <= SH_MESSAGE_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->sealed_count <= in->count, SH_E_FORMAT);
    return SH_OK;
}

static sh_err header_check(const struct header *in)
{
    SH_TRY(parts_check(&in->parts));
    size_t sealed_max =
        in->parts.sealed_count > 0 ? SH_MESSAGE_BYTES_MAX : SH_SEALED_INLINE_BYTES_MAX;
    SH_CHECK(in->sealed_bytes <= sealed_max, SH_E_TOO_BIG);
    return SH_OK;
}

static sh_err parts_from_pb(const Safehand__Parts *in, struct parts *out)
{
    if (!in) {
        return SH_OK;
    }
    SH_CHECK(in->count > 0, SH_E_FORMAT);
    out->sealed_count = in->sealed_count;
    out->count = in->count;
    out->bytes = in->bytes;
    return hash_from(bytes_from_pb(in->root), &out->root);
}

sh_err header_decode(struct bytes in, struct arena *arena, struct header *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&HEADER_RULES, in, arena, &message));
    const Safehand__Header *pb = (const Safehand__Header *)message;
    struct header header = {.sealed_bytes = pb->sealed_bytes};
    SH_TRY(facts_from_pb(pb->facts, arena, &header.facts));
    SH_TRY(hash_from(bytes_from_pb(pb->sealed_sha256), &header.sealed_sha256));
    SH_TRY(hash_from(bytes_from_pb(pb->inner_sha256), &header.inner_sha256));
    SH_TRY(parts_from_pb(pb->parts, &header.parts));
    SH_TRY(header_check(&header));
    *out = header;
    return SH_OK;
}

static void parts_to_pb(const struct parts *in, Safehand__Parts *out)
{
    safehand__parts__init(out);
    out->sealed_count = in->sealed_count;
    out->count = in->count;
    out->bytes = in->bytes;
    out->root = FIXED_TO_PB(in->root);
}

sh_err header_encode(const struct header *in, struct buf *out)
{
    SH_TRY(header_check(in));
    struct facts_room room;
    Safehand__Facts facts;
    SH_TRY(facts_to_pb(&in->facts, &room, &facts));
    Safehand__Parts parts;
    parts_to_pb(&in->parts, &parts);
    Safehand__Header pb = SAFEHAND__HEADER__INIT;
    pb.version = GATE_VERSION;
    pb.facts = &facts;
    pb.sealed_sha256 = FIXED_TO_PB(in->sealed_sha256);
    pb.sealed_bytes = in->sealed_bytes;
    pb.inner_sha256 = FIXED_TO_PB(in->inner_sha256);
    pb.parts = in->parts.count > 0 ? &parts : NULL;
    return gate_pack(&HEADER_RULES, &pb.base, out);
}

sh_err facts_encode(const struct facts *in, struct buf *out)
{
    struct facts_room room;
    Safehand__Facts facts;
    SH_TRY(facts_to_pb(in, &room, &facts));
    return gate_pack(&FACTS_RULES, &facts.base, out);
}

/* ---- envelope ---- */

static sh_err batch_check(const struct batch_path *in)
{
    SH_CHECK(in->size <= SH_BATCH_MAX && in->path_len <= SH_BATCH_PATH_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->size > 0 ? in->index < in->size : in->path_len == 0, SH_E_FORMAT);
    return SH_OK;
}

sh_err batch_from_pb(const Safehand__BatchPath *in, struct arena *arena, struct batch_path *out)
{
    struct batch_path batch = {0};
    if (in) {
        const struct pb_list path = {in->n_path, in->path};
        SH_CHECK(in->size > 0, SH_E_FORMAT);
        batch.size = in->size;
        batch.index = in->index;
        batch.path_len = in->n_path;
        SH_TRY(hashes_from_pb(path, SH_BATCH_PATH_MAX, arena, &batch.path));
        SH_TRY(batch_check(&batch));
    }
    *out = batch;
    return SH_OK;
}

sh_err batch_to_pb(const struct batch_path *in, struct batch_room *room, Safehand__BatchPath **out)
{
    SH_TRY(batch_check(in));
    *out = in->size > 0 ? &room->batch : NULL;
    safehand__batch_path__init(&room->batch);
    room->batch.size = in->size;
    room->batch.index = in->index;
    room->batch.n_path = in->path_len;
    room->batch.path = room->path;
    hashes_to_pb(in->path, in->path_len, room->path);
    return SH_OK;
}

static sh_err envelope_check(const struct envelope *in)
{
    SH_TRY(length_check(in->header, SH_HEADER_BYTES_MAX));
    SH_CHECK(in->sealed.len <= SH_SEALED_INLINE_BYTES_MAX, SH_E_TOO_BIG);
    return signature_check(in->signature);
}

sh_err envelope_from_pb(const Safehand__Envelope *in, struct arena *arena, struct envelope *out)
{
    struct envelope envelope = {
        .header = bytes_from_pb(in->header),
        .sealed = bytes_from_pb(in->sealed),
        .signature = bytes_from_pb(in->signature),
    };
    SH_TRY(envelope_check(&envelope));
    SH_TRY(batch_from_pb(in->batch, arena, &envelope.batch));
    *out = envelope;
    return SH_OK;
}

sh_err envelope_to_pb(const struct envelope *in, struct batch_room *room, Safehand__Envelope *out)
{
    SH_TRY(envelope_check(in));
    safehand__envelope__init(out);
    out->version = GATE_VERSION;
    out->header = bytes_to_pb(in->header);
    out->sealed = bytes_to_pb(in->sealed);
    out->signature = bytes_to_pb(in->signature);
    return batch_to_pb(&in->batch, room, &out->batch);
}

sh_err envelope_decode(struct bytes in, struct arena *arena, struct envelope *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&ENVELOPE_RULES, in, arena, &message));
    return envelope_from_pb((const Safehand__Envelope *)message, arena, out);
}

sh_err envelope_encode(const struct envelope *in, struct buf *out)
{
    struct batch_room room;
    Safehand__Envelope pb;
    SH_TRY(envelope_to_pb(in, &room, &pb));
    return gate_pack(&ENVELOPE_RULES, &pb.base, out);
}
