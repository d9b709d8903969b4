/* A chronology as one page to print. Everything that anybody wrote is escaped; the page's own
 * policy forbids whatever is not in it. */
#include "chronology.h"

#include <string.h>

static const char page_top[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>Chronology</title>\n<style>\n"
    "body{font:11pt/1.4 sans-serif;margin:2em;color:#000;background:#fff}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{border:1px solid #777;padding:.3em;text-align:left;vertical-align:top}\n"
    "thead{display:table-header-group}tr{page-break-inside:avoid}\n"
    ".marks{border:3px solid #000;padding:.6em;font-weight:bold}\n"
    ".words{white-space:pre-wrap}.gap td{text-align:center;font-style:italic}\n"
    ".flag{border-left:6px solid #000;padding-left:.6em}.small{font-size:85%}\n"
    "@media print{body{margin:0}@page{size:A4 landscape;margin:12mm}}\n"
    "</style></head><body>\n";

static void print_escaped(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", stdout);
            break;
        case '<':
            fputs("&lt;", stdout);
            break;
        case '>':
            fputs("&gt;", stdout);
            break;
        case '"':
            fputs("&quot;", stdout);
            break;
        case '\'':
            fputs("&#39;", stdout);
            break;
        default:
            if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f) {
                printf("\\x%02x", *c);
            } else {
                putchar(*c);
            }
        }
    }
}

/* dir=auto: a name in Arabic or Hebrew is set as such, and does not turn its line around. */
static void print_in(const char *tag, const char *attributes, const char *text)
{
    if (text[0]) {
        printf("<%s dir=\"auto\"%s>", tag, attributes);
        print_escaped(text);
        printf("</%s>\n", tag);
    }
}

static void print_labelled(const char *label, const char *text)
{
    if (text[0]) {
        printf("<div dir=\"auto\" class=\"words\"><b>%s:</b> ", label);
        print_escaped(text);
        fputs("</div>\n", stdout);
    }
}

static void print_marks(const json_t *document)
{
    size_t i = 0;
    json_t *mark = NULL;
    if (json_array_size(json_object_get(document, "handling")) == 0) {
        return;
    }
    fputs("<div class=\"marks\">\n", stdout);
    json_array_foreach (json_object_get(document, "handling"), i, mark) {
        print_in("div", "", chronology_handling(mark));
    }
    fputs("</div>\n", stdout);
}

static void print_child(const json_t *child)
{
    size_t i = 0;
    json_t *identifier = NULL;
    print_in("h2", "", chronology_list(json_object_get(child, "names"), NULL));
    print_labelled("Known as", chronology_list(json_object_get(child, "known_as"), NULL));
    print_labelled("Born", chronology_list(json_object_get(child, "dates_of_birth"), NULL));
    print_labelled("Due", chronology_list(json_object_get(child, "due_dates"), NULL));
    json_array_foreach (json_object_get(child, "identifiers"), i, identifier) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s (%s%s)", member(identifier, "value"),
                       member(identifier, "check"),
                       json_is_true(json_object_get(identifier, "doubtful")) ? ": doubtful" : "");
        const char *label = label_of(member(identifier, "kind"));
        print_labelled(label ? label : "Local identifier", text);
    }
    json_array_foreach (json_object_get(child, "roles"), i, identifier) {
        print_labelled("Role", words_of(json_string_value(identifier)));
    }
    print_labelled("Messages disagree on",
                   chronology_list(json_object_get(child, "differs"), NULL));
}

static void print_flags(const json_t *document)
{
    size_t i = 0, k = 0;
    json_t *flag = NULL, *number = NULL;
    json_array_foreach (json_object_get(document, "flags"), i, flag) {
        fputs("<p class=\"flag\" dir=\"auto\"><b>", stdout);
        print_escaped(member(flag, "on"));
        fputs("</b> ", stdout);
        print_escaped(member(flag, "says"));
        fputs(" Child's role: ", stdout);
        print_escaped(words_of(member(flag, "role")));
        fputs(". Rows", stdout);
        json_array_foreach (json_object_get(flag, "rows"), k, number) {
            printf("%s%lld", k ? ", " : " ", (long long)json_integer_value(number));
        }
        fputs("</p>\n", stdout);
    }
}

static void print_words(const json_t *row)
{
    size_t i = 0;
    json_t *item = NULL;
    fputs("<td>", stdout);
    json_array_foreach (json_object_get(row, "child_words"), i, item) {
        print_labelled("The child's own words", member(item, "words"));
    }
    print_labelled("What", member(row, "what"));
    print_labelled("Where", member(row, "where"));
    print_labelled("Came of it", member(row, "outcome_words"));
    print_labelled("Not said", chronology_list(json_object_get(row, "missing"), NULL));
    fputs("</td>", stdout);
}

static void print_row(const json_t *document, const json_t *row)
{
    const json_t *first = json_array_get(json_object_get(row, "children"), 0);
    const json_t *gap = chronology_gap_after(document, row);
    printf("<tr><td>%lld</td>", (long long)json_integer_value(json_object_get(row, "row")));
    print_in("td", "", chronology_when(row, "happened_at"));
    print_in("td", "", chronology_when(row, "known_at"));
    print_in("td", "", chronology_kind(row));
    fputs("<td>", stdout);
    print_in("div", "", member(row, "from"));
    print_labelled("Who", member(row, "who"));
    print_labelled("How", words_of(member(row, "how")));
    print_labelled("Source", words_of(member(row, "source")));
    fputs("</td>", stdout);
    print_in("td", "", chronology_children(row));
    print_words(row);
    fputs("<td class=\"small\">", stdout);
    print_in("div", "", member(row, "proof"));
    print_labelled("Message", member(row, "message_id"));
    print_labelled("Matched by", chronology_list(json_object_get(first, "matched"), NULL));
    fputs("</td></tr>\n", stdout);
    if (gap) {
        printf("<tr class=\"gap\"><td colspan=\"8\">%lld days with nothing held</td></tr>\n",
               (long long)json_integer_value(json_object_get(gap, "days")));
    }
}

static void print_possible(const json_t *document)
{
    long long left = json_integer_value(json_object_get(document, "not_searched"));
    if (left > 0) {
        printf("<p><b>Not searched:</b> %lld messages that cannot be opened now.</p>\n", left);
    }
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach (json_object_get(document, "possible"), i, one) {
        fputs("<p class=\"small\" dir=\"auto\">Possible, not shown above: message ", stdout);
        print_escaped(member(one, "message_id"));
        fputs(", alike in ", stdout);
        print_escaped(chronology_list(json_object_get(one, "like"), NULL));
        fputs("</p>\n", stdout);
    }
}

void chronology_print_html(const json_t *documents)
{
    size_t i = 0, k = 0;
    json_t *document = NULL, *item = NULL;
    fputs(page_top, stdout);
    json_array_foreach (documents, i, document) {
        print_marks(document);
        fputs("<h1>Chronology</h1>\n<p class=\"small\">", stdout);
        print_escaped(member(document, "desk"));
        fputs(", ", stdout);
        print_escaped(member_time(document, "made_at"));
        fputs("</p>\n", stdout);
        json_array_foreach (json_object_get(document, "children"), k, item) {
            print_child(item);
        }
        print_flags(document);
        fputs("<table><thead><tr><th>Row</th><th>Happened</th><th>Known</th><th>What</th><th>From, "
              "who, how known</th><th>Child and role</th><th>Words</th><th>Proof</th></tr></thead>"
              "<tbody>\n",
              stdout);
        json_array_foreach (json_object_get(document, "rows"), k, item) {
            print_row(document, item);
        }
        fputs("</tbody></table>\n", stdout);
        print_possible(document);
    }
    fputs("</body></html>\n", stdout);
}
