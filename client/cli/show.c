#include "cli.h"
#include "result.h"

#include <string.h>

static void print_heading(const json_t *message)
{
    printf("%s%s%s\nfrom    %s\nto      %s\n", words_of(member(message, "kind")),
           member(message, "subtype")[0] ? ": " : "", words_of(member(message, "subtype")),
           member(message, "from"), member_list(message, "to"));
    if (json_array_size(json_object_get(message, "inform"))) {
        printf("told    %s\n", member_list(message, "inform"));
    }
    printf("urgency %s\nsent    %s", words_of(member(message, "urgency")),
           member_time(message, "sent_at"));
    if (member(message, "accepted_at")[0]) {
        printf(", accepted %s", member_time(message, "accepted_at"));
    }
    if (member(message, "event_age")[0]) {
        printf("\nevent   %s, %s", member_time(message, "happened_at"),
               member(message, "event_age"));
    }
    printf("\nsigned  by seat %.16s of %s\nproof   %s\n\n", member(message, "by_seat"),
           member(message, "from"), member(message, "proof"));
}

/* Above the words, so that nobody acts on what was put right. */
static void print_corrected(const json_t *document)
{
    const json_t *corrections = json_object_get(document, "corrections"),
                 *corrected = json_object_get(document, "corrected");
    if (json_array_size(corrections)) {
        printf("CORRECTED: %zu correction%s below the words that were sent.\n\n",
               json_array_size(corrections), json_array_size(corrections) == 1 ? "" : "s");
    }
    if (corrected) {
        printf("corrects %s from %s, sent %s  (safehand show %.8s)\n\n",
               words_of(member(corrected, "kind")), member(corrected, "from"),
               member_time(corrected, "sent_at"), member(corrected, "message_id"));
    }
}

static void print_corrections(const json_t *document)
{
    size_t i = 0;
    json_t *correction = NULL;
    json_array_foreach (json_object_get(document, "corrections"), i, correction) {
        printf("\n---- correction %zu, from %s, %s ----\n", i + 1, member(correction, "from"),
               member_time(correction, "sent_at"));
        print_content(json_object_get(correction, "content"));
    }
}

static void show_message(struct cli *cli, const json_t *document)
{
    size_t i = 0;
    json_t *enclosed = NULL;
    (void)cli;
    if (strcmp(member(document, "urgency"), "immediate") == 0) {
        puts("CALL 999 NOW if this child is in danger at this moment.\n");
    }
    print_heading(document);
    print_telephone(document);
    print_corrected(document);
    print_content(json_object_get(document, "content"));
    print_corrections(document);
    json_array_foreach (json_object_get(document, "enclosures"), i, enclosed) {
        printf("\n---- enclosed %zu, word for word as its sender signed it ----\n", i + 1);
        print_heading(enclosed);
        print_content(json_object_get(enclosed, "content"));
    }
}

int run_show(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    if (argc != 2) {
        return cli_usage("show needs one message id");
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_show(cli->client, argv[1], &json, &error);
    return cli_return_receipts(cli, cli_finish(cli, code, &json, &error, show_message));
}
