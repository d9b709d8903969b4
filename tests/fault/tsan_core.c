/* The core's threads at work together, for ThreadSanitizer: verify workers, the ledger, the
 * publisher, and around them several threads that put frames and commands into the ring while this
 * one plays the link. Over a memory store, with a clock that this program turns. A plain main(),
 * since Criterion does not start under ThreadSanitizer. It checks that every answer comes and is
 * the right one; what races is the sanitizer's to say. It starts no process and no socket but the
 * control socket's. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/publish.h"
#include "rig.h"
#include "wire/envelope.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

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
                              .at_ms = PKI_NOW_MS + atomic_load(&rig->elapsed_ms)};
    MUST(header_hash(envelope->header, &receipt.header_sha256));
    MUST(receipt_sign(&receipt, signer->sign, &bytes));
    MUST(signed_receipt_decode(bytes_buf(&bytes), rig->relay.post.arena, &frame.receipt.receipt));
    MUST(rig_put_frame(rig, MASH, connection_of(MASH), &frame));
}

/* One at a time, since a worker reads the file when it comes to it. */
static void reload_if_due(struct rig *rig)
{
    size_t done = rig->relay.core->stats.reload_failures + rig->lists_of_keys;
    char path[PATH_MAX];
    if (rig->reloads == rig->accepted / RELOAD_EVERY || done < 1 + rig->reloads) {
        return;
    }
    pki_publish(&rig->relay.post.pki);
    MUST(path_join(path, sizeof path, rig->folder.path, "directory"));
    /* Every second one is damaged: the one before must stay in use. */
    bool good = rig->reloads++ % 2 == 1;
    struct bytes whole = bytes_buf(&rig->relay.post.pki.directory);
    MUST(file_write_atomic(path, bytes_of(whole.data, good ? whole.len : whole.len / 2), 0600,
                           NULL));
    MUST(rig_put_command(rig, WORK_RELOAD, 0));
}

static void take_accepted(struct rig *rig, const struct frame *frame)
{
    MUST_HOLD(frame->ref < LETTERS);
    MUST_HOLD(id_equal(&frame->accepted.message_id, &rig->letters[frame->ref].facts.message_id));
    (void)must_verify(&rig->relay, &frame->accepted.statement, LEAF_ACCEPTED);
    rig->accepted++;
    if (rig->accepted % TICK_EVERY == 0) {
        atomic_fetch_add(&rig->elapsed_ms, SH_SECOND_MS);
        MUST(rig_put_command(rig, WORK_TICK, 0));
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
        rig_must(frame.type == FRAME_WELCOME || frame.type == FRAME_CAUGHT_UP, "not this answer");
        break;
    }
    return SH_OK;
}

static void link_once(struct rig *rig)
{
    struct pollfd fds[] = {{.fd = outbox_fd(rig->relay.core->outbox), .events = POLLIN},
                           {.fd = control_fd(rig->control), .events = POLLIN}};
    MUST_HOLD(poll(fds, 2, POLL_MS) >= 0);
    if (fds[0].revents) {
        MUST(outbox_drain(rig->relay.core->outbox, take_record, rig, &rig->ended, &rig->reason));
    }
    if (fds[1].revents) {
        control_serve(rig->control, &rig->relay.core->stats, true);
        rig->asked++;
    }
    reload_if_due(rig);
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
    core->time.clock = rig_clock(rig);
    MUST(path_join(log_dir, sizeof log_dir, rig->folder.path, "log"));
    rig_must(publisher_start(log_dir, SH_SECOND_MS, book_verifier(core->book), &core->publisher,
                             &why) == SH_OK,
             why.text);
    MUST(rig_put_command(rig, WORK_CLEAR, 1));
    MUST(rig_put_frame(rig, MASH, connection_of(MASH), &ready));
    MUST_HOLD(pthread_create(&threads->ledger, NULL, ledger_thread, core) == 0);
    for (size_t i = 0; i < WORKERS; i++) {
        MUST_HOLD(pthread_create(&threads->workers[i], NULL, worker_thread, core) == 0);
    }
    for (size_t i = 0; i < SENDERS; i++) {
        threads->of[i] = (struct sender){.rig = rig, .first = i * LETTERS_EACH};
        MUST_HOLD(pthread_create(&threads->senders[i], NULL, rig_sender, &threads->of[i]) == 0);
    }
    MUST_HOLD(pthread_create(&threads->visitor, NULL, rig_visitor, rig) == 0);
    MUST_HOLD(pthread_create(&threads->operator, NULL, rig_operator, rig) == 0);
}

/* As main.c ends: the ring first, then all who work on it. */
static void join_threads(struct rig *rig, struct threads *threads)
{
    struct core *core = rig->relay.core;
    MUST(rig_put_command(rig, WORK_STOP, 0));
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
           rig->asked < QUESTIONS || rig->reloads < (LETTERS + SENDERS) / RELOAD_EVERY) {
        link_once(rig);
    }
    join_threads(rig, &threads);
    const struct core *core = rig->relay.core;
    for (size_t i = 0; i < SENDERS; i++) {
        MUST_HOLD(threads.of[i].put == LETTERS_EACH + 1);
    }
    MUST_HOLD(core->stats.accepted == LETTERS && core->stats.repeated == SENDERS);
    MUST_HOLD(rig->delivered == LETTERS && rig->stored == LETTERS);
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
    control_requests_to(rig->control, rig->relay.core->ring);
    rig->accepted = rig->stored = rig->asked = rig->lists_of_keys = rig->reloads = 0;
    start_threads(rig, &threads);
    while (rig->accepted < LETTERS / 2) {
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
    rig_must(control_open(rig->control_path, &rig->control, &why) == SH_OK, why.text);
    control_requests_to(rig->control, rig->relay.core->ring);
}

int main(void)
{
    static struct rig rig;
    alarm(PATIENCE_SECONDS); /* a wait without end fails, too */
    temp_dir_make(&rig.folder);
    relay_make(&rig.relay);
    write_files(&rig);
    rig_write_letters(&rig);
    run_to_the_end(&rig);
    run_and_break_off(&rig);
    for (size_t i = 0; i < LETTERS; i++) {
        letter_free(&rig.letters[i]);
        buf_wipe(&rig.frames[i]);
    }
    control_close(&rig.control);
    relay_free(&rig.relay);
    temp_dir_remove(&rig.folder);
    (void)printf("%d letters: every answer came, and a stop under way lost none\n", LETTERS);
    return 0;
}
