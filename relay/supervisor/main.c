/* safehand-relay: the supervisor, and the few things that an administrator does before there is a
 * relay to supervise. */
#include "base/cleanup.h"
#include "base/logline.h"
#include "child.h"
#include "config/config.h"
#include "config/process.h"
#include "make_keys.h"
#include "operate.h"
#include "supervise.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/wait.h>

enum command {
    COMMAND_RUN,
    COMMAND_CHECK,
    COMMAND_MAKE_KEYS,
    COMMAND_PRINT,
    COMMAND_VERSION,
    COMMAND_HELP,
};

struct arguments {
    enum command command;
    const char *config_path;
    bool clock_checked;
    unsigned scrypt_p;
};

static const char usage[] =
    "usage: safehand-relay --config FILE [--clock-checked]\n"
    "       safehand-relay --config FILE --check-config\n"
    "       safehand-relay --config FILE --make-keys [--scrypt-p P]\n"
    "       safehand-relay --print-config | --version | --help\n"
    "       safehand-relay backup FILE [--config FILE] [--json]\n"
    "       safehand-relay log check [--database FILE] [--scratch DIR] [--config FILE] [--json]\n"
    "       safehand-relay log rebuild [--config FILE] [--json]\n"
    "       safehand-relay restore FILE [--config FILE]\n"
    "       safehand-relay restore status [--config FILE] [--json]\n"
    "       safehand-relay restore --accept-loss CODE [--config FILE] [--json]\n"
    "\n"
    "  --config FILE    the relay's configuration\n"
    "  --clock-checked  a person has looked: the machine's clock is right\n"
    "  --check-config   read everything that the relay reads at its start, then stop\n"
    "  --make-keys      make the CURVE key and the log's key if they are missing, and print\n"
    "                   their public halves\n"
    "  --scrypt-p P     with --make-keys: cost of a guess at the passphrase, 1 to 8 (8)\n"
    "  --print-config   an example configuration, with every key explained\n"
    "  backup           a copy of the database of a relay that serves, checked\n"
    "  log check        compare every row that states a fact with the log\n"
    "  log rebuild      write the published folder again from the database\n"
    "  restore FILE     put an older copy in place; the relay then starts closed, and collects\n"
    "                   what others know of what is missing from it\n"
    "  restore status   what is known to be missing, and the code of that loss\n"
    "  --accept-loss C  with restore: a person accepts the loss of this code; a new log begins\n"
    "  --database FILE  with log check: a backup, instead of the relay's database\n"
    "  --scratch DIR    with log check: where the copy that is read is put for the while\n"
    "\n"
    "SIGHUP loads policy and directory again; SIGTERM stops the relay in good order.\n"
    "Exit status: 0 stopped as asked, 1 failed, 2 wrong use, 4 a difference was found,\n"
    "78 a person must mend something.\n"
    "\n"
    "Keys of the configuration:\n";

static bool parse_number(const char *text, unsigned most, unsigned *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    bool good = text[0] >= '1' && text[0] <= '9' && *end == '\0' && value <= most;
    *out = good ? (unsigned)value : 0;
    return good;
}

static bool take_option(int option, struct arguments *out)
{
    switch (option) {
    case 'c':
        out->config_path = optarg;
        return true;
    case 't':
        out->clock_checked = true;
        return true;
    case 'p':
        return parse_number(optarg, 8, &out->scrypt_p);
    case 'k':
        out->command = COMMAND_CHECK;
        return true;
    case 'm':
        out->command = COMMAND_MAKE_KEYS;
        return true;
    case 'e':
        out->command = COMMAND_PRINT;
        return true;
    case 'v':
        out->command = COMMAND_VERSION;
        return true;
    case 'h':
        out->command = COMMAND_HELP;
        return true;
    default:
        return false;
    }
}

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"clock-checked", no_argument, NULL, 't'},
        {"check-config", no_argument, NULL, 'k'},
        {"make-keys", no_argument, NULL, 'm'},
        {"scrypt-p", required_argument, NULL, 'p'},
        {"print-config", no_argument, NULL, 'e'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    *out = (struct arguments){.command = COMMAND_RUN, .scrypt_p = 8};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!take_option(option, out)) {
            return false;
        }
    }
    bool needs_config = out->command <= COMMAND_MAKE_KEYS;
    return optind == argc && (out->config_path || !needs_config);
}

/* Core and gate read what is theirs: directory, policy and log key here, CURVE key and limits
 * there. */
static sh_err check_with(const char *name, const struct arguments *arguments,
                         const struct config *config, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct child *child = calloc(1, sizeof *child);
    SH_CHECK(child, SH_E_NOMEM);
    SH_TRY(child_init(child, name, config->state_dir, why));
    struct child_start start = {.arguments = {"--config", arguments->config_path, "--check-config"},
                                .keep_fds = {-1, -1}};
    int status = 0;
    SH_TRY(child_run(child, &start, &status, why));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return sh_fail(why, SH_E_CONFIG, "safehand-%s found a mistake; it said which above", name);
    }
    return SH_OK;
}

static sh_err check(const struct arguments *arguments, const struct config *config,
                    struct sh_why *why)
{
    SH_TRY(check_with("core", arguments, config, why));
    SH_TRY(check_with("gate", arguments, config, why));
    (void)printf("%s: no mistake found\n", arguments->config_path);
    return SH_OK;
}

static sh_err run(const struct arguments *arguments, struct sh_why *why)
{
    SH_DEFER(sh_freep) struct config *config = calloc(1, sizeof *config);
    SH_CHECK(config, SH_E_NOMEM);
    SH_TRY(process_harden(why));
    SH_TRY(config_load(arguments->config_path, config, why));
    log_open("relay", config->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    switch (arguments->command) {
    case COMMAND_CHECK:
        return check(arguments, config, why);
    case COMMAND_MAKE_KEYS:
        return make_keys(config, arguments->scrypt_p, stdout, why);
    default:
        break;
    }
    struct supervise_options options = {.config_path = arguments->config_path,
                                        .config = config,
                                        .clock_checked = arguments->clock_checked};
    return supervise(&options, why);
}

static int print(enum command command)
{
    if (command == COMMAND_PRINT) {
        config_print_example(stdout);
    } else if (command == COMMAND_VERSION) {
        (void)printf("safehand-relay %s\n", SH_VERSION);
    } else {
        (void)fputs(usage, stdout);
        config_print_help(stdout);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct sh_why why = {0};
    log_open("relay", LOG_LEVEL_INFO);
    if (argc > 1 && argv[1][0] != '-') {
        int status = operate(argc, argv);
        if (status == OPERATE_USAGE) {
            (void)fputs(usage, stderr);
        }
        return status;
    }
    if (!parse_arguments(argc, argv, &arguments)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (arguments.command >= COMMAND_PRINT) {
        return print(arguments.command);
    }
    sh_err err = run(&arguments, &why);
    if (err != SH_OK) {
        (void)fprintf(stderr, "safehand-relay: %s\n",
                      why.text[0] ? why.text : sh_err_sentence(err));
    }
    return process_exit_status(err);
}
