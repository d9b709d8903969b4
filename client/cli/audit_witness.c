/* safehand audit witness: which of its forms was asked for. */
#include "audit_witness.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY_SECONDS_MAX = 86400 };

static bool take_seconds(const char *text, unsigned *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end || value > EVERY_SECONDS_MAX) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static const struct option options[] = {
    {"log", required_argument, NULL, 'l'},     {"from", required_argument, NULL, 'l'},
    {"vkey", required_argument, NULL, 'v'},    {"key", required_argument, NULL, 'k'},
    {"state", required_argument, NULL, 's'},   {"out", required_argument, NULL, 'o'},
    {"keep", required_argument, NULL, 'e'},    {"name", required_argument, NULL, 'n'},
    {"listen", required_argument, NULL, 'i'},  {"to", required_argument, NULL, 't'},
    {"witness", required_argument, NULL, 'w'}, {"feed", no_argument, NULL, 'f'},
    {"every", required_argument, NULL, 'y'},   {0}};

static const char **place_of(int option, struct witness_arguments *out)
{
    switch (option) {
    case 'l':
        return &out->log;
    case 'k':
        return &out->key;
    case 's':
        return &out->memory;
    case 'o':
        return &out->out;
    case 'e':
        return &out->keep;
    case 'n':
        return &out->name;
    case 'i':
        return &out->listen;
    case 't':
        return &out->to;
    case 'w':
        return &out->witness;
    default:
        return NULL;
    }
}

static bool take_arguments(int argc, char **argv, struct witness_arguments *out)
{
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        const char **to = place_of(option, out);
        if (to) {
            *to = optarg;
        } else if (option == 'v' && out->vkeys_len < WITNESS_LOGS_MAX) {
            out->vkeys[out->vkeys_len++] = optarg;
        } else if (option == 'f') {
            out->feed = true;
        } else if (option != 'y' || !take_seconds(optarg, &out->every_s)) {
            return false;
        }
    }
    return argc == optind;
}

int audit_run_witness(struct cli *cli, int argc, char **argv)
{
    struct witness_arguments arguments = {.every_s = 0};
    const bool is_key = argc > 1 && strcmp(argv[1], "key") == 0;
    if (!take_arguments(argc - is_key, argv + is_key, &arguments)) {
        return audit_usage("witness");
    }
    if (is_key) {
        return witness_run_key(cli, &arguments);
    }
    if ((arguments.every_s > 0 || arguments.to || arguments.witness) && !arguments.feed) {
        return audit_usage("witness");
    }
    if (arguments.feed) {
        return arguments.listen ? audit_usage("witness") : witness_run_feed(cli, &arguments);
    }
    return arguments.listen ? witness_run_listen(cli, &arguments)
                            : witness_run_once(cli, &arguments);
}
