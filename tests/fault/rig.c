#include "rig.h"

#include "base/cleanup.h"
#include "wire/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

void rig_must(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "tsan_core: %s\n", what);
        abort();
    }
}

/* ---- the clock ---- */

static int64_t now_ms(void *ctx)
{
    return PKI_NOW_MS + atomic_load(&((struct rig *)ctx)->elapsed_ms);
}

static int64_t boot_ms(void *ctx)
{
    return ((struct rig *)ctx)->relay.boot_ms + atomic_load(&((struct rig *)ctx)->elapsed_ms);
}

struct clock rig_clock(struct rig *rig)
{
    return (struct clock){.now_ms = now_ms, .boot_ms = boot_ms, .ctx = rig};
}

/* ---- letters, written before anything runs ---- */

/* Odd senders are the deputy's seat, and sign all theirs as one batch. */
static enum post_seat seat_of_letter(size_t i)
{
    return i / LETTERS_EACH % 2 ? DEPUTY : SCHOOL;
}

static void encode_submit(struct rig *rig, size_t i, struct bytes envelope)
{
    struct frame frame = {.ref = (uint32_t)i, .type = FRAME_SUBMIT};
    struct bytes kept;
    MUST(arena_copy(rig->relay.post.arena, envelope, &kept));
    MUST(envelope_decode(kept, rig->relay.post.arena, &frame.submit.envelope));
    rig->frames[i] = (struct buf)BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(&frame, &rig->frames[i]));
}

static void batch_sign(struct rig *rig, size_t first)
{
    struct bytes headers[LETTERS_EACH], sealed[LETTERS_EACH];
    struct buf out[LETTERS_EACH];
    for (size_t i = 0; i < LETTERS_EACH; i++) {
        headers[i] = rig->letters[first + i].env.header;
        sealed[i] = rig->letters[first + i].env.sealed;
        out[i] = (struct buf)BUF_INIT(SH_ENVELOPE_BYTES_MAX);
    }
    const struct key *key = rig->relay.post.pki.seats[seat_of_letter(first)].sign;
    MUST(envelope_sign_batch(headers, sealed, LETTERS_EACH, key, out));
    for (size_t i = 0; i < LETTERS_EACH; i++) {
        encode_submit(rig, first + i, bytes_buf(&out[i]));
        buf_wipe(&out[i]);
    }
}

void rig_write_letters(struct rig *rig)
{
    for (size_t i = 0; i < LETTERS; i++) {
        enum post_seat from = seat_of_letter(i);
        letter_write(&rig->relay.post, &rig->letters[i], from, POST_REFERRAL, 0);
        letter_seal(&rig->relay.post, &rig->letters[i]);
        if (from == SCHOOL) {
            encode_submit(rig, i, bytes_buf(&rig->letters[i].bytes));
        }
    }
    for (size_t sender = 1; sender < SENDERS; sender += 2) {
        batch_sign(rig, sender * LETTERS_EACH);
    }
}

/* ---- what the threads put into the ring ---- */

static sh_err put_bytes(struct rig *rig, enum post_seat seat, uint64_t connection,
                        struct bytes frame)
{
    SH_DEFER(submission_free) struct submission *sub = NULL;
    SH_TRY(submission_new(WORK_FRAME, frame, &sub));
    sub->connection = connection;
    memcpy(sub->curve_key, rig->relay.post.pki.seats[seat].curve_public, sizeof sub->curve_key);
    return ring_put(rig->relay.core->ring, &sub);
}

sh_err rig_put_frame(struct rig *rig, enum post_seat seat, uint64_t connection,
                     const struct frame *frame)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &bytes));
    return put_bytes(rig, seat, connection, bytes_buf(&bytes));
}

sh_err rig_put_command(struct rig *rig, enum work work, uint64_t connection)
{
    SH_DEFER(submission_free) struct submission *sub = NULL;
    SH_TRY(submission_new(work, bytes_of(NULL, 0), &sub));
    sub->connection = connection;
    return ring_put(rig->relay.core->ring, &sub);
}

/* All its letters, then the first once more, as after a lost answer. A closed ring ends it. */
void *rig_sender(void *ctx)
{
    struct sender *sender = ctx;
    for (size_t i = 0; i <= LETTERS_EACH; i++) {
        size_t at = sender->first + i % LETTERS_EACH;
        enum post_seat from = seat_of_letter(at);
        sh_err err =
            put_bytes(sender->rig, from, connection_of(from), bytes_buf(&sender->rig->frames[at]));
        if (err != SH_OK) {
            break;
        }
        sender->put++;
    }
    return NULL;
}

/* A seat that comes, asks, collects and goes, again and again. */
void *rig_visitor(void *ctx)
{
    struct rig *rig = ctx;
    struct frame hello = {.ref = 1, .type = FRAME_HELLO}, ready = {.ref = 2, .type = FRAME_READY},
                 ping = {.ref = 3, .type = FRAME_PING};
    ready.ready.credit = 1;
    for (uint64_t i = 0; i < VISITS; i++) {
        uint64_t connection = VISIT_CONNECTION + i;
        if (rig_put_frame(rig, NURSE, connection, &hello) != SH_OK ||
            rig_put_frame(rig, NURSE, connection, &ready) != SH_OK ||
            rig_put_frame(rig, NURSE, connection, &ping) != SH_OK ||
            rig_put_command(rig, WORK_GONE, connection) != SH_OK) {
            break;
        }
    }
    return NULL;
}

/* An operator who asks for health and counters, which main() answers, and for the published folder
 * anew, which ledger and publisher make together; who asked for that does not stay. */
void *rig_operator(void *ctx)
{
    const struct rig *rig = ctx;
    for (int i = 0; i < QUESTIONS; i++) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        static const char *const questions[] = {"health\n", "metrics\n", "rebuild\n"};
        static const char *const answers[] = {"ok\n", "# TYPE safehand_"};
        const char *question = questions[i % 3];
        char answer[32] = "";
        rig_must(strlen(rig->control_path) < sizeof address.sun_path,
                 "the folder's path is too long");
        memcpy(address.sun_path, rig->control_path, strlen(rig->control_path) + 1);
        SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        MUST_HOLD(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
        MUST_HOLD(send(fd, question, strlen(question), MSG_NOSIGNAL) > 0);
        if (i % 3 < 2) {
            MUST_HOLD(recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0);
            MUST_HOLD(strncmp(answer, answers[i % 3], strlen(answers[i % 3])) == 0);
        }
    }
    return NULL;
}
