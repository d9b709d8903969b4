/* `safehand resend ID --to A`. */
#include "cli.h"
#include "result.h"
#include "successor.h"

#include <getopt.h>

static int send_again(struct cli *cli, const char *id, const struct sh_client_send *how)
{
    struct sh_client_error error = {0};
    char chosen[SUCCESSOR_BYTES];
    const char *to[] = {chosen};
    char *json = NULL;
    int code = sh_client_resend(cli->client, id, how, &json, &error);
    if (code == SH_CLIENT_CLOSED && successor_ask(cli, json, &error, chosen)) {
        sh_client_free_text(&json);
        struct sh_client_send instead = *how;
        instead.to = to;
        instead.to_len = 1;
        code = sh_client_resend(cli->client, id, &instead, &json, &error);
    }
    int status = cli_finish(cli, code, &json, &error, show_results);
    cli_print_warnings(cli, status);
    return status;
}

int run_resend(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"to", required_argument, NULL, 't'}, {"again", no_argument, NULL, 'a'}, {0}};
    const char *to[1];
    struct sh_client_send how = {.size = sizeof how, .to = to};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 't' && how.to_len == 0) {
            to[how.to_len++] = optarg;
        } else if (option == 't') {
            return cli_usage("resend goes to one desk; use it once for each");
        } else if (option == 'a') {
            how.flags |= SH_CLIENT_AGAIN;
        } else {
            return CLI_USAGE;
        }
    }
    if (argc - optind != 1) {
        return cli_usage("resend needs the id of the redirect, or of what was redirected");
    }
    int status = cli_open(cli);
    return status == CLI_DONE ? send_again(cli, argv[optind], &how) : status;
}
