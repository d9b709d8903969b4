#include "base/cleanup.h"
#include "session.pb-c.h"
#include "spoil.h"
#include "wire/session.h"

#include <criterion/criterion.h>

static void round_trip(const struct frame *in, struct arena *arena, struct frame *out)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf again = BUF_INIT(SH_FRAME_BYTES_MAX);
    cr_assert_eq(frame_encode(in, &bytes), SH_OK, "type %d", (int)in->type);
    cr_assert_eq(frame_decode(bytes_buf(&bytes), arena, out), SH_OK, "type %d", (int)in->type);
    cr_assert_eq(out->ref, in->ref);
    cr_assert_eq(out->type, in->type);
    cr_assert_eq(frame_encode(out, &again), SH_OK);
    cr_assert(bytes_equal(bytes_buf(&bytes), bytes_buf(&again)), "type %d", (int)in->type);
}

Test(wire, every_frame_comes_back_to_the_same_bytes)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame out;
    for (size_t i = 0; i < SAMPLE_FRAMES; i++) {
        round_trip(sample_frame(i), arena, &out);
    }
}

Test(wire, there_is_a_sample_of_every_frame_of_the_schema)
{
    size_t bodies = 0;
    for (unsigned i = 0; i < safehand__frame__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &safehand__frame__descriptor.fields[i];
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            cr_assert_not_null(sample_frame_of((enum frame_type)field->id));
            bodies++;
        }
    }
    cr_assert_eq(bodies, SAMPLE_FRAMES);
}

/* A frame of this type, sent and received; lives until the test ends. */
static struct frame received(enum frame_type type, struct arena *arena)
{
    struct frame out;
    round_trip(sample_frame_of(type), arena, &out);
    return out;
}

static void assert_statement(const struct statement *got)
{
    const struct statement *want = sample_statement();
    cr_assert(bytes_equal(got->leaf, want->leaf));
    cr_assert(bytes_equal(got->opening.facts, want->opening.facts));
    cr_assert(hash_equal(&got->opening.salt, &want->opening.salt));
    cr_assert_eq(got->index, want->index);
    cr_assert_eq(got->proof_len, want->proof_len);
    cr_assert(bytes_equal(got->checkpoint, want->checkpoint));
}

static void assert_envelope(const struct envelope *got)
{
    const struct envelope *want = sample_envelope();
    cr_assert(bytes_equal(got->header, want->header));
    cr_assert(bytes_equal(got->sealed, want->sealed));
    cr_assert(bytes_equal(got->signature, want->signature));
    cr_assert_eq(got->batch.index, want->batch.index);
    cr_assert_eq(got->batch.path_len, want->batch.path_len);
}

Test(wire, what_a_client_asks_arrives)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame f = received(FRAME_HELLO, arena);
    cr_assert(f.hello.directory_version == 3 && f.hello.log_size == 4);
    f = received(FRAME_SUBMIT, arena);
    assert_envelope(&f.submit.envelope);
    cr_assert(f.submit.has_accepted);
    assert_statement(&f.submit.accepted);
    f = received(FRAME_READY, arena);
    cr_assert_eq(f.ready.credit, 256);
    f = received(FRAME_RECEIPT, arena);
    cr_assert(bytes_equal(f.receipt.receipt.signature, sample_signed_receipt()->signature));
    f = received(FRAME_NOTICE_SEEN, arena);
    cr_assert_eq(f.notice_seen.item, 5);
    f = received(FRAME_DIRECTORY_GET, arena);
    cr_assert(f.directory_get.version == 6 && f.directory_get.offset == 7);
    f = received(FRAME_CONSISTENCY_GET, arena);
    cr_assert(f.consistency_get.from_size == 8 && f.consistency_get.to_size == 9);
    f = received(FRAME_PROOF_GET, arena);
    cr_assert(f.proof_get.index == 10 && f.proof_get.witnessed);
    f = received(FRAME_PING, arena);
    cr_assert_eq(f.ping.time_ms, SAMPLE_TIME_MS);
    f = received(FRAME_DESK_GET, arena);
    cr_assert_str_eq(f.desk_get.address.text, "a@b.school");
    f = received(FRAME_LEAVES_GET, arena);
    cr_assert(f.leaves_get.from == 18 && f.leaves_get.size == 20 && f.leaves_get.count == 2);
}

Test(wire, what_is_known_of_a_lost_log_arrives)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame f = received(FRAME_KNOWN, arena);
    cr_assert(bytes_equal(f.known.checkpoint, bytes_str("checkpoint")));
    cr_assert_eq(f.known.len, 1);
    assert_statement(&f.known.statements[0]);
    f = received(FRAME_NOTED, arena);
    cr_assert_eq(f.noted.log_size, 22);
    f = received(FRAME_WELCOME, arena);
    cr_assert(f.welcome.restoring && f.welcome.has_began);
    assert_statement(&f.welcome.began);
    cr_assert(bytes_equal(f.welcome.witnessed, bytes_str("cosigned")));
}

Test(wire, entries_for_an_auditor_arrive_with_and_without_openings)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame f = received(FRAME_LEAVES, arena);
    cr_assert(f.leaves.from == 18 && f.leaves.size == 21 && f.leaves.len == 2);
    cr_assert(bytes_equal(f.leaves.entries[0].leaf, bytes_str("a leaf")));
    cr_assert(f.leaves.entries[0].has_opening && !f.leaves.entries[1].has_opening);
    cr_assert(bytes_equal(f.leaves.entries[0].opening.facts, bytes_str("facts")));
    cr_assert_eq(f.leaves.consistency.len, 2);
}

Test(wire, how_a_submission_ended_arrives)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    const struct sh_id one = sample_id(1), two = sample_id(2), three = sample_id(3);
    struct frame f = received(FRAME_ACCEPTED, arena);
    cr_assert(id_equal(&f.accepted.message_id, &one));
    assert_statement(&f.accepted.statement);
    f = received(FRAME_REFUSED, arena);
    cr_assert(f.refused.has_message_id && id_equal(&f.refused.message_id, &two));
    cr_assert(f.refused.code == SH_E_REVOKED && f.refused.has_statement);
    assert_statement(&f.refused.statement);
    f = received(FRAME_DEFER, arena);
    cr_assert(f.defer.has_message_id && id_equal(&f.defer.message_id, &three));
    cr_assert(f.defer.code == SH_E_BUSY && f.defer.retry_after_ms == 1500);
}

Test(wire, what_a_relay_delivers_arrives)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame f = received(FRAME_DELIVER, arena);
    cr_assert_eq(f.deliver.item, 12);
    assert_envelope(&f.deliver.envelope);
    assert_statement(&f.deliver.accepted);
    f = received(FRAME_NOTICE, arena);
    cr_assert(f.notice.item == 13 && f.notice.has_receipt);
    assert_statement(&f.notice.statement);
    cr_assert(bytes_equal(f.notice.receipt.receipt, sample_signed_receipt()->receipt));
    f = received(FRAME_RECEIPT_STORED, arena);
    cr_assert_eq(f.receipt_stored.type, RECEIPT_OPENED);
    assert_statement(&f.receipt_stored.statement);
    f = received(FRAME_CAUGHT_UP, arena);
    cr_assert_eq(f.caught_up.items, 17);
}

Test(wire, what_a_relay_tells_of_itself_arrives)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame f = received(FRAME_WELCOME, arena);
    cr_assert(f.welcome.time_ms == SAMPLE_TIME_MS && f.welcome.directory_version == 11);
    cr_assert(bytes_equal(f.welcome.checkpoint, bytes_str("checkpoint")));
    cr_assert(f.welcome.consistency.len == 2 && f.welcome.consistency.hashes[1].b[0] == 111);
    f = received(FRAME_DIRECTORY, arena);
    cr_assert(f.directory.version == 14 && f.directory.total_bytes == 1000);
    cr_assert(f.directory.offset == 500 && f.directory.bytes.len == 10);
    f = received(FRAME_CONSISTENCY, arena);
    cr_assert(f.consistency.from_size == 15 && f.consistency.to_size == 16);
    cr_assert(f.consistency.proof.len == 2 && f.consistency.proof.hashes[0].b[0] == 110);
    f = received(FRAME_PROOF, arena);
    assert_statement(&f.proof.statement);
    f = received(FRAME_PONG, arena);
    cr_assert(f.pong.time_ms == SAMPLE_TIME_MS && f.pong.checkpoint.len == 10);
    f = received(FRAME_DESK, arena);
    cr_assert_str_eq(f.desk.address.text, "c@d.police");
    cr_assert(f.desk.has_last_collected && f.desk.last_collected_ms == SAMPLE_TIME_MS + 1);
}

Test(wire, what_may_be_absent_in_a_frame_stays_absent)
{
    SH_DEFER(arena_free) struct arena *arena = arena_for_test();
    struct frame in, out;
    in = (struct frame){.type = FRAME_REFUSED, .refused = {.code = SH_E_FORMAT}};
    round_trip(&in, arena, &out);
    cr_assert(!out.refused.has_message_id && !out.refused.has_statement);
    in = (struct frame){.type = FRAME_DEFER, .defer = {.code = SH_E_QUOTA}};
    round_trip(&in, arena, &out);
    cr_assert_not(out.defer.has_message_id);
    in = (struct frame){.type = FRAME_NOTICE, .notice = {.statement = *sample_statement()}};
    round_trip(&in, arena, &out);
    cr_assert_not(out.notice.has_receipt);
    in = (struct frame){.type = FRAME_DESK, .desk = {.address = sample_address("a@b.c")}};
    round_trip(&in, arena, &out);
    cr_assert_not(out.desk.has_last_collected);
    in = (struct frame){.type = FRAME_WELCOME};
    round_trip(&in, arena, &out);
    cr_assert(out.welcome.checkpoint.len == 0 && out.welcome.consistency.len == 0);
}

Test(wire, the_largest_delivery_fits_a_frame)
{
    static uint8_t zeros[SH_SEALED_INLINE_BYTES_MAX];
    static struct sh_hash hashes[SH_PROOF_HASHES_MAX];
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    struct frame in = {.ref = UINT32_MAX, .type = FRAME_DELIVER, .deliver = {.item = INT64_MAX}};
    struct frame out;
    in.deliver.envelope =
        (struct envelope){bytes_of(zeros, SH_HEADER_BYTES_MAX),
                          bytes_of(zeros, SH_SEALED_INLINE_BYTES_MAX),
                          bytes_of(zeros, SH_SIGNATURE_BYTES_MAX),
                          {SH_BATCH_MAX, SH_BATCH_MAX - 1, hashes, SH_BATCH_PATH_MAX}};
    in.deliver.accepted =
        (struct statement){.leaf = bytes_of(zeros, SH_LEAF_BYTES_MAX),
                           .opening.facts = bytes_of(zeros, SH_FACTS_BYTES_MAX),
                           .index = INT64_MAX,
                           .proof = hashes,
                           .proof_len = SH_PROOF_HASHES_MAX,
                           .checkpoint = bytes_of(zeros, SH_CHECKPOINT_BYTES_MAX)};
    cr_assert_eq(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena), SH_OK);
    cr_assert_eq(frame_encode(&in, &bytes), SH_OK);
    cr_assert_eq(frame_decode(bytes_buf(&bytes), arena, &out), SH_OK);
}
