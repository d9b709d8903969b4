/* A chronology on a terminal: who it is about, how it is to be handled, a line for each row, then
 * each row's words in full. */
#include "chronology.h"

#include <stdlib.h>
#include <string.h>

static void print_line(const char *label, const char *text)
{
    if (text[0]) {
        printf("%-12s ", label);
        print_text(text, 13);
        putchar('\n');
    }
}

static void print_handling(const json_t *document)
{
    size_t i = 0;
    json_t *mark = NULL;
    json_array_foreach (json_object_get(document, "handling"), i, mark) {
        print_line("HANDLING", chronology_handling(mark));
    }
}

static void print_child(const json_t *child)
{
    size_t i = 0;
    json_t *identifier = NULL;
    print_line("child", chronology_list(json_object_get(child, "names"), NULL));
    print_line("known as", chronology_list(json_object_get(child, "known_as"), NULL));
    print_line("born", chronology_list(json_object_get(child, "dates_of_birth"), NULL));
    print_line("due", chronology_list(json_object_get(child, "due_dates"), NULL));
    json_array_foreach (json_object_get(child, "identifiers"), i, identifier) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s  (%s%s)", member(identifier, "value"),
                       member(identifier, "check"),
                       json_is_true(json_object_get(identifier, "doubtful"))
                           ? ": doubtful, trusted no more than a name"
                           : "");
        print_line(label_of(member(identifier, "kind")) ? label_of(member(identifier, "kind"))
                                                        : "local id",
                   text);
    }
    size_t roles = json_array_size(json_object_get(child, "roles"));
    for (size_t k = 0; k < roles; k++) {
        print_line("role",
                   words_of(json_string_value(json_array_get(json_object_get(child, "roles"), k))));
    }
    print_line("DIFFERS", chronology_list(json_object_get(child, "differs"), NULL));
    putchar('\n');
}

static void number_of(const json_t *object, const char *key, char *out, size_t out_len)
{
    const json_t *number = json_object_get(object, key);
    out[0] = '\0';
    if (json_is_integer(number)) {
        (void)snprintf(out, out_len, "%lld", (long long)json_integer_value(number));
    }
}

/* "412 days later" */
static const char *lateness(const json_t *row, char *out, size_t out_len)
{
    const json_t *days = json_object_get(row, "days_until_known");
    long long late = json_integer_value(days);
    (void)snprintf(out, out_len, "%s", chronology_when(row, "known_at"));
    if (days && late != 0) {
        size_t len = strlen(out);
        (void)snprintf(out + len, out_len - len, " (%lld day%s %s)", llabs(late),
                       llabs(late) == 1 ? "" : "s", late > 0 ? "later" : "before");
    }
    return out;
}

static void add_gap(struct table *table, const json_t *gap)
{
    char text[96], days[24];
    number_of(gap, "days", days, sizeof days);
    (void)snprintf(text, sizeof text, "-- %s days with nothing held --", days);
    table_add(table, "", text, "", "", "", "", "");
}

static void print_overview(const json_t *document)
{
    static const char *const headings[] = {"ROW",  "HAPPENED", "KNOWN", "WHAT",
                                           "FROM", "CHILD",    "PROOF", NULL};
    struct table *table = table_new(headings);
    size_t i = 0;
    json_t *row = NULL;
    json_array_foreach (json_object_get(document, "rows"), i, row) {
        char number[24], known[128];
        const json_t *gap = chronology_gap_after(document, row);
        number_of(row, "row", number, sizeof number);
        table_add(table, number, chronology_when(row, "happened_at"),
                  lateness(row, known, sizeof known), chronology_kind(row), member(row, "from"),
                  chronology_children(row), member(row, "proof"));
        if (gap) {
            add_gap(table, gap);
        }
    }
    table_print(&table);
    putchar('\n');
}

static void print_words(const json_t *row)
{
    char number[24];
    size_t i = 0;
    json_t *words = NULL;
    number_of(row, "row", number, sizeof number);
    printf("---- row %s, message %.8s%s ----\n", number, member(row, "message_id"),
           member(row, "enclosed_in")[0] ? ", enclosed" : "");
    json_array_foreach (json_object_get(row, "child_words"), i, words) {
        print_line("Child said", member(words, "words"));
    }
    print_line("Who", member(row, "who"));
    print_line("How known", words_of(member(row, "how")));
    print_line("Source", words_of(member(row, "source")));
    print_line("Agency", member(row, "agency"));
    print_line("Where", member(row, "where"));
    print_line("What", member(row, "what"));
    print_line("Came of it", member(row, "outcome_words"));
    print_line("NOT SAID", chronology_list(json_object_get(row, "missing"), NULL));
    json_array_foreach (json_object_get(row, "children"), i, words) {
        print_line("Matched by", chronology_list(json_object_get(words, "matched"), NULL));
    }
}

static void print_flags(const json_t *document)
{
    size_t i = 0, k = 0;
    json_t *flag = NULL, *number = NULL;
    json_array_foreach (json_object_get(document, "flags"), i, flag) {
        printf("FLAG         %s ", member(flag, "on"));
        print_text(member(flag, "says"), 13);
        printf(" Child's role: %s. Rows", words_of(member(flag, "role")));
        json_array_foreach (json_object_get(flag, "rows"), k, number) {
            printf("%s%lld", k ? ", " : " ", (long long)json_integer_value(number));
        }
        putchar('\n');
    }
}

static void print_possible(const json_t *document)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach (json_object_get(document, "possible"), i, one) {
        printf("POSSIBLE     message %.8s from %s, sent %s: %salike in %s%s\n",
               member(one, "message_id"), member(one, "from"), member_time(one, "sent_at"),
               strcmp(member(one, "as"), "sibling") == 0 ? "names it as a sibling (--household), "
                                                         : "",
               chronology_list(json_object_get(one, "like"), NULL),
               json_is_true(json_object_get(one, "kept_apart")) ? "; kept apart by hand" : "");
    }
    json_array_foreach (json_object_get(document, "links"), i, one) {
        printf("%s       %s by seat %.16s: ",
               json_is_true(json_object_get(one, "linked")) ? "LINKED" : "PARTED",
               member_time(one, "at"), member(one, "by_seat"));
        print_text(member(one, "reason"), 13);
        putchar('\n');
    }
}

static void print_not_searched(const json_t *document)
{
    long long left = json_integer_value(json_object_get(document, "not_searched"));
    if (left > 0) {
        printf("NOT SEARCHED %lld message%s that cannot be opened now\n", left,
               left == 1 ? "" : "s");
    }
}

void chronology_print_table(const json_t *documents)
{
    size_t i = 0, k = 0;
    json_t *document = NULL, *item = NULL;
    json_array_foreach (documents, i, document) {
        print_handling(document);
        json_array_foreach (json_object_get(document, "children"), k, item) {
            print_child(item);
        }
        print_not_searched(document);
        print_flags(document);
        print_possible(document);
        if (json_object_get(document, "rows")) {
            print_overview(document);
        }
        json_array_foreach (json_object_get(document, "rows"), k, item) {
            print_words(item);
        }
    }
}
