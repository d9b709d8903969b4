/* safehand-gate: reads its configuration, takes its key, and runs the gate. Started by
 * safehand-relay. */
#include "base/cleanup.h"
#include "base/logline.h"
#include "config/process.h"
#include "gate/gate.h"
#include "keys/keyfile.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

/* Descriptors beside the clients': libzmq's own, the link, the log. */
enum { FILES_BESIDE = 128 };

struct arguments {
    const char *config_path;
    bool check_config;
    bool cautious;
    bool help;
    int ready_fd;
};

static const char usage[] =
    "usage: safehand-gate --config FILE [--check-config] [--cautious] [--ready-fd N]\n"
    "The relay's network side; safehand-relay starts it.\n";

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 'k'},
        {"cautious", no_argument, NULL, 'a'},     {"ready-fd", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    *out = (struct arguments){.ready_fd = -1};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            out->config_path = optarg;
            break;
        case 'k':
            out->check_config = true;
            break;
        case 'a':
            out->cautious = true;
            break;
        case 'r':
            out->ready_fd = (int)strtol(optarg, NULL, 10);
            break;
        case 'h':
            out->help = true;
            return true;
        default:
            return false;
        }
    }
    return out->config_path && optind == argc;
}

/* Blocked before there are threads, so that the loop alone hears of them. */
static sh_err open_stop_fd(int *out, struct sh_why *why)
{
    sigset_t ends;
    sigset_t blocked;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    blocked = ends;
    (void)sigaddset(&blocked, SIGHUP);
    (void)sigaddset(&blocked, SIGPIPE);
    int fd = sigprocmask(SIG_BLOCK, &blocked, NULL) == 0
                 ? signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK)
                 : -1;
    if (fd < 0) {
        return sh_fail(why, SH_E_BUG, "cannot wait for signals: %s", strerror(errno));
    }
    *out = fd;
    return SH_OK;
}

static sh_err load_secret(const struct config *config, struct secret *out, struct sh_why *why)
{
    SH_DEFER(secret_wipe) struct secret passphrase = {0};
    SH_DEFER(key_free) struct key *key = NULL;
    SH_TRY(keyfile_passphrase(config->passphrase_file, &passphrase, why));
    SH_TRY(keyfile_load(config->curve_key_file, &passphrase, KEY_TYPE_X25519, &key, why));
    return key_raw_private(key, out);
}

static sh_err run(const struct arguments *arguments, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct config *config = calloc(1, sizeof *config);
    SH_CHECK(config, SH_E_NOMEM);
    SH_TRY(config_load(arguments->config_path, config, why));
    log_open("gate", config->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    SH_TRY(process_need_files((uint64_t)config->connections_max + FILES_BESIDE, why));
    SH_DEFER(secret_wipe) struct secret curve_secret = {0};
    SH_TRY(load_secret(config, &curve_secret, why));
    if (arguments->check_config) {
        return SH_OK;
    }
    SH_DEFER(sh_closep) int stop_fd = -1;
    SH_TRY(open_stop_fd(&stop_fd, why));
    struct gate_options options = {
        .config = config,
        .curve_secret = bytes_secret(&curve_secret),
        .cautious = arguments->cautious,
        .stop_fd = stop_fd,
        .ready_fd = arguments->ready_fd,
        .clock = &clock_system,
    };
    return gate_run(&options, why);
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct sh_why why = {0};
    log_open("gate", LOG_LEVEL_INFO);
    if (!parse_arguments(argc, argv, &arguments) || arguments.help) {
        (void)fputs(usage, arguments.help ? stdout : stderr);
        return arguments.help ? 0 : 2;
    }
    sh_err err = process_harden(&why);
    err = err == SH_OK ? run(&arguments, &why) : err;
    if (err != SH_OK) {
        log_event(LOG_LEVEL_ERROR, "gate_ends", "code=%s: %s", sh_err_word(err), why.text);
    }
    return process_exit_status(err);
}
