#include "cli.h"
#include "result.h"

#include <getopt.h>
#include <stdlib.h>

static void print_warnings(const json_t *document)
{
    size_t i = 0;
    json_t *warning = NULL;
    json_array_foreach (json_object_get(document, "warnings"), i, warning) {
        printf("WARNING: %s\n", json_string_value(warning));
    }
}

static long long number(const json_t *document, const char *key)
{
    return (long long)json_integer_value(json_object_get(document, key));
}

static void show_sync(struct cli *cli, const json_t *document)
{
    size_t i = 0;
    json_t *entry = NULL;
    print_warnings(document);
    show_results(cli, json_object_get(document, "sent"));
    json_array_foreach (json_object_get(document, "received"), i, entry) {
        printf("New: %s%s%s from %s, %s  (safehand show %.8s)\n", words_of(member(entry, "kind")),
               member(entry, "subtype")[0] ? ": " : "", words_of(member(entry, "subtype")),
               member(entry, "from"), words_of(member(entry, "urgency")),
               member(entry, "message_id"));
    }
    if (number(document, "unreadable")) {
        printf("%lld could not be read; their senders were told.\n",
               number(document, "unreadable"));
    }
    if (number(document, "notices")) {
        long long facts = number(document, "notices");
        printf("%lld new %s about messages (safehand track).\n", facts,
               facts == 1 ? "fact" : "facts");
    }
    if (number(document, "waiting")) {
        long long waiting = number(document, "waiting");
        printf("%lld still %s here to be accepted.\n", waiting, waiting == 1 ? "waits" : "wait");
    }
    if (cli->code == 0 && !number(document, "waiting")) {
        puts("Up to date.");
    }
}

int run_sync(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"wait", required_argument, NULL, 'w'}, {0}};
    struct sh_client_error error = {0};
    char *json = NULL, *end = NULL;
    unsigned long wait_seconds = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option != 'w') {
            return CLI_USAGE;
        }
        wait_seconds = strtoul(optarg, &end, 10);
        if (!*optarg || *end || wait_seconds > 86400) {
            return cli_usage("--wait takes seconds, at most 86400");
        }
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_sync(cli->client, (uint32_t)wait_seconds, &json, &error);
    return cli_finish(cli, code, &json, &error, show_sync);
}

static void show_status(struct cli *cli, const json_t *document)
{
    (void)cli;
    print_warnings(document);
    printf("%s in %s\ncertificate good until %s\ndirectory %lld, good until %s\n%lld waiting to be "
           "sent\n",
           member(document, "address"), member(document, "partnership"),
           member_time(document, "holder_expires_at"), number(document, "directory_version"),
           member_time(document, "directory_expires_at"), number(document, "waiting"));
}

int run_status(struct cli *cli, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct sh_client_error error = {0};
    char *json = NULL;
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    return cli_finish(cli, sh_client_status(cli->client, &json, &error), &json, &error,
                      show_status);
}
