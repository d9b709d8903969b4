/* Receipts on their way out: signed and stored in the transaction that stored the message
 * (receive.c) or before a person saw it (reading.c), sent here until the relay has logged them. */
#include "client/connection.h"
#include "client/outbox.h"
#include "client/proofs.h"
#include "tlog/merkle.h"
#include "wire/log.h"

#define WINDOW 64u

static sh_err post_receipt(struct sh_client *client, const struct vault_receipt *receipt,
                           uint32_t *out_ref, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame frame = {.type = FRAME_RECEIPT};
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    SH_CHECK(signed_receipt_decode(receipt->signed_receipt, arena, &frame.receipt.receipt) == SH_OK,
             SH_E_CORRUPT);
    return session_post(client->session, &frame, out_ref, why);
}

static sh_err take_stored(struct sh_client *client, const struct vault_receipt *receipt,
                          const struct frame *answer, struct arena *arena, struct sh_why *why)
{
    struct verified_statement statement;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    const struct statement *in = &answer->receipt_stored.statement;
    SH_TRY(proofs_accept(client, in, arena, &statement, why));
    if (statement.leaf.type != leaf_of_receipt(receipt->type) ||
        !hash_equal(&statement.facts.header_sha256, &receipt->header_sha256)) {
        return sh_fail(why, SH_E_PROOF, "the relay's entry for a receipt is about something else");
    }
    SH_TRY(statement_encode(in, &bytes));
    struct vault_fact fact = {.leaf_index = statement.index,
                              .header_sha256 = receipt->header_sha256,
                              .type = statement.leaf.type,
                              .statement = bytes_buf(&bytes),
                              .receipt = receipt->signed_receipt};
    SH_TRY(merkle_leaf_hash(in->leaf, &fact.leaf_sha256));
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    SH_TRY(vault_fact_put(client->vault, &fact));
    SH_TRY(vault_receipt_set_state(client->vault, &receipt->header_sha256, receipt->type,
                                   RECEIPT_STATE_STORED, 0));
    return vault_commit(open);
}

static sh_err take_answer(struct sh_client *client, const struct vault_receipt *receipt,
                          uint32_t ref, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame answer;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    SH_TRY(session_answer(client->session, ref, arena, &answer, why));
    if (answer.type == FRAME_RECEIPT_STORED) {
        return take_stored(client, receipt, &answer, arena, why);
    }
    if (answer.type == FRAME_DEFER) {
        return session_put_off(answer.defer.code, "the relay does not take receipts now", why);
    }
    SH_CHECK(answer.type == FRAME_REFUSED, SH_E_NET);
    sh_err code = session_code(answer.refused.code);
    SH_CHECK(code != SH_E_NO_SESSION && sh_err_class(code) == SH_CLASS_REJECT, SH_E_NET);
    client_warn(client, "The relay refused a receipt: %s.", sh_err_sentence(code));
    return vault_receipt_set_state(client->vault, &receipt->header_sha256, receipt->type,
                                   RECEIPT_STATE_REFUSED, (uint32_t)code);
}

static sh_err push_window(struct sh_client *client, const struct vault_receipt *receipts,
                          size_t len, struct sh_why *why)
{
    uint32_t refs[WINDOW] = {0};
    for (size_t i = 0; i < len; i++) {
        SH_TRY(post_receipt(client, &receipts[i], &refs[i], why));
    }
    for (size_t i = 0; i < len; i++) {
        SH_TRY(take_answer(client, &receipts[i], refs[i], why));
    }
    return SH_OK;
}

sh_err outbox_push_receipts(struct sh_client *client, size_t *out_sent, struct sh_why *why)
{
    for (;;) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct vault_receipt *receipts = NULL;
        size_t len = 0;
        SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &arena));
        SH_TRY(vault_receipts_waiting(client->vault, WINDOW, arena, &receipts, &len));
        SH_CHECK(len > 0, SH_OK);
        SH_CHECK(client->session, SH_E_NET);
        SH_TRY(push_window(client, receipts, len, why));
        *out_sent += len;
    }
}
