#include "cli.h"
#include "successor.h"

#include <string.h>

static void show_search(struct cli *cli, const json_t *document)
{
    static const char *const headings[] = {"ADDRESS", "NAME", "ORGANISATION", "TELEPHONE", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *found = NULL;
    (void)cli;
    json_array_foreach (document, i, found) {
        const char *address = member(found, "address");
        char organisation[512];
        table_add(table, address[0] ? address : member(found, "organisation_code"),
                  member(found, "name"), successor_label(found, organisation, sizeof organisation),
                  member(found, "telephone"));
    }
    table_print(&table);
}

static void print_line(const json_t *document, const char *label, const char *key)
{
    if (member(document, key)[0]) {
        printf("%-16s %s\n", label, member(document, key));
    }
}

static void show_desk(struct cli *cli, const json_t *document)
{
    (void)cli;
    print_line(document, "address", "address");
    print_line(document, "name", "name");
    print_line(document, "organisation", "organisation");
    print_line(document, "closed", "closed_on");
    successors_print(stdout, json_object_get(document, "successors"));
    print_line(document, "telephone", "telephone");
    print_line(document, "hours", "hours");
    printf("%-16s %zu\n", "seats", json_array_size(json_object_get(document, "seats")));
    if (json_array_size(json_object_get(document, "cover"))) {
        printf("%-16s %s\n", "cover", member_list(document, "cover"));
    }
    const char *collected = member_time(document, "last_collected_at");
    bool never = json_is_true(json_object_get(document, "never_collected"));
    printf("%-16s %s\n", "last collected",
           collected[0] ? collected
           : never      ? "never: telephone"
                        : "not known");
}

static void show_refresh(struct cli *cli, const json_t *document)
{
    (void)cli;
    printf("Directory %lld, good until %s.\n",
           (long long)json_integer_value(json_object_get(document, "directory_version")),
           member_time(document, "expires_at"));
}

int run_directory(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    const char *verb = argc > 1 ? argv[1] : "";
    bool refresh = strcmp(verb, "refresh") == 0 && argc == 2;
    bool search = strcmp(verb, "search") == 0 && argc == 3;
    if (!refresh && !search && !(strcmp(verb, "show") == 0 && argc == 3)) {
        return cli_usage("directory search TEXT, directory show ADDRESS, or directory refresh");
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    if (refresh) {
        return cli_finish(cli, sh_client_directory_refresh(cli->client, &json, &error), &json,
                          &error, show_refresh);
    }
    int code = search ? sh_client_directory_search(cli->client, argv[2], &json, &error)
                      : sh_client_directory_show(cli->client, argv[2], &json, &error);
    return cli_finish(cli, code, &json, &error, search ? show_search : show_desk);
}
