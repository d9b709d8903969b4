#include "check.h"
#include "cli.h"
#include "files.h"
#include "result.h"
#include "successor.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TO_MAX = 64, CHOSEN_MAX = 16 };

struct send_options {
    struct sh_client_send how;
    const char *to[TO_MAX];
    char chosen[CHOSEN_MAX][SUCCESSOR_BYTES]; /* in place of those that have closed */
    size_t chosen_len;
};

static int take_options(struct send_options *send, int argc, char **argv)
{
    static const struct option options[] = {{"to", required_argument, NULL, 't'},
                                            {"again", no_argument, NULL, 'a'},
                                            {"split", no_argument, NULL, 's'},
                                            {0}};
    send->chosen_len = 0;
    send->how = (struct sh_client_send){.size = sizeof send->how, .to = send->to};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 't':
            if (send->how.to_len == TO_MAX) {
                return cli_usage("at most %d recipients", TO_MAX);
            }
            send->to[send->how.to_len++] = optarg;
            break;
        case 'a':
            send->how.flags |= SH_CLIENT_AGAIN;
            break;
        case 's':
            send->how.flags |= SH_CLIENT_SPLIT;
            break;
        default:
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

/* On a terminal: asks where it is to go instead, and adds that to the recipients. False if it is to
 * go nowhere. */
static bool choose_successor(struct cli *cli, const char *json, const struct sh_client_error *error,
                             struct send_options *send)
{
    if (send->how.to_len == TO_MAX || send->chosen_len == CHOSEN_MAX) {
        return false;
    }
    char *chosen = send->chosen[send->chosen_len];
    if (!successor_ask(cli, json, error, chosen)) {
        return false;
    }
    send->chosen_len++;
    send->to[send->how.to_len++] = chosen;
    return true;
}

static int send_one(struct cli *cli, const struct documents *documents, struct send_options *send)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (!documents->items) {
        return cli_usage("there is nothing to send");
    }
    const struct sh_client_document one = documents->items[0];
    int code = sh_client_send(cli->client, one.json, one.json_len, &send->how, &json, &error);
    while (code == SH_CLIENT_CLOSED && choose_successor(cli, json, &error, send)) {
        sh_client_free_text(&json);
        code = sh_client_send(cli->client, one.json, one.json_len, &send->how, &json, &error);
    }
    return cli_finish(cli, code, &json, &error, show_results);
}

static int send_documents(struct cli *cli, const struct documents *documents,
                          struct send_options *send, bool as_list)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (as_list) {
        int code = sh_client_send_many(cli->client, documents->items, documents->len, &send->how,
                                       &json, &error);
        int status = cli_finish(cli, code, &json, &error, show_results);
        /* Some went and some were bad: the good ones are on their way, and that is no misuse of the
         * command. */
        return status == CLI_USAGE ? CLI_REFUSED : status;
    }
    return send_one(cli, documents, send);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int run_send(struct cli *cli, int argc, char **argv)
{
    struct send_options send;
    struct documents documents = {0};
    int status = take_options(&send, argc, argv);
    if (status != CLI_DONE) {
        return status;
    }
    if (optind == argc) {
        return cli_usage("send needs a file; tests/cases has examples of every kind");
    }
    bool as_list = argc - optind > 1 || is_folder(argv[optind]);
    for (int i = optind; i < argc && status == CLI_DONE; i++) {
        status = documents_add(&documents, argv[i]) ? CLI_DONE : CLI_USAGE;
    }
    if (status != CLI_DONE || documents.len == 0) {
        status = documents_failed(cli, &documents);
    }
    /* Before the home is opened: nobody else has to wait for it while a person thinks. */
    if (status == CLI_DONE && !advise_before_sending(cli, &documents)) {
        status = CLI_REFUSED;
    }
    if (status == CLI_DONE) {
        status = cli_open(cli);
    }
    if (status == CLI_DONE) {
        status = send_documents(cli, &documents, &send, as_list);
        cli_print_warnings(cli, status);
    }
    documents_free(&documents);
    return status;
}
