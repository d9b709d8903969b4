/* safehand-core: the process with the database, the log and its key, the policy and the clocks, and
 * no network socket. This thread is step 1, intake: it moves records between the link and the ring
 * and serves the control socket. It decides nothing. */
#include "base/cleanup.h"
#include "base/files.h"
#include "base/logline.h"
#include "config/config.h"
#include "config/process.h"
#include "core/check_command.h"
#include "core/control.h"
#include "core/copy_command.h"
#include "core/cosigned.h"
#include "core/ledger.h"
#include "core/lost.h"
#include "core/publish.h"
#include "core/start.h"
#include "link/link.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    WORKERS_MAX = 16,
    EXIT_USAGE = 2,
    EXIT_DIFFERS = 4,
    LINK_KEY_BYTES = 32,
    /* Answers that the gate has not taken yet: past the first what comes next stays in the outbox,
     * past the second nothing more is asked of the gate until they have gone. */
    LINK_PENDING_MAX = 16 * 1024 * 1024,
    OUTBOX_WAITING_MAX = 32 * 1024 * 1024,
};

struct intake {
    struct core *core;
    int listen_fd, signal_fd, timer_fd;
    struct link *link;          /* NULL: no gate */
    uint64_t epoch;             /* which gate; answers to those before are dropped */
    bool keys_sent;             /* this gate has its keys: from then on answers are for it */
    struct submission *stalled; /* the ring was full: reading the link waits until this one is in */
    struct control *control;
    bool ending;
    sh_err reason;
};

static sh_err put_command(struct intake *intake, enum work work, uint64_t connection)
{
    SH_DEFER(submission_free) struct submission *sub = NULL;
    SH_TRY(submission_new(work, bytes_of(NULL, 0), &sub));
    sub->connection = connection;
    return ring_put(intake->core->ring, &sub);
}

static void drop_link(struct intake *intake)
{
    link_close(&intake->link);
    log_event(LOG_LEVEL_WARN, "gate_gone", "epoch=%llu", (unsigned long long)intake->epoch);
}

static sh_err accept_gate(struct intake *intake)
{
    struct link *fresh = NULL;
    sh_err err = link_accept(intake->listen_fd, &fresh);
    if (err != SH_OK) {
        return err == SH_E_EMPTY ? SH_OK : err;
    }
    link_close(&intake->link);
    intake->link = fresh;
    intake->epoch++;
    intake->keys_sent = false;
    submission_free(&intake->stalled);
    intake->core->stats.gate_restarts++;
    log_event(LOG_LEVEL_INFO, "gate_connected", "epoch=%llu", (unsigned long long)intake->epoch);
    return put_command(intake, WORK_CLEAR, intake->epoch);
}

/* SH_E_BUSY: the ring is full and it is kept in intake->stalled. */
static sh_err put_or_stall(struct intake *intake, struct submission **sub_p)
{
    sh_err err = ring_put(intake->core->ring, sub_p);
    if (err == SH_E_BUSY) {
        intake->stalled = *sub_p;
        *sub_p = NULL;
    }
    return err;
}

static sh_err take_gone(struct intake *intake, uint64_t connection)
{
    SH_DEFER(submission_free) struct submission *sub = NULL;
    SH_TRY(submission_new(WORK_GONE, bytes_of(NULL, 0), &sub));
    sub->connection = connection;
    return put_or_stall(intake, &sub);
}

/* SH_E_BUSY: the ring is full and the record is kept in intake->stalled. */
static sh_err take_record(struct intake *intake, const struct link_record *record)
{
    if (record->type == LINK_GONE) {
        return take_gone(intake, record->connection);
    }
    /* A seat may send an empty frame: verify.c refuses it. It is no reason to give up the gate. */
    SH_CHECK(record->type == LINK_FRAME && record->payload.len >= LINK_KEY_BYTES, SH_E_FORMAT);
    SH_CHECK(record->payload.len <= LINK_KEY_BYTES + SH_FRAME_BYTES_MAX, SH_E_TOO_BIG);
    SH_DEFER(submission_free) struct submission *sub = NULL;
    struct bytes frame =
        bytes_of(record->payload.data + LINK_KEY_BYTES, record->payload.len - LINK_KEY_BYTES);
    SH_TRY(submission_new(WORK_FRAME, frame, &sub));
    sub->connection = record->connection;
    memcpy(sub->curve_key, record->payload.data, LINK_KEY_BYTES);
    return put_or_stall(intake, &sub);
}

static void read_link(struct intake *intake)
{
    struct link_record record;
    sh_err err = SH_OK;
    if (intake->stalled && ring_put(intake->core->ring, &intake->stalled) != SH_OK) {
        return;
    }
    for (;;) {
        while (err == SH_OK && (err = link_next(intake->link, &record)) == SH_OK) {
            err = take_record(intake, &record);
        }
        if (err == SH_E_EMPTY) {
            err = link_read(intake->link);
        }
        if (err == SH_E_EMPTY || err == SH_E_BUSY) {
            return;
        }
        if (err != SH_OK) {
            drop_link(intake);
            return;
        }
    }
}

static sh_err send_record(void *ctx, const struct link_record *record)
{
    struct intake *intake = ctx;
    if (record->type == LINK_KEYS && record->connection == intake->epoch) {
        intake->keys_sent = true;
    }
    /* What was meant for connections of a gate that is gone must not reach those of the new one. */
    if (!intake->link || !intake->keys_sent) {
        return SH_OK;
    }
    SH_CHECK(link_pending(intake->link) <= LINK_PENDING_MAX, SH_E_BUSY);
    sh_err err = link_write(intake->link, record->type, record->connection, record->payload,
                            bytes_of(NULL, 0));
    if (err != SH_OK) {
        drop_link(intake);
    }
    return SH_OK;
}

static sh_err drain_outbox(struct intake *intake)
{
    bool end = false;
    sh_err reason = SH_OK;
    SH_TRY(outbox_drain(intake->core->outbox, send_record, intake, &end, &reason));
    if (end) {
        intake->ending = true;
        intake->reason = reason;
    }
    return SH_OK;
}

static sh_err take_signal(struct intake *intake)
{
    struct signalfd_siginfo info;
    if (read(intake->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return SH_OK;
    }
    if (info.ssi_signo == SIGHUP) {
        return put_command(intake, WORK_RELOAD, 0);
    }
    log_event(LOG_LEVEL_INFO, "stopping", "signal=%u", info.ssi_signo);
    return put_command(intake, WORK_STOP, 0);
}

static sh_err take_tick(struct intake *intake)
{
    uint64_t ticks = 0;
    ssize_t got = read(intake->timer_fd, &ticks, sizeof ticks);
    (void)got;
    /* The ledger is busy with a long commit: the next tick finds what this one would have. */
    sh_err err = put_command(intake, WORK_TICK, 0);
    return err == SH_E_BUSY ? SH_OK : err;
}

static sh_err serve_once(struct intake *intake)
{
    size_t waiting = outbox_waiting(intake->core->outbox);
    bool behind = waiting > OUTBOX_WAITING_MAX;
    /* What waits and can go on needs no event to begin. */
    bool can_send = !intake->link || link_pending(intake->link) <= LINK_PENDING_MAX;
    short link_events = intake->stalled || behind ? 0 : POLLIN;
    if (intake->link && link_pending(intake->link)) {
        link_events |= POLLOUT;
    }
    struct pollfd fds[] = {
        {.fd = intake->signal_fd, .events = POLLIN},
        {.fd = intake->timer_fd, .events = POLLIN},
        {.fd = outbox_fd(intake->core->outbox), .events = POLLIN},
        {.fd = intake->listen_fd, .events = POLLIN},
        {.fd = control_fd(intake->control), .events = POLLIN},
        {.fd = intake->link ? link_fd(intake->link) : -1, .events = link_events},
    };
    if (poll(fds, sizeof fds / sizeof fds[0], waiting && can_send ? 0 : 1000) < 0) {
        SH_CHECK(errno == EINTR, SH_E_BUG);
        return SH_OK;
    }
    SH_TRY(fds[0].revents ? take_signal(intake) : SH_OK);
    SH_TRY(fds[1].revents ? take_tick(intake) : SH_OK);
    SH_TRY(fds[2].revents || outbox_waiting(intake->core->outbox) ? drain_outbox(intake) : SH_OK);
    SH_TRY(fds[3].revents ? accept_gate(intake) : SH_OK);
    if (fds[4].revents) {
        control_serve(intake->control, &intake->core->stats, intake->link != NULL);
    }
    /* A new gate may have taken the place of the one that poll looked at: reading it finds nothing,
     * and that is fine. */
    if (intake->link &&
        (fds[5].revents & (POLLIN | POLLHUP | POLLERR) || (intake->stalled && !behind))) {
        read_link(intake);
    }
    if (intake->link && link_flush(intake->link) != SH_OK) {
        drop_link(intake);
    }
    return SH_OK;
}

static sh_err open_descriptors(struct intake *intake, const struct config *config,
                               struct sh_why *why)
{
    char path[PATH_MAX];
    sigset_t signals;
    struct itimerspec second = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    /* Before any thread starts, so that none of them takes a signal. */
    SH_CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0, SH_E_BUG);
    intake->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    intake->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    SH_CHECK(intake->signal_fd >= 0 && intake->timer_fd >= 0, SH_E_IO);
    SH_CHECK(timerfd_settime(intake->timer_fd, 0, &second, NULL) == 0, SH_E_IO);
    SH_TRY(path_join(path, sizeof path, config->state_dir, "control.sock"));
    SH_TRY(control_open(path, &intake->control, why));
    control_requests_to(intake->control, intake->core->ring);
    SH_TRY(path_join(path, sizeof path, config->state_dir, "link.sock"));
    return link_listen(path, &intake->listen_fd, why);
}

static void close_descriptors(struct intake *intake)
{
    control_close(&intake->control);
    link_close(&intake->link);
    submission_free(&intake->stalled);
    sh_closep(&intake->listen_fd);
    sh_closep(&intake->signal_fd);
    sh_closep(&intake->timer_fd);
}

static sh_err run_threads(struct intake *intake, const struct config *config)
{
    struct core *core = intake->core;
    pthread_t workers[WORKERS_MAX], ledger;
    size_t workers_len = 0;
    sh_err err = pthread_create(&ledger, NULL, ledger_thread, core) == 0 ? SH_OK : SH_E_NOMEM;
    SH_TRY(err);
    for (; workers_len < (size_t)config->verify_workers && workers_len < WORKERS_MAX;
         workers_len++) {
        if (pthread_create(&workers[workers_len], NULL, worker_thread, core) != 0) {
            err = SH_E_NOMEM;
            break;
        }
    }
    while (err == SH_OK && !intake->ending) {
        err = serve_once(intake);
    }
    if (err == SH_OK && intake->link) {
        err = link_flush(intake->link);
    }
    ring_close(core->ring);
    for (size_t i = 0; i < workers_len; i++) {
        pthread_join(workers[i], NULL);
    }
    pthread_join(ledger, NULL);
    return err == SH_OK ? intake->reason : err;
}

static sh_err start_publishing(struct core *core, struct sh_why *why)
{
    const struct config *config = core->config;
    SH_TRY(publisher_start(config->log_dir, config->publish_interval_ms, book_verifier(core->book),
                           &core->publisher, why));
    SH_TRY(cosigned_new(config->witness_dir, book_verifier(core->book), &core->cosigned));
    cosigned_set(core->cosigned, core->loaded->directory, policy_witnesses(core->loaded->policy),
                 clock_now_ms(&clock_system));
    publisher_use_cosigned(core->publisher, core->cosigned);
    return SH_OK;
}

static sh_err serve(const struct config *config, struct sh_why *why)
{
    SH_DEFER(close_descriptors)
    struct intake intake = {.listen_fd = -1, .signal_fd = -1, .timer_fd = -1};
    SH_DEFER(core_free) struct core *core = NULL;
    SH_TRY(core_new(config, &core, why));
    intake.core = core;
    SH_TRY(open_descriptors(&intake, config, why));
    /* What was published of a lost log stays as it is until somebody has accepted the loss. */
    SH_TRY(core_is_closed(core) ? SH_OK : start_publishing(core, why));
    SH_TRY(ledger_start(core));
    log_event(core_is_closed(core) ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
              core_is_closed(core) ? "restoring" : "serving",
              "log_size=%llu directory=%llu policy=%s", (unsigned long long)book_size(core->book),
              (unsigned long long)directory_serial(core->loaded->directory),
              policy_name(core->loaded->policy));
    sh_err err = run_threads(&intake, config);
    if (err == SH_OK && core->publisher) {
        err = publish_all(core->publisher, core);
    }
    publisher_stop(&core->publisher);
    cosigned_free(&core->cosigned);
    return err;
}

static int usage(FILE *to, int code)
{
    fputs("safehand-core --config FILE [--check-config] [--clock-checked]\n"
          "safehand-core --config FILE --check-database FILE [--tree-only] [--json]\n"
          "safehand-core --config FILE --mark-copy FILE\n"
          "The relay's core. It is started by safehand-relay, which see.\n",
          to);
    return code;
}

struct arguments {
    const char *config_path;
    bool check_config, clock_checked, help;
    struct check_arguments database; /* path NULL: none is to be checked */
    const char *copy;                /* to be marked; NULL: none */
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"check-config", no_argument, NULL, 'k'},
                                            {"clock-checked", no_argument, NULL, 't'},
                                            {"check-database", required_argument, NULL, 'd'},
                                            {"tree-only", no_argument, NULL, 'r'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"mark-copy", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        out->config_path = option == 'c' ? optarg : out->config_path;
        out->copy = option == 'm' ? optarg : out->copy;
        out->database.path = option == 'd' ? optarg : out->database.path;
        out->check_config |= option == 'k';
        out->clock_checked |= option == 't';
        out->database.tree_only |= option == 'r';
        out->database.json |= option == 'j';
        out->help |= option == 'h';
        if (option == '?') {
            return false;
        }
    }
    return out->help || (out->config_path && optind == argc);
}

static sh_err run(const struct arguments *arguments, bool *out_differs, struct sh_why *why)
{
    static struct config config;
    SH_TRY(process_harden(why));
    SH_TRY(config_load(arguments->config_path, &config, why));
    config.clock_checked |= arguments->clock_checked;
    log_open("core", config.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    if (arguments->database.path) {
        return check_command(&config, &arguments->database, out_differs, why);
    }
    if (arguments->copy) {
        return copy_command(&config, arguments->copy, why);
    }
    return arguments->check_config ? core_check_config(&config, why) : serve(&config, why);
}

static void tell(const struct arguments *arguments, sh_err err, const char *detail)
{
    const char *why = detail[0] ? detail : sh_err_sentence(err);
    if (arguments->database.path || arguments->copy) {
        (void)fprintf(stderr, "safehand-relay: %s: %s\n",
                      arguments->copy ? "the copy was not taken" : "it could not be checked", why);
        return;
    }
    log_event(LOG_LEVEL_ERROR, arguments->check_config ? "config_refused" : "not_serving",
              "code=%s why=\"%s\"", sh_err_word(err), why);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct sh_why why = {0};
    bool differs = false;
    if (!parse_arguments(argc, argv, &arguments)) {
        return usage(stderr, EXIT_USAGE);
    }
    if (arguments.help) {
        return usage(stdout, EXIT_SUCCESS);
    }
    log_open("core", LOG_LEVEL_INFO);
    sh_err err = run(&arguments, &differs, &why);
    if (err != SH_OK) {
        tell(&arguments, err, why.text);
    }
    return differs ? EXIT_DIFFERS : process_exit_status(err);
}
