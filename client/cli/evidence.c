#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void show_export(struct cli *cli, const json_t *document)
{
    (void)cli;
    printf("%s holds the message and its proofs. README in it says how to check them.\n",
           member(document, "dir"));
}

static void show_verify(struct cli *cli, const json_t *document)
{
    static const char *const headings[] = {"CHECK", "RESULT", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *check = NULL;
    (void)cli;
    json_array_foreach (json_object_get(document, "checks"), i, check) {
        table_add(table, member(check, "check"), member(check, "result"));
    }
    table_print(&table);
    printf("%s: message %s from %s, accepted %s\n", member(document, "verdict"),
           member(document, "message_id"), member(document, "from"),
           member_time(document, "accepted_at"));
}

static int verify(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"root", required_argument, NULL, 'r'}, {"vkey", required_argument, NULL, 'v'}, {0}};
    const char *root = NULL, *vkey = NULL;
    struct sh_client_error error = {0};
    char *json = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?') {
            return CLI_USAGE;
        }
        root = option == 'r' ? optarg : root;
        vkey = option == 'v' ? optarg : vkey;
    }
    if (argc - optind != 1) {
        return cli_usage("evidence verify DIR --root FILE --vkey KEY");
    }
    int code = sh_client_evidence_verify(argv[optind], root, vkey, &json, &error);
    bool checked = json != NULL;
    int status = cli_finish(cli, code, &json, &error, show_verify);
    /* Whatever failed once the folder was read is a proof that failed. */
    return status != CLI_DONE && checked ? CLI_PROOF : status;
}

int run_evidence(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (argc > 2 && strcmp(argv[1], "verify") == 0) {
        return verify(cli, argc - 1, argv + 1);
    }
    if (argc != 4 || strcmp(argv[1], "export") != 0) {
        return cli_usage("evidence export ID DIR, or evidence verify DIR --root FILE --vkey KEY");
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_evidence_export(cli->client, argv[2], argv[3], &json, &error);
    return cli_return_receipts(cli, cli_finish(cli, code, &json, &error, show_export));
}
