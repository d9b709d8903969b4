/* The list of each morning. Whose turn it is stands in front of every line, so that nobody takes
 * another's duty for their own, or their own for another's. */
#include "cli.h"

#include <string.h>

/* ---- parts of a line ---- */

static void print_about(const json_t *line)
{
    const char *subtype = member(line, "subtype");
    printf("%s%s%s %.8s from %s", words_of(member(line, "kind")), subtype[0] ? ": " : "",
           words_of(subtype), member(line, "message_id"), member(line, "from"));
    if (json_array_size(json_object_get(line, "to"))) {
        printf(" to %s", member_list(line, "to"));
    }
    if (strcmp(member(line, "urgency"), "routine") != 0) {
        printf(", %s", words_of(member(line, "urgency")));
    }
    putchar('\n');
    if (member(line, "event_age")[0]) {
        printf("         %s\n", member(line, "event_age"));
    }
}

static void print_telephones(const json_t *line)
{
    size_t i = 0;
    json_t *desk = NULL;
    json_array_foreach (json_object_get(line, "telephone"), i, desk) {
        const char *number = member(desk, "telephone"), *hours = member(desk, "hours");
        const char *name = member(desk, "name");
        fputs("         telephone ", stdout);
        print_text(name[0] ? name : member(desk, "address"), 9);
        fputs(", ", stdout);
        print_text(number[0] ? number : "no number in the directory", 9);
        fputs(hours[0] ? ", " : "", stdout);
        print_text(hours, 9);
        putchar('\n');
    }
}

static void print_duties(const json_t *line)
{
    size_t i = 0;
    json_t *duty = NULL;
    json_array_foreach (json_object_get(line, "duties"), i, duty) {
        const json_t *index = json_object_get(duty, "overdue_log_index");
        const char *due = member(duty, "due");
        printf("%s%s%s%s", i ? "         and " : "", member(duty, "what"), due[0] ? ", " : "", due);
        if (index) {
            printf(" (log entry %lld)", (long long)json_integer_value(index));
        }
        putchar('\n');
    }
    if (member(line, "what")[0]) {
        printf("%s\n", member(line, "what"));
    }
}

static void print_children(const json_t *line)
{
    const json_t *children = json_object_get(line, "children");
    size_t i = 0;
    json_t *child = NULL;
    if (json_array_size(children) == 0) {
        return;
    }
    fputs("         ", stdout);
    json_array_foreach (children, i, child) {
        const char *outcome = member(child, "outcome");
        printf("%schild %lld: %s", i ? "; " : "",
               (long long)json_integer_value(json_object_get(child, "child")),
               outcome[0] ? words_of(outcome) : "not decided");
    }
    putchar('\n');
}

static void print_circumstances(const json_t *line)
{
    const json_t *telephoned = json_object_get(line, "telephoned");
    if (telephoned) {
        printf("         answered by telephone (%s), not yet in writing\n",
               member_time(telephoned, "at"));
    }
    if (member(line, "redirected_from")[0]) {
        printf("         sent again: %s said that it was not theirs\n",
               member(line, "redirected_from"));
    }
    if (member(line, "passed_on_by")[0]) {
        printf("         passed on by %s\n", member(line, "passed_on_by"));
    }
    if (member(line, "cover_called_at")[0]) {
        printf("         cover was called %s\n", member_time(line, "cover_called_at"));
    }
    if (json_array_size(json_object_get(line, "desks"))) {
        printf("         added: %s\n", member_list(line, "desks"));
    }
}

static void print_turn(const json_t *line)
{
    if (strcmp(member(line, "turn"), "ours") != 0) {
        printf("  THEY   %s: ", member(line, "owed_by"));
    } else if (json_object_get(line, "as_cover")) {
        printf("  YOU    as cover for %s: ", member(line, "owed_by"));
    } else {
        fputs("  YOU    ", stdout);
    }
}

static void print_line(const json_t *line)
{
    print_turn(line);
    print_duties(line);
    fputs("         ", stdout);
    print_about(line);
    const char *reached = member(line, "reached");
    bool bad = strcmp(reached, "not_delivered") == 0 || strcmp(reached, "unreadable") == 0;
    if (reached[0]) {
        printf("         %s%s\n", bad ? "NOTE: " : "", words_of(reached));
    }
    print_children(line);
    print_circumstances(line);
    print_telephones(line);
}

/* ---- sections ---- */

static void print_section(const json_t *document, const char *key, const char *heading)
{
    const json_t *list = json_object_get(document, key);
    size_t i = 0;
    json_t *line = NULL;
    if (json_array_size(list) == 0) {
        return;
    }
    printf("%s\n", heading);
    json_array_foreach (list, i, line) {
        print_line(line);
    }
    putchar('\n');
}

static void print_unsent(const json_t *document)
{
    const json_t *list = json_object_get(document, "unsent");
    size_t i = 0;
    json_t *line = NULL;
    if (json_array_size(list) == 0) {
        return;
    }
    puts("WRITTEN BUT NOT SENT");
    json_array_foreach (list, i, line) {
        bool refused = strcmp(member(line, "state"), "refused") == 0;
        printf("  YOU    %s\n         ", refused ? "the relay refused it, nobody has got it: send "
                                                   "what is right, if it is still needed"
                                                 : "`safehand sync` sends it");
        print_about(line);
        printf("         written %s%s%s\n", member_time(line, "sent_at"),
               member(line, "sentence")[0] ? "; " : "", member(line, "sentence"));
        print_telephones(line);
    }
    putchar('\n');
}

static void print_look_again(const json_t *document)
{
    long long unread =
        (long long)json_integer_value(json_object_get(document, "concerns_not_looked_at"));
    print_section(document, "look_again", "LOOK AGAIN");
    if (unread) {
        printf("%lld %s not looked at: that needs the passphrase.\n\n", unread,
               unread == 1 ? "concern was" : "concerns were");
    }
}

static void print_notices(const json_t *document)
{
    const json_t *list = json_object_get(document, "notices");
    size_t i = 0;
    json_t *notice = NULL;
    if (json_array_size(list) == 0) {
        return;
    }
    puts("TOLD TO YOU, ABOUT MESSAGES THAT YOU HAVE NOT GOT");
    json_array_foreach (list, i, notice) {
        printf("  %s  %s\n", member_time(notice, "at"), member(notice, "what"));
        print_telephones(notice);
    }
    putchar('\n');
}

static void show_outstanding(struct cli *cli, const json_t *document)
{
    static const char *const keys[] = {"unsent",  "overdue",    "due_today",
                                       "waiting", "look_again", "notices"};
    bool nothing = true;
    (void)cli;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        nothing = nothing && json_array_size(json_object_get(document, keys[i])) == 0;
    }
    print_unsent(document);
    print_section(document, "overdue", "OVERDUE");
    print_section(document, "due_today", "DUE TODAY");
    print_section(document, "waiting", "WAITING");
    print_look_again(document);
    print_notices(document);
    if (nothing) {
        puts("Nothing is outstanding.");
    }
}

static bool is_overdue(const char *text)
{
    json_t *document = text ? json_loads(text, 0, NULL) : NULL;
    bool overdue = json_array_size(json_object_get(document, "overdue")) > 0;
    json_decref(document);
    return overdue;
}

int run_outstanding(struct cli *cli, int argc, char **argv)
{
    struct sh_client_error error = {0};
    char *json = NULL;
    (void)argv;
    if (argc != 1) {
        return cli_usage("outstanding takes no arguments");
    }
    int status = cli_open(cli);
    if (status != CLI_DONE) {
        return status;
    }
    int code = sh_client_outstanding(cli->client, &json, &error);
    bool overdue = is_overdue(json);
    status = cli_finish(cli, code, &json, &error, show_outstanding);
    return status == CLI_DONE && overdue ? CLI_OVERDUE : status;
}
