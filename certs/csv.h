/* Comma-separated values, one line at a time, and the encoding that English registers still use. A
 * field may stand in quotation marks, which are doubled inside it; a line break inside a field is
 * refused, so that one lost quotation mark costs one row and not the rest of the file. Pure; any
 * thread. */
#pragma once

#include "base/bytes.h"

#define CSV_FIELDS_MAX     32
#define CSV_LINE_BYTES_MAX 2048

/* Fields of one line; they point into it. */
struct csv_row {
    const char *fields[CSV_FIELDS_MAX];
    size_t len;
};

/* Cuts `line` in place. NULL if that went well, else what is wrong with it, for a person. */
const char *csv_cut(char *line, struct csv_row *out);

/* One line of a file, in UTF-8, without its line break. */
struct csv_line {
    size_t number;                         /* from 1 */
    char text[3 * CSV_LINE_BYTES_MAX + 1]; /* a byte of Windows-1252 takes at most three */
    const char *trouble;                   /* NULL, or why `text` could not be made */
};

/* A file that is read line by line. Borrows its bytes. Lines end with LF or CR LF. */
struct csv_file {
    struct bytes bytes;
    size_t at, line_number;
    bool is_utf8;
};

/* A file with a byte order mark, or whose bytes beyond ASCII are all well-formed UTF-8, is UTF-8;
 * any other is Windows-1252. SH_E_BAD_TEXT for an empty file and for one with a NUL byte. */
SH_MUST_USE sh_err csv_begin(struct bytes bytes, struct csv_file *out);
/* False at the end. */
bool csv_next(struct csv_file *file, struct csv_line *out);
