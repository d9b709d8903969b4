/* See links.h. */
#include "certs/links.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "certs/authority.h"
#include "certs/csv.h"
#include "certs/names.h"

#include <stdlib.h>

#define PROGRESS_EVERY 2048

/* As the file of April 2025 has them. */
static const struct link_type KNOWN_TYPES[] = {
    {"Successor", LINK_SUCCESSOR, 0},
    {"Successor - merged", LINK_SUCCESSOR, 0},
    {"Successor - amalgamated", LINK_SUCCESSOR, 0},
    {"Successor - Split School", LINK_SPLIT, 0},
    {"Predecessor", LINK_PREDECESSOR, 0},
    {"Predecessor - merged", LINK_PREDECESSOR, 0},
    {"Predecessor - amalgamated", LINK_PREDECESSOR, 0},
    {"Predecessor - Split School", LINK_PREDECESSOR, 0},
    {"Result of Amalgamation", LINK_OTHER, 0},
    {"Sixth Form Centre School", LINK_OTHER, 0},
    {"Sixth Form Centre Link", LINK_OTHER, 0},
    {"Merged - expansion in school capacity and changer in age range", LINK_OTHER, 0},
    {"Merged - change in age range", LINK_OTHER, 0},
    {"Merged - expansion of school capacity", LINK_OTHER, 0},
    {"Expansion", LINK_OTHER, 0},
    {"Closure", LINK_OTHER, 0},
    {"Other", LINK_OTHER, 0},
};
#define KNOWN_TYPES_LEN (sizeof KNOWN_TYPES / sizeof KNOWN_TYPES[0])

enum column { URN, LINK_URN, LINK_NAME, LINK_TYPE, LINK_DATE, COLUMNS };
static const char *const COLUMN_NAMES[COLUMNS] = {"URN", "LinkURN", "LinkName", "LinkType",
                                                  "LinkEstablishedDate"};

void links_wipe(struct links *links)
{
    arena_free(&links->arena);
    free(links->list);
    free(links->schools);
    free(links->problems);
    memset(links, 0, sizeof *links);
}

/* Room for one more. */
static sh_err grow(void *list_p, size_t len, size_t *cap, size_t size)
{
    void **list = list_p;
    if (len == *cap) {
        size_t more = *cap ? 2 * *cap : 256;
        void *grown = reallocarray(*list, more, size);
        SH_CHECK(grown, SH_E_NOMEM);
        *list = grown;
        *cap = more;
    }
    return SH_OK;
}

static sh_err add_problem(struct links *links, size_t line, const char *reason)
{
    links->problems_all++;
    if (links->problems_len == LINKS_PROBLEMS_MAX) {
        return SH_OK;
    }
    SH_TRY(
        grow(&links->problems, links->problems_len, &links->problems_cap, sizeof *links->problems));
    links->problems[links->problems_len++] = (struct link_problem){line, reason};
    return SH_OK;
}

static sh_err add_link(struct links *links, const struct link *link)
{
    SH_TRY(grow(&links->list, links->len, &links->cap, sizeof *links->list));
    links->list[links->len++] = *link;
    return SH_OK;
}

static sh_err add_school(struct links *links, const struct link_school *school)
{
    SH_TRY(grow(&links->schools, links->schools_len, &links->schools_cap, sizeof *links->schools));
    links->schools[links->schools_len++] = *school;
    return SH_OK;
}

/* ---- one row ---- */

struct row {
    uint32_t urn, link_urn;
    const char *name;
    struct link_type *type;
    char date[11]; /* "" or YYYY-MM-DD */
    size_t line;
};

static bool read_urn(const char *text, uint32_t *out)
{
    if (!names_urn_is_valid(text) || text[0] == '0') {
        return false;
    }
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

/* The file writes 31-08-2021. */
static bool read_date(const char *text, char out[11])
{
    out[0] = '\0';
    if (!text[0]) {
        return true;
    }
    if (strlen(text) != 10 || text[2] != '-' || text[5] != '-') {
        return false;
    }
    (void)snprintf(out, 11, "%.4s-%.2s-%.2s", text + 6, text + 3, text);
    return date_is_valid(out);
}

static struct link_type *find_type(struct links *links, const char *word)
{
    for (size_t i = 0; i < links->types_len; i++) {
        if (strcmp(links->types[i].word, word) == 0) {
            return &links->types[i];
        }
    }
    if (links->types_len == LINKS_TYPES_MAX) {
        return NULL;
    }
    struct link_type *type = &links->types[links->types_len++];
    type->meaning = LINK_UNKNOWN;
    (void)snprintf(type->word, sizeof type->word, "%s", word);
    return type;
}

/* NULL, or what is wrong. */
static const char *read_row(struct links *links, const char *const fields[COLUMNS], struct row *out)
{
    if (!read_urn(fields[URN], &out->urn)) {
        return "URN is not the number of a school";
    }
    if (!read_urn(fields[LINK_URN], &out->link_urn)) {
        return "LinkURN is not the number of a school";
    }
    if (fields[LINK_NAME][0] && ca_check_text(fields[LINK_NAME], CA_TEXT_BYTES_MAX) != SH_OK) {
        return "LinkName is too long or no plain text";
    }
    if (ca_check_text(fields[LINK_TYPE], LINKS_TYPE_BYTES_MAX) != SH_OK) {
        return "LinkType is empty, too long or no plain text";
    }
    if (!read_date(fields[LINK_DATE], out->date)) {
        return "LinkEstablishedDate is no day (DD-MM-YYYY)";
    }
    out->type = find_type(links, fields[LINK_TYPE]);
    if (!out->type) {
        return "there are too many different words in LinkType";
    }
    if (out->urn == out->link_urn && out->type->meaning != LINK_OTHER) {
        return "the school is linked to itself";
    }
    out->name = fields[LINK_NAME];
    return NULL;
}

/* Of a Successor row the date is the day on which the school closed; of a Predecessor row, that on
 * which the other one opened; and a school that was split may be open still. */
static sh_err take_row(struct links *links, const struct row *row)
{
    enum link_meaning meaning = row->type->meaning;
    links->rows++;
    row->type->rows++;
    links->undated += row->date[0] == '\0';
    if (meaning == LINK_OTHER || meaning == LINK_UNKNOWN) {
        return SH_OK;
    }
    bool forward = meaning != LINK_PREDECESSOR;
    const struct link link = {.from = forward ? row->urn : row->link_urn,
                              .to = forward ? row->link_urn : row->urn,
                              .by_successor_row = forward};
    struct link_school other = {.urn = row->link_urn, .line = row->line};
    struct link_school own = {.urn = row->urn, .line = row->line};
    if (row->name[0]) {
        SH_TRY(arena_string(links->arena, row->name, &other.name));
        SH_TRY(add_school(links, &other));
    }
    if (meaning == LINK_SUCCESSOR && row->date[0]) {
        memcpy(own.closed_on, row->date, sizeof own.closed_on);
        SH_TRY(add_school(links, &own));
    }
    return add_link(links, &link);
}

/* ---- the file ---- */

static sh_err read_columns(struct csv_file *file, struct csv_line *line, size_t out[COLUMNS],
                           size_t *out_len, struct sh_why *why)
{
    struct csv_row header;
    const char *trouble = csv_next(file, line) ? line->trouble : "it is missing";
    trouble = trouble ? trouble : csv_cut(line->text, &header);
    if (trouble) {
        return sh_fail(why, SH_E_FORMAT, "line 1, of column names: %s", trouble);
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        out[c] = SIZE_MAX;
        for (size_t i = 0; i < header.len; i++) {
            out[c] = strcmp(header.fields[i], COLUMN_NAMES[c]) == 0 ? i : out[c];
        }
        if (out[c] == SIZE_MAX) {
            return sh_fail(why, SH_E_FORMAT, "line 1: there is no column '%s'", COLUMN_NAMES[c]);
        }
    }
    *out_len = header.len;
    return SH_OK;
}

static sh_err read_line(struct links *links, struct csv_line *line, const size_t columns[COLUMNS],
                        size_t columns_len)
{
    struct csv_row cut;
    struct row row = {.line = line->number};
    const char *fields[COLUMNS];
    const char *trouble = line->trouble ? line->trouble : csv_cut(line->text, &cut);
    if (!trouble && cut.len != columns_len) {
        trouble = "it has not as many fields as there are columns";
    }
    if (trouble) {
        return add_problem(links, line->number, trouble);
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        fields[c] = cut.fields[columns[c]];
    }
    trouble = read_row(links, fields, &row);
    return trouble ? add_problem(links, line->number, trouble) : take_row(links, &row);
}

/* ---- in order, each once ---- */

static int compare_links(const void *a, const void *b)
{
    const struct link *x = a;
    const struct link *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to == y->to ? 0 : (x->to < y->to ? -1 : 1);
}

static int compare_schools(const void *a, const void *b)
{
    const struct link_school *x = a;
    const struct link_school *y = b;
    if (x->urn != y->urn) {
        return x->urn < y->urn ? -1 : 1;
    }
    return x->line == y->line ? 0 : (x->line < y->line ? -1 : 1);
}

static void merge_links(struct links *links)
{
    size_t len = 0;
    if (links->len > 0) {
        qsort(links->list, links->len, sizeof *links->list, compare_links);
    }
    for (size_t i = 0; i < links->len; i++) {
        if (len > 0 && compare_links(&links->list[len - 1], &links->list[i]) == 0) {
            links->list[len - 1].by_successor_row |= links->list[i].by_successor_row;
        } else {
            links->list[len++] = links->list[i];
        }
    }
    links->len = len;
}

/* Of several names the one that stands last in the file, of several days the latest. */
static void merge_schools(struct links *links)
{
    size_t len = 0;
    if (links->schools_len > 0) {
        qsort(links->schools, links->schools_len, sizeof *links->schools, compare_schools);
    }
    for (size_t i = 0; i < links->schools_len; i++) {
        const struct link_school *more = &links->schools[i];
        struct link_school *last = len > 0 ? &links->schools[len - 1] : NULL;
        if (!last || last->urn != more->urn) {
            links->schools[len++] = *more;
            continue;
        }
        last->name = more->name ? more->name : last->name;
        if (strcmp(last->closed_on, more->closed_on) < 0) {
            memcpy(last->closed_on, more->closed_on, sizeof last->closed_on);
        }
    }
    links->schools_len = len;
}

static sh_err begin(struct bytes csv, struct links *links, struct csv_file *file,
                    struct sh_why *why)
{
    if (csv.len > LINKS_FILE_BYTES_MAX) {
        return sh_fail(why, SH_E_TOO_BIG, "a file of links has at most %u MiB",
                       LINKS_FILE_BYTES_MAX / SH_MIB);
    }
    if (csv_begin(csv, file) != SH_OK) {
        return sh_fail(why, SH_E_FORMAT, "the file is empty or no text");
    }
    memcpy(links->types, KNOWN_TYPES, sizeof KNOWN_TYPES);
    links->types_len = KNOWN_TYPES_LEN;
    links->is_utf8 = file->is_utf8;
    return arena_new(8 * (size_t)LINKS_FILE_BYTES_MAX, LINKS_FILE_BYTES_MAX / 16, &links->arena);
}

sh_err links_read(struct bytes csv, links_progress progress, void *ctx, struct links *out,
                  struct sh_why *why)
{
    SH_DEFER(links_wipe) struct links links = {.arena = NULL};
    struct csv_file file;
    struct csv_line line;
    size_t columns[COLUMNS] = {0};
    size_t columns_len = 0;
    SH_TRY(begin(csv, &links, &file, why));
    SH_TRY(read_columns(&file, &line, columns, &columns_len, why));
    while (csv_next(&file, &line)) {
        if (line.trouble || line.text[0]) {
            SH_TRY(read_line(&links, &line, columns, columns_len));
        }
        if (progress && line.number % PROGRESS_EVERY == 0) {
            progress(ctx, file.at, csv.len);
        }
    }
    if (links.rows == 0 && links.problems_all == 0) {
        return sh_fail(why, SH_E_FORMAT, "the file has column names and no row");
    }
    merge_links(&links);
    merge_schools(&links);
    *out = links;
    memset(&links, 0, sizeof links);
    return SH_OK;
}
