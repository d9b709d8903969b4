#include "cli.h"
#include "result.h"

#include <string.h>

/* "sent again to dsl@999004.school as 1a2b3c4d", "overdue (decided, mash@999.social-care)" */
static const char *words_of_fact(const json_t *fact)
{
    static char text[2048];
    const char *word = member(fact, "fact");
    const char *to = member_list(fact, "to");
    if (json_is_true(json_object_get(fact, "telephone"))) {
        return "answered by telephone, not yet in writing";
    }
    if (member(fact, "duty")[0]) {
        (void)snprintf(text, sizeof text, "%s (%s, %s)", words_of(word), member(fact, "duty"),
                       member(fact, "owed_by"));
        return text;
    }
    if (!to[0]) {
        return words_of(word);
    }
    (void)snprintf(text, sizeof text, "%s to %s as %.8s", words_of(word), to,
                   member(fact, "message_id"));
    return text;
}

static void print_facts(const json_t *entry)
{
    static const char *const headings[] = {"WHEN", "FACT", "BY", "LOG INDEX", "PROOF", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *fact = NULL;
    printf("%.8s  %s from %s to %s, %s\n", member(entry, "message_id"),
           words_of(member(entry, "kind")), member(entry, "from"), member_list(entry, "to"),
           words_of(member(entry, "state")));
    print_telephone(entry);
    json_array_foreach (json_object_get(entry, "facts"), i, fact) {
        char index[32] = "";
        const json_t *at = json_object_get(fact, "log_index");
        if (json_is_integer(at)) {
            (void)snprintf(index, sizeof index, "%lld", (long long)json_integer_value(at));
        }
        table_add(table, member_time(fact, "at"), words_of_fact(fact), member(fact, "by"), index,
                  member(fact, "proof"));
    }
    table_print(&table);
    putchar('\n');
}

static void show_track(struct cli *cli, const json_t *document)
{
    size_t i = 0;
    json_t *entry = NULL;
    (void)cli;
    if (json_is_object(document)) {
        print_facts(document);
        return;
    }
    json_array_foreach (document, i, entry) {
        print_facts(entry);
    }
}

int run_track(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (argc > 2) {
        return cli_usage("track takes one message id, or none for all");
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_track(cli->client, argc == 2 ? argv[1] : NULL, &json, &error);
    return cli_finish(cli, code, &json, &error, show_track);
}
