#include "cli.h"

#include <string.h>

static const char *with_subtype(const json_t *entry, char *out, size_t out_len)
{
    const char *subtype = member(entry, "subtype");
    const char *age = member(entry, "event_age");
    (void)snprintf(out, out_len, "%s%s%s%s%s", words_of(member(entry, "kind")),
                   subtype[0] ? ": " : "", words_of(subtype), age[0] ? ", " : "", age);
    return out;
}

static void add_entry(struct table *table, const json_t *entry, const char *who)
{
    char kind[160], id[9];
    (void)snprintf(id, sizeof id, "%s", member(entry, "message_id"));
    table_add(table, id, with_subtype(entry, kind, sizeof kind), who,
              words_of(member(entry, "urgency")), member_time(entry, "sent_at"),
              words_of(member(entry, "state")));
}

static void show_inbox(struct cli *cli, const json_t *document)
{
    static const char *const headings[] = {"ID", "KIND", "FROM", "URGENCY", "SENT", "STATE", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *entry = NULL;
    (void)cli;
    json_array_foreach (document, i, entry) {
        add_entry(table, entry, member(entry, "from"));
    }
    table_print(&table);
}

static void show_sent(struct cli *cli, const json_t *document)
{
    static const char *const headings[] = {"ID", "KIND", "TO", "URGENCY", "SENT", "STATE", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *entry = NULL;
    (void)cli;
    json_array_foreach (document, i, entry) {
        add_entry(table, entry, member_list(entry, "to"));
    }
    table_print(&table);
}

static void show_threads(struct cli *cli, const json_t *document)
{
    size_t i = 0, k = 0;
    json_t *thread = NULL, *entry = NULL;
    (void)cli;
    json_array_foreach (document, i, thread) {
        printf("%.8s  %s from %s to %s, %s, begun %s\n", member(thread, "thread_id"),
               words_of(member(thread, "kind")), member(thread, "from"), member_list(thread, "to"),
               words_of(member(thread, "urgency")), member_time(thread, "started_at"));
        json_array_foreach (json_object_get(thread, "messages"), k, entry) {
            printf("   %.8s  %s  %s  (%s)\n", member(entry, "message_id"),
                   words_of(member(entry, "kind")), member(entry, "from"),
                   words_of(member(entry, "state")));
        }
    }
}

int run_list(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (argc > 1) {
        return cli_usage("%s takes no arguments", argv[0]);
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    if (strcmp(argv[0], "inbox") == 0) {
        return cli_finish(cli, sh_client_inbox(cli->client, &json, &error), &json, &error,
                          show_inbox);
    }
    if (strcmp(argv[0], "sent") == 0) {
        return cli_finish(cli, sh_client_sent(cli->client, &json, &error), &json, &error,
                          show_sent);
    }
    return cli_finish(cli, sh_client_threads(cli->client, &json, &error), &json, &error,
                      show_threads);
}
