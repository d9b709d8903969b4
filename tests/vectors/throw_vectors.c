/* Every file of the corpus at a real relay: its three processes, ZeroMQ, CURVE, a seat that may
 * send. The relay has a partnership of its own, so what it says of signatures and threads is not
 * looked at; of the form of bytes it must say what the index says. Afterwards the same processes
 * still serve.
 *
 *     throw_vectors PROGRAMS VECTORS */
#include "base/cleanup.h"
#include "index.h"
#include "peer.h"
#include "raw.h"
#include "relay.h"
#include "support/temp.h"
#include "wire/session.h"

#include <signal.h>
#include <stdio.h>

enum { PING_REF = 1000000 };

struct thrower {
    struct town town;
    struct relay relay;
    void *context, *socket;
    struct secret secret;
    uint32_t pings;
    size_t thrown, compared, wrong;
};

static void connect_seat(struct thrower *t)
{
    const struct pki *pki = &t->town.pki;
    if (t->socket) {
        (void)zmq_close(t->socket);
    }
    t->socket = peer_open(t->context, t->town.endpoint, bytes_of(pki->relay_curve_public, 32),
                          bytes_of(pki->seats[0].curve_public, 32), bytes_secret(&t->secret));
}

static void send_ping(struct thrower *t)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_KIB);
    struct frame ping = {.ref = PING_REF + ++t->pings, .type = FRAME_PING};
    MUST(frame_encode(&ping, &bytes));
    peer_send(t->socket, bytes_buf(&bytes));
}

/* Everything up to the answer to our last PING; the code of a refusal among it, or SH_OK. Answers
 * come in the order of what they answer. */
static sh_err wait_for_pong(struct thrower *t)
{
    sh_err refusal = SH_OK;
    for (bool done = false; !done;) {
        SH_DEFER(arena_free) struct arena *arena = NULL;
        struct frame frame;
        zmq_msg_t message;
        MUST(arena_new(SH_UNPACK_BYTES_MAX, SH_UNPACK_COUNT_MAX, &arena));
        peer_receive(t->socket, &message);
        const struct bytes bytes = bytes_of(zmq_msg_data(&message), zmq_msg_size(&message));
        MUST(frame_decode(bytes, arena, &frame));
        done = frame.type == FRAME_PONG && frame.ref == PING_REF + t->pings;
        refusal = frame.type == FRAME_REFUSED ? (sh_err)frame.refused.code : refusal;
        (void)zmq_msg_close(&message);
    }
    return refusal;
}

/* Words that the bytes alone decide. */
static bool is_of_form(const char *word)
{
    static const char *const words[] = {"format",  "not_canonical", "bad_text",   "bad_code",
                                        "too_big", "bad_version",   "bad_address"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void compare(struct thrower *t, const struct vector *v, sh_err answer)
{
    if (strncmp(v->reader, "relay-", 6) != 0 || !is_of_form(v->expected)) {
        return;
    }
    t->compared++;
    if (strcmp(sh_err_word(answer), v->expected) != 0) {
        t->wrong++;
        (void)printf("%s: %s, not %s\n", v->file, sh_err_word(answer), v->expected);
    }
}

static void throw_one(struct thrower *t, const char *dir, const struct vector *v)
{
    SH_DEFER(buf_wipe) struct buf bytes = {.len = 0};
    SH_DEFER(buf_wipe) struct buf frame = BUF_INIT(4 * SH_FRAME_BYTES_MAX);
    vector_file_read(dir, v->file, &bytes);
    if (strcmp(v->reader, "relay-submit") == 0 || strncmp(v->reader, "reader-", 7) == 0) {
        raw_submit(&frame, bytes_buf(&bytes));
    } else {
        MUST(buf_append(&frame, bytes_buf(&bytes)));
    }
    peer_send(t->socket, bytes_buf(&frame));
    t->thrown++;
    if (frame.len > SH_FRAME_BYTES_MAX) {
        /* libzmq itself hangs up on us. */
        connect_seat(t);
        send_ping(t);
        (void)wait_for_pong(t);
        return;
    }
    send_ping(t);
    compare(t, v, wait_for_pong(t));
}

static bool is_alive(const struct thrower *t)
{
    const struct relay *relay = &t->relay;
    return kill(relay->supervisor, 0) == 0 && kill(relay->gate, 0) == 0 &&
           kill(relay->core, 0) == 0;
}

static void throw_all(struct thrower *t, const char *dir)
{
    SH_DEFER(vector_index_free) struct vector_index index;
    vector_index_read(dir, &index);
    for (size_t i = 0; i < index.len; i++) {
        throw_one(t, dir, &index.rows[i]);
        vectors_must(is_alive(t), index.rows[i].file);
    }
    /* A stranger's eyes: a new connection is served as the first was. */
    connect_seat(t);
    send_ping(t);
    MUST_HOLD(wait_for_pong(t) == SH_OK);
}

int main(int argc, char **argv)
{
    struct thrower t = {.context = NULL};
    SH_DEFER(temp_dir_remove) struct temp_dir folder;
    MUST_HOLD(argc == 3);
    temp_dir_make(&folder);
    town_make(&t.town, folder.path);
    relay_start(&t.relay, &t.town, argv[1]);
    t.context = zmq_ctx_new();
    MUST_HOLD(t.context);
    MUST(key_raw_private(t.town.pki.seats[0].curve, &t.secret));
    connect_seat(&t);
    throw_all(&t, argv[2]);
    (void)printf("%zu thrown, %zu answers compared, %zu wrong; the relay is up\n", t.thrown,
                 t.compared, t.wrong);
    (void)zmq_close(t.socket);
    (void)zmq_ctx_term(t.context);
    relay_stop(&t.relay);
    secret_wipe(&t.secret);
    town_free(&t.town);
    return t.wrong == 0 && t.compared > 100 ? 0 : 1;
}
