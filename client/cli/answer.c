#include "cli.h"
#include "files.h"
#include "result.h"

#include <getopt.h>
#include <string.h>

enum { TO_MAX = 64 };

/* Only that somebody has taken it can be said without a word more. */
static int words_needed(const char *verb)
{
    return strcmp(verb, "ack") == 0 ? 1 : 2;
}

int run_answer(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"to", required_argument, NULL, 't'},
                                            {"again", no_argument, NULL, 'a'},
                                            {"pass-on", no_argument, NULL, 'p'},
                                            {0}};
    const char *to[TO_MAX];
    struct sh_client_send how = {.size = sizeof how, .to = to};
    struct sh_client_error error = {0};
    struct documents documents = {0};
    char *json = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 't' && how.to_len < TO_MAX) {
            to[how.to_len++] = optarg;
        } else if (option == 'a') {
            how.flags |= SH_CLIENT_AGAIN;
        } else if (option == 'p' && strcmp(argv[0], "redirect") == 0) {
            how.flags |= SH_CLIENT_PASS_ON;
        } else {
            return CLI_USAGE;
        }
    }
    if (argc - optind < words_needed(argv[0]) || argc - optind > 2) {
        return cli_usage("%s needs the id of the message it answers, and a file", argv[0]);
    }
    if (optind + 1 < argc && !documents_add(&documents, argv[optind + 1])) {
        int failed = documents_failed(cli, &documents);
        documents_free(&documents);
        return failed;
    }
    const struct sh_client_document *document = documents.len ? &documents.items[0] : NULL;
    int status = cli_open(cli);
    if (status == CLI_DONE) {
        int code =
            sh_client_answer(cli->client, argv[0], argv[optind], document ? document->json : NULL,
                             document ? document->json_len : 0, &how, &json, &error);
        status = cli_finish(cli, code, &json, &error, show_results);
        cli_print_warnings(cli, status);
    }
    documents_free(&documents);
    return status;
}
