#include "support/relay.h"

#include "crypto/digest.h"
#include "crypto/ossl.h"
#include "wire/envelope.h"
#include "wire/log.h"

#include <stdio.h>
#include <stdlib.h>

static void must(sh_err err, const char *what)
{
    if (err != SH_OK) {
        (void)fprintf(stderr, "fixture: %s: %s\n", what, sh_err_word(err));
        abort();
    }
}
#define MUST(call) must(call, #call)

static int64_t fake_now(void *ctx)
{
    return ((struct relay *)ctx)->now_ms;
}

static int64_t fake_boot(void *ctx)
{
    return ((struct relay *)ctx)->boot_ms;
}

static struct loaded *loaded_of(struct relay *relay)
{
    struct sh_why why = {0};
    struct loaded *loaded = calloc(1, sizeof *loaded);
    loaded->references = 1;
    const char *path =
        relay->policy_path ? relay->policy_path : SH_SOURCE_DIR "/relay/dist/policy-england.yaml";
    must(policy_load(path, &loaded->policy, &why), why.text);
    loaded->directory = directory_ref(relay->post.directory);
    return loaded;
}

/* The core takes its log key; the PKI keeps its own. */
static struct key *share_log_key(struct relay *relay)
{
    struct key *shared = NULL;
    EVP_PKEY *evp = key_evp(relay->post.pki.log_key);
    if (EVP_PKEY_up_ref(evp) != 1) {
        abort();
    }
    MUST(key_from_evp(&evp, &shared));
    return shared;
}

static void start_core(struct relay *relay, struct store *store)
{
    struct sh_why why = {0};
    struct core_parts parts = {
        .config = &relay->config,
        .clock = {.now_ms = fake_now, .boot_ms = fake_boot, .ctx = relay},
        .store = store,
        .loaded = loaded_of(relay),
        .log_key = share_log_key(relay),
    };
    must(core_from_parts(&parts, &relay->core, &why), why.text);
    MUST(ledger_start(relay->core));
}

static void make_around_post(struct relay *relay, struct store *store)
{
    relay->now_ms = PKI_NOW_MS;
    relay->boot_ms = 1000000;
    relay->config.heartbeat_leaf_ms = SH_HOUR_MS;
    relay->config.clock_checked = true;
    (void)snprintf(relay->config.log_origin, sizeof relay->config.log_origin, "%s", PKI_ORIGIN);
    start_core(relay, store);
}

void relay_make_over(struct relay *relay, struct store *store)
{
    memset(relay, 0, sizeof *relay);
    post_make(&relay->post);
    make_around_post(relay, store);
}

void relay_make_with(struct relay *relay, struct post *post)
{
    struct store *store = NULL;
    MUST(store_open_memory(&store));
    memset(relay, 0, sizeof *relay);
    relay->post = *post;
    memset(post, 0, sizeof *post);
    make_around_post(relay, store);
}

void relay_make(struct relay *relay)
{
    struct store *store = NULL;
    MUST(store_open_memory(&store));
    relay_make_over(relay, store);
}

void relay_restart(struct relay *relay, struct store *store)
{
    core_free(&relay->core);
    start_core(relay, store);
}

void relay_free(struct relay *relay)
{
    core_free(&relay->core);
    post_free(&relay->post);
}

uint64_t connection_of(enum post_seat seat)
{
    return (uint64_t)seat + 1;
}

struct submission *relay_raw(struct relay *relay, enum post_seat from, struct bytes raw)
{
    struct submission *sub = NULL;
    MUST(submission_new(WORK_FRAME, raw, &sub));
    sub->connection = connection_of(from);
    memcpy(sub->curve_key, relay->post.pki.seats[from].curve_public, sizeof sub->curve_key);
    MUST(worker_verify(relay->core, NULL, sub));
    return sub;
}

struct submission *relay_frame(struct relay *relay, enum post_seat from, const struct frame *frame)
{
    struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &bytes));
    struct submission *sub = relay_raw(relay, from, bytes_buf(&bytes));
    buf_wipe(&bytes);
    return sub;
}

struct submission *relay_command(struct relay *relay, enum work work, uint64_t connection)
{
    (void)relay;
    struct submission *sub = NULL;
    MUST(submission_new(work, bytes_of(NULL, 0), &sub));
    sub->connection = connection;
    return sub;
}

static sh_err keep_sent(void *ctx, const struct link_record *record)
{
    struct relay *relay = ctx;
    struct sent *sent = &relay->sent[relay->sent_len++];
    if (relay->sent_len > sizeof relay->sent / sizeof relay->sent[0]) {
        abort();
    }
    *sent = (struct sent){.type = record->type, .connection = record->connection};
    MUST(arena_copy(relay->post.arena, record->payload, &sent->payload));
    if (record->type == LINK_SEND) {
        MUST(frame_decode(sent->payload, relay->post.arena, &sent->frame));
    }
    return SH_OK;
}

sh_err relay_group(struct relay *relay, struct submission **group, size_t len)
{
    bool stop = false, end = false;
    sh_err reason = SH_OK;
    sh_err err = ledger_group(relay->core, group, len, &stop);
    relay->sent_len = 0;
    MUST(outbox_drain(relay->core->outbox, keep_sent, relay, &end, &reason));
    return err;
}

void relay_step(struct relay *relay, enum post_seat from, const struct frame *frame)
{
    struct submission *sub = relay_frame(relay, from, frame);
    MUST(relay_group(relay, &sub, 1));
}

void relay_tick(struct relay *relay)
{
    struct submission *sub = relay_command(relay, WORK_TICK, 0);
    MUST(relay_group(relay, &sub, 1));
}

void relay_reload(struct relay *relay)
{
    pki_publish(&relay->post.pki);
    post_reload(&relay->post);
    struct submission *sub = relay_command(relay, WORK_RELOAD, 0);
    sub->fresh = loaded_of(relay);
    MUST(relay_group(relay, &sub, 1));
}

void submit(struct relay *relay, enum post_seat from, const struct letter *letter)
{
    struct frame frame = {.ref = 7, .type = FRAME_SUBMIT};
    frame.submit.envelope = letter->env;
    relay_step(relay, from, &frame);
}

void ready(struct relay *relay, enum post_seat seat, uint32_t credit)
{
    struct frame frame = {.ref = 1, .type = FRAME_READY};
    frame.ready.credit = credit;
    relay_step(relay, seat, &frame);
}

void give_receipt(struct relay *relay, enum post_seat seat, enum receipt_type type,
                  const struct letter *letter)
{
    const struct pki_seat *signer = &relay->post.pki.seats[seat];
    struct receipt receipt = {
        .type = type,
        .message_id = letter->facts.message_id,
        .by = signer->address,
        .seat = signer->hash,
        .at_ms = relay->now_ms,
        .code = type == RECEIPT_UNREADABLE ? SH_E_UNSEAL : 0,
    };
    struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX * 2);
    struct bytes kept;
    struct frame frame = {.ref = 9, .type = FRAME_RECEIPT};
    MUST(header_hash(letter->env.header, &receipt.header_sha256));
    MUST(receipt_sign(&receipt, signer->sign, &bytes));
    MUST(arena_copy(relay->post.arena, bytes_buf(&bytes), &kept));
    MUST(signed_receipt_decode(kept, relay->post.arena, &frame.receipt.receipt));
    buf_wipe(&bytes);
    relay_step(relay, seat, &frame);
}

void write_referral(struct relay *relay, struct letter *letter)
{
    letter_write(&relay->post, letter, SCHOOL, POST_REFERRAL, 0);
    letter_seal(&relay->post, letter);
}

const struct frame *sent_to(const struct relay *relay, enum post_seat seat, enum frame_type type)
{
    for (size_t i = 0; i < relay->sent_len; i++) {
        const struct sent *sent = &relay->sent[i];
        if (sent->type == LINK_SEND && sent->connection == connection_of(seat) &&
            sent->frame.type == type) {
            return &sent->frame;
        }
    }
    return NULL;
}

size_t count_sent(const struct relay *relay, enum post_seat seat, enum frame_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < relay->sent_len; i++) {
        const struct sent *sent = &relay->sent[i];
        count += sent->type == LINK_SEND && sent->connection == connection_of(seat) &&
                 sent->frame.type == type;
    }
    return count;
}

struct verified_statement must_verify(struct relay *relay, const struct statement *statement,
                                      enum leaf_type type)
{
    struct verified_statement verified;
    struct note_verifier verifier = post_verifier(&relay->post);
    MUST(statement_verify(statement, &verifier, relay->post.arena, &verified));
    if (verified.leaf.type != type) {
        abort();
    }
    return verified;
}
