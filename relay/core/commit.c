/* Step 4: the message and its ACCEPTED leaf, in the transaction of the group. They become durable
 * together, or not at all, when ledger.c commits; until then nobody is told. */
#include "core/duties.h"
#include "core/facts.h"
#include "core/offered.h"
#include "core/pipeline.h"
#include "wire/envelope.h"

/* The bytes of the envelope as they came: canonical form makes encoding it again give the same. */
static sh_err envelope_bytes(struct submission *sub, struct bytes *out)
{
    struct buf encoded = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    sh_err err = envelope_encode(&sub->frame.submit.envelope, &encoded);
    if (err == SH_OK) {
        err = arena_copy(sub->arena, bytes_buf(&encoded), out);
    }
    buf_wipe(&encoded);
    return err;
}

static sh_err leaf_facts_of(struct submission *sub, struct leaf_facts *out)
{
    if (sub->offered) {
        offered_facts(sub, out);
        return SH_OK;
    }
    SH_TRY(facts_of_message(sub, out));
    return duties_facts(sub, out);
}

sh_err commit_run(struct stage_ctx *ctx, struct submission *sub)
{
    struct core *core = ctx->core;
    if (sub->verdict == VERDICT_REPEATED) {
        return SH_OK;
    }
    const struct facts *facts = &sub->header.facts;
    struct leaf_facts leaf = {0};
    struct bytes envelope;
    SH_TRY(duties_plan(core, sub));
    SH_TRY(leaf_facts_of(sub, &leaf));
    SH_TRY(envelope_bytes(sub, &envelope));
    SH_TRY(core_write(core));
    SH_TRY(book_append(core->book, LEAF_ACCEPTED, core->group_ms, &leaf, &sub->leaf_index));
    sub->verdict = VERDICT_WRITTEN;
    sub->row = (struct message_row){
        .message_id = facts->message_id,
        .thread_id = facts->thread_id,
        .header_sha256 = sub->header_sha256,
        .from = facts->from,
        .accepted_ms = core->group_ms,
        .leaf_index = sub->leaf_index,
        .header = sub->frame.submit.envelope.header,
        .envelope = envelope,
    };
    SH_TRY(store_message_put(core->store, &sub->row, &sub->message_seq));
    core->wal_bytes += sub->row.envelope.len;
    core->stats.offered_again += sub->offered != NULL;
    return sub->offered ? offered_keep(core, sub) : SH_OK;
}
