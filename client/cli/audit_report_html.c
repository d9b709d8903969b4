/* The report as one page, for a screen and for paper. It asks nothing of any other machine: its own
 * policy forbids it. Charts are drawn in it, each beside the table that it shows, and differ by
 * shape and word and never by colour alone. */
#include "audit_report.h"

#include <string.h>

/* Rows of one chart; the table beside it has all. */
enum { CHART_ROWS = 20, CHART_LEFT = 190, CHART_WIDTH = 640, ROW_HEIGHT = 30 };

static const char page_top[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>Report of the safeguarding log</title>\n<style>\n"
    "*{box-sizing:border-box}body{font:16px/1.5 sans-serif;margin:0 auto;padding:1rem;"
    "max-width:70rem;color:#111;background:#fff}\n"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\n"
    "th,td{border:1px solid #555;padding:.3rem .5rem;text-align:left;vertical-align:top}\n"
    "td.n{text-align:right;white-space:nowrap}thead{display:table-header-group}\n"
    "tr{page-break-inside:avoid}figure{margin:1rem 0}svg{width:100%;height:auto;max-width:52rem}\n"
    "svg text{font:13px sans-serif;fill:#111}.small{font-size:.9rem}caption{text-align:left}\n"
    "@media print{body{padding:0;font-size:10pt;max-width:none}section{page-break-inside:avoid}"
    "@page{size:A4;margin:14mm}.wide{overflow:visible}}\n"
    "</style></head><body>\n";

static void print_escaped(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '&' || *c == '<' || *c == '>' || *c == '"' || *c == '\'') {
            printf("&#%d;", *c);
        } else if (*c >= 0x20 && *c != 0x7f) {
            putchar(*c);
        }
    }
}

static const json_t *figure_of(const json_t *group, const json_t *metric)
{
    return json_object_get(json_object_get(group, "figures"), member(metric, "key"));
}

static long long whole(const json_t *figure, const char *key)
{
    return (long long)json_integer_value(json_object_get(figure, key));
}

static bool has_times(const json_t *figure)
{
    return json_object_get(figure, "median") != NULL;
}

/* ---- a chart ---- */

static long long longest(const json_t *groups, const json_t *metric, size_t *out_rows)
{
    long long most = 0;
    size_t i = 0;
    json_t *group = NULL;
    *out_rows = 0;
    json_array_foreach (groups, i, group) {
        const json_t *figure = figure_of(group, metric);
        if (has_times(figure) && *out_rows < CHART_ROWS) {
            most = whole(figure, "p90") > most ? whole(figure, "p90") : most;
            ++*out_rows;
        }
    }
    return most;
}

static void print_bar(const json_t *group, const json_t *figure, size_t row, long long most)
{
    const int room = CHART_WIDTH - CHART_LEFT - 120;
    int top = (int)row * ROW_HEIGHT + 24;
    int median = most ? (int)(whole(figure, "median") * room / most) : 0;
    int p90 = most ? (int)(whole(figure, "p90") * room / most) : 0;
    char span[REPORT_SPAN_BYTES];
    printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", CHART_LEFT - 8, top + 15);
    print_escaped(member(group, "group"));
    printf("</text><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" fill=\"#fff\" "
           "stroke=\"#111\"/>",
           CHART_LEFT, top, p90 + 1);
    printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" fill=\"#1d3557\"/>", CHART_LEFT, top,
           median + 1);
    printf("<text x=\"%d\" y=\"%d\">%s</text>\n", CHART_LEFT + p90 + 8, top + 15,
           report_span(figure, "p90", true, span));
}

static void print_chart(const json_t *groups, const json_t *metric)
{
    size_t rows = 0, row = 0, i = 0;
    json_t *group = NULL;
    long long most = longest(groups, metric, &rows);
    printf("<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", CHART_WIDTH,
           (int)rows * ROW_HEIGHT + 30);
    print_escaped(member(metric, "label"));
    fputs(": the same figures as in the table\">\n<text x=\"0\" y=\"14\">Full bar: half took no "
          "longer (median). Outlined: nine in ten took no longer.</text>\n",
          stdout);
    json_array_foreach (groups, i, group) {
        const json_t *figure = figure_of(group, metric);
        if (has_times(figure) && row < rows) {
            print_bar(group, figure, row++, most);
        }
    }
    fputs("</svg></figure>\n", stdout);
}

/* ---- tables ---- */

static void print_number(const char *text)
{
    fputs("<td class=\"n\">", stdout);
    print_escaped(text);
    fputs("</td>", stdout);
}

static void print_time_row(const json_t *document, const json_t *group, const json_t *metric)
{
    const json_t *figure = figure_of(group, metric);
    bool is_time = strcmp(member(metric, "unit"), "time") == 0;
    size_t buckets = is_time ? json_array_size(json_object_get(document, "buckets")) : 0;
    char span[REPORT_SPAN_BYTES];
    if (!figure) {
        return;
    }
    fputs("<tr><th scope=\"row\">", stdout);
    print_escaped(member(group, "group"));
    fputs("</th>", stdout);
    print_number(report_count(figure, span));
    print_number(report_span(figure, "median", is_time, span));
    print_number(report_span(figure, "p90", is_time, span));
    print_number(report_span(figure, "worst", is_time, span));
    for (size_t i = 0; i < buckets; i++) {
        const json_t *bucket = json_array_get(json_object_get(figure, "distribution"), i);
        (void)snprintf(span, sizeof span, "%lld", (long long)json_integer_value(bucket));
        print_number(bucket ? span : "");
    }
    fputs("</tr>\n", stdout);
}

static void print_time_table(const json_t *document, const json_t *metric)
{
    size_t i = 0;
    json_t *item = NULL;
    fputs("<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">", stdout);
    print_escaped(member(document, "by"));
    fputs("</th><th scope=\"col\">how many</th><th scope=\"col\">median</th><th scope=\"col\">90 "
          "%</th><th scope=\"col\">worst</th>",
          stdout);
    if (strcmp(member(metric, "unit"), "time") == 0) {
        json_array_foreach (json_object_get(document, "buckets"), i, item) {
            printf("<th scope=\"col\">%s</th>", json_string_value(item));
        }
    }
    fputs("</tr></thead><tbody>\n", stdout);
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        print_time_row(document, item, metric);
    }
    print_time_row(document, json_object_get(document, "all"), metric);
    fputs("</tbody></table></div>\n", stdout);
}

static void print_times(const json_t *document)
{
    size_t i = 0;
    json_t *metric = NULL;
    json_array_foreach (json_object_get(document, "metrics"), i, metric) {
        if (strcmp(member(metric, "unit"), "count") != 0) {
            fputs("<section><h2>", stdout);
            print_escaped(member(metric, "label"));
            fputs("</h2>\n", stdout);
            if (strcmp(member(metric, "unit"), "time") == 0) {
                print_chart(json_object_get(document, "groups"), metric);
            }
            print_time_table(document, metric);
            fputs("</section>\n", stdout);
        }
    }
}

static void print_count_row(const json_t *document, const json_t *metric)
{
    size_t i = 0;
    json_t *group = NULL;
    char span[REPORT_SPAN_BYTES];
    fputs("<tr><th scope=\"row\">", stdout);
    print_escaped(member(metric, "label"));
    fputs("</th>", stdout);
    json_array_foreach (json_object_get(document, "groups"), i, group) {
        print_number(report_count(figure_of(group, metric), span));
    }
    print_number(report_count(figure_of(json_object_get(document, "all"), metric), span));
    fputs("</tr>\n", stdout);
}

static void print_counts(const json_t *document)
{
    size_t i = 0;
    json_t *item = NULL;
    fputs("<section><h2>How many</h2>\n<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th "
          "scope=\"col\"></th>",
          stdout);
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        fputs("<th scope=\"col\">", stdout);
        print_escaped(member(item, "group"));
        fputs("</th>", stdout);
    }
    fputs("<th scope=\"col\">all</th></tr></thead><tbody>\n", stdout);
    json_array_foreach (json_object_get(document, "metrics"), i, item) {
        if (strcmp(member(item, "unit"), "count") == 0) {
            print_count_row(document, item);
        }
    }
    fputs("</tbody></table></div></section>\n", stdout);
}

static void print_outages(const json_t *document)
{
    size_t i = 0;
    json_t *outage = NULL;
    const json_t *outages = json_object_get(document, "outages");
    fputs("<section><h2>Outages</h2>\n", stdout);
    if (json_array_size(outages) == 0) {
        fputs("<p>None: the relay wrote to its log at least every hour.</p></section>\n", stdout);
        return;
    }
    fputs("<p>The relay writes to its log at least every hour. It did not:</p><ul>\n", stdout);
    json_array_foreach (outages, i, outage) {
        printf("<li>from %s to %s (%lld minutes, before entry %lld)</li>\n",
               member_time(outage, "from"), member_time(outage, "to"), whole(outage, "minutes"),
               whole(outage, "index"));
    }
    fputs("</ul></section>\n", stdout);
}

static void print_head(const json_t *document)
{
    const char *from = member_time(document, "from"), *to = member_time(document, "to");
    fputs("<h1>Report of the safeguarding log</h1>\n<p>", stdout);
    print_escaped(member(document, "origin"));
    printf(", %lld entries, verified up to %s", whole(document, "entries"),
           member_time(document, "as_of"));
    printf("%s%s%s%s. By %s.</p>\n", from[0] ? "; from " : "", from, to[0] ? "; before " : "", to,
           member(document, "by"));
    fputs("<p class=\"small\">What is owed counts with whoever owes it, what is said with whoever "
          "said it. Times run from the event where the message names one, else from its "
          "acceptance by the relay. Records of a desk's own are not in it. ",
          stdout);
    if (json_is_true(json_object_get(document, "suppressed"))) {
        fputs("Counts under five are suppressed. ", stdout);
    }
    if (whole(document, "destroyed") > 0) {
        printf("%lld openings were destroyed; what they said is not in it. ",
               whole(document, "destroyed"));
    }
    fputs("</p>\n", stdout);
}

void audit_report_html(const json_t *document)
{
    fputs(page_top, stdout);
    print_head(document);
    print_times(document);
    print_counts(document);
    print_outages(document);
    fputs("</body></html>\n", stdout);
}
