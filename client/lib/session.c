/* See session.h. */
#include "client/session.h"

#include "base/cleanup.h"
#include "base/random.h"

/* Heartbeats of our own, beside libzmq's: they also show that the core behind the gate is alive. */
#define PING_AFTER_MS 15000
#define DEAD_AFTER_MS 45000
/* One try at one of several relays. */
/* A HELLO may have met a relay that was being restarted, and nobody will answer it: ask again, soon
 * at first. */
#define TRY_FIRST_MS 700
#define TRY_MS_MAX   4000
#define PAUSE_MS     150
#define PAUSE_MS_MAX 1000
/* A gate that has just restarted may not know its keys yet, so one "no" is not believed. */
#define NOT_LET_IN_MAX 3

struct queued {
    struct queued *next;
    uint32_t ref;
    size_t len;
    uint8_t data[];
};

struct session {
    const struct transport *transport;
    struct clock clock;
    int64_t answer_ms;
    uint32_t next_ref;
    int64_t heard_ms, pinged_ms; /* CLOCK_BOOTTIME */
    struct queued *first, **last;
    size_t queue_len;
    struct arena *arena; /* of the welcome */
    struct session_welcome welcome;
};

int64_t session_answer_ms(const struct session *session)
{
    return session->answer_ms;
}

void session_set_answer_ms(struct session *session, int64_t answer_ms)
{
    session->answer_ms = answer_ms;
}

const struct session_welcome *session_welcome(const struct session *session)
{
    return &session->welcome;
}

sh_err session_code(uint32_t code)
{
    SH_CHECK(sh_err_known(code), SH_E_FORMAT);
    /* No relay says FATAL; one that does cannot make its trouble ours. */
    return sh_err_class((sh_err)code) == SH_CLASS_FATAL ? SH_E_NET : (sh_err)code;
}

/* What a relay's "not now" means for it. The same words about this computer would mislead. */
static const char *put_off_words(sh_err code)
{
    switch (code) {
    case SH_E_DISK_FULL:
        return "the relay's disk is full";
    case SH_E_NOMEM:
        return "the relay is out of memory";
    case SH_E_CLOCK:
        return "the relay's clock is not to be trusted at the moment";
    default:
        return sh_err_sentence(code);
    }
}

sh_err session_put_off(uint32_t code, const char *what, struct sh_why *why)
{
    sh_err relay = session_code(code);
    bool is_ours = relay == SH_E_DISK_FULL || relay == SH_E_NOMEM || relay == SH_E_CLOCK ||
                   relay == SH_E_IO || relay == SH_E_LOCKED;
    return sh_fail(why, is_ours ? SH_E_BUSY : relay, "%s: %s", what, put_off_words(relay));
}

static sh_err queue_put(struct session *session, uint32_t ref, struct bytes frame)
{
    SH_CHECK(session->queue_len < SESSION_QUEUE_MAX, SH_E_TOO_BIG);
    struct queued *item = malloc(sizeof *item + frame.len);
    SH_CHECK(item, SH_E_NOMEM);
    item->next = NULL;
    item->ref = ref;
    item->len = frame.len;
    memcpy(item->data, frame.data, frame.len);
    *session->last = item;
    session->last = &item->next;
    session->queue_len++;
    return SH_OK;
}

/* The first with this ref; NULL if there is none. */
static struct queued *queue_take(struct session *session, uint32_t ref)
{
    struct queued **at = &session->first;
    while (*at && (*at)->ref != ref) {
        at = &(*at)->next;
    }
    struct queued *item = *at;
    if (item) {
        *at = item->next;
        if (session->last == &item->next) {
            session->last = at;
        }
        session->queue_len--;
    }
    return item;
}

static sh_err send_frame(struct session *session, struct frame *frame, struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf out = BUF_INIT(SH_FRAME_BYTES_MAX);
    SH_TRY(frame_encode(frame, &out));
    return session->transport->send(session->transport->ctx, bytes_buf(&out), why);
}

sh_err session_post(struct session *session, struct frame *frame, uint32_t *out_ref,
                    struct sh_why *why)
{
    frame->ref = session->next_ref;
    session->next_ref = session->next_ref == UINT32_MAX ? 1 : session->next_ref + 1;
    SH_TRY(send_frame(session, frame, why));
    *out_ref = frame->ref;
    return SH_OK;
}

/* A relay that has been silent for long is asked, and one that does not answer counts as gone. */
static sh_err keep_alive(struct session *session, struct sh_why *why)
{
    int64_t now_ms = clock_boot_ms(&session->clock);
    if (now_ms - session->heard_ms >= DEAD_AFTER_MS) {
        return sh_fail(why, SH_E_NET, "the relay has been silent for %d seconds",
                       DEAD_AFTER_MS / SH_SECOND_MS);
    }
    if (now_ms - session->heard_ms >= PING_AFTER_MS &&
        now_ms - session->pinged_ms >= PING_AFTER_MS) {
        session->pinged_ms = now_ms;
        struct frame ping = {.type = FRAME_PING,
                             .ping = {.time_ms = clock_now_ms(&session->clock)}};
        uint32_t ref = 0;
        SH_TRY(session_post(session, &ping, &ref, why));
    }
    return SH_OK;
}

static sh_err receive_raw(struct session *session, int64_t end_ms, struct buf *out,
                          struct sh_why *why)
{
    for (;;) {
        SH_TRY(keep_alive(session, why));
        int64_t left_ms = end_ms - clock_boot_ms(&session->clock);
        int64_t wait_ms = left_ms < PING_AFTER_MS ? left_ms : PING_AFTER_MS;
        sh_err result = session->transport->receive(session->transport->ctx,
                                                    wait_ms > 0 ? wait_ms : 0, out, why);
        if (result == SH_OK) {
            session->heard_ms = clock_boot_ms(&session->clock);
            return SH_OK;
        }
        if (result != SH_E_TIMEOUT) {
            return result;
        }
        SH_CHECK(end_ms - clock_boot_ms(&session->clock) > 0, SH_E_TIMEOUT);
    }
}

static sh_err decode(struct bytes raw, struct arena *arena, struct frame *out, struct sh_why *why)
{
    struct bytes copy;
    SH_TRY(arena_copy(arena, raw, &copy));
    sh_err result = frame_decode(copy, arena, out);
    if (result != SH_OK && result != SH_E_NOMEM) {
        return sh_fail(why, SH_E_NET, "the relay sent something that is no frame (%s)",
                       sh_err_word(result));
    }
    return result;
}

/* The next frame with this ref; others are kept. */
static sh_err wait_for(struct session *session, uint32_t ref, int64_t timeout_ms,
                       struct arena *arena, struct frame *out, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct queued *item = queue_take(session, ref);
    if (item) {
        return decode(bytes_of(item->data, item->len), arena, out, why);
    }
    int64_t end_ms = clock_boot_ms(&session->clock) + timeout_ms;
    for (;;) {
        SH_DEFER(buf_wipe) struct buf raw = BUF_INIT(SH_FRAME_BYTES_MAX);
        SH_TRY(receive_raw(session, end_ms, &raw, why));
        SH_DEFER(arena_free) struct arena *scratch = NULL;
        SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &scratch));
        struct frame peek;
        SH_TRY(decode(bytes_buf(&raw), scratch, &peek, why));
        /* Nobody waits for a PONG by its ref; who takes what comes can use the checkpoint in it. */
        if (peek.ref == ref || (ref == 0 && peek.type == FRAME_PONG)) {
            return decode(bytes_buf(&raw), arena, out, why);
        }
        if (peek.type != FRAME_PONG) {
            SH_TRY(queue_put(session, peek.ref, bytes_buf(&raw)));
        }
    }
}

sh_err session_next(struct session *session, int64_t timeout_ms, struct arena *arena,
                    struct frame *out, struct sh_why *why)
{
    return wait_for(session, 0, timeout_ms, arena, out, why);
}

sh_err session_answer(struct session *session, uint32_t ref, struct arena *arena, struct frame *out,
                      struct sh_why *why)
{
    sh_err result = wait_for(session, ref, session->answer_ms, arena, out, why);
    if (result == SH_E_TIMEOUT) {
        return sh_fail(why, SH_E_TIMEOUT, "the relay did not answer in %d seconds",
                       (int)(session->answer_ms / SH_SECOND_MS));
    }
    return result;
}

static sh_err judge_answer(const struct frame *answer, enum frame_type expected, struct sh_why *why)
{
    if (answer->type == expected) {
        return SH_OK;
    }
    if (answer->type == FRAME_REFUSED) {
        sh_err code = session_code(answer->refused.code);
        return sh_fail(why, code, "the relay says: %s", sh_err_sentence(code));
    }
    if (answer->type == FRAME_DEFER) {
        return session_put_off(answer->defer.code, "the relay cannot do it now", why);
    }
    return sh_fail(why, SH_E_NET, "the relay answered something else than was asked");
}

sh_err session_ask(struct session *session, struct frame *frame, enum frame_type expected,
                   struct arena *arena, struct frame *out, struct sh_why *why)
{
    uint32_t ref = 0;
    SH_TRY(session_post(session, frame, &ref, why));
    SH_TRY(session_answer(session, ref, arena, out, why));
    return judge_answer(out, expected, why);
}

static sh_err copy_hashes(struct arena *arena, struct hash_list in, struct hash_list *out)
{
    struct sh_hash *hashes = arena_array(arena, in.len, sizeof *hashes);
    SH_CHECK(hashes, SH_E_NOMEM);
    if (in.len > 0) {
        memcpy(hashes, in.hashes, in.len * sizeof *hashes);
    }
    *out = (struct hash_list){hashes, in.len};
    return SH_OK;
}

static sh_err say_hello(struct session *session, const struct session_order *order, int64_t wait_ms,
                        struct sh_why *why)
{
    SH_DEFER(arena_free) struct arena *arena = NULL;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &arena));
    struct frame hello = {
        .type = FRAME_HELLO,
        .hello = {.directory_version = order->directory_version, .log_size = order->log_size}};
    struct frame answer;
    session->answer_ms = wait_ms;
    sh_err result = session_ask(session, &hello, FRAME_WELCOME, arena, &answer, why);
    session->answer_ms = order->answer_ms;
    SH_TRY(result);
    session->welcome.time_ms = answer.welcome.time_ms;
    session->welcome.directory_version = answer.welcome.directory_version;
    SH_TRY(arena_copy(session->arena, answer.welcome.checkpoint, &session->welcome.checkpoint));
    return copy_hashes(session->arena, answer.welcome.consistency, &session->welcome.consistency);
}

static void forget_queue(struct session *session)
{
    while (session->first) {
        struct queued *item = session->first;
        session->first = item->next;
        free(item);
    }
    session->last = &session->first;
    session->queue_len = 0;
}

static sh_err try_peer(struct session *session, const struct session_order *order,
                       const struct transport_peer *peer, int64_t wait_ms, struct sh_why *why)
{
    forget_queue(session);
    session->heard_ms = clock_boot_ms(&session->clock);
    session->pinged_ms = session->heard_ms;
    SH_TRY(session->transport->open(session->transport->ctx, peer, why));
    return say_hello(session, order, wait_ms, why);
}

static sh_err random_below(uint32_t below, uint32_t *out)
{
    uint8_t raw[4];
    SH_TRY(random_fill(raw, sizeof raw));
    *out = be32_load(raw) % below;
    return SH_OK;
}

/* Not reachable, not answering, or not now. Everything else is an answer. */
static bool worth_another_try(sh_err result, unsigned *not_let_in)
{
    if (result == SH_E_UNKNOWN_SEAT) {
        return ++*not_let_in < NOT_LET_IN_MAX;
    }
    return sh_err_class(result) == SH_CLASS_DEFER && result != SH_E_NOMEM;
}

static sh_err connect_to_one(struct session *session, const struct session_order *order,
                             struct sh_why *why)
{
    int64_t end_ms = clock_boot_ms(&session->clock) + order->connect_ms;
    uint32_t at = 0, jitter = 0;
    unsigned not_let_in = 0;
    int64_t pause_ms = PAUSE_MS, try_ms = TRY_FIRST_MS;
    SH_TRY(random_below((uint32_t)order->peers_len, &at));
    for (;;) {
        int64_t left_ms = end_ms - clock_boot_ms(&session->clock);
        int64_t wait_ms = left_ms > try_ms ? try_ms : left_ms;
        try_ms = try_ms * 2 < TRY_MS_MAX ? try_ms * 2 : TRY_MS_MAX;
        sh_err result = try_peer(session, order, &order->peers[at], wait_ms, why);
        SH_CHECK(result != SH_OK, SH_OK);
        session->transport->close(session->transport->ctx);
        SH_TRY(random_below((uint32_t)pause_ms, &jitter));
        left_ms = end_ms - clock_boot_ms(&session->clock);
        if (!worth_another_try(result, &not_let_in) || left_ms <= pause_ms + jitter) {
            return result == SH_E_TIMEOUT ? sh_fail(why, SH_E_NET, "no relay could be reached")
                                          : result;
        }
        session->transport->pause(session->transport->ctx, pause_ms + jitter);
        pause_ms = pause_ms * 2 < PAUSE_MS_MAX ? pause_ms * 2 : PAUSE_MS_MAX;
        at = (uint32_t)((at + 1) % order->peers_len);
    }
}

sh_err session_open(const struct session_order *order, struct session **out, struct sh_why *why)
{
    SH_CHECK(order->peers_len > 0, sh_fail(why, SH_E_NET, "the directory names no relay"));
    SH_DEFER(session_close) struct session *session = calloc(1, sizeof *session);
    SH_CHECK(session, SH_E_NOMEM);
    session->transport = order->transport;
    session->clock = order->clock;
    session->answer_ms = order->answer_ms;
    session->next_ref = 1;
    session->last = &session->first;
    SH_TRY(arena_new(SESSION_ARENA_BYTES, SESSION_ARENA_COUNT, &session->arena));
    SH_TRY(connect_to_one(session, order, why));
    *out = session;
    session = NULL;
    return SH_OK;
}

void session_close(struct session **session)
{
    if (!*session) {
        return;
    }
    forget_queue(*session);
    (*session)->transport->close((*session)->transport->ctx);
    arena_free(&(*session)->arena);
    free(*session);
    *session = NULL;
}
