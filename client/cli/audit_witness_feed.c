/* safehand audit witness --feed: carries a relay's checkpoints to a witness behind HTTP, once or
 * until it is told to end. */
#include "audit/witness_http.h"
#include "audit_witness.h"
#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>

/* False: told to end. */
static bool wait_seconds(const sigset_t *signals, unsigned seconds)
{
    const struct timespec limit = {.tv_sec = (time_t)seconds};
    int signal = 0;
    do {
        signal = sigtimedwait(signals, NULL, &limit);
    } while (signal < 0 && errno == EINTR);
    return signal < 0;
}

/* What stops a round for now is tried again; what a person must see ends it. */
static int feed(struct cli *cli, const struct witness_arguments *arguments,
                struct carrying *carrying, const struct note_verifier *who)
{
    sigset_t signals;
    int status = CLI_DONE;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (arguments->every_s > 0) {
        (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    }
    do {
        status = witness_carry_once(cli, arguments, carrying, who);
        (void)fflush(stdout);
    } while (arguments->every_s > 0 && status != CLI_PROOF &&
             wait_seconds(&signals, arguments->every_s));
    return status;
}

int witness_run_feed(struct cli *cli, const struct witness_arguments *arguments)
{
    SH_DEFER(audit_source_close) struct audit_source source = {.read = NULL};
    SH_DEFER(witness_web_close) struct witness_web *web = NULL;
    struct carrying carrying = {.source = &source};
    struct note_verifier who;
    struct sh_why why = {0};
    if (!arguments->log || !arguments->to || !arguments->witness || !arguments->out ||
        arguments->key || arguments->vkeys_len != 1) {
        return audit_usage("witness");
    }
    if (!audit_take_key(arguments->vkeys[0], &carrying.log)) {
        return CLI_USAGE;
    }
    if (cosign_verifier_parse(arguments->witness, &who) != SH_OK) {
        return cli_usage("--witness is not the key of a witness: NAME+HEX+BASE64, of algorithm 4");
    }
    sh_err err = audit_source_open(arguments->log, &source, &why);
    if (err == SH_OK) {
        err = witness_web_open(arguments->to, &who, &web, &why);
    }
    if (err != SH_OK) {
        return audit_failed(cli, err, &why);
    }
    carrying.to = witness_there(web);
    return feed(cli, arguments, &carrying, &who);
}
