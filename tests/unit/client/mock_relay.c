#include "base/cleanup.h"
#include "crypto/digest.h"
#include "envelope/build.h"
#include "envelope/receipt.h"
#include "mock_internal.h"

/* ---- frames out ---- */

static void push(struct mock_link *link, const struct frame *frame)
{
    struct buf *more = realloc(link->frames, (link->frames_len + 1) * sizeof *more);
    if (!more) {
        abort();
    }
    link->frames = more;
    link->frames[link->frames_len] = (struct buf)BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &link->frames[link->frames_len]));
    link->frames_len++;
}

static void clear_link(struct mock_link *link)
{
    for (size_t i = 0; i < link->frames_len; i++) {
        buf_wipe(&link->frames[i]);
    }
    free(link->frames);
    link->frames = NULL;
    link->frames_len = link->frames_at = 0;
    link->credit = 0;
    link->open = link->greeted = link->caught_up = false;
}

/* ---- queue ---- */

static struct mock_item *queue(struct mock_relay *relay, size_t seat)
{
    if (relay->items_len == MOCK_ITEMS_MAX) {
        abort();
    }
    struct mock_item *item = &relay->items[relay->items_len++];
    memset(item, 0, sizeof *item);
    item->seat = seat;
    item->receipt = (struct buf)BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    for (size_t i = 0; i < relay->links_len; i++) {
        if (relay->links[i].seat == seat) {
            relay->links[i].caught_up = false;
        }
    }
    return item;
}

static void tell_desk(struct mock_relay *relay, const struct address *desk, size_t message,
                      uint64_t leaf, struct bytes receipt)
{
    for (size_t i = 0; i < relay->pki->seats_len; i++) {
        if (!address_equal(&relay->pki->seats[i].address, desk) || relay->pki->seats[i].revoked) {
            continue;
        }
        struct mock_item *item = queue(relay, i);
        item->is_notice = true;
        item->message = message;
        item->leaf = leaf;
        MUST(buf_append(&item->receipt, receipt));
    }
}

static void send_message(struct mock_link *link, struct mock_item *item, uint64_t number)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf sealed = BUF_INIT(SH_SEALED_INLINE_BYTES_MAX);
    struct merkle_proof proof;
    struct mock_message *message = &link->relay->messages[item->message];
    struct frame frame = {.type = FRAME_DELIVER, .deliver = {.item = number}};
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    MUST(envelope_decode(bytes_buf(&message->envelope), arena, &frame.deliver.envelope));
    if (link->relay->corrupt_sealed) {
        MUST(buf_append(&sealed, frame.deliver.envelope.sealed));
        sealed.data[sealed.len / 2] ^= 1;
        frame.deliver.envelope.sealed = bytes_buf(&sealed);
    }
    mock_log_state(link->relay, message->leaf, &proof, &note, &frame.deliver.accepted);
    push(link, &frame);
    if (link->relay->deliver_twice) {
        push(link, &frame);
    }
}

static void send_notice(struct mock_link *link, struct mock_item *item, uint64_t number)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct merkle_proof proof;
    struct frame frame = {.type = FRAME_NOTICE, .notice = {.item = number}};
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    mock_log_state(link->relay, item->leaf, &proof, &note, &frame.notice.statement);
    if (item->receipt.len > 0) {
        frame.notice.has_receipt = true;
        MUST(signed_receipt_decode(bytes_buf(&item->receipt), arena, &frame.notice.receipt));
    }
    push(link, &frame);
}

static void serve(struct mock_link *link)
{
    struct mock_relay *relay = link->relay;
    uint64_t sent = 0;
    for (size_t i = 0; i < relay->items_len && link->credit > 0; i++) {
        struct mock_item *item = &relay->items[i];
        if (item->seat != link->seat || item->done || item->sent) {
            continue;
        }
        if (item->is_notice) {
            send_notice(link, item, i);
        } else {
            send_message(link, item, i);
        }
        item->sent = true;
        link->credit--;
        sent++;
    }
    if (link->credit > 0 && !link->caught_up) {
        struct frame frame = {.type = FRAME_CAUGHT_UP, .caught_up = {.items = sent}};
        push(link, &frame);
        link->caught_up = true;
    }
}

/* ---- frames in ---- */

static void answer_hello(struct mock_link *link, const struct frame *in)
{
    struct mock_relay *relay = link->relay;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct merkle_proof proof = {.len = 0};
    struct merkle_reader reader = mock_log_reader(relay);
    uint64_t known = in->hello.log_size;
    relay->hellos++;
    link->greeted = true;
    mock_log_sign(relay, relay->forget_all ? 0 : relay->leaves_len, &note);
    if (!relay->forget_all && known > 0 && known < relay->leaves_len) {
        MUST(merkle_consistency(known, relay->leaves_len, &reader, &proof));
    }
    struct frame out = {.ref = in->ref,
                        .type = FRAME_WELCOME,
                        .welcome = {.time_ms = relay->now_ms,
                                    .directory_version = relay->pki->serial,
                                    .checkpoint = bytes_buf(&note),
                                    .consistency = {proof.hashes, proof.len}}};
    push(link, &out);
}

static struct leaf_facts facts_of(const struct mock_relay *relay, const struct header *header,
                                  const struct sh_hash *hash, struct leaf_desk *desks)
{
    const struct facts *facts = &header->facts;
    for (size_t i = 0; i < facts->recipients_len; i++) {
        desks[i] = (struct leaf_desk){facts->recipients[i].address, facts->recipients[i].role};
    }
    return (struct leaf_facts){
        .message_id = facts->message_id,
        .thread_id = facts->thread_id,
        .header_sha256 = *hash,
        .from = facts->from,
        .seat = facts->seat,
        .to = desks,
        .to_len = facts->recipients_len,
        .kind = facts->kind,
        .urgency = facts->urgency,
        .clocks = relay->clocks,
        .clocks_len = relay->clocks_len,
    };
}

static size_t seat_by_hash(const struct mock_relay *relay, const struct sh_hash *hash)
{
    for (size_t i = 0; i < relay->pki->seats_len; i++) {
        if (hash_equal(&relay->pki->seats[i].hash, hash)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void route(struct mock_relay *relay, const struct header *header, size_t message)
{
    for (size_t i = 0; i < header->facts.recipients_len; i++) {
        const struct recipient *to = &header->facts.recipients[i];
        for (size_t k = 0; k < to->seats_len; k++) {
            size_t seat = seat_by_hash(relay, &to->seats[k]);
            if (seat != SIZE_MAX && !hash_equal(&to->seats[k], &header->facts.seat) &&
                to->role != ROLE_COVER) {
                queue(relay, seat)->message = message;
            }
        }
    }
}

static size_t take_message(struct mock_relay *relay, const struct envelope *envelope,
                           const struct header *header)
{
    struct sh_hash hash;
    struct leaf_desk desks[SH_DESKS_MAX];
    MUST(header_hash(envelope->header, &hash));
    for (size_t i = 0; i < relay->messages_len; i++) {
        if (hash_equal(&relay->messages[i].header_sha256, &hash)) {
            return i;
        }
    }
    if (relay->messages_len == MOCK_MESSAGES_MAX) {
        abort();
    }
    struct mock_message *message = &relay->messages[relay->messages_len];
    message->envelope = (struct buf)BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    MUST(envelope_encode(envelope, &message->envelope));
    message->header_sha256 = hash;
    message->message_id = header->facts.message_id;
    message->from = header->facts.from;
    struct leaf_facts facts = facts_of(relay, header, &hash, desks);
    message->leaf = mock_log_append(relay, LEAF_ACCEPTED, &facts);
    route(relay, header, relay->messages_len);
    return relay->messages_len++;
}

static void refuse(struct mock_link *link, const struct frame *in, const struct header *header)
{
    struct mock_relay *relay = link->relay;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct merkle_proof proof;
    struct frame out = {.ref = in->ref, .type = FRAME_REFUSED};
    out.refused.has_message_id = true;
    out.refused.message_id = header->facts.message_id;
    out.refused.code = (uint32_t)relay->refuse_next;
    if (relay->refuse_logged) {
        struct sh_hash hash;
        struct leaf_desk desks[SH_DESKS_MAX];
        MUST(header_hash(in->submit.envelope.header, &hash));
        struct leaf_facts facts = facts_of(relay, header, &hash, desks);
        facts.clocks_len = 0;
        facts.code = (uint32_t)relay->refuse_next;
        out.refused.has_statement = true;
        uint64_t leaf = mock_log_append(relay, LEAF_REFUSED, &facts);
        mock_log_state(relay, relay->refuse_with_another ? 0 : leaf, &proof, &note,
                       &out.refused.statement);
    }
    relay->refuse_next = SH_OK;
    push(link, &out);
}

static void answer_submit(struct mock_link *link, const struct frame *in, struct arena *arena)
{
    struct mock_relay *relay = link->relay;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct merkle_proof proof;
    struct header header;
    struct frame out = {.ref = in->ref, .type = FRAME_ACCEPTED};
    relay->submits++;
    MUST(header_decode(in->submit.envelope.header, arena, &header));
    if (relay->refuse_next != SH_OK) {
        refuse(link, in, &header);
        return;
    }
    if (relay->defer_next != SH_OK) {
        struct frame defer = {.ref = in->ref,
                              .type = FRAME_DEFER,
                              .defer = {.has_message_id = true,
                                        .message_id = header.facts.message_id,
                                        .code = (uint32_t)relay->defer_next,
                                        .retry_after_ms = 2000}};
        relay->defer_next = SH_OK;
        push(link, &defer);
        return;
    }
    size_t message = take_message(relay, &in->submit.envelope, &header);
    if (relay->lose_answers > 0) {
        relay->lose_answers--;
        clear_link(link);
        return;
    }
    out.accepted.message_id = header.facts.message_id;
    mock_log_state(relay, relay->messages[message].leaf, &proof, &note, &out.accepted.statement);
    push(link, &out);
}

static size_t message_by_hash(const struct mock_relay *relay, const struct sh_hash *hash)
{
    for (size_t i = 0; i < relay->messages_len; i++) {
        if (hash_equal(&relay->messages[i].header_sha256, hash)) {
            return i;
        }
    }
    abort();
}

static void answer_receipt(struct mock_link *link, const struct frame *in)
{
    static const enum leaf_type types[] = {[RECEIPT_DELIVERED] = LEAF_DELIVERED,
                                           [RECEIPT_OPENED] = LEAF_OPENED,
                                           [RECEIPT_UNREADABLE] = LEAF_UNREADABLE};
    struct mock_relay *relay = link->relay;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf whole = BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    struct merkle_proof proof;
    struct receipt receipt;
    relay->receipts++;
    MUST(receipt_verify(&in->receipt.receipt, relay->pki->seats[link->seat].sign_cert, &receipt));
    MUST(signed_receipt_encode(&in->receipt.receipt, &whole));
    size_t message = message_by_hash(relay, &receipt.header_sha256);
    struct leaf_facts facts = {.message_id = receipt.message_id,
                               .header_sha256 = receipt.header_sha256,
                               .by = receipt.by,
                               .seat = receipt.seat,
                               .code = receipt.code,
                               .has_at = true,
                               .at_ms = receipt.at_ms};
    MUST(digest_sha256(in->receipt.receipt.receipt, &facts.receipt_sha256));
    uint64_t leaf = mock_log_append(relay, types[receipt.type], &facts);
    uint64_t told = relay->delivered_as_opened ? mock_log_append(relay, LEAF_OPENED, &facts) : leaf;
    if (!address_equal(&receipt.by, &relay->messages[message].from)) {
        tell_desk(relay, &relay->messages[message].from, message, told, bytes_buf(&whole));
    }
    for (size_t i = 0; i < relay->items_len && receipt.type != RECEIPT_OPENED; i++) {
        struct mock_item *item = &relay->items[i];
        item->done = item->done ||
                     (item->seat == link->seat && !item->is_notice && item->message == message);
    }
    struct frame out = {.ref = in->ref,
                        .type = FRAME_RECEIPT_STORED,
                        .receipt_stored = {.message_id = receipt.message_id, .type = receipt.type}};
    mock_log_state(relay, leaf, &proof, &note, &out.receipt_stored.statement);
    push(link, &out);
}

static void answer_directory(struct mock_link *link, const struct frame *in)
{
    struct pki *pki = link->relay->pki;
    size_t at = (size_t)in->directory_get.offset;
    /* Small pieces, so that there are several. */
    size_t len = pki->directory.len - at < 1500 ? pki->directory.len - at : 1500;
    struct frame out = {.ref = in->ref,
                        .type = FRAME_DIRECTORY,
                        .directory = {.version = pki->serial,
                                      .total_bytes = pki->directory.len,
                                      .offset = at,
                                      .bytes = bytes_of(pki->directory.data + at, len)}};
    push(link, &out);
}

static void answer_consistency(struct mock_link *link, const struct frame *in)
{
    struct mock_relay *relay = link->relay;
    struct merkle_proof proof;
    struct merkle_reader reader = mock_log_reader(relay);
    relay->consistency_asked++;
    if (relay->refuse_consistency || in->consistency_get.to_size > relay->leaves_len) {
        struct frame out = {
            .ref = in->ref, .type = FRAME_REFUSED, .refused = {.code = SH_E_NOT_FOUND}};
        out.refused.code = relay->refuse_as ? (uint32_t)relay->refuse_as : out.refused.code;
        push(link, &out);
        return;
    }
    MUST(merkle_consistency(in->consistency_get.from_size, in->consistency_get.to_size, &reader,
                            &proof));
    struct frame out = {.ref = in->ref,
                        .type = FRAME_CONSISTENCY,
                        .consistency = {.from_size = in->consistency_get.from_size,
                                        .to_size = in->consistency_get.to_size,
                                        .proof = {proof.hashes, proof.len}}};
    push(link, &out);
}

static void answer_desk(struct mock_link *link, const struct frame *in)
{
    struct frame out = {
        .ref = in->ref,
        .type = FRAME_DESK,
        .desk = {.address = in->desk_get.address,
                 .has_last_collected = link->relay->collected_ago_ms >= 0,
                 .last_collected_ms = link->relay->now_ms - link->relay->collected_ago_ms}};
    if (out.desk.last_collected_ms > link->relay->now_ms) {
        out.desk.last_collected_ms = 0;
    }
    if (!link->relay->silent_about_desks) {
        push(link, &out);
    }
}

static void take_frame(struct mock_link *link, const struct frame *in, struct arena *arena)
{
    switch (in->type) {
    case FRAME_HELLO:
        answer_hello(link, in);
        break;
    case FRAME_SUBMIT:
        answer_submit(link, in, arena);
        break;
    case FRAME_RECEIPT:
        answer_receipt(link, in);
        break;
    case FRAME_READY:
        link->credit += in->ready.credit;
        link->caught_up = false;
        break;
    case FRAME_NOTICE_SEEN:
        link->relay->items[in->notice_seen.item].done = true;
        break;
    case FRAME_DIRECTORY_GET:
        answer_directory(link, in);
        break;
    case FRAME_CONSISTENCY_GET:
        answer_consistency(link, in);
        break;
    case FRAME_DESK_GET:
        answer_desk(link, in);
        break;
    default:
        break; /* PING among them: silence is what the tests of it want */
    }
}

/* ---- transport ---- */

static sh_err mock_open(void *ctx, const struct transport_peer *peer, struct sh_why *why)
{
    struct mock_link *link = ctx;
    struct pki *pki = link->relay->pki;
    clear_link(link);
    if (memcmp(peer->relay_key, pki->relay_curve_public, 32) != 0 ||
        memcmp(peer->public_key, pki->seats[link->seat].curve_public, 32) != 0) {
        return sh_fail(why, SH_E_BUG, "the client uses other keys than the directory's");
    }
    link->open = !link->relay->unreachable;
    /* A new session starts at the first item that is left. */
    for (size_t i = 0; i < link->relay->items_len; i++) {
        if (link->relay->items[i].seat == link->seat) {
            link->relay->items[i].sent = false;
        }
    }
    return SH_OK;
}

static sh_err mock_send(void *ctx, struct bytes bytes, struct sh_why *why)
{
    struct mock_link *link = ctx;
    SH_DEFER(arena_free) struct arena *arena = NULL;
    struct frame frame;
    if (!link->open) {
        return link->relay->unreachable
                   ? SH_OK
                   : sh_fail(why, SH_E_NET, "the connection to the relay was lost");
    }
    MUST(arena_new(16 * SH_MIB, 20000, &arena));
    MUST(frame_decode(bytes, arena, &frame));
    take_frame(link, &frame, arena);
    return SH_OK;
}

static sh_err mock_receive(void *ctx, int64_t timeout_ms, struct buf *out, struct sh_why *why)
{
    struct mock_link *link = ctx;
    if (link->relay->not_let_in) {
        return SH_E_UNKNOWN_SEAT;
    }
    if (!link->open && !link->relay->unreachable) {
        return sh_fail(why, SH_E_NET, "the connection to the relay was lost");
    }
    if (link->open && link->frames_at == link->frames_len) {
        serve(link);
    }
    if (link->frames_at < link->frames_len) {
        return buf_append(out, bytes_buf(&link->frames[link->frames_at++]));
    }
    link->relay->now_ms += timeout_ms;
    link->relay->boot_ms += timeout_ms;
    return SH_E_TIMEOUT;
}

static void mock_close(void *ctx)
{
    clear_link(ctx);
}

static void mock_pause(void *ctx, int64_t ms)
{
    struct mock_link *link = ctx;
    link->relay->now_ms += ms;
    link->relay->boot_ms += ms;
}

struct transport mock_relay_transport(struct mock_relay *relay, size_t seat)
{
    struct mock_link *link = NULL;
    for (size_t i = 0; i < relay->links_len; i++) {
        if (relay->links[i].seat == seat) {
            link = &relay->links[i];
        }
    }
    if (!link) {
        if (relay->links_len == MOCK_LINKS_MAX) {
            abort();
        }
        link = &relay->links[relay->links_len++];
        *link = (struct mock_link){.relay = relay, .seat = seat};
    }
    return (struct transport){.open = mock_open,
                              .send = mock_send,
                              .receive = mock_receive,
                              .close = mock_close,
                              .pause = mock_pause,
                              .ctx = link};
}

/* ---- clock ---- */

static int64_t now_ms(void *ctx)
{
    const struct mock_relay *relay = ctx;
    return relay->now_ms + relay->client_ahead_ms;
}

static int64_t boot_ms(void *ctx)
{
    return ((struct mock_relay *)ctx)->boot_ms;
}

struct clock mock_relay_clock(struct mock_relay *relay)
{
    return (struct clock){now_ms, boot_ms, relay};
}

/* ---- life and misdeeds ---- */

void mock_relay_init(struct mock_relay *relay, struct pki *pki)
{
    memset(relay, 0, sizeof *relay);
    relay->pki = pki;
    relay->now_ms = pki->now_ms + SH_MINUTE_MS;
    relay->boot_ms = 1000;
    relay->collected_ago_ms = SH_HOUR_MS;
    struct leaf_facts begun = {.name = "log"};
    (void)mock_log_append(relay, LEAF_BEGUN, &begun);
}

void mock_relay_wipe(struct mock_relay *relay)
{
    for (size_t i = 0; i < relay->leaves_len; i++) {
        mock_log_free_leaf(&relay->leaves[i]);
    }
    for (size_t i = 0; i < relay->messages_len; i++) {
        buf_wipe(&relay->messages[i].envelope);
    }
    for (size_t i = 0; i < relay->items_len; i++) {
        buf_wipe(&relay->items[i].receipt);
    }
    for (size_t i = 0; i < relay->links_len; i++) {
        clear_link(&relay->links[i]);
    }
    memset(relay, 0, sizeof *relay);
}

void mock_relay_notice(struct mock_relay *relay, const char *desk, enum leaf_type type,
                       const struct leaf_facts *facts)
{
    struct address to;
    MUST(address_from(desk, &to));
    uint64_t leaf = mock_log_append(relay, type, facts);
    tell_desk(relay, &to, 0, leaf, bytes_of(NULL, 0));
}

void mock_relay_tell(struct mock_relay *relay, size_t message, enum leaf_type type)
{
    struct mock_message *about = &relay->messages[message];
    struct leaf_facts facts = {.message_id = about->message_id,
                               .header_sha256 = about->header_sha256};
    if (type == LEAF_OVERDUE) {
        facts.clock = DUTY_DECIDED;
        facts.has_due = true;
        facts.by = (struct address){"mash@999.social-care"};
    }
    uint64_t leaf = mock_log_append(relay, type, &facts);
    tell_desk(relay, &about->from, message, leaf, bytes_of(NULL, 0));
}
