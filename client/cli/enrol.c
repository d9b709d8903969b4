#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void show_request(struct cli *cli, const json_t *document)
{
    (void)cli;
    printf("The keys of %s are in %s and stay there.\n"
           "Give %s to the person who issues certificates for your organisation.\n"
           "They return a folder: `safehand enrol install FOLDER --root-fingerprint F`.\n",
           member(document, "address"), member(document, "home"), member(document, "request"));
}

static void show_install(struct cli *cli, const json_t *document)
{
    (void)cli;
    printf("This seat of %s is ready (%s).\nIts certificate is good until %s.\n",
           member(document, "address"), member(document, "partnership"),
           member_time(document, "expires_at"));
}

static int take_options(struct sh_client_enrol *enrol, int argc, char **argv)
{
    static const struct option options[] = {{"address", required_argument, NULL, 'a'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"root-fingerprint", required_argument, NULL, 'f'},
                                            {"scrypt-p", required_argument, NULL, 'p'},
                                            {0}};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'a':
            enrol->address = optarg;
            break;
        case 'o':
            enrol->dir = optarg;
            break;
        case 'f':
            enrol->root_fingerprint = optarg;
            break;
        case 'p':
            enrol->scrypt_p = (unsigned)strtoul(optarg, NULL, 10);
            if (enrol->scrypt_p < 1 || enrol->scrypt_p > 8) {
                return cli_usage("--scrypt-p takes 1 to 8");
            }
            break;
        default:
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

int run_enrol(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    struct sh_client_enrol enrol = {.size = sizeof enrol, .home = cli->home, .passphrase_ctx = cli};
    char *json = NULL;
    if (argc < 2) {
        return cli_usage(
            "enrol request --address A --out DIR, or enrol install DIR --root-fingerprint F");
    }
    int status = take_options(&enrol, argc - 1, argv + 1);
    if (status != CLI_DONE) {
        return status;
    }
    if (strcmp(argv[1], "request") == 0) {
        if (!enrol.address || !enrol.dir) {
            return cli_usage("enrol request needs --address and --out");
        }
        enrol.passphrase = cli_new_passphrase;
        return cli_finish(cli, sh_client_enrol_request(&enrol, &json, &error), &json, &error,
                          show_request);
    }
    if (strcmp(argv[1], "install") == 0) {
        /* getopt moved the folder behind the options. */
        enrol.dir = 1 + optind < argc ? argv[1 + optind] : NULL;
        if (!enrol.dir || !enrol.root_fingerprint) {
            return cli_usage("enrol install needs the folder and --root-fingerprint, as read out "
                             "over the telephone");
        }
        enrol.passphrase = cli_passphrase;
        return cli_finish(cli, sh_client_enrol_install(&enrol, &json, &error), &json, &error,
                          show_install);
    }
    return cli_usage("enrol has `request` and `install`, not '%s'", argv[1]);
}
