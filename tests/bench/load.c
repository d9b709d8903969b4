#include "load.h"

#include "base/cleanup.h"
#include "bench.h"
#include "envelope/build.h"
#include "envelope/receipt.h"
#include "peer.h"
#include "wire/session.h"

#include <stdlib.h>

enum { PROOF_EVERY = 100, DRAIN = 64 };

struct load {
    const struct load_order *order;
    void *context;
    void *schools[TOWN_SCHOOLS];
    zmq_pollitem_t items[TOWN_SCHOOLS];
    size_t next[TOWN_SCHOOLS]; /* position of the letter that the school sends next */
    size_t answered, proofs;
    double *latencies_us;
};

static void *open_seat(struct load *load, size_t seat)
{
    SH_DEFER(secret_wipe) struct secret secret = {0};
    const struct pki *pki = &load->order->town->pki;
    MUST(key_raw_private(pki->seats[seat].curve, &secret));
    return peer_open(load->context, load->order->town->endpoint,
                     bytes_of(pki->relay_curve_public, 32),
                     bytes_of(pki->seats[seat].curve_public, 32), bytes_secret(&secret));
}

static void send_frame(void *socket, const struct frame *frame)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &bytes));
    peer_send(socket, bytes_buf(&bytes));
}

static struct arena *decode(zmq_msg_t *message, struct frame *out)
{
    struct arena *arena = NULL;
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    MUST(frame_decode(bytes_of(zmq_msg_data(message), zmq_msg_size(message)), arena, out));
    return arena;
}

/* The handshake and the first frame are not what is measured. */
static void say_hello(void *socket)
{
    const struct frame hello = {.ref = 1, .type = FRAME_HELLO};
    struct frame answer;
    zmq_msg_t message;
    send_frame(socket, &hello);
    peer_receive(socket, &message);
    SH_DEFER(arena_free) struct arena *arena = decode(&message, &answer);
    if (answer.type != FRAME_WELCOME) {
        bench_fail("HELLO was answered by frame type %d", (int)answer.type);
    }
    (void)zmq_msg_close(&message);
}

static void load_open(struct load *load, const struct load_order *order)
{
    *load = (struct load){.order = order, .context = zmq_ctx_new()};
    load->latencies_us = calloc(order->len, sizeof *load->latencies_us);
    if (!load->context || !load->latencies_us) {
        bench_fail("out of memory");
    }
    for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
        load->schools[i] = open_seat(load, i);
        load->items[i] = (zmq_pollitem_t){.socket = load->schools[i], .events = ZMQ_POLLIN};
        load->next[i] = i;
        say_hello(load->schools[i]);
    }
}

static void load_close(struct load *load)
{
    for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
        (void)zmq_close(load->schools[i]);
    }
    (void)zmq_ctx_term(load->context);
    free(load->latencies_us);
}

static bool send_next(struct load *load, size_t school)
{
    const struct load_order *order = load->order;
    size_t at = load->next[school];
    if (at >= order->len) {
        return false;
    }
    const struct letter *letter = &order->letters->at[at];
    peer_send(load->schools[school],
              bytes_buf(order->batched ? &letter->batched : &letter->single));
    load->next[school] += TOWN_SCHOOLS;
    return true;
}

static void check_proof(struct load *load, const struct frame *answer, struct arena *arena)
{
    struct verified_statement verified;
    MUST(statement_verify(&answer->accepted.statement, &load->order->town->log, arena, &verified));
    if (verified.leaf.type != LEAF_ACCEPTED ||
        !id_equal(&verified.facts.message_id, &answer->accepted.message_id)) {
        bench_fail("a proof is about something else");
    }
    load->proofs++;
}

static void take_answer(struct load *load, zmq_msg_t *message)
{
    struct frame answer;
    SH_DEFER(arena_free) struct arena *arena = decode(message, &answer);
    if (answer.type != FRAME_ACCEPTED) {
        uint32_t code = answer.type == FRAME_REFUSED ? answer.refused.code : answer.defer.code;
        bench_fail("letter %u was not accepted: %s", answer.ref, sh_err_word((sh_err)code));
    }
    if (answer.ref >= load->order->len ||
        !id_equal(&load->order->letters->at[answer.ref].message_id, &answer.accepted.message_id)) {
        bench_fail("an answer does not belong to what was asked");
    }
    load->answered++;
    if (load->answered % PROOF_EVERY == 0) {
        check_proof(load, &answer, arena);
    }
}

static void drain(struct load *load, size_t school)
{
    zmq_msg_t message;
    for (int i = 0; i < DRAIN && peer_receive_now(load->schools[school], &message); i++) {
        take_answer(load, &message);
        (void)zmq_msg_close(&message);
        (void)send_next(load, school);
    }
}

static void run_many(struct load *load)
{
    for (size_t i = 0; i < load->order->in_flight; i++) {
        (void)send_next(load, i % TOWN_SCHOOLS);
    }
    while (load->answered < load->order->len) {
        if (zmq_poll(load->items, TOWN_SCHOOLS, 30000) <= 0) {
            bench_fail("no answer came for 30 s");
        }
        for (size_t i = 0; i < TOWN_SCHOOLS; i++) {
            if (load->items[i].revents) {
                drain(load, i);
            }
        }
    }
}

static void run_one_by_one(struct load *load)
{
    for (size_t at = 0; at < load->order->len; at++) {
        zmq_msg_t message;
        double start_us = bench_now_us();
        (void)send_next(load, at % TOWN_SCHOOLS);
        peer_receive(load->schools[at % TOWN_SCHOOLS], &message);
        load->latencies_us[at] = bench_now_us() - start_us;
        take_answer(load, &message);
        (void)zmq_msg_close(&message);
    }
}

static struct relay_cpu per_message(struct relay_cpu cpu, size_t len)
{
    return (struct relay_cpu){.supervisor_us = cpu.supervisor_us / (double)len,
                              .gate_us = cpu.gate_us / (double)len,
                              .core_us = cpu.core_us / (double)len};
}

void load_run(const struct load_order *order, struct load_result *out)
{
    SH_DEFER(load_close) struct load load;
    load_open(&load, order);
    struct relay_cpu before = relay_cpu(order->relay);
    double own_us = bench_cpu_us(0), start_us = bench_now_us(), len = (double)order->len;
    (order->in_flight == 1 ? run_one_by_one : run_many)(&load);
    double wall_us = bench_now_us() - start_us;
    *out = (struct load_result){
        .accepted_per_second = len * 1e6 / wall_us,
        .cpu = per_message(relay_cpu_since(order->relay, &before), order->len),
        .generator_cpu_us = (bench_cpu_us(0) - own_us) / len,
        .proofs = load.proofs,
    };
    if (order->in_flight == 1) {
        out->p50_us = bench_percentile(load.latencies_us, order->len, 0.5);
        out->p99_us = bench_percentile(load.latencies_us, order->len, 0.99);
    }
}

/* ---- deliveries ---- */

struct hub {
    void *socket;
    const struct pki_seat *seat;
    double *receipt_us, *delivery_us;
};

static void hub_open(struct hub *hub, struct load *load)
{
    const struct frame ready = {.ref = 2, .type = FRAME_READY, .ready = {.credit = SH_CREDIT_MAX}};
    zmq_msg_t message;
    struct frame answer;
    hub->seat = &load->order->town->pki.seats[TOWN_HUB];
    hub->socket = open_seat(load, TOWN_HUB);
    hub->receipt_us = calloc(load->order->len, sizeof *hub->receipt_us);
    hub->delivery_us = calloc(load->order->len, sizeof *hub->delivery_us);
    if (!hub->receipt_us || !hub->delivery_us) {
        bench_fail("out of memory");
    }
    say_hello(hub->socket);
    send_frame(hub->socket, &ready);
    peer_receive(hub->socket, &message);
    SH_DEFER(arena_free) struct arena *arena = decode(&message, &answer);
    if (answer.type != FRAME_CAUGHT_UP) {
        bench_fail("the hub of an empty relay was sent frame type %d", (int)answer.type);
    }
    (void)zmq_msg_close(&message);
}

static void hub_close(struct hub *hub)
{
    (void)zmq_close(hub->socket);
    free(hub->receipt_us);
    free(hub->delivery_us);
}

/* The next frame of this type; the end of a list may be said in between. */
static struct arena *hub_receive(struct hub *hub, enum frame_type type, struct frame *out,
                                 zmq_msg_t *message)
{
    for (;;) {
        peer_receive(hub->socket, message);
        struct arena *arena = decode(message, out);
        if (out->type == type) {
            return arena;
        }
        if (out->type != FRAME_CAUGHT_UP) {
            bench_fail("the hub was sent frame type %d", (int)out->type);
        }
        arena_free(&arena);
        (void)zmq_msg_close(message);
    }
}

static void send_receipt(struct hub *hub, const struct frame *delivered)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(2 * SH_RECEIPT_BYTES_MAX);
    struct header header;
    struct frame frame = {.ref = 3, .type = FRAME_RECEIPT};
    MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
    MUST(header_decode(delivered->deliver.envelope.header, arena, &header));
    struct receipt receipt = {.type = RECEIPT_DELIVERED,
                              .message_id = header.facts.message_id,
                              .by = hub->seat->address,
                              .seat = hub->seat->hash,
                              .at_ms = header.facts.created_at_ms};
    MUST(header_hash(delivered->deliver.envelope.header, &receipt.header_sha256));
    MUST(receipt_sign(&receipt, hub->seat->sign, &bytes));
    MUST(signed_receipt_decode(bytes_buf(&bytes), arena, &frame.receipt.receipt));
    send_frame(hub->socket, &frame);
}

static void deliver_one(struct load *load, struct hub *hub, size_t at)
{
    zmq_msg_t accepted, delivered, stored;
    struct frame deliver, answer;
    const struct frame more = {.ref = 4, .type = FRAME_READY, .ready = {.credit = 1}};
    (void)send_next(load, at % TOWN_SCHOOLS);
    peer_receive(load->schools[at % TOWN_SCHOOLS], &accepted);
    double accepted_us = bench_now_us();
    take_answer(load, &accepted);
    SH_DEFER(arena_free)
    struct arena *arena = hub_receive(hub, FRAME_DELIVER, &deliver, &delivered);
    double delivered_us = bench_now_us();
    send_receipt(hub, &deliver);
    SH_DEFER(arena_free)
    struct arena *answer_arena = hub_receive(hub, FRAME_RECEIPT_STORED, &answer, &stored);
    hub->receipt_us[at] = bench_now_us() - delivered_us;
    hub->delivery_us[at] = delivered_us - accepted_us;
    if (!id_equal(&answer.receipt_stored.message_id, &load->order->letters->at[at].message_id)) {
        bench_fail("the receipt was stored for another message");
    }
    send_frame(hub->socket, &more);
    (void)zmq_msg_close(&accepted);
    (void)zmq_msg_close(&delivered);
    (void)zmq_msg_close(&stored);
}

void load_deliveries(const struct load_order *order, struct delivery_result *out)
{
    SH_DEFER(load_close) struct load load;
    load_open(&load, order);
    SH_DEFER(hub_close) struct hub hub;
    hub_open(&hub, &load);
    struct relay_cpu before = relay_cpu(order->relay);
    for (size_t at = 0; at < order->len; at++) {
        deliver_one(&load, &hub, at);
    }
    *out = (struct delivery_result){
        .cpu = per_message(relay_cpu_since(order->relay, &before), order->len),
        .p50_us = bench_percentile(hub.receipt_us, order->len, 0.5),
        .p99_us = bench_percentile(hub.receipt_us, order->len, 0.99),
        .acceptance_to_delivery_p50_us = bench_percentile(hub.delivery_us, order->len, 0.5),
    };
}
