#include "base/cleanup.h"
#include "spoil.h"
#include "wire/log.h"

#include <criterion/criterion.h>

/* ---- leaf ---- */

Test(wire, a_leaf_comes_back_as_it_went)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_LEAF_BYTES_MAX);
    struct leaf out;
    cr_assert_eq(leaf_encode(sample_leaf(), &bytes), SH_OK);
    cr_assert_eq(leaf_decode(bytes_buf(&bytes), &out), SH_OK);
    cr_assert_eq(out.type, LEAF_OVERDUE);
    cr_assert_eq(out.time_ms, SAMPLE_TIME_MS + 4);
    cr_assert(hash_equal(&out.commitment, &sample_leaf()->commitment));
}

Test(wire, leaf_bytes_are_those_of_the_protocol)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_LEAF_BYTES_MAX);
    const struct leaf leaf = {LEAF_ACCEPTED, 300, {{0xAB}}};
    cr_assert_eq(leaf_encode(&leaf, &bytes), SH_OK);
    cr_assert_eq(bytes.len, 41);
    cr_assert_eq(memcmp(bytes.data, "\x08\x01\x10\x01\x18\xAC\x02\x22\x20\xAB\x00", 11), 0);
}

static sh_err decode_leaf(Safehand__Leaf pb)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_KIB);
    struct leaf out;
    pack_raw(&pb.base, &bytes);
    return leaf_decode(bytes_buf(&bytes), &out);
}

Test(wire, each_way_to_spoil_a_leaf_has_its_refusal)
{
    uint8_t hash[64] = {0};
    Safehand__Leaf good = SAFEHAND__LEAF__INIT;
    good.version = 1;
    good.commitment = (ProtobufCBinaryData){32, hash};
    cr_assert_eq(decode_leaf(good), SH_OK);
    Safehand__Leaf pb = good;
    pb.version = 2;
    cr_assert_eq(decode_leaf(pb), SH_E_BAD_VERSION);
    pb = good;
    pb.type = (Safehand__LeafType)22;
    cr_assert_eq(decode_leaf(pb), SH_E_BAD_CODE);
    pb = good;
    pb.time_ms = 253402300800000;
    cr_assert_eq(decode_leaf(pb), SH_E_BAD_TIME);
    pb = good;
    pb.commitment.len = 31;
    cr_assert_eq(decode_leaf(pb), SH_E_FORMAT);
    pb.commitment.len = 33;
    cr_assert_eq(decode_leaf(pb), SH_E_FORMAT);
    pb.commitment.len = 64;
    cr_assert_eq(decode_leaf(pb), SH_E_TOO_BIG);
    pb = good;
    add_unknown_field(&pb.base);
    cr_assert_eq(decode_leaf(pb), SH_E_NOT_CANONICAL);
}

Test(wire, a_leaf_that_would_be_refused_is_not_written)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_LEAF_BYTES_MAX);
    struct leaf leaf = *sample_leaf();
    leaf.type = (enum leaf_type)0;
    cr_assert_eq(leaf_encode(&leaf, &bytes), SH_E_BAD_CODE);
    leaf = *sample_leaf();
    leaf.time_ms = -5;
    cr_assert_eq(leaf_encode(&leaf, &bytes), SH_E_BAD_TIME);
    cr_assert_eq(bytes.len, 0);
}

/* ---- statement ---- */

static sh_err round_trip(const struct statement *in, struct arena *arena, struct statement *out)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_TRY(statement_encode(in, &bytes));
    return statement_decode(bytes_buf(&bytes), arena, out);
}

Test(wire, a_statement_comes_back_as_it_went)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct statement *in = sample_statement();
    struct statement out;
    cr_assert_eq(round_trip(in, arena, &out), SH_OK);
    cr_assert(bytes_equal(in->leaf, out.leaf));
    cr_assert(hash_equal(&in->opening.salt, &out.opening.salt));
    cr_assert(bytes_equal(in->opening.facts, out.opening.facts));
    cr_assert_eq(in->index, out.index);
    cr_assert_eq(out.proof_len, 4);
    cr_assert_eq(memcmp(in->proof, out.proof, 4 * SH_HASH_BYTES), 0);
    cr_assert(bytes_equal(in->checkpoint, out.checkpoint));
}

Test(wire, a_statement_about_the_only_leaf_has_no_proof)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct statement in = *sample_statement(), out;
    in.proof_len = 0;
    in.proof = NULL;
    in.opening.facts = (struct bytes){0};
    cr_assert_eq(round_trip(&in, arena, &out), SH_OK);
    cr_assert_eq(out.proof_len, 0);
    cr_assert_eq(out.opening.facts.len, 0);
}

static sh_err try_statement(size_t leaf_len, size_t facts_len, size_t proof_len, size_t note_len)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    static uint8_t bytes[2 * SH_FACTS_BYTES_MAX];
    static struct sh_hash proof[SH_PROOF_HASHES_MAX + 1];
    const struct statement in = {.leaf = bytes_of(bytes, leaf_len),
                                 .opening.facts = bytes_of(bytes, facts_len),
                                 .proof = proof,
                                 .proof_len = proof_len,
                                 .checkpoint = bytes_of(bytes, note_len)};
    struct statement out;
    return round_trip(&in, arena, &out);
}

Test(wire, a_statement_has_its_limits)
{
    const size_t leaf = SH_LEAF_BYTES_MAX, facts = SH_FACTS_BYTES_MAX;
    const size_t proof = SH_PROOF_HASHES_MAX, note = SH_CHECKPOINT_BYTES_MAX;
    cr_assert_eq(try_statement(leaf, facts, proof, note), SH_OK);
    cr_assert_eq(try_statement(leaf + 1, facts, proof, note), SH_E_TOO_BIG);
    cr_assert_eq(try_statement(leaf, facts + 1, proof, note), SH_E_TOO_BIG);
    cr_assert_eq(try_statement(leaf, facts, proof + 1, note), SH_E_TOO_BIG);
    cr_assert_eq(try_statement(leaf, facts, proof, note + 1), SH_E_TOO_BIG);
    cr_assert_eq(try_statement(0, facts, proof, note), SH_E_FORMAT);
    cr_assert_eq(try_statement(leaf, facts, proof, 0), SH_E_FORMAT);
}

static sh_err decode_spoiled_statement(void (*spoil)(Safehand__Statement *))
{
    SH_DEFER(buf_wipe) struct buf good = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf bad = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct statement out;
    cr_assert_eq(statement_encode(sample_statement(), &good), SH_OK);
    Safehand__Statement *pb = unpack_raw(&safehand__statement__descriptor, bytes_buf(&good), arena);
    spoil(pb);
    pack_raw(&pb->base, &bad);
    return statement_decode(bytes_buf(&bad), arena, &out);
}

static void salt_31(Safehand__Statement *pb)
{
    pb->opening->salt.len = 31;
}
static void proof_hash_33(Safehand__Statement *pb)
{
    pb->proof[3] = zero_bytes(33);
}
static void opening_unknown_field(Safehand__Statement *pb)
{
    add_unknown_field(&pb->opening->base);
}
static void index_above_int64(Safehand__Statement *pb)
{
    pb->index = (uint64_t)INT64_MAX + 1;
}

Test(wire, each_way_to_spoil_a_statement_has_its_refusal)
{
    cr_assert_eq(decode_spoiled_statement(salt_31), SH_E_FORMAT);
    cr_assert_eq(decode_spoiled_statement(proof_hash_33), SH_E_FORMAT);
    cr_assert_eq(decode_spoiled_statement(opening_unknown_field), SH_E_NOT_CANONICAL);
    cr_assert_eq(decode_spoiled_statement(index_above_int64), SH_E_FORMAT);
}

Test(wire, a_statement_that_would_be_refused_is_not_written)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_FRAME_BYTES_MAX);
    struct statement statement = *sample_statement();
    statement.leaf.len = 0;
    cr_assert_eq(statement_encode(&statement, &out), SH_E_FORMAT);
    statement = *sample_statement();
    statement.proof_len = SH_PROOF_HASHES_MAX + 1;
    cr_assert_eq(statement_encode(&statement, &out), SH_E_TOO_BIG);
    cr_assert_eq(out.len, 0);
}
