/* The answers, after COMMIT: a proof for who sent something, and what else a client may ask for.
 * Nothing here writes. */
#include "core/audit.h"
#include "core/deliver.h"
#include "core/lost.h"
#include "core/pipeline.h"
#include "wire/log.h"

enum {
    RETRY_AFTER_MS = 2000,
    /* Of the directory, for one seat in an hour. */
    PIECES_FREE = 256,
    DIRECTORIES_MAX = 4,
};

static sh_err send_defer(struct core *core, const struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_DEFER};
    out.defer.has_message_id = sub->frame.type == FRAME_SUBMIT;
    out.defer.message_id = sub->header.facts.message_id;
    out.defer.code = (uint32_t)sub->result;
    out.defer.retry_after_ms = sub->retry_after_ms ? sub->retry_after_ms : RETRY_AFTER_MS;
    core->stats.deferred++;
    return core_send(core, sub->connection, &out);
}

static sh_err send_refused(struct core *core, struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_REFUSED};
    out.refused.has_message_id = !hash_is_zero(&sub->header_sha256);
    out.refused.message_id = sub->header.facts.message_id;
    out.refused.code = (uint32_t)sub->result;
    if (sub->verdict == VERDICT_WRITTEN) {
        out.refused.has_statement = true;
        SH_TRY(book_statement(core->book, sub->leaf_index, sub->arena, &out.refused.statement));
    }
    return core_send(core, sub->connection, &out);
}

static sh_err answer_message(struct core *core, struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_ACCEPTED};
    out.accepted.message_id = sub->header.facts.message_id;
    *(sub->verdict == VERDICT_REPEATED ? &core->stats.repeated : &core->stats.accepted) += 1;
    SH_TRY(book_statement(core->book, sub->leaf_index, sub->arena, &out.accepted.statement));
    return core_send(core, sub->connection, &out);
}

static sh_err answer_receipt(struct core *core, struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_RECEIPT_STORED};
    out.receipt_stored.message_id = sub->receipt.message_id;
    out.receipt_stored.type = sub->receipt.type;
    SH_TRY(book_statement(core->book, sub->leaf_index, sub->arena, &out.receipt_stored.statement));
    return core_send(core, sub->connection, &out);
}

/* A log that took up a lost one says so to everybody: who knew the other asks for it. */
static sh_err tell_beginning(struct core *core, struct submission *sub, struct frame *out)
{
    uint64_t index = 0;
    sh_err err = lost_began(core->lost, &index);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_OK);
    SH_TRY(err);
    out->welcome.has_began = true;
    return book_statement(core->book, index, sub->arena, &out->welcome.began);
}

static sh_err answer_hello(struct core *core, struct submission *sub)
{
    struct merkle_proof proof = {.len = 0};
    uint64_t known = sub->frame.hello.log_size;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_WELCOME};
    out.welcome.time_ms = timekeeper_now_ms(&core->time, 0);
    out.welcome.directory_version = directory_serial(core->loaded->directory);
    out.welcome.checkpoint = book_checkpoint(core->book);
    /* A client that knows a larger log than ours gets none, and will say what it thinks of that. */
    if (known > 0 && known < book_size(core->book)) {
        SH_TRY(book_consistency(core->book, known, book_size(core->book), &proof));
    }
    out.welcome.consistency = (struct hash_list){.hashes = proof.hashes, .len = proof.len};
    out.welcome.restoring = core_is_closed(core);
    SH_TRY(tell_beginning(core, sub, &out));
    return core_send(core, sub->connection, &out);
}

static sh_err answer_known(struct core *core, struct submission *sub)
{
    struct lost_state state;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_NOTED};
    SH_TRY(lost_state(core, &state));
    out.noted.log_size = state.known.size;
    return core_send(core, sub->connection, &out);
}

static sh_err answer_ready(struct core *core, struct submission *sub)
{
    struct session *session = sessions_find(core->sessions, sub->connection);
    /* A directory that came later in this group has closed the sessions of those it revoked. */
    SH_CHECK(directory_seat_by_hash(core->loaded->directory, &sub->seat->hash), SH_E_UNKNOWN_SEAT);
    if (!session) {
        SH_TRY(sessions_add(core->sessions, sub->connection, &sub->seat->hash, sub->curve_key,
                            &session));
        core->stats.sessions = sessions_count(core->sessions);
    }
    uint32_t room = SH_CREDIT_MAX - session->credit;
    session->credit += sub->frame.ready.credit < room ? sub->frame.ready.credit : room;
    session->woken = true;
    session->caught_up = false;
    return SH_OK;
}

static sh_err answer_directory(struct core *core, struct submission *sub)
{
    const struct directory *directory = core->loaded->directory;
    struct bytes file = directory_signed_bytes(directory);
    uint64_t version = sub->frame.directory_get.version, offset = sub->frame.directory_get.offset;
    SH_CHECK(version == 0 || version == directory_serial(directory), SH_E_NOT_FOUND);
    SH_CHECK(offset <= file.len, SH_E_NOT_FOUND);
    /* A few bytes ask for 128 KiB: so many times over in an hour, and a first few hundred. */
    uint64_t asked =
        tally_add(core->pieces_by_seat, &sub->seat->hash, FRAME_DIRECTORY_GET, core->group_ms);
    SH_CHECK(asked <= PIECES_FREE + DIRECTORIES_MAX * (file.len / SH_PART_BYTES_MAX + 1),
             SH_E_QUOTA);
    size_t len = file.len - offset < SH_PART_BYTES_MAX ? file.len - offset : SH_PART_BYTES_MAX;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_DIRECTORY};
    out.directory.version = directory_serial(directory);
    out.directory.total_bytes = file.len;
    out.directory.offset = offset;
    out.directory.bytes = bytes_of(file.data + offset, len);
    return core_send(core, sub->connection, &out);
}

static sh_err answer_consistency(struct core *core, struct submission *sub)
{
    struct merkle_proof proof;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_CONSISTENCY};
    out.consistency.from_size = sub->frame.consistency_get.from_size;
    out.consistency.to_size = sub->frame.consistency_get.to_size;
    SH_TRY(
        book_consistency(core->book, out.consistency.from_size, out.consistency.to_size, &proof));
    out.consistency.proof = (struct hash_list){.hashes = proof.hashes, .len = proof.len};
    return core_send(core, sub->connection, &out);
}

/* An opening is for those whom it concerns: the desks it names, and auditors. */
static bool may_see(const struct submission *sub, const struct leaf_facts *facts)
{
    const struct address *desk = &sub->seat->address;
    bool named = address_equal(&facts->from, desk) || address_equal(&facts->by, desk);
    for (size_t i = 0; i < facts->to_len && !named; i++) {
        named = address_equal(&facts->to[i].address, desk);
    }
    return named || audit_is_auditor(desk);
}

static sh_err answer_proof(struct core *core, struct submission *sub)
{
    struct leaf_facts facts;
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_PROOF};
    SH_CHECK(sub->frame.proof_get.index < book_size(core->book), SH_E_NOT_FOUND);
    SH_TRY(
        book_statement(core->book, sub->frame.proof_get.index, sub->arena, &out.proof.statement));
    /* A destroyed opening has no salt; a HEARTBEAT has no facts. */
    SH_CHECK(!hash_is_zero(&out.proof.statement.opening.salt), SH_E_NOT_FOUND);
    sh_err err = leaf_facts_decode(out.proof.statement.opening.facts, sub->arena, &facts);
    SH_CHECK(err == SH_OK, SH_E_CORRUPT);
    /* The same word for what is not there and what is not theirs: an index says nothing by itself.
     */
    SH_CHECK(may_see(sub, &facts), SH_E_NOT_FOUND);
    return core_send(core, sub->connection, &out);
}

static sh_err answer_desk(struct core *core, struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_DESK};
    out.desk.address = sub->frame.desk_get.address;
    SH_CHECK(directory_desk(core->loaded->directory, out.desk.address.text), SH_E_UNKNOWN_DESK);
    sh_err err = store_collected_get(core->store, &out.desk.address, &out.desk.last_collected_ms);
    SH_CHECK(err == SH_OK || err == SH_E_NOT_FOUND, err);
    out.desk.has_last_collected = err == SH_OK;
    /* To the hour: enough to see that a desk is asleep, too little to watch a person by. */
    out.desk.last_collected_ms -= out.desk.last_collected_ms % SH_HOUR_MS;
    return core_send(core, sub->connection, &out);
}

static sh_err answer_ping(struct core *core, struct submission *sub)
{
    struct frame out = {.ref = sub->frame.ref, .type = FRAME_PONG};
    out.pong.time_ms = timekeeper_now_ms(&core->time, 0);
    out.pong.checkpoint = book_checkpoint(core->book);
    return core_send(core, sub->connection, &out);
}

static sh_err answer_frame(struct core *core, struct submission *sub)
{
    switch (sub->frame.type) {
    case FRAME_SUBMIT:
        return answer_message(core, sub);
    case FRAME_RECEIPT:
        return answer_receipt(core, sub);
    case FRAME_HELLO:
        return answer_hello(core, sub);
    case FRAME_READY:
        return answer_ready(core, sub);
    case FRAME_NOTICE_SEEN:
        return SH_OK; /* ledger.c took the row away, inside the transaction */
    case FRAME_DIRECTORY_GET:
        return answer_directory(core, sub);
    case FRAME_CONSISTENCY_GET:
        return answer_consistency(core, sub);
    case FRAME_PROOF_GET:
        return answer_proof(core, sub);
    case FRAME_PING:
        return answer_ping(core, sub);
    case FRAME_DESK_GET:
        return answer_desk(core, sub);
    case FRAME_LEAVES_GET:
        return audit_answer(core, sub);
    case FRAME_KNOWN:
        return answer_known(core, sub);
    default:
        return SH_E_FORMAT;
    }
}

sh_err answer_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    if (sub->result == SH_OK) {
        sh_err err = answer_frame(core, sub);
        if (sh_err_class(err) == SH_CLASS_FATAL) {
            return err;
        }
        sub->result = err;
    }
    if (sub->result == SH_OK) {
        return SH_OK;
    }
    return sh_err_class(sub->result) == SH_CLASS_DEFER ? send_defer(core, sub)
                                                       : send_refused(core, sub);
}
