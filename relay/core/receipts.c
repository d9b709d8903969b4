/* Step 7: what a recipient's seat says of a message: stored it, opened it, could not read it. Each
 * is a leaf, and those who must know are told with the signed receipt itself: the sender's desk of
 * everything, colleagues of what was opened. */
#include "core/duties.h"
#include "core/facts.h"
#include "core/pipeline.h"
#include "core/route.h"
#include "wire/envelope.h"

static sh_err find_message(struct core *core, struct submission *sub, struct header *out_header,
                           struct queue_row *out_queued)
{
    const struct receipt *receipt = &sub->receipt;
    bool done = false;
    sh_err err =
        store_message_by_header(core->store, &receipt->header_sha256, sub->arena, &sub->row);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_E_BAD_RECEIPT);
    SH_TRY(err);
    SH_CHECK(id_equal(&sub->row.message_id, &receipt->message_id), SH_E_BAD_RECEIPT);
    err = store_queue_find(core->store, &sub->seat->hash, sub->row.seq, out_queued, &done);
    SH_CHECK(err != SH_E_NOT_FOUND, SH_E_BAD_RECEIPT);
    SH_TRY(err);
    SH_CHECK(!out_queued->held, SH_E_BAD_RECEIPT);
    SH_CHECK(header_decode(sub->row.header, sub->arena, out_header) == SH_OK, SH_E_CORRUPT);
    sub->message_seq = sub->row.seq;
    return SH_OK;
}

static sh_err check_repeat(struct core *core, struct submission *sub)
{
    struct receipt_row stored;
    sh_err err = store_receipt_get(core->store, sub->row.seq, &sub->seat->hash, sub->receipt.type,
                                   sub->arena, &stored);
    if (err == SH_OK) {
        sub->verdict = VERDICT_REPEATED;
        sub->leaf_index = stored.leaf_index;
    }
    return err == SH_E_NOT_FOUND ? SH_OK : err;
}

static sh_err tell(struct core *core, const struct submission *sub, const struct header *header)
{
    bool own_copy = address_equal(&sub->receipt.by, &sub->row.from);
    if (!own_copy) {
        SH_TRY(route_fact(core, &header->facts, &sub->row.from, sub->row.seq, sub->leaf_index));
    }
    bool kept = route_is_kept(core, &header->facts, &sub->receipt.by);
    if (sub->receipt.type == RECEIPT_OPENED && !own_copy && !kept) {
        SH_TRY(route_notice(core, &sub->receipt.by, &sub->receipt.seat, sub->row.seq,
                            sub->leaf_index));
    }
    return SH_OK;
}

static void count(struct core *core, enum receipt_type type)
{
    core->stats.delivered += type == RECEIPT_DELIVERED;
    core->stats.opened += type == RECEIPT_OPENED;
    core->stats.unreadable += type == RECEIPT_UNREADABLE;
}

static sh_err write_receipt(struct core *core, struct submission *sub, const struct header *header,
                            const struct queue_row *queued)
{
    static const enum leaf_type leaf_of[] = {
        [RECEIPT_DELIVERED] = LEAF_DELIVERED,
        [RECEIPT_OPENED] = LEAF_OPENED,
        [RECEIPT_UNREADABLE] = LEAF_UNREADABLE,
    };
    struct leaf_facts facts;
    SH_TRY(facts_of_receipt(sub, header, &facts));
    SH_TRY(core_write(core));
    SH_TRY(book_append(core->book, leaf_of[sub->receipt.type], core->group_ms, &facts,
                       &sub->leaf_index));
    sub->verdict = VERDICT_WRITTEN;
    struct buf signed_receipt = BUF_INIT(SH_RECEIPT_BYTES_MAX + SH_SIGNATURE_BYTES_MAX + 16);
    sh_err err = signed_receipt_encode(&sub->frame.receipt.receipt, &signed_receipt);
    struct receipt_row row = {
        .message_seq = sub->row.seq,
        .seat = sub->seat->hash,
        .type = sub->receipt.type,
        .leaf_index = sub->leaf_index,
        .signed_receipt = bytes_buf(&signed_receipt),
    };
    if (err == SH_OK) {
        err = store_receipt_put(core->store, &row);
    }
    buf_wipe(&signed_receipt);
    SH_TRY(err);
    SH_TRY(store_queue_done(core->store, &sub->seat->hash, queued->item));
    SH_TRY(duties_receipt(core, sub, header));
    SH_TRY(store_collected_put(core->store, &sub->seat->address, core->group_ms));
    count(core, sub->receipt.type);
    return tell(core, sub, header);
}

sh_err receipts_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    struct header header;
    struct queue_row queued;
    SH_CHECK(!core->time.jumped, SH_E_CLOCK);
    SH_TRY(find_message(core, sub, &header, &queued));
    SH_TRY(check_repeat(core, sub));
    if (sub->verdict == VERDICT_REPEATED) {
        return SH_OK;
    }
    return write_receipt(core, sub, &header, &queued);
}
