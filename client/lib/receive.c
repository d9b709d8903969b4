/* See receive.h. */
#include "client/receive.h"

#include "client/child_index.h"
#include "client/connection.h"
#include "client/outbox.h"
#include "client/proofs.h"
#include "client/unsealing.h"
#include "tlog/merkle.h"
#include "wire/log.h"

/* One delivery on its way through the checks. */
struct delivery {
    struct sh_client *client;
    const struct envelope *envelope;
    const struct statement *accepted;
    struct verified_statement statement;
    struct sh_hash header_sha256;
    struct header header;
    bool has_header;
    struct child_entries children; /* what the vault's index is to hold of it */
    struct arena *arena;
    struct sh_why *why;
};

static void delivery_wipe(struct delivery *delivery)
{
    arena_free(&delivery->arena);
}

sh_err receive_sign_receipt(struct sh_client *client, const struct receipt_order *order,
                            struct sh_why *why)
{
    const struct key *sign_key = NULL;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    SH_TRY(keyring_sign_key(client->keyring, &sign_key, why));
    const struct receipt receipt = {
        .type = order->type,
        .message_id = order->message_id,
        .header_sha256 = order->header_sha256,
        .by = *keyring_address(client->keyring),
        .seat = *keyring_seat(client->keyring),
        .at_ms = client_now_ms(client),
        .code = order->code,
    };
    SH_TRY(receipt_sign(&receipt, sign_key, &bytes));
    const struct vault_receipt row = {order->header_sha256, order->type, bytes_buf(&bytes)};
    return vault_receipt_put(client->vault, &row);
}

/* The relay's word that this very message was accepted, and when. */
static sh_err check_statement(struct delivery *delivery)
{
    SH_TRY(header_hash(delivery->envelope->header, &delivery->header_sha256));
    SH_TRY(proofs_accept(delivery->client, delivery->accepted, delivery->arena,
                         &delivery->statement, delivery->why));
    bool fits = delivery->statement.leaf.type == LEAF_ACCEPTED &&
                hash_equal(&delivery->statement.facts.header_sha256, &delivery->header_sha256);
    if (!fits) {
        return sh_fail(delivery->why, SH_E_PROOF,
                       "the relay delivered a message with the acceptance of another");
    }
    return SH_OK;
}

static enum box box_of(const struct delivery *delivery)
{
    const struct facts *facts = &delivery->header.facts;
    if (!address_equal(&facts->from, keyring_address(delivery->client->keyring))) {
        return BOX_RECEIVED;
    }
    if (hash_equal(&facts->seat, keyring_seat(delivery->client->keyring))) {
        return BOX_SENT;
    }
    /* What is kept at the own desk alone is for every colleague to look at; the rest they sent. */
    return facts->recipients_len == 1 ? BOX_RECEIVED : BOX_COPY;
}

/* Each enclosed message brings a checkpoint; one that contradicts ours shows that somebody was
 * shown another log. An enclosed statement that does not verify at all is shown as that, when the
 * message is. */
static sh_err compare_enclosed(struct delivery *delivery, const struct opened *opened)
{
    for (size_t i = 0; i < opened->content.enclosures_len; i++) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct verified_statement statement;
        SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        sh_err result = proofs_accept(delivery->client, &opened->content.enclosures[i].accepted,
                                      arena, &statement, delivery->why);
        bool ends = result == SH_E_FORK || connection_is_lost(result) ||
                    sh_err_class(result) == SH_CLASS_FATAL;
        SH_CHECK(!ends, result);
    }
    return SH_OK;
}

/* Opens it to see whether it can be read (*out_code: why not); what it says is forgotten again at
 * once, but for keyed hashes of the children that it is about. A sender whom our directory does not
 * know yet may stand in a newer one. */
static sh_err try_to_open(struct delivery *delivery, sh_err *out_code)
{
    int64_t at_ms = delivery->statement.leaf.time_ms;
    struct sh_why detail = {{0}};
    SH_DEFER(opened_wipe) struct opened opened = {.arena = NULL};
    sh_err result = unsealing_open(delivery->client, delivery->envelope, at_ms, &opened, &detail);
    if (result == SH_E_UNKNOWN_SEAT) {
        bool changed = false;
        SH_TRY(connection_refresh_directory(delivery->client, &changed, delivery->why));
        result = unsealing_open(delivery->client, delivery->envelope, at_ms, &opened, &detail);
    }
    if (result != SH_OK && sh_err_class(result) != SH_CLASS_REJECT) {
        return sh_fail(delivery->why, result, "%s",
                       detail.text[0] ? detail.text : sh_err_sentence(result));
    }
    *out_code = result;
    SH_CHECK(result == SH_OK, SH_OK);
    SH_TRY(compare_enclosed(delivery, &opened));
    return child_index_find_opened(delivery->client, &opened, delivery->arena, &delivery->children,
                                   delivery->why);
}

static sh_err keep_chain(struct delivery *delivery, int64_t row)
{
    const struct certificate *sender = NULL;
    SH_TRY(unsealing_find_cert(delivery->client, &delivery->header.facts.seat, &sender,
                               delivery->why));
    return outbox_keep_chain(delivery->client, row, sender, delivery->statement.leaf.time_ms);
}

static sh_err store_message(struct delivery *delivery, sh_err code)
{
    struct vault *vault = delivery->client->vault;
    SH_DEFER(buf_wipe) struct buf envelope = BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf accepted = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_TRY(envelope_encode(delivery->envelope, &envelope));
    SH_TRY(statement_encode(delivery->accepted, &accepted));
    const struct vault_message message = {
        .message_id = delivery->header.facts.message_id,
        .thread_id = delivery->header.facts.thread_id,
        .header_sha256 = delivery->header_sha256,
        .sender = delivery->header.facts.from,
        .box = box_of(delivery),
        .state = code == SH_OK ? MESSAGE_ACCEPTED : MESSAGE_UNREADABLE,
        .code = (uint32_t)code,
        .created_at_ms = delivery->header.facts.created_at_ms,
        .header = delivery->envelope->header,
        .envelope = bytes_buf(&envelope),
        .accepted = bytes_buf(&accepted),
        .accepted_at_ms = delivery->statement.leaf.time_ms,
    };
    int64_t row = 0;
    SH_TRY(vault_message_put(vault, &message, &row));
    SH_CHECK(code == SH_OK, SH_OK);
    SH_TRY(child_index_put(delivery->client, row, &delivery->children));
    return keep_chain(delivery, row);
}

/* Message and receipt in one transaction: a receipt is never sent for what is not stored, nor
 * stored without one. */
static sh_err store_all(struct delivery *delivery, sh_err code, sh_err *out_code)
{
    struct sh_client *client = delivery->client;
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    if (delivery->has_header) {
        sh_err result = store_message(delivery, code);
        SH_CHECK(result == SH_OK || result == SH_E_EXISTS, result);
        /* Other bytes under an id of the same sender: the first stays. This one is not stored, so
         * it is not DELIVERED. */
        code = result == SH_E_EXISTS ? SH_E_ID_REUSED : code;
    }
    const struct receipt_order receipt = {
        .type = code == SH_OK ? RECEIPT_DELIVERED : RECEIPT_UNREADABLE,
        .message_id = delivery->statement.facts.message_id,
        .header_sha256 = delivery->header_sha256,
        .code = (uint32_t)code,
    };
    SH_TRY(receive_sign_receipt(client, &receipt, delivery->why));
    *out_code = code;
    return vault_commit(open);
}

/* What fails here is our own trouble. Behind it, every refusal is about the message. */
static sh_err be_ready(struct delivery *delivery)
{
    const struct key *key = NULL;
    struct directory *directory = NULL;
    SH_TRY(client_directory_any(delivery->client, &directory, delivery->why));
    SH_TRY(keyring_sign_key(delivery->client->keyring, &key, delivery->why));
    return keyring_seal_key(delivery->client->keyring, &key, delivery->why);
}

static sh_err receive_new(struct delivery *delivery, struct received *out)
{
    SH_TRY(be_ready(delivery));
    delivery->has_header =
        header_decode(delivery->envelope->header, delivery->arena, &delivery->header) == SH_OK;
    sh_err code = SH_OK;
    SH_TRY(try_to_open(delivery, &code));
    SH_TRY(store_all(delivery, code, &code));
    *out = (struct received){.is_new = true,
                             .header_sha256 = delivery->header_sha256,
                             .state = code == SH_OK ? MESSAGE_ACCEPTED : MESSAGE_UNREADABLE};
    return SH_OK;
}

/* Ours already. If it is one that we sent and never heard of, we have heard now. */
static sh_err receive_again(struct delivery *delivery, const struct vault_message *message)
{
    struct sh_client *client = delivery->client;
    SH_DEFER(buf_wipe) struct buf accepted = BUF_INIT(SH_FRAME_BYTES_MAX);
    const struct receipt_order receipt = {.type = RECEIPT_DELIVERED,
                                          .message_id = message->message_id,
                                          .header_sha256 = message->header_sha256};
    SH_TRY(statement_encode(delivery->accepted, &accepted));
    SH_TRY(vault_begin(client->vault));
    SH_DEFER(vault_abandon) struct vault *open = client->vault;
    if (message->accepted.len == 0) {
        SH_TRY(vault_message_accept(client->vault, message->row, bytes_buf(&accepted),
                                    delivery->statement.leaf.time_ms));
    }
    if (message->state != MESSAGE_UNREADABLE) {
        SH_TRY(receive_sign_receipt(client, &receipt, delivery->why));
    }
    SH_TRY(vault_receipts_again(client->vault, &message->header_sha256));
    return vault_commit(open);
}

sh_err receive_deliver(struct sh_client *client, const struct frame *frame, struct received *out,
                       struct sh_why *why)
{
    SH_DEFER(delivery_wipe)
    struct delivery delivery = {.client = client,
                                .envelope = &frame->deliver.envelope,
                                .accepted = &frame->deliver.accepted,
                                .why = why};
    struct vault_message known;
    SH_TRY(arena_new(CLIENT_MESSAGE_BYTES, CLIENT_MESSAGE_COUNT, &delivery.arena));
    SH_TRY(check_statement(&delivery));
    sh_err result =
        vault_message_by_header(client->vault, &delivery.header_sha256, delivery.arena, &known);
    if (result == SH_E_NOT_FOUND) {
        return receive_new(&delivery, out);
    }
    SH_TRY(result);
    *out = (struct received){.header_sha256 = delivery.header_sha256, .state = known.state};
    return receive_again(&delivery, &known);
}

static sh_err store_notice(struct sh_client *client, const struct frame *frame,
                           const struct verified_statement *statement)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf receipt = BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    SH_TRY(statement_encode(&frame->notice.statement, &bytes));
    if (frame->notice.has_receipt) {
        SH_TRY(signed_receipt_encode(&frame->notice.receipt, &receipt));
    }
    struct vault_fact fact = {.leaf_index = statement->index,
                              .header_sha256 = statement->facts.header_sha256,
                              .type = statement->leaf.type,
                              .statement = bytes_buf(&bytes),
                              .receipt = bytes_buf(&receipt)};
    SH_TRY(merkle_leaf_hash(frame->notice.statement.leaf, &fact.leaf_sha256));
    return vault_fact_put(client->vault, &fact);
}

sh_err receive_notice(struct sh_client *client, const struct frame *frame, struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct verified_statement statement;
    SH_TRY(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    SH_TRY(proofs_accept(client, &frame->notice.statement, arena, &statement, why));
    SH_TRY(store_notice(client, frame, &statement));
    struct frame seen = {.type = FRAME_NOTICE_SEEN, .notice_seen = {.item = frame->notice.item}};
    uint32_t ref = 0;
    return session_post(client->session, &seen, &ref, why);
}
