/* The core's threads at work together, for ThreadSanitizer: verify workers, the ledger, the
 * publisher, and around them several threads that put frames and commands into the ring while this
 * one plays the link. Over a memory store, with a clock that this program turns. A plain main(),
 * since Criterion does not start under ThreadSanitizer. It checks that every answer comes and is
 * the right one; what races is the sanitizer's to say. It starts no process and no socket but the
 * control socket's. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/control.h"
#include "core/publish.h"
#include "support/relay.h"
#include "support/temp.h"
#include "wire/envelope.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    WORKERS = 2,
    SENDERS = 4,
    LETTERS_EACH = 40,
    LETTERS = SENDERS * LETTERS_EACH,
    VISITS = 60,           /* short connections of the nurse's seat */
    VISIT_CONNECTION = 100, /* the first of them */
    QUESTIONS = 20,        /* on the control socket */
    TICK_EVERY = 8,        /* answers */
    RELOAD_EVERY = 40,
    PATIENCE_SECONDS = 300,
};

/* Threads read what main() made before them; what they share while they run is marked. */
struct rig {
    struct relay relay;
    struct temp_dir folder;
    struct letter letters[LETTERS];
    struct buf frames[LETTERS]; /* SUBMIT, `ref` is the letter's position */
    _Atomic int64_t elapsed_ms; /* shared: the clock */
    struct control *control;
    char control_path[PATH_MAX];
    /* The link thread's, which is main()'s. */
    size_t accepted, delivered, stored, pongs, asked, lists_of_keys, reloads;
    bool ended;
    sh_err reason;
};

struct sender {
    struct rig *rig;
    size_t first; /* its letters are first to first + LETTERS_EACH - 1 */
    size_t put;   /* read after it was joined */
};

static void must(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "tsan_core: %s\n", what);
        abort();
    }
}
#define MUST(call)      must((call) == SH_OK, #call)
#define MUST_HOLD(cond) must((cond), #cond)

/* ---- the clock ---- */

static int64_t rig_now_ms(void *ctx)
{
    return PKI_NOW_MS + atomic_load(&((struct rig *)ctx)->elapsed_ms);
}

static int64_t rig_boot_ms(void *ctx)
{
    return ((struct rig *)ctx)->relay.boot_ms + atomic_load(&((struct rig *)ctx)->elapsed_ms);
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

static void write_letters(struct rig *rig)
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

static sh_err put_frame(struct rig *rig, enum post_seat seat, uint64_t connection,
                        const struct frame *frame)
{
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_FRAME_BYTES_MAX);
    MUST(frame_encode(frame, &bytes));
    return put_bytes(rig, seat, connection, bytes_buf(&bytes));
}

static sh_err put_command(struct rig *rig, enum work work, uint64_t connection)
{
    SH_DEFER(submission_free) struct submission *sub = NULL;
    SH_TRY(submission_new(work, bytes_of(NULL, 0), &sub));
    sub->connection = connection;
    return ring_put(rig->relay.core->ring, &sub);
}

/* All its letters, then the first once more, as after a lost answer. A closed ring ends it. */
static void *sender_thread(void *ctx)
{
    struct sender *sender = ctx;
    for (size_t i = 0; i <= LETTERS_EACH; i++) {
        size_t at = sender->first + i % LETTERS_EACH;
        enum post_seat from = seat_of_letter(at);
        sh_err err = put_bytes(sender->rig, from, connection_of(from),
                               bytes_buf(&sender->rig->frames[at]));
        if (err != SH_OK) {
            break;
        }
        sender->put++;
    }
    return NULL;
}

/* A seat that comes, asks, collects and goes, again and again. */
static void *visitor_thread(void *ctx)
{
    struct rig *rig = ctx;
    struct frame hello = {.ref = 1, .type = FRAME_HELLO}, ready = {.ref = 2, .type = FRAME_READY},
                 ping = {.ref = 3, .type = FRAME_PING};
    ready.ready.credit = 1;
    for (uint64_t i = 0; i < VISITS; i++) {
        uint64_t connection = VISIT_CONNECTION + i;
        if (put_frame(rig, NURSE, connection, &hello) != SH_OK ||
            put_frame(rig, NURSE, connection, &ready) != SH_OK ||
            put_frame(rig, NURSE, connection, &ping) != SH_OK ||
            put_command(rig, WORK_GONE, connection) != SH_OK) {
            break;
        }
    }
    return NULL;
}

/* An operator who asks for health and counters; main() answers. */
static void *operator_thread(void *ctx)
{
    const struct rig *rig = ctx;
    for (int i = 0; i < QUESTIONS; i++) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const char *question = i % 2 ? "health\n" : "metrics\n";
        char answer[32] = "";
        must(strlen(rig->control_path) < sizeof address.sun_path, "the folder's path is too long");
        memcpy(address.sun_path, rig->control_path, strlen(rig->control_path) + 1);
        SH_DEFER(sh_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        MUST_HOLD(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
        MUST_HOLD(send(fd, question, strlen(question), MSG_NOSIGNAL) > 0);
        MUST_HOLD(recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0);
        MUST_HOLD(strncmp(answer, i % 2 ? "ok\n" : "# TYPE safehand_", i % 2 ? 3 : 16) == 0);
    }
    return NULL;
}

/* ---- the link thread ---- */

static void give_delivered(struct rig *rig, const struct envelope *envelope)
{
    const struct pki_seat *signer = &rig->relay.post.pki.seats[MASH];
    SH_DEFER(buf_wipe) struct buf bytes = BUF_INIT(SH_RECEIPT_BYTES_MAX * 2);
    struct frame frame = {.ref = 9, .type = FRAME_RECEIPT};
    struct header header;
    MUST(header_decode(envelope->header, rig->relay.post.arena, &header));
    struct receipt receipt = {.type = RECEIPT_DELIVERED,
                              .message_id = header.facts.message_id,
                              .by = signer->address,
                              .seat = signer->hash,
                              .at_ms = rig_now_ms(rig)};
    MUST(header_hash(envelope->header, &receipt.header_sha256));
    MUST(receipt_sign(&receipt, signer->sign, &bytes));
    MUST(signed_receipt_decode(bytes_buf(&bytes), rig->relay.post.arena, &frame.receipt.receipt));
    MUST(put_frame(rig, MASH, connection_of(MASH), &frame));
}

static void reload(struct rig *rig)
{
    char path[PATH_MAX];
    pki_publish(&rig->relay.post.pki);
    MUST(path_join(path, sizeof path, rig->folder.path, "directory"));
    /* Every second one is damaged: the one before must stay in use. */
    bool good = rig->reloads++ % 2 == 1;
    struct bytes whole = bytes_buf(&rig->relay.post.pki.directory);
    MUST(file_write_atomic(path, bytes_of(whole.data, good ? whole.len : whole.len / 2), 0600,
                           NULL));
    MUST(put_command(rig, WORK_RELOAD, 0));
}

static void take_accepted(struct rig *rig, const struct frame *frame)
{
    MUST_HOLD(frame->ref < LETTERS);
    MUST_HOLD(
        id_equal(&frame->accepted.message_id, &rig->letters[frame->ref].facts.message_id));
    (void)must_verify(&rig->relay, &frame->accepted.statement, LEAF_ACCEPTED);
    rig->accepted++;
    if (rig->accepted % TICK_EVERY == 0) {
        atomic_fetch_add(&rig->elapsed_ms, SH_SECOND_MS);
        MUST(put_command(rig, WORK_TICK, 0));
    }
    if (rig->accepted % RELOAD_EVERY == 0) {
        reload(rig);
    }
}

static sh_err take_record(void *ctx, const struct link_record *record)
{
    struct rig *rig = ctx;
    struct frame frame;
    if (record->type != LINK_SEND) {
        rig->lists_of_keys += record->type == LINK_KEYS;
        return SH_OK;
    }
    MUST(frame_decode(record->payload, rig->relay.post.arena, &frame));
    switch (frame.type) {
    case FRAME_ACCEPTED:
        take_accepted(rig, &frame);
        break;
    case FRAME_DELIVER:
        if (record->connection == connection_of(MASH)) {
            rig->delivered++;
            give_delivered(rig, &frame.deliver.envelope);
        }
        break;
    case FRAME_RECEIPT_STORED:
        rig->stored++;
        break;
    case FRAME_PONG:
        rig->pongs++;
        break;
    default:
        must(frame.type == FRAME_WELCOME || frame.type == FRAME_CAUGHT_UP, "not this answer");
        break;
    }
    return SH_OK;
}

static void link_once(struct rig *rig)
{
    struct pollfd fds[] = {{.fd = outbox_fd(rig->relay.core->outbox), .events = POLLIN},
                           {.fd = control_fd(rig->control), .events = POLLIN}};
    MUST_HOLD(poll(fds, 2, -1) > 0);
    if (fds[0].revents) {
        MUST(outbox_drain(rig->relay.core->outbox, take_record, rig, &rig->ended, &rig->reason));
    }
    if (fds[1].revents) {
        control_serve(rig->control, &rig->relay.core->stats, true);
        rig->asked++;
    }
}

/* ---- a run ---- */

struct threads {
    pthread_t ledger, workers[WORKERS], senders[SENDERS], visitor, operator;
    struct sender of[SENDERS];
};

static void start_threads(struct rig *rig, struct threads *threads)
{
    struct core *core = rig->relay.core;
    struct sh_why why = {0};
    struct frame ready = {.ref = 1, .type = FRAME_READY};
    char log_dir[PATH_MAX];
    ready.ready.credit = SH_CREDIT_MAX;
    core->time.clock = (struct clock){.now_ms = rig_now_ms, .boot_ms = rig_boot_ms, .ctx = rig};
    MUST(path_join(log_dir, sizeof log_dir, rig->folder.path, "log"));
    must(publisher_start(log_dir, SH_SECOND_MS, book_verifier(core->book), &core->publisher,
                         &why) == SH_OK,
         why.text);
    MUST(put_command(rig, WORK_CLEAR, 1));
    MUST(put_frame(rig, MASH, connection_of(MASH), &ready));
    MUST_HOLD(pthread_create(&threads->ledger, NULL, ledger_thread, core) == 0);
    for (size_t i = 0; i < WORKERS; i++) {
        MUST_HOLD(pthread_create(&threads->workers[i], NULL, worker_thread, core) == 0);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        threads->of[i] = (struct sender){.rig = rig, .first = i * LETTERS_EACH};
        MUST_HOLD(
            pthread_create(&threads->senders[i], NULL, sender_thread, &threads->of[i]) == 0);
    }
    MUST_HOLD(pthread_create(&threads->visitor, NULL, visitor_thread, rig) == 0);
    MUST_HOLD(pthread_create(&threads->operator, NULL, operator_thread, rig) == 0);
}

/* As main.c ends: the ring first, then all who work on it. */
static void join_threads(struct rig *rig, struct threads *threads)
{
    struct core *core = rig->relay.core;
    MUST(put_command(rig, WORK_STOP, 0));
    while (!rig->ended || rig->asked < QUESTIONS) {
        link_once(rig);
    }
    MUST(rig->reason);
    ring_close(core->ring);
    for (size_t i = 0; i < SENDERS; i++) {
        pthread_join(threads->senders[i], NULL);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        pthread_join(threads->workers[i], NULL);
    }
    pthread_join(threads->visitor, NULL);
    pthread_join(threads->operator, NULL);
    pthread_join(threads->ledger, NULL);
    MUST(publish_all(core->publisher, core));
    publisher_stop(&core->publisher);
}

/* What was published is what was committed. */
static void check_published(const struct rig *rig)
{
    char path[PATH_MAX], log_dir[PATH_MAX];
    struct checkpoint checkpoint;
    struct note_verifier verifier = post_verifier(&rig->relay.post);
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    MUST(path_join(log_dir, sizeof log_dir, rig->folder.path, "log"));
    MUST(path_join(path, sizeof path, log_dir, "checkpoint"));
    MUST(file_read(path, &note, NULL));
    MUST(checkpoint_verify(bytes_buf(&note), &verifier, &checkpoint));
    MUST_HOLD(checkpoint.size == book_size(rig->relay.core->book));
}

/* Everything is put, and everything must be answered. */
static void run_to_the_end(struct rig *rig)
{
    struct threads threads;
    start_threads(rig, &threads);
    while (rig->accepted < LETTERS + SENDERS || rig->stored < LETTERS || rig->pongs < VISITS ||
           rig->asked < QUESTIONS) {
        link_once(rig);
    }
    join_threads(rig, &threads);
    const struct core *core = rig->relay.core;
    for (size_t i = 0; i < SENDERS; i++) {
        MUST_HOLD(threads.of[i].put == LETTERS_EACH + 1);
    }
    MUST_HOLD(core->stats.accepted == LETTERS && core->stats.repeated == SENDERS);
    MUST_HOLD(rig->delivered == LETTERS && rig->stored == LETTERS);
    MUST_HOLD(rig->reloads == (LETTERS + SENDERS) / RELOAD_EVERY);
    MUST_HOLD(core->stats.reload_failures == (rig->reloads + 1) / 2);
    MUST_HOLD(rig->lists_of_keys == 1 + rig->reloads / 2);
    MUST_HOLD(directory_serial(core->loaded->directory) == rig->relay.post.pki.serial);
    check_published(rig);
}

/* The end comes while much waits: what was answered is in the log, the rest is dropped in order. */
static void run_and_break_off(struct rig *rig)
{
    struct threads threads;
    struct store *store = NULL;
    MUST(store_open_memory(&store));
    relay_restart(&rig->relay, store);
    rig->accepted = rig->stored = rig->asked = 0;
    start_threads(rig, &threads);
    while (rig->accepted < LETTERS / 8) {
        link_once(rig);
    }
    join_threads(rig, &threads);
    const struct stats *stats = &rig->relay.core->stats;
    MUST_HOLD(stats->accepted + stats->repeated == rig->accepted);
    check_published(rig);
}

static void write_files(struct rig *rig)
{
    SH_DEFER(buf_wipe) struct buf pem = BUF_INIT(SH_CERTIFICATE_BYTES_MAX * 2);
    struct config *config = &rig->relay.config;
    struct sh_why why = {0};
    MUST(certificate_to_pem(rig->relay.post.pki.root, &pem));
    MUST(path_join(config->root_file, sizeof config->root_file, rig->folder.path, "root.pem"));
    MUST(path_join(config->directory_file, sizeof config->directory_file, rig->folder.path,
                   "directory"));
    (void)snprintf(config->policy_file, sizeof config->policy_file, "%s",
                   SH_SOURCE_DIR "/relay/dist/policy-england.yaml");
    MUST(file_write_atomic(config->root_file, bytes_buf(&pem), 0600, NULL));
    MUST(path_join(rig->control_path, sizeof rig->control_path, rig->folder.path, "control.sock"));
    must(control_open(rig->control_path, &rig->control, &why) == SH_OK, why.text);
}

int main(void)
{
    static struct rig rig;
    alarm(PATIENCE_SECONDS); /* a wait without end fails, too */
    temp_dir_make(&rig.folder);
    relay_make(&rig.relay);
    write_files(&rig);
    write_letters(&rig);
    run_to_the_end(&rig);
    run_and_break_off(&rig);
    for (size_t i = 0; i < LETTERS; i++) {
        letter_free(&rig.letters[i]);
        buf_wipe(&rig.frames[i]);
    }
    control_close(&rig.control);
    relay_free(&rig.relay);
    temp_dir_remove(&rig.folder);
    (void)printf("%d letters, %zu reloads: every answer came, and a stop under way lost none\n",
                 LETTERS, rig.reloads);
    return 0;
}
