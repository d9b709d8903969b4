#include "result.h"

#include "successor.h"

#include <string.h>

static void print_telephones(const json_t *result)
{
    size_t i = 0;
    json_t *desk = NULL;
    json_array_foreach (json_object_get(result, "telephone"), i, desk) {
        const char *number = member(desk, "telephone"), *hours = member(desk, "hours");
        printf("  TELEPHONE NOW: %s, %s%s%s\n",
               member(desk, "name")[0] ? member(desk, "name") : member(desk, "address"),
               number[0] ? number : "no number in the directory", hours[0] ? ", " : "", hours);
    }
}

void print_telephone(const json_t *entry)
{
    const char *by = member_time(entry, "in_writing_by");
    if (!json_is_true(json_object_get(entry, "telephone"))) {
        return;
    }
    if (strcmp(member(entry, "kind"), "note") == 0) {
        printf("  Answered by telephone, not yet in writing%s%s\n",
               by[0] ? "; confirm in writing by " : "", by);
    } else {
        printf("  Telephoned first; %s%s\n",
               by[0] ? "late: it had to be confirmed in writing by "
                     : "confirmed in writing in time",
               by);
    }
}

static void print_accepted(const json_t *result)
{
    const json_t *before = json_object_get(result, "before");
    printf("%s to %s: accepted %s%s\n  message %s  thread %s  log index %lld\n",
           words_of(member(result, "kind")), member_list(result, "to"),
           member_time(result, "accepted_at"),
           json_is_true(before) ? " (sent before; not sent again)" : "",
           member(result, "message_id"), member(result, "thread_id"),
           (long long)json_integer_value(json_object_get(result, "log_index")));
    print_telephone(result);
}

static void print_collected(const json_t *result)
{
    size_t i = 0;
    json_t *line = NULL;
    json_array_foreach (json_object_get(result, "collected"), i, line) {
        const json_t *desk = json_array_get(json_object_get(line, "telephone"), 0);
        const char *number = member(desk, "telephone");
        if (member(line, "warning")[0]) {
            printf("  WARNING: %s", member(line, "warning"));
            fputs(number[0] ? " " : "", stdout);
            print_text(number, 2);
            putchar('\n');
        } else {
            printf("  %s last collected its mail on %s\n", member(line, "address"),
                   member_time(line, "last_collected_at"));
        }
    }
}

static void print_warnings(const json_t *result)
{
    size_t i = 0;
    json_t *warning = NULL;
    json_array_foreach (json_object_get(result, "warnings"), i, warning) {
        printf("  Note: ");
        print_text(json_string_value(warning), 2);
        putchar('\n');
    }
}

void print_result(const json_t *result)
{
    const char *state = member(result, "state"), *name = member(result, "name");
    if (name[0]) {
        printf("%s: ", name);
    }
    if (strcmp(state, "accepted") == 0) {
        print_accepted(result);
        print_collected(result);
        print_warnings(result);
        return;
    }
    if (strcmp(state, "rejected") == 0 && !name[0] && json_object_get(result, "successors")) {
        successors_print(stdout, json_object_get(result, "successors"));
        return; /* the sentence stands on standard error */
    }
    if (strcmp(state, "rejected") == 0) {
        printf("not sent: ");
        print_text(member(result, "sentence"), 2);
        putchar('\n');
        successors_print(stdout, json_object_get(result, "successors"));
        return;
    }
    printf("%s to %s: %s\n  message %s\n", words_of(member(result, "kind")),
           member_list(result, "to"),
           strcmp(state, "refused") == 0 ? "REFUSED by the relay"
                                         : "NOT YET ACCEPTED; kept here, goes at the next sync",
           member(result, "message_id"));
    if (member(result, "sentence")[0]) {
        printf("  %s\n", member(result, "sentence"));
    }
    print_telephones(result);
    print_warnings(result);
}

void show_results(struct cli *cli, const json_t *document)
{
    (void)cli;
    size_t i = 0;
    json_t *result = NULL;
    if (json_is_object(document)) {
        print_result(document);
        return;
    }
    json_array_foreach (document, i, result) {
        print_result(result);
    }
}

bool warn_if_immediate(const char *json, size_t json_len)
{
    json_t *document = json_loadb(json, json_len, 0, NULL);
    const json_t *danger =
        json_object_get(json_object_get(document, "concern"), "immediate_danger");
    bool immediate = strcmp(member(document, "urgency"), "immediate") == 0 || json_is_true(danger);
    if (immediate) {
        fputs("CALL 999 NOW. This message goes on its way meanwhile.\n", stderr);
    }
    json_decref(document);
    return immediate;
}
