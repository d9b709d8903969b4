/* A chronology for a spreadsheet. */
#include "chronology.h"

#include <string.h>

/* Spreadsheets run what begins like this, even between quotes. */
static bool looks_like_formula(const char *text)
{
    while (*text == ' ') {
        text++;
    }
    return *text && strchr("=+-@\t\r\n|%", *text) != NULL;
}

static void print_cell(const char *text, bool last)
{
    putchar('"');
    if (looks_like_formula(text)) {
        putchar('\'');
    }
    for (; *text; text++) {
        if (*text == '"') {
            putchar('"');
        }
        putchar(*text);
    }
    fputs(last ? "\"\r\n" : "\",", stdout);
}

static void print_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    if (json_is_integer(number)) {
        printf("%lld", (long long)json_integer_value(number));
    }
    putchar(',');
}

/* Marks are in every line, so that no sorting or cutting parts them from the words. */
static void print_handling(const json_t *document)
{
    char all[4096] = "";
    size_t i = 0, len = 0;
    json_t *mark = NULL;
    json_array_foreach (json_object_get(document, "handling"), i, mark) {
        int more =
            snprintf(all + len, sizeof all - len, "%s%s", i ? " " : "", chronology_handling(mark));
        len += more > 0 ? (size_t)more : 0;
        len = len < sizeof all ? len : sizeof all - 1;
    }
    print_cell(all, false);
}

static void print_row(const json_t *document, const json_t *row)
{
    static const char *const texts[] = {"who", "how", "source", "where", "what"};
    const json_t *first = json_array_get(json_object_get(row, "children"), 0);
    print_handling(document);
    print_cell(member(document, "key"), false);
    print_number(row, "row");
    print_cell(member(row, "happened_at"), false);
    print_cell(member(row, "happened_until"), false);
    print_cell(member(row, "known_at"), false);
    print_number(row, "days_until_known");
    print_cell(chronology_kind(row), false);
    print_cell(member(row, "from"), false);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        print_cell(member(row, texts[i]), false);
    }
    print_cell(chronology_list(json_object_get(row, "child_words"), "words"), false);
    print_cell(chronology_children(row), false);
    print_cell(chronology_list(json_object_get(first, "matched"), NULL), false);
    print_cell(chronology_list(json_object_get(row, "missing"), NULL), false);
    print_cell(chronology_flags_of(document, row), false);
    print_cell(member(row, "message_id"), false);
    print_cell(member(row, "proof"), true);
}

void chronology_print_csv(const json_t *documents)
{
    size_t i = 0, k = 0;
    json_t *document = NULL, *row = NULL;
    fputs("handling,key,row,happened_at,happened_until,known_at,days_until_known,kind,from,who,how,"
          "source,where,what,child_words,children,matched,missing,flags,message_id,proof\r\n",
          stdout);
    json_array_foreach (documents, i, document) {
        json_array_foreach (json_object_get(document, "rows"), k, row) {
            print_row(document, row);
        }
    }
}
