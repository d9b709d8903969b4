/* safehand audit report: reads the mirror, and prints the figures as a table, for a spreadsheet,
 * for a program or as a page. */
#include "audit_report.h"

#include "audit.h"
#include "audit/figures.h"
#include "audit_mirror.h"
#include "base/cleanup.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum form { FORM_TABLE, FORM_JSON, FORM_CSV, FORM_HTML };

struct asked {
    struct figures_options options;
    enum form form;
    char why[160]; /* GROUP, cut from FIGURE */
};

static int choose(const char *word, const char *const *words, int len)
{
    for (int i = 0; i < len; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static bool take_by(const char *word, struct asked *out)
{
    static const char *const words[] = {"organisation", "sector", "kind", "week"};
    int at = choose(word, words, 4);
    out->options.by = at >= 0 ? (enum figures_by)at : FIGURES_BY_ORGANISATION;
    return at >= 0;
}

static bool take_form(const char *word, struct asked *out)
{
    static const char *const words[] = {"table", "json", "csv", "html"};
    int at = choose(word, words, 4);
    out->form = at >= 0 ? (enum form)at : FORM_TABLE;
    return at >= 0;
}

/* GROUP:FIGURE, as the table and the JSON name them. */
static bool take_why(const char *cell, struct asked *out)
{
    char *colon = NULL;
    if (strlen(cell) >= sizeof out->why) {
        return false;
    }
    (void)snprintf(out->why, sizeof out->why, "%s", cell);
    colon = strrchr(out->why, ':');
    if (!colon || colon == out->why || !colon[1]) {
        return false;
    }
    *colon = '\0';
    out->options.why_group = out->why;
    out->options.why_metric = colon + 1;
    return true;
}

static bool take_option(int option, const char *text, struct asked *out)
{
    switch (option) {
    case 'f':
        return audit_take_day(text, false, &out->options.from_ms);
    case 't':
        return audit_take_day(text, true, &out->options.to_ms);
    case 'b':
        return take_by(text, out);
    case 'o':
        return take_form(text, out);
    case 's':
        out->options.suppress = true;
        return true;
    case 'w':
        return take_why(text, out);
    default:
        return false;
    }
}

/* ---- forms ---- */

const char *report_count(const json_t *figure, char out[REPORT_SPAN_BYTES])
{
    const json_t *count = json_object_get(figure, "count");
    out[0] = '\0';
    if (count) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld", (long long)json_integer_value(count));
    } else if (figure) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "suppressed");
    }
    return out;
}

const char *report_span(const json_t *figure, const char *key, bool is_time,
                        char out[REPORT_SPAN_BYTES])
{
    const json_t *value = json_object_get(figure, key);
    long long seconds = (long long)json_integer_value(value);
    out[0] = '\0';
    if (!value) {
        return out;
    }
    if (!is_time) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld", seconds);
    } else if (seconds < 60) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld s", seconds);
    } else if (seconds < 3600) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld min", seconds / 60);
    } else if (seconds < 2LL * 86400) {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld h %lld min", seconds / 3600,
                       seconds % 3600 / 60);
    } else {
        (void)snprintf(out, REPORT_SPAN_BYTES, "%lld days %lld h", seconds / 86400,
                       seconds % 86400 / 3600);
    }
    return out;
}

static void add_group(struct table *table, const json_t *metrics, const json_t *group)
{
    size_t i = 0;
    json_t *metric = NULL;
    const char *label = member(group, "group");
    char spans[4][REPORT_SPAN_BYTES];
    json_array_foreach (metrics, i, metric) {
        const json_t *figure =
            json_object_get(json_object_get(group, "figures"), member(metric, "key"));
        bool is_time = strcmp(member(metric, "unit"), "time") == 0;
        if (figure) {
            table_add(table, label, member(metric, "key"), report_count(figure, spans[0]),
                      report_span(figure, "median", is_time, spans[1]),
                      report_span(figure, "p90", is_time, spans[2]),
                      report_span(figure, "worst", is_time, spans[3]));
            label = "";
        }
    }
}

static void print_outages(const json_t *document)
{
    size_t i = 0;
    json_t *outage = NULL;
    json_array_foreach (json_object_get(document, "outages"), i, outage) {
        printf("%s  the relay gave no sign of life from %s to %s (entry %lld)\n",
               i == 0 ? "Outages:" : "        ", member_time(outage, "from"),
               member_time(outage, "to"),
               (long long)json_integer_value(json_object_get(outage, "index")));
    }
}

static void print_period(const json_t *document)
{
    const char *from = member_time(document, "from"), *to = member_time(document, "to");
    printf("%s, %lld verified entries up to %s", member(document, "origin"),
           (long long)json_integer_value(json_object_get(document, "entries")),
           member_time(document, "as_of"));
    printf("%s%s%s%s\n", from[0] ? ", from " : "", from, to[0] ? ", before " : "", to);
}

void audit_report_table(const json_t *document)
{
    static const char *const headings[] = {"GROUP", "FIGURE", "COUNT", "MEDIAN",
                                           "90 %",  "WORST",  NULL};
    struct table *table = table_new(headings);
    const json_t *metrics = json_object_get(document, "metrics");
    long long destroyed = json_integer_value(json_object_get(document, "destroyed"));
    size_t i = 0;
    json_t *group = NULL;
    print_period(document);
    json_array_foreach (json_object_get(document, "groups"), i, group) {
        add_group(table, metrics, group);
    }
    add_group(table, metrics, json_object_get(document, "all"));
    table_print(&table);
    if (destroyed > 0) {
        printf("%lld openings were destroyed: what they said is not in these figures.\n",
               destroyed);
    }
    print_outages(document);
}

static void print_csv_figure(const char *group, const json_t *metric, const json_t *figure)
{
    static const char *const keys[] = {"count", "median", "p90", "worst"};
    const json_t *distribution = json_object_get(figure, "distribution");
    printf("\"%s\",\"%s\",\"%s\"", group, member(metric, "key"), member(metric, "unit"));
    for (size_t i = 0; i < 4; i++) {
        const json_t *value = json_object_get(figure, keys[i]);
        putchar(',');
        if (value) {
            printf("%lld", (long long)json_integer_value(value));
        } else if (i == 0) {
            fputs("\"suppressed\"", stdout);
        }
    }
    for (size_t i = 0; i < 6; i++) {
        const json_t *value = json_array_get(distribution, i);
        putchar(',');
        if (value) {
            printf("%lld", (long long)json_integer_value(value));
        }
    }
    fputs("\r\n", stdout);
}

/* Groups are addresses' parts, kinds and days, figures are our own words: nothing in them that a
 * spreadsheet would run. */
static void print_csv_group(const json_t *metrics, const json_t *group)
{
    size_t i = 0;
    json_t *metric = NULL;
    json_array_foreach (metrics, i, metric) {
        const json_t *figure =
            json_object_get(json_object_get(group, "figures"), member(metric, "key"));
        if (figure) {
            print_csv_figure(member(group, "group"), metric, figure);
        }
    }
}

void audit_report_csv(const json_t *document)
{
    const json_t *metrics = json_object_get(document, "metrics");
    size_t i = 0;
    json_t *item = NULL;
    fputs("\"group\",\"figure\",\"unit\",\"count\",\"median_seconds\",\"p90_seconds\","
          "\"worst_seconds\"",
          stdout);
    json_array_foreach (json_object_get(document, "buckets"), i, item) {
        printf(",\"%s\"", json_string_value(item));
    }
    fputs("\r\n", stdout);
    json_array_foreach (json_object_get(document, "groups"), i, item) {
        print_csv_group(metrics, item);
    }
    print_csv_group(metrics, json_object_get(document, "all"));
}

/* ---- why ---- */

static void print_why(const json_t *document)
{
    const json_t *why = json_object_get(document, "why");
    size_t i = 0;
    json_t *entry = NULL;
    char span[REPORT_SPAN_BYTES];
    bool is_time = false;
    json_array_foreach (json_object_get(document, "metrics"), i, entry) {
        is_time = is_time || (strcmp(member(entry, "key"), member(why, "figure")) == 0 &&
                              strcmp(member(entry, "unit"), "time") == 0);
    }
    printf("%s, %s: the entries behind it\n", member(why, "group"), member(why, "figure"));
    json_array_foreach (json_object_get(why, "entries"), i, entry) {
        const json_t *since = json_object_get(entry, "since");
        printf("%8lld  %s  %s %s  case %.8s",
               (long long)json_integer_value(json_object_get(entry, "index")),
               member_time(entry, "at"), words_of(member(entry, "event")),
               words_of(member(entry, "kind")), member(entry, "thread_id"));
        if (since) {
            printf("  since entry %lld", (long long)json_integer_value(since));
        }
        printf("  %s\n", report_span(entry, "value", is_time, span));
        printf("          leaf hash %s, proof of %zu hashes\n", member(entry, "leaf_hash"),
               json_array_size(json_object_get(entry, "proof")));
    }
    printf("Each is in the tree of %lld entries with the root %s; `audit show` and --json have the "
           "proofs.\n",
           (long long)json_integer_value(json_object_get(why, "tree_size")), member(why, "root"));
}

static int print_report(struct cli *cli, const struct asked *asked, json_t *document)
{
    if (cli->json || asked->form == FORM_JSON) {
        audit_print_json(document);
        return CLI_DONE;
    }
    if (asked->options.why_metric) {
        print_why(document);
    } else if (asked->form == FORM_CSV) {
        audit_report_csv(document);
    } else if (asked->form == FORM_HTML) {
        audit_report_html(document);
    } else {
        audit_report_table(document);
    }
    json_decref(document);
    return CLI_DONE;
}

int audit_run_report(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            {"by", required_argument, NULL, 'b'},
                                            {"format", required_argument, NULL, 'o'},
                                            {"why", required_argument, NULL, 'w'},
                                            {"suppress", no_argument, NULL, 's'},
                                            {0}};
    struct asked asked = {.form = FORM_TABLE};
    struct sh_why why = {0};
    json_t *document = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!take_option(option, optarg, &asked)) {
            return audit_usage(argv[0]);
        }
    }
    if (optind < argc) {
        return audit_usage(argv[0]);
    }
    SH_DEFER(mirror_close) struct mirror *mirror = NULL;
    int status = audit_open_mirror(cli, &mirror);
    if (status != CLI_DONE) {
        return status;
    }
    sh_err err = figures_run(mirror, &asked.options, &document, &why);
    return err == SH_OK ? print_report(cli, &asked, document) : audit_refused(cli, err, &why);
}
