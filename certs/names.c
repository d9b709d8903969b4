/* The public register of schools, read line by line into the register of names. Does not open files
 * and does not commit: a bad line leaves everything as it was. */
#include "certs/names.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "certs/authority.h"

#define COLUMNS_MAX 64

struct row {
    char *fields[COLUMNS_MAX];
    size_t len;
};

/* Cuts one line in place. The line ends with NUL. */
static sh_err split_line(char *line, struct row *out)
{
    out->len = 0;
    for (char *rest = line; rest;) {
        SH_CHECK(out->len < COLUMNS_MAX, SH_E_FORMAT);
        out->fields[out->len++] = strsep(&rest, "\t");
    }
    return SH_OK;
}

static sh_err find_column(const struct row *header, const char *name, size_t *out,
                          struct sh_why *why)
{
    for (size_t i = 0; i < header->len; i++) {
        if (strcmp(header->fields[i], name) == 0) {
            *out = i;
            return SH_OK;
        }
    }
    return sh_fail(why, SH_E_FORMAT, "line 1: there is no column '%s'", name);
}

struct school_columns {
    size_t urn, name, end_date, count;
};

static sh_err read_columns(char *line, struct school_columns *out, struct sh_why *why)
{
    struct row header;
    if (split_line(line, &header) != SH_OK) {
        return sh_fail(why, SH_E_FORMAT, "line 1: more than %d columns", COLUMNS_MAX);
    }
    SH_TRY(find_column(&header, "school-eng", &out->urn, why));
    SH_TRY(find_column(&header, "name", &out->name, why));
    SH_TRY(find_column(&header, "end-date", &out->end_date, why));
    out->count = header.len;
    return SH_OK;
}

bool names_urn_is_valid(const char *urn)
{
    const size_t len = strlen(urn);
    return len >= 5 && len <= 7 && strspn(urn, "0123456789") == len;
}

static sh_err import_school(struct ca_register *r, char *line, size_t line_number,
                            const struct school_columns *columns, struct sh_why *why)
{
    struct row row;
    if (split_line(line, &row) != SH_OK || row.len != columns->count) {
        return sh_fail(why, SH_E_FORMAT, "line %zu: not as many fields as columns", line_number);
    }
    const char *urn = row.fields[columns->urn];
    const char *end_date = row.fields[columns->end_date];
    if (!names_urn_is_valid(urn)) {
        return sh_fail(why, SH_E_FORMAT, "line %zu: school-eng is not a URN", line_number);
    }
    if (ca_check_text(row.fields[columns->name], CA_TEXT_BYTES_MAX) != SH_OK) {
        return sh_fail(why, SH_E_FORMAT, "line %zu: name is empty, too long or not UTF-8",
                       line_number);
    }
    if (end_date[0] && !date_is_valid(end_date)) {
        return sh_fail(why, SH_E_FORMAT, "line %zu: end-date is not a day (YYYY-MM-DD)",
                       line_number);
    }
    char code[SH_ADDRESS_BYTES_MAX];
    (void)snprintf(code, sizeof code, "%s.school", urn);
    const struct directory_organisation school = {.code = code,
                                                  .name = row.fields[columns->name],
                                                  .closed_on = end_date,
                                                  .successors_len = SIZE_MAX};
    return register_set_organisation(r, &school, why);
}

static void cut_carriage_return(char *line)
{
    const size_t len = strlen(line);
    if (len > 0 && line[len - 1] == '\r') {
        line[len - 1] = '\0';
    }
}

sh_err names_import_schools(struct ca_register *r, struct bytes tsv, size_t *out_rows,
                            struct sh_why *why)
{
    SH_DEFER(buf_wipe) struct buf copy = BUF_INIT(NAMES_FILE_BYTES_MAX);
    SH_TRY(buf_append(&copy, tsv));
    SH_TRY(buf_terminate(&copy));
    if (tsv.len == 0 || memchr(tsv.data, '\0', tsv.len)) {
        return sh_fail(why, SH_E_FORMAT, "the file is empty or not text");
    }
    struct school_columns columns = {0};
    size_t line_number = 0;
    size_t rows = 0;
    for (char *rest = (char *)copy.data; rest && *rest;) {
        char *line = strsep(&rest, "\n");
        cut_carriage_return(line);
        line_number++;
        if (line_number == 1) {
            SH_TRY(read_columns(line, &columns, why));
        } else if (line[0]) {
            SH_TRY(import_school(r, line, line_number, &columns, why));
            rows++;
        }
    }
    *out_rows = rows;
    return SH_OK;
}
