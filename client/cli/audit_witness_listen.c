/* safehand audit witness --listen: a witness for others, over HTTP, until it is told to end. What
 * it refuses because a log was forked it keeps, and says so. */
#include "audit/finding.h"
#include "audit/keep.h"
#include "audit/witness_serve.h"
#include "audit_witness.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/logline.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>

/* Anybody can send a genuine checkpoint with a senseless proof. */
enum { EVIDENCE_MAX = 256 };

struct listening {
    char evidence[PATH_MAX];
    bool split_seen; /* written by the service's thread, read after it has ended */
};

static unsigned count_evidence(const char *dir)
{
    unsigned count = 0;
    DIR *folder = opendir(dir);
    while (folder && readdir(folder)) {
        count++;
    }
    if (folder) {
        closedir(folder);
    }
    return count;
}

static void say(struct audit_report *report, const struct witness_answer *answer)
{
    struct audit_finding finding = {.fault = AUDIT_FAULT_CONTRADICTION};
    if (answer->verdict == WITNESS_OTHER_ROOT) {
        finding_say(&finding,
                    "a split view: the log signed two different histories of %" PRIu64 " entries",
                    answer->offered.size);
    } else {
        finding_say(&finding,
                    "no proof was given that the %" PRIu64
                    " entries cosigned before are the first of the %" PRIu64
                    " that the log signed: the proof was wrong, or the log was forked",
                    answer->remembered.size, answer->offered.size);
    }
    (void)finding_set(report, finding);
}

static void keep(struct listening *listening, const struct witness_offer *offer,
                 const struct witness_answer *answer)
{
    SH_DEFER(audit_report_wipe)
    struct audit_report report = {.note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX)};
    char folder[PATH_MAX] = "";
    const bool sure = answer->verdict == WITNESS_OTHER_ROOT;
    say(&report, answer);
    bool kept = count_evidence(listening->evidence) < EVIDENCE_MAX &&
                buf_append(&report.note, offer->note) == SH_OK &&
                audit_keep(listening->evidence, &report, bytes_buf(&answer->remembered_note),
                           folder, NULL) == SH_OK;
    listening->split_seen |= sure;
    log_event(sure ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, sure ? "split_view" : "no_proof",
              "size=%" PRIu64 " cosigned_size=%" PRIu64 " kept=%s action=\"%s\"",
              answer->offered.size, answer->remembered.size, kept ? "yes" : "no",
              sure ? "tell the partnership; do not leave it to the operator"
                   : "compare the log with what was cosigned: audit witness --log");
}

static void heard(void *ctx, sh_err err, const struct witness_offer *offer,
                  const struct witness_answer *answer)
{
    struct listening *listening = ctx;
    char origin[4 * SH_ORIGIN_BYTES_MAX];
    if (err != SH_OK) {
        log_event(LOG_LEVEL_ERROR, "not_cosigned", "reason=%s action=\"%s\"", sh_err_word(err),
                  "look at the memory of this witness, its disk and its clock");
    } else if (answer->verdict == WITNESS_COSIGNED) {
        log_event(LOG_LEVEL_INFO, "cosigned", "origin=%s size=%" PRIu64,
                  log_escape(answer->offered.origin, origin, sizeof origin), answer->offered.size);
    } else if (answer->verdict == WITNESS_OTHER_ROOT || answer->verdict == WITNESS_NO_PROOF) {
        keep(listening, offer, answer);
    }
}

static void wait_for_the_end(const sigset_t *signals)
{
    int signal = 0;
    while (sigwait(signals, &signal) != 0) {
    }
}

static sh_err serve(const struct witness_arguments *arguments, const struct witness *witness,
                    struct listening *listening, struct sh_why *why)
{
    SH_DEFER(witness_service_stop) struct witness_service *service = NULL;
    struct witness_serving serving = {.witness = witness, .heard = heard, .ctx = listening};
    uint64_t ignored = 0;
    uint16_t port = 0;
    sigset_t signals;
    if (witness_address(arguments->listen, &serving.address) != SH_OK) {
        return sh_fail(why, SH_E_USAGE, "--listen is PORT, ADDRESS:PORT or [ADDRESS]:PORT");
    }
    /* Its memory must be there before anybody asks. */
    SH_TRY(witness_remembered_size(witness, witness->logs[0].name, &ignored, why));
    SH_TRY(path_join(listening->evidence, sizeof listening->evidence, witness->memory, "evidence"));
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    SH_CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0, SH_E_BUG);
    SH_TRY(witness_service_start(&serving, &service, &port, why));
    printf("Listening on port %u as %s.\n", port, witness->name);
    (void)fflush(stdout);
    wait_for_the_end(&signals);
    return SH_OK;
}

int witness_run_listen(struct cli *cli, const struct witness_arguments *arguments)
{
    SH_DEFER(witness_seat_wipe) struct witness_seat seat = {.key = NULL};
    struct listening listening = {.split_seen = false};
    struct sh_why why = {0};
    if (!arguments->key || arguments->log || arguments->out || arguments->vkeys_len == 0) {
        return audit_usage("witness");
    }
    int status = witness_seat_open(cli, arguments, &seat);
    if (status != CLI_DONE) {
        return status;
    }
    log_open("witness", LOG_LEVEL_INFO);
    sh_err err = serve(arguments, &seat.witness, &listening, &why);
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    return listening.split_seen ? CLI_PROOF : CLI_DONE;
}
