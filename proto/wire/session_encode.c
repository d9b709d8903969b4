/* Frames on their way out. Everything that a frame needs while it is packed lies in one struct on
 * the stack, so that an answer of the relay costs no memory but its own bytes. */
#include "convert.h"
#include "gate.h"
#include "session.pb-c.h"
#include "wire/session.h"

static const struct gate_rules FRAME_RULES = {
    .type = &safehand__frame__descriptor,
    .bytes_max = SH_FRAME_BYTES_MAX,
};

struct frame_room {
    union {
        Safehand__Hello hello;
        Safehand__Submit submit;
        Safehand__Ready ready;
        Safehand__SubmitReceipt receipt;
        Safehand__NoticeSeen notice_seen;
        Safehand__DirectoryGet directory_get;
        Safehand__ConsistencyGet consistency_get;
        Safehand__ProofGet proof_get;
        Safehand__Ping ping;
        Safehand__DeskGet desk_get;
        Safehand__LeavesGet leaves_get;
        Safehand__Known known;
        Safehand__Welcome welcome;
        Safehand__Accepted accepted;
        Safehand__Refused refused;
        Safehand__Defer defer;
        Safehand__Deliver deliver;
        Safehand__Notice notice;
        Safehand__Directory directory;
        Safehand__Consistency consistency;
        Safehand__Proof proof;
        Safehand__Pong pong;
        Safehand__Desk desk;
        Safehand__ReceiptStored receipt_stored;
        Safehand__Caught caught_up;
        Safehand__Leaves leaves;
        Safehand__Noted noted;
    };
    Safehand__Envelope envelope_body;
    struct batch_room batch;
    Safehand__Statement statement_body;
    struct statement_room statement;
    Safehand__SignedReceipt receipt_body;
    ProtobufCBinaryData hashes[SH_PROOF_HASHES_MAX];
    Safehand__LogEntry entries[SH_LEAVES_MAX];
    Safehand__LogEntry *entry_list[SH_LEAVES_MAX];
    Safehand__Opening openings[SH_LEAVES_MAX];
    Safehand__Statement known_bodies[SH_KNOWN_MAX];
    Safehand__Statement *known_list[SH_KNOWN_MAX];
    struct statement_room known_rooms[SH_KNOWN_MAX];
};

/* Points the oneof of `frame` at the zeroed body in the room. */
#define BODY(frame, room, member, type)                                                            \
    safehand__##type##__init(&(room)->member);                                                     \
    (frame)->member = &(room)->member

static sh_err put_envelope(const struct envelope *in, struct frame_room *room,
                           Safehand__Envelope **out)
{
    *out = &room->envelope_body;
    return envelope_to_pb(in, &room->batch, *out);
}

static sh_err put_statement(const struct statement *in, struct frame_room *room,
                            Safehand__Statement **out)
{
    *out = &room->statement_body;
    return statement_to_pb(in, &room->statement, *out);
}

static sh_err put_receipt(const struct signed_receipt *in, struct frame_room *room,
                          Safehand__SignedReceipt **out)
{
    *out = &room->receipt_body;
    return signed_receipt_to_pb(in, *out);
}

static sh_err put_hashes(const struct hash_list *in, struct frame_room *room)
{
    SH_CHECK(in->len <= SH_PROOF_HASHES_MAX, SH_E_TOO_BIG);
    hashes_to_pb(in->hashes, in->len, room->hashes);
    return SH_OK;
}

static sh_err checkpoint_check(struct bytes in)
{
    SH_CHECK(in.len <= SH_CHECKPOINT_BYTES_MAX, SH_E_TOO_BIG);
    return SH_OK;
}

static sh_err code_check(uint32_t code)
{
    SH_CHECK(sh_err_known(code), SH_E_BAD_CODE);
    return SH_OK;
}

/* ---- client to relay ---- */

static void put_asking(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    switch (in->type) {
    case FRAME_HELLO:
        BODY(out, room, hello, hello);
        room->hello.directory_version = in->hello.directory_version;
        room->hello.log_size = in->hello.log_size;
        break;
    case FRAME_READY:
        BODY(out, room, ready, ready);
        room->ready.credit = in->ready.credit;
        break;
    case FRAME_NOTICE_SEEN:
        BODY(out, room, notice_seen, notice_seen);
        room->notice_seen.item = in->notice_seen.item;
        break;
    case FRAME_DIRECTORY_GET:
        BODY(out, room, directory_get, directory_get);
        room->directory_get.version = in->directory_get.version;
        room->directory_get.offset = in->directory_get.offset;
        break;
    case FRAME_CONSISTENCY_GET:
        BODY(out, room, consistency_get, consistency_get);
        room->consistency_get.from_size = in->consistency_get.from_size;
        room->consistency_get.to_size = in->consistency_get.to_size;
        break;
    case FRAME_LEAVES_GET:
        BODY(out, room, leaves_get, leaves_get);
        room->leaves_get.from = in->leaves_get.from;
        room->leaves_get.size = in->leaves_get.size;
        room->leaves_get.count = in->leaves_get.count;
        break;
    default:
        BODY(out, room, proof_get, proof_get);
        room->proof_get.index = in->proof_get.index;
        room->proof_get.has_witnessed = room->proof_get.witnessed = in->proof_get.witnessed;
        break;
    }
}

static sh_err put_submit(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, submit, submit);
    SH_TRY(put_envelope(&in->submit.envelope, room, &room->submit.envelope));
    return in->submit.has_accepted
               ? put_statement(&in->submit.accepted, room, &room->submit.accepted)
               : SH_OK;
}

static sh_err put_known(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, known, known);
    SH_CHECK(in->known.len <= SH_KNOWN_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->known.len; i++) {
        room->known_list[i] = &room->known_bodies[i];
        SH_TRY(
            statement_to_pb(&in->known.statements[i], &room->known_rooms[i], room->known_list[i]));
    }
    room->known.checkpoint = bytes_to_pb(in->known.checkpoint);
    room->known.n_statements = in->known.len;
    room->known.statements = room->known_list;
    return checkpoint_check(in->known.checkpoint);
}

static sh_err put_from_client(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    switch (in->type) {
    case FRAME_HELLO:
    case FRAME_READY:
    case FRAME_NOTICE_SEEN:
    case FRAME_DIRECTORY_GET:
    case FRAME_CONSISTENCY_GET:
    case FRAME_PROOF_GET:
    case FRAME_LEAVES_GET:
        put_asking(in, room, out);
        return SH_OK;
    case FRAME_SUBMIT:
        return put_submit(in, room, out);
    case FRAME_KNOWN:
        return put_known(in, room, out);
    case FRAME_RECEIPT:
        BODY(out, room, receipt, submit_receipt);
        return put_receipt(&in->receipt.receipt, room, &room->receipt.receipt);
    case FRAME_PING:
        BODY(out, room, ping, ping);
        room->ping.time_ms = (uint64_t)in->ping.time_ms;
        return time_check(in->ping.time_ms);
    case FRAME_DESK_GET:
        BODY(out, room, desk_get, desk_get);
        room->desk_get.address = text_to_pb(in->desk_get.address.text);
        return address_check(&in->desk_get.address);
    default:
        return SH_E_FORMAT; /* no type of ours */
    }
}

/* ---- relay to client ---- */

static sh_err put_welcome(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, welcome, welcome);
    room->welcome.time_ms = (uint64_t)in->welcome.time_ms;
    room->welcome.directory_version = in->welcome.directory_version;
    room->welcome.checkpoint = bytes_to_pb(in->welcome.checkpoint);
    room->welcome.n_consistency = in->welcome.consistency.len;
    room->welcome.consistency = room->hashes;
    SH_TRY(time_check(in->welcome.time_ms));
    room->welcome.has_restoring = room->welcome.restoring = in->welcome.restoring;
    room->welcome.has_witnessed = in->welcome.witnessed.len > 0;
    room->welcome.witnessed = bytes_to_pb(in->welcome.witnessed);
    SH_TRY(checkpoint_check(in->welcome.checkpoint));
    SH_TRY(checkpoint_check(in->welcome.witnessed));
    SH_TRY(in->welcome.has_began ? put_statement(&in->welcome.began, room, &room->welcome.began)
                                 : SH_OK);
    return put_hashes(&in->welcome.consistency, room);
}

static sh_err put_accepted(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, accepted, accepted);
    room->accepted.message_id = FIXED_TO_PB(in->accepted.message_id);
    return put_statement(&in->accepted.statement, room, &room->accepted.statement);
}

static sh_err put_refused(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, refused, refused);
    room->refused.has_message_id = in->refused.has_message_id;
    room->refused.message_id = FIXED_TO_PB(in->refused.message_id);
    room->refused.code = in->refused.code;
    SH_TRY(code_check(in->refused.code));
    return in->refused.has_statement
               ? put_statement(&in->refused.statement, room, &room->refused.statement)
               : SH_OK;
}

static sh_err put_defer(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, defer, defer);
    room->defer.has_message_id = in->defer.has_message_id;
    room->defer.message_id = FIXED_TO_PB(in->defer.message_id);
    room->defer.code = in->defer.code;
    room->defer.retry_after_ms = in->defer.retry_after_ms;
    return code_check(in->defer.code);
}

static sh_err put_deliver(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, deliver, deliver);
    room->deliver.item = in->deliver.item;
    SH_TRY(put_envelope(&in->deliver.envelope, room, &room->deliver.envelope));
    return put_statement(&in->deliver.accepted, room, &room->deliver.accepted);
}

static sh_err put_notice(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, notice, notice);
    room->notice.item = in->notice.item;
    SH_TRY(put_statement(&in->notice.statement, room, &room->notice.statement));
    return in->notice.has_receipt ? put_receipt(&in->notice.receipt, room, &room->notice.receipt)
                                  : SH_OK;
}

static sh_err put_directory(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, directory, directory);
    room->directory.version = in->directory.version;
    room->directory.total_bytes = in->directory.total_bytes;
    room->directory.offset = in->directory.offset;
    room->directory.bytes = bytes_to_pb(in->directory.bytes);
    SH_CHECK(in->directory.bytes.len <= SH_PART_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->directory.total_bytes <= SH_DIRECTORY_BYTES_MAX, SH_E_TOO_BIG);
    return SH_OK;
}

static sh_err put_consistency(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, consistency, consistency);
    room->consistency.from_size = in->consistency.from_size;
    room->consistency.to_size = in->consistency.to_size;
    room->consistency.n_proof = in->consistency.proof.len;
    room->consistency.proof = room->hashes;
    return put_hashes(&in->consistency.proof, room);
}

static sh_err put_pong(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, pong, pong);
    room->pong.time_ms = (uint64_t)in->pong.time_ms;
    room->pong.checkpoint = bytes_to_pb(in->pong.checkpoint);
    SH_TRY(time_check(in->pong.time_ms));
    return checkpoint_check(in->pong.checkpoint);
}

static sh_err put_desk(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, desk, desk);
    room->desk.address = text_to_pb(in->desk.address.text);
    room->desk.has_last_collected_ms = in->desk.has_last_collected;
    room->desk.last_collected_ms = (uint64_t)in->desk.last_collected_ms;
    SH_TRY(address_check(&in->desk.address));
    return time_check(in->desk.last_collected_ms);
}

static sh_err put_receipt_stored(const struct frame *in, struct frame_room *room,
                                 Safehand__Frame *out)
{
    BODY(out, room, receipt_stored, receipt_stored);
    room->receipt_stored.message_id = FIXED_TO_PB(in->receipt_stored.message_id);
    room->receipt_stored.type = (Safehand__ReceiptType)in->receipt_stored.type;
    return put_statement(&in->receipt_stored.statement, room, &room->receipt_stored.statement);
}

static sh_err put_entry(const struct log_entry *in, Safehand__LogEntry *out,
                        Safehand__Opening *opening)
{
    SH_TRY(length_check(in->leaf, SH_LEAF_BYTES_MAX));
    SH_CHECK(in->opening.facts.len <= SH_FACTS_BYTES_MAX, SH_E_TOO_BIG);
    safehand__log_entry__init(out);
    out->leaf = bytes_to_pb(in->leaf);
    if (in->has_opening) {
        safehand__opening__init(opening);
        opening->salt = FIXED_TO_PB(in->opening.salt);
        opening->facts = bytes_to_pb(in->opening.facts);
        out->opening = opening;
    }
    return SH_OK;
}

static sh_err put_leaves(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    BODY(out, room, leaves, leaves);
    SH_CHECK(in->leaves.len <= SH_LEAVES_MAX, SH_E_TOO_BIG);
    for (size_t i = 0; i < in->leaves.len; i++) {
        SH_TRY(put_entry(&in->leaves.entries[i], &room->entries[i], &room->openings[i]));
        room->entry_list[i] = &room->entries[i];
    }
    room->leaves.from = in->leaves.from;
    room->leaves.size = in->leaves.size;
    room->leaves.n_entries = in->leaves.len;
    room->leaves.entries = room->entry_list;
    room->leaves.n_consistency = in->leaves.consistency.len;
    room->leaves.consistency = room->hashes;
    return put_hashes(&in->leaves.consistency, room);
}

static sh_err put_from_relay(const struct frame *in, struct frame_room *room, Safehand__Frame *out)
{
    switch (in->type) {
    case FRAME_WELCOME:
        return put_welcome(in, room, out);
    case FRAME_ACCEPTED:
        return put_accepted(in, room, out);
    case FRAME_REFUSED:
        return put_refused(in, room, out);
    case FRAME_DEFER:
        return put_defer(in, room, out);
    case FRAME_DELIVER:
        return put_deliver(in, room, out);
    case FRAME_NOTICE:
        return put_notice(in, room, out);
    case FRAME_DIRECTORY:
        return put_directory(in, room, out);
    case FRAME_CONSISTENCY:
        return put_consistency(in, room, out);
    case FRAME_PROOF:
        BODY(out, room, proof, proof);
        return put_statement(&in->proof.statement, room, &room->proof.statement);
    case FRAME_PONG:
        return put_pong(in, room, out);
    case FRAME_DESK:
        return put_desk(in, room, out);
    case FRAME_RECEIPT_STORED:
        return put_receipt_stored(in, room, out);
    case FRAME_LEAVES:
        return put_leaves(in, room, out);
    case FRAME_NOTED:
        BODY(out, room, noted, noted);
        room->noted.log_size = in->noted.log_size;
        return SH_OK;
    case FRAME_CAUGHT_UP:
        BODY(out, room, caught_up, caught);
        room->caught_up.items = in->caught_up.items;
        return SH_OK;
    default:
        return put_from_client(in, room, out);
    }
}

sh_err frame_encode(const struct frame *in, struct buf *out)
{
    struct frame_room room;
    Safehand__Frame pb = SAFEHAND__FRAME__INIT;
    pb.version = GATE_VERSION;
    pb.ref = in->ref;
    pb.body_case = (Safehand__Frame__BodyCase)in->type;
    SH_TRY(put_from_relay(in, &room, &pb));
    return gate_pack(&FRAME_RULES, &pb.base, out);
}
