/* Leaves and statements. Whether a leaf commits to an opening, and stands in the tree whose
 * checkpoint is signed, is for those who hold keys and roots. */
#include "wire/log.h"

#include "base/cleanup.h"
#include "convert.h"
#include "gate.h"

static const struct gate_rules LEAF_RULES = {
    .type = &safehand__leaf__descriptor,
    .bytes_max = SH_LEAF_BYTES_MAX,
};
static const struct gate_rules STATEMENT_RULES = {
    .type = &safehand__statement__descriptor,
    .bytes_max = WIRE_STATEMENT_BYTES_MAX,
};

/* ---- leaf ---- */

sh_err leaf_decode(struct bytes in, struct leaf *out)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&LEAF_RULES, in, arena, &message));
    const Safehand__Leaf *pb = (const Safehand__Leaf *)message;
    struct leaf leaf = {.type = (enum leaf_type)pb->type};
    SH_TRY(time_from_pb(pb->time_ms, &leaf.time_ms));
    SH_TRY(hash_from(bytes_from_pb(pb->commitment), &leaf.commitment));
    *out = leaf;
    return SH_OK;
}

sh_err leaf_encode(const struct leaf *in, struct buf *out)
{
    SH_TRY(time_check(in->time_ms));
    Safehand__Leaf pb = SAFEHAND__LEAF__INIT;
    pb.version = GATE_VERSION;
    pb.type = (Safehand__LeafType)in->type;
    pb.time_ms = (uint64_t)in->time_ms;
    pb.commitment = FIXED_TO_PB(in->commitment);
    return gate_pack(&LEAF_RULES, &pb.base, out);
}

/* ---- statement ---- */

static sh_err statement_check(const struct statement *in)
{
    SH_TRY(length_check(in->leaf, SH_LEAF_BYTES_MAX));
    SH_TRY(length_check(in->checkpoint, SH_CHECKPOINT_BYTES_MAX));
    SH_CHECK(in->opening.facts.len <= SH_FACTS_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->proof_len <= SH_PROOF_HASHES_MAX, SH_E_TOO_BIG);
    return SH_OK;
}

sh_err statement_from_pb(const Safehand__Statement *in, struct arena *arena, struct statement *out)
{
    struct statement statement = {
        .leaf = bytes_from_pb(in->leaf),
        .opening.facts = bytes_from_pb(in->opening->facts),
        .index = in->index,
        .proof_len = in->n_proof,
        .checkpoint = bytes_from_pb(in->checkpoint),
    };
    SH_TRY(statement_check(&statement));
    SH_TRY(hash_from(bytes_from_pb(in->opening->salt), &statement.opening.salt));
    const struct pb_list proof = {in->n_proof, in->proof};
    SH_TRY(hashes_from_pb(proof, SH_PROOF_HASHES_MAX, arena, &statement.proof));
    *out = statement;
    return SH_OK;
}

sh_err statement_to_pb(const struct statement *in, struct statement_room *room,
                       Safehand__Statement *out)
{
    SH_TRY(statement_check(in));
    safehand__opening__init(&room->opening);
    room->opening.salt = FIXED_TO_PB(in->opening.salt);
    room->opening.facts = bytes_to_pb(in->opening.facts);
    safehand__statement__init(out);
    out->leaf = bytes_to_pb(in->leaf);
    out->opening = &room->opening;
    out->index = in->index;
    out->n_proof = in->proof_len;
    out->proof = room->proof;
    hashes_to_pb(in->proof, in->proof_len, room->proof);
    out->checkpoint = bytes_to_pb(in->checkpoint);
    return SH_OK;
}

sh_err statement_decode(struct bytes in, struct arena *arena, struct statement *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&STATEMENT_RULES, in, arena, &message));
    return statement_from_pb((const Safehand__Statement *)message, arena, out);
}

sh_err statement_encode(const struct statement *in, struct buf *out)
{
    struct statement_room room;
    Safehand__Statement pb;
    SH_TRY(statement_to_pb(in, &room, &pb));
    return gate_pack(&STATEMENT_RULES, &pb.base, out);
}
