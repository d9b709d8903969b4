#include "core/facts.h"

#include "crypto/digest.h"

sh_err facts_of_message(struct submission *sub, struct leaf_facts *out)
{
    const struct facts *facts = &sub->header.facts;
    struct leaf_desk *to = arena_array(sub->arena, facts->recipients_len, sizeof *to);
    SH_CHECK(to, SH_E_NOMEM);
    for (size_t i = 0; i < facts->recipients_len; i++) {
        to[i] = (struct leaf_desk){.address = facts->recipients[i].address,
                                   .role = facts->recipients[i].role};
    }
    *out = (struct leaf_facts){
        .message_id = facts->message_id,
        .thread_id = facts->thread_id,
        .header_sha256 = sub->header_sha256,
        .parent = facts->parent,
        .from = facts->from,
        .seat = facts->seat,
        .to = to,
        .to_len = facts->recipients_len,
        .kind = facts->kind,
        .subtype = facts->subtype,
        .urgency = facts->urgency,
        .has_created_at = true,
        .created_at_ms = facts->created_at_ms,
        .has_clock_from = facts->has_clock_from,
        .clock_from_ms = facts->clock_from_ms,
        .level = facts->level,
        .cites = facts->cites,
        .cites_len = facts->cites_len,
        .outcome = facts->outcome,
        .children = facts->children,
        .children_len = facts->children_len,
        .children_count = facts->children_count,
        .has_next_due = facts->has_next_due,
        .next_due_ms = facts->next_due_ms,
        .has_sealed_bytes = true,
        .sealed_bytes = sub->header.sealed_bytes,
        .telephone = facts->telephone,
    };
    return SH_OK;
}

void facts_of_refusal(const struct submission *sub, sh_err code, struct leaf_facts *out)
{
    *out = (struct leaf_facts){
        .from = sub->seat->address,
        .seat = sub->seat->hash,
        .code = (uint32_t)code,
    };
    if (sub->frame.type == FRAME_SUBMIT) {
        out->message_id = sub->header.facts.message_id;
        out->header_sha256 = sub->header_sha256;
    } else {
        out->message_id = sub->receipt.message_id;
    }
}

sh_err facts_of_receipt(const struct submission *sub, const struct header *header,
                        struct leaf_facts *out)
{
    facts_about(&sub->row, header, out);
    out->by = sub->receipt.by;
    out->seat = sub->receipt.seat;
    out->code = sub->receipt.code;
    out->has_at = true;
    out->at_ms = sub->receipt.at_ms;
    return digest_sha256(sub->frame.receipt.receipt.receipt, &out->receipt_sha256);
}

void facts_about(const struct message_row *row, const struct header *header, struct leaf_facts *out)
{
    *out = (struct leaf_facts){
        .message_id = row->message_id,
        .thread_id = row->thread_id,
        .header_sha256 = row->header_sha256,
        .from = row->from,
        .kind = header->facts.kind,
        .subtype = header->facts.subtype,
        .urgency = header->facts.urgency,
        .has_log_index = true,
        .log_index = row->leaf_index,
    };
}
