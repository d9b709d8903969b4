#include "base/clock.h"
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 8 };

int cli_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("safehand: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return CLI_USAGE;
}

/* What a program reads: what there is to tell, and why it is not all. */
static void print_json(char *text, int code, const struct sh_client_error *error)
{
    json_t *document = code != 0 ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (!json_is_object(document)) {
        puts(text);
        json_decref(document);
        return;
    }
    json_object_set_new(document, "error", json_string(sh_client_code_word(code)));
    json_object_set_new(document, "sentence", json_string(error->sentence));
    json_dumpf(document, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(document);
}

static void print_json_error(int code, const struct sh_client_error *error)
{
    json_t *object =
        json_pack("{s:s, s:s}", "error", sh_client_code_word(code), "sentence", error->sentence);
    if (object) {
        json_dumpf(object, stdout, JSON_COMPACT);
        fputc('\n', stdout);
        json_decref(object);
    }
}

static void print_error(int code, const struct sh_client_error *error)
{
    const char *sentence = error->sentence[0] ? error->sentence : sh_client_code_sentence(code);
    fprintf(stderr, "%s\n", sentence);
}

int cli_finish(struct cli *cli, int code, char **json, const struct sh_client_error *error,
               cli_show show)
{
    cli->code = code;
    if (*json && cli->json) {
        print_json(*json, code, error);
    } else if (*json && show) {
        json_t *document = json_loads(*json, JSON_DECODE_ANY, NULL);
        show(cli, document);
        json_decref(document);
    }
    if (code != 0 && cli->json && !*json) {
        print_json_error(code, error);
    }
    /* A program that calls this has an operator too. */
    if (code != 0) {
        (void)fflush(stdout);
        print_error(code, error);
    }
    sh_client_free_text(json);
    return sh_client_exit_status(code);
}

void cli_print_warnings(struct cli *cli, int status)
{
    char *text = NULL;
    size_t i = 0;
    json_t *warning = NULL;
    if (status != CLI_DONE || sh_client_warnings(cli->client, &text, NULL) != 0) {
        return;
    }
    json_t *warnings = json_loads(text, 0, NULL);
    json_array_foreach (warnings, i, warning) {
        fprintf(stderr, "WARNING: %s\n", json_string_value(warning));
    }
    json_decref(warnings);
    sh_client_free_text(&text);
}

void print_text_to(FILE *out, const char *text, int indent)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '\n') {
            fprintf(out, "\n%*s", indent, "");
        } else if ((*c < 0x20 && *c != '\t') || *c == 0x7f) {
            fprintf(out, "\\x%02x", *c);
        } else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) {
            /* The C1 control characters, which some terminals obey. */
            fprintf(out, "\\u00%02x", *++c);
        } else {
            fputc(*c, out);
        }
    }
}

void print_text(const char *text, int indent)
{
    print_text_to(stdout, text, indent);
}

const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const char *member_time(const json_t *object, const char *key)
{
    static char texts[4][64];
    static unsigned turn;
    char *out = texts[turn++ % 4];
    int64_t ms = 0;
    const char *text = member(object, key);
    if (!text[0] || time_from_rfc3339(text, &ms) != SH_OK) {
        return text;
    }
    time_to_local(ms, out, sizeof texts[0]);
    return out;
}

const char *member_list(const json_t *object, const char *key)
{
    static char out[1024];
    size_t len = 0, i = 0;
    json_t *item = NULL;
    out[0] = '\0';
    json_array_foreach (json_object_get(object, key), i, item) {
        int more =
            snprintf(out + len, sizeof out - len, "%s%s", i ? ", " : "", json_string_value(item));
        len += more > 0 ? (size_t)more : 0;
        if (len >= sizeof out) {
            break;
        }
    }
    return out;
}

struct table {
    size_t columns, rows;
    json_t *cells; /* strings, row by row, the headings first */
};

struct table *table_new(const char *const *headings)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table) {
        abort();
    }
    table->cells = json_array();
    for (; headings[table->columns]; table->columns++) {
        json_array_append_new(table->cells, json_string(headings[table->columns]));
    }
    return table;
}

void table_add(struct table *table, ...)
{
    va_list args;
    va_start(args, table);
    for (size_t i = 0; i < table->columns; i++) {
        const char *cell = va_arg(args, const char *);
        json_array_append_new(table->cells, json_string(cell ? cell : ""));
    }
    va_end(args);
    table->rows++;
}

/* Columns on a screen that UTF-8 text takes, near enough: continuation bytes take none. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return width;
}

static const char *cell_at(const struct table *table, size_t row, size_t column)
{
    return json_string_value(json_array_get(table->cells, row * table->columns + column));
}

void table_print(struct table **table_p)
{
    struct table *table = *table_p;
    size_t widths[COLUMNS_MAX] = {0};
    for (size_t row = 0; row <= table->rows; row++) {
        for (size_t column = 0; column < table->columns; column++) {
            size_t width = width_of(cell_at(table, row, column));
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t row = 0; row <= table->rows; row++) {
        for (size_t column = 0; column < table->columns; column++) {
            const char *cell = cell_at(table, row, column);
            bool last = column + 1 == table->columns;
            print_text(cell, 0);
            printf("%*s", last ? 0 : (int)(widths[column] - width_of(cell) + 2), "");
        }
        putchar('\n');
    }
    json_decref(table->cells);
    free(table);
    *table_p = NULL;
}
