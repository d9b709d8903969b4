/* Frames on their way in: one small function for each kind of body, in the order of session.proto.
 * What a frame may follow, and who may send it, is the session's business, not ours. */
#include "wire/session.h"

#include "convert.h"
#include "gate.h"
#include "session.pb-c.h"

static const struct gate_rules FRAME_RULES = {
    .type = &safehand__frame__descriptor,
    .bytes_max = SH_FRAME_BYTES_MAX,
};

static sh_err code_from_pb(uint32_t in, uint32_t *out)
{
    SH_CHECK(sh_err_known(in), SH_E_BAD_CODE);
    *out = in;
    return SH_OK;
}

/* A relay that has just begun may have no checkpoint yet. */
static sh_err checkpoint_from_pb(ProtobufCBinaryData in, struct bytes *out)
{
    SH_CHECK(in.len <= SH_CHECKPOINT_BYTES_MAX, SH_E_TOO_BIG);
    *out = bytes_from_pb(in);
    return SH_OK;
}

static sh_err list_from_pb(struct pb_list in, struct arena *arena, struct hash_list *out)
{
    SH_TRY(hashes_from_pb(in, SH_PROOF_HASHES_MAX, arena, &out->hashes));
    out->len = in.len;
    return SH_OK;
}

/* ---- client to relay ---- */

static sh_err take_submit(const Safehand__Submit *in, struct arena *arena, struct frame *out)
{
    out->submit.has_accepted = in->accepted != NULL;
    SH_TRY(envelope_from_pb(in->envelope, arena, &out->submit.envelope));
    return in->accepted ? statement_from_pb(in->accepted, arena, &out->submit.accepted) : SH_OK;
}

static sh_err take_known(const Safehand__Known *in, struct arena *arena, struct frame *out)
{
    SH_CHECK(in->n_statements <= SH_KNOWN_MAX, SH_E_TOO_BIG);
    struct statement *statements = arena_array(arena, in->n_statements, sizeof *statements);
    SH_CHECK(statements || in->n_statements == 0, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_statements; i++) {
        SH_TRY(statement_from_pb(in->statements[i], arena, &statements[i]));
    }
    out->known.statements = statements;
    out->known.len = in->n_statements;
    return checkpoint_from_pb(in->checkpoint, &out->known.checkpoint);
}

static sh_err take_from_client(const Safehand__Frame *in, struct arena *arena, struct frame *out)
{
    switch (out->type) {
    case FRAME_HELLO:
        out->hello.directory_version = in->hello->directory_version;
        out->hello.log_size = in->hello->log_size;
        return SH_OK;
    case FRAME_SUBMIT:
        return take_submit(in->submit, arena, out);
    case FRAME_READY:
        out->ready.credit = in->ready->credit;
        return SH_OK;
    case FRAME_RECEIPT:
        return signed_receipt_from_pb(in->receipt->receipt, &out->receipt.receipt);
    case FRAME_NOTICE_SEEN:
        out->notice_seen.item = in->notice_seen->item;
        return SH_OK;
    case FRAME_DIRECTORY_GET:
        out->directory_get.version = in->directory_get->version;
        out->directory_get.offset = in->directory_get->offset;
        return SH_OK;
    case FRAME_CONSISTENCY_GET:
        out->consistency_get.from_size = in->consistency_get->from_size;
        out->consistency_get.to_size = in->consistency_get->to_size;
        return SH_OK;
    case FRAME_PROOF_GET:
        out->proof_get.index = in->proof_get->index;
        return optional_flag_from_pb(in->proof_get->has_witnessed, in->proof_get->witnessed,
                                     &out->proof_get.witnessed);
    case FRAME_KNOWN:
        return take_known(in->known, arena, out);
    case FRAME_PING:
        return time_from_pb(in->ping->time_ms, &out->ping.time_ms);
    case FRAME_DESK_GET:
        return address_from(in->desk_get->address, &out->desk_get.address);
    case FRAME_LEAVES_GET:
        out->leaves_get.from = in->leaves_get->from;
        out->leaves_get.size = in->leaves_get->size;
        out->leaves_get.count = in->leaves_get->count;
        return SH_OK;
    default:
        return SH_E_FORMAT; /* no body at all */
    }
}

/* ---- relay to client ---- */

static sh_err take_welcome(const Safehand__Welcome *in, struct arena *arena, struct frame *out)
{
    const struct pb_list consistency = {in->n_consistency, in->consistency};
    out->welcome.directory_version = in->directory_version;
    SH_TRY(time_from_pb(in->time_ms, &out->welcome.time_ms));
    SH_TRY(checkpoint_from_pb(in->checkpoint, &out->welcome.checkpoint));
    SH_TRY(optional_flag_from_pb(in->has_restoring, in->restoring, &out->welcome.restoring));
    if (in->has_witnessed) {
        SH_TRY(length_check(bytes_from_pb(in->witnessed), SH_CHECKPOINT_BYTES_MAX));
        out->welcome.witnessed = bytes_from_pb(in->witnessed);
    }
    out->welcome.has_began = in->began != NULL;
    SH_TRY(in->began ? statement_from_pb(in->began, arena, &out->welcome.began) : SH_OK);
    return list_from_pb(consistency, arena, &out->welcome.consistency);
}

static sh_err take_accepted(const Safehand__Accepted *in, struct arena *arena, struct frame *out)
{
    SH_TRY(id_from(bytes_from_pb(in->message_id), &out->accepted.message_id));
    return statement_from_pb(in->statement, arena, &out->accepted.statement);
}

static sh_err take_refused(const Safehand__Refused *in, struct arena *arena, struct frame *out)
{
    out->refused.has_message_id = in->has_message_id;
    out->refused.has_statement = in->statement != NULL;
    if (in->has_message_id) {
        SH_TRY(id_from(bytes_from_pb(in->message_id), &out->refused.message_id));
    }
    SH_TRY(code_from_pb(in->code, &out->refused.code));
    return in->statement ? statement_from_pb(in->statement, arena, &out->refused.statement) : SH_OK;
}

static sh_err take_defer(const Safehand__Defer *in, struct frame *out)
{
    out->defer.has_message_id = in->has_message_id;
    out->defer.retry_after_ms = in->retry_after_ms;
    if (in->has_message_id) {
        SH_TRY(id_from(bytes_from_pb(in->message_id), &out->defer.message_id));
    }
    return code_from_pb(in->code, &out->defer.code);
}

static sh_err take_deliver(const Safehand__Deliver *in, struct arena *arena, struct frame *out)
{
    out->deliver.item = in->item;
    SH_TRY(envelope_from_pb(in->envelope, arena, &out->deliver.envelope));
    return statement_from_pb(in->accepted, arena, &out->deliver.accepted);
}

static sh_err take_notice(const Safehand__Notice *in, struct arena *arena, struct frame *out)
{
    out->notice.item = in->item;
    out->notice.has_receipt = in->receipt != NULL;
    SH_TRY(statement_from_pb(in->statement, arena, &out->notice.statement));
    return in->receipt ? signed_receipt_from_pb(in->receipt, &out->notice.receipt) : SH_OK;
}

static sh_err take_directory(const Safehand__Directory *in, struct frame *out)
{
    SH_CHECK(in->bytes.len <= SH_PART_BYTES_MAX, SH_E_TOO_BIG);
    SH_CHECK(in->total_bytes <= SH_DIRECTORY_BYTES_MAX, SH_E_TOO_BIG);
    out->directory.version = in->version;
    out->directory.total_bytes = in->total_bytes;
    out->directory.offset = in->offset;
    out->directory.bytes = bytes_from_pb(in->bytes);
    return SH_OK;
}

static sh_err take_consistency(const Safehand__Consistency *in, struct arena *arena,
                               struct frame *out)
{
    const struct pb_list proof = {in->n_proof, in->proof};
    out->consistency.from_size = in->from_size;
    out->consistency.to_size = in->to_size;
    return list_from_pb(proof, arena, &out->consistency.proof);
}

static sh_err take_pong(const Safehand__Pong *in, struct frame *out)
{
    SH_TRY(time_from_pb(in->time_ms, &out->pong.time_ms));
    return checkpoint_from_pb(in->checkpoint, &out->pong.checkpoint);
}

static sh_err take_desk(const Safehand__Desk *in, struct frame *out)
{
    out->desk.has_last_collected = in->has_last_collected_ms;
    SH_TRY(address_from(in->address, &out->desk.address));
    return optional_time_from_pb(in->has_last_collected_ms, in->last_collected_ms,
                                 &out->desk.last_collected_ms);
}

static sh_err take_receipt_stored(const Safehand__ReceiptStored *in, struct arena *arena,
                                  struct frame *out)
{
    out->receipt_stored.type = (enum receipt_type)in->type;
    SH_TRY(id_from(bytes_from_pb(in->message_id), &out->receipt_stored.message_id));
    return statement_from_pb(in->statement, arena, &out->receipt_stored.statement);
}

static sh_err take_entry(const Safehand__LogEntry *in, struct log_entry *out)
{
    struct log_entry entry = {.leaf = bytes_from_pb(in->leaf), .has_opening = in->opening != NULL};
    SH_TRY(length_check(entry.leaf, SH_LEAF_BYTES_MAX));
    if (in->opening) {
        entry.opening.facts = bytes_from_pb(in->opening->facts);
        SH_CHECK(entry.opening.facts.len <= SH_FACTS_BYTES_MAX, SH_E_TOO_BIG);
        SH_TRY(hash_from(bytes_from_pb(in->opening->salt), &entry.opening.salt));
    }
    *out = entry;
    return SH_OK;
}

static sh_err take_leaves(const Safehand__Leaves *in, struct arena *arena, struct frame *out)
{
    const struct pb_list consistency = {in->n_consistency, in->consistency};
    SH_CHECK(in->n_entries <= SH_LEAVES_MAX, SH_E_TOO_BIG);
    struct log_entry *entries = arena_array(arena, in->n_entries, sizeof *entries);
    SH_CHECK(entries, SH_E_NOMEM);
    for (size_t i = 0; i < in->n_entries; i++) {
        SH_TRY(take_entry(in->entries[i], &entries[i]));
    }
    out->leaves.from = in->from;
    out->leaves.size = in->size;
    out->leaves.entries = entries;
    out->leaves.len = in->n_entries;
    return list_from_pb(consistency, arena, &out->leaves.consistency);
}

static sh_err take_from_relay(const Safehand__Frame *in, struct arena *arena, struct frame *out)
{
    switch (out->type) {
    case FRAME_WELCOME:
        return take_welcome(in->welcome, arena, out);
    case FRAME_ACCEPTED:
        return take_accepted(in->accepted, arena, out);
    case FRAME_REFUSED:
        return take_refused(in->refused, arena, out);
    case FRAME_DEFER:
        return take_defer(in->defer, out);
    case FRAME_DELIVER:
        return take_deliver(in->deliver, arena, out);
    case FRAME_NOTICE:
        return take_notice(in->notice, arena, out);
    case FRAME_DIRECTORY:
        return take_directory(in->directory, out);
    case FRAME_CONSISTENCY:
        return take_consistency(in->consistency, arena, out);
    case FRAME_PROOF:
        return statement_from_pb(in->proof->statement, arena, &out->proof.statement);
    case FRAME_PONG:
        return take_pong(in->pong, out);
    case FRAME_DESK:
        return take_desk(in->desk, out);
    case FRAME_RECEIPT_STORED:
        return take_receipt_stored(in->receipt_stored, arena, out);
    case FRAME_LEAVES:
        return take_leaves(in->leaves, arena, out);
    case FRAME_NOTED:
        out->noted.log_size = in->noted->log_size;
        return SH_OK;
    case FRAME_CAUGHT_UP:
        out->caught_up.items = in->caught_up->items;
        return SH_OK;
    default:
        return take_from_client(in, arena, out);
    }
}

sh_err frame_decode(struct bytes in, struct arena *arena, struct frame *out)
{
    const ProtobufCMessage *message = NULL;
    SH_TRY(gate_unpack(&FRAME_RULES, in, arena, &message));
    const Safehand__Frame *pb = (const Safehand__Frame *)message;
    struct frame frame;
    memset(&frame, 0, sizeof frame);
    frame.ref = pb->ref;
    frame.type = (enum frame_type)pb->body_case;
    SH_TRY(take_from_relay(pb, arena, &frame));
    *out = frame;
    return SH_OK;
}

uint32_t frame_peek_ref(struct bytes in)
{
    /* version (field 1) and ref (field 2) are the first two fields of every canonical frame. */
    static const uint8_t start[] = {0x08, 0x01, 0x10};
    uint32_t ref = 0;
    if (in.len < sizeof start || memcmp(in.data, start, sizeof start) != 0) {
        return 0;
    }
    for (size_t i = 0; i < 5 && sizeof start + i < in.len; i++) {
        uint8_t byte = in.data[sizeof start + i];
        ref |= (uint32_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            return ref;
        }
    }
    return 0;
}
