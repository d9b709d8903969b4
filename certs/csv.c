/* See csv.h. The table is that of the encoding standard; five bytes of it stand for nothing. */
#include "certs/csv.h"

#include <jansson.h>

/* ---- fields ---- */

/* Behind an opening quotation mark: takes the field out of its marks, in place. */
static const char *cut_quoted(char **at, const char **out)
{
    char *from = *at;
    char *to = *at;
    *out = to;
    for (;;) {
        if (!*from) {
            return "a quotation mark is not closed";
        }
        if (*from == '"' && from[1] != '"') {
            break;
        }
        from += *from == '"';
        *to++ = *from++;
    }
    from++;
    if (*from && *from != ',') {
        return "text follows a closing quotation mark";
    }
    *at = *from ? from + 1 : NULL;
    *to = '\0';
    return NULL;
}

static const char *cut_plain(char **at, const char **out)
{
    char *field = *at;
    size_t len = strcspn(field, ",\"");
    if (field[len] == '"') {
        return "a quotation mark stands inside a field";
    }
    *at = field[len] ? field + len + 1 : NULL;
    field[len] = '\0';
    *out = field;
    return NULL;
}

const char *csv_cut(char *line, struct csv_row *out)
{
    out->len = 0;
    for (char *at = line; at;) {
        if (out->len == CSV_FIELDS_MAX) {
            return "it has too many fields";
        }
        const char **field = &out->fields[out->len++];
        bool quoted = *at == '"';
        at += quoted;
        const char *trouble = quoted ? cut_quoted(&at, field) : cut_plain(&at, field);
        if (trouble) {
            return trouble;
        }
    }
    return NULL;
}

/* ---- encodings ---- */

/* 0x80 to 0x9f; from 0xa0 on Windows-1252 is Unicode. 0: nothing. */
static const uint16_t WINDOWS_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static size_t put_utf8(uint16_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | point >> 12);
    out[1] = (char)(0x80 | (point >> 6 & 0x3f));
    out[2] = (char)(0x80 | (point & 0x3f));
    return 3;
}

static const char *put_line(struct bytes line, bool is_utf8, char *out)
{
    size_t len = 0;
    out[0] = '\0';
    if (line.len > CSV_LINE_BYTES_MAX) {
        return "the line is too long";
    }
    for (size_t i = 0; i < line.len; i++) {
        uint8_t byte = line.data[i];
        bool shifted = !is_utf8 && byte >= 0x80 && byte <= 0x9f;
        uint16_t point = shifted ? WINDOWS_1252[byte - 0x80] : byte;
        if (point == 0) {
            out[0] = '\0';
            return "a byte stands for nothing in Windows-1252";
        }
        if (is_utf8) {
            out[len++] = (char)byte;
        } else {
            len += put_utf8(point, out + len);
        }
    }
    out[len] = '\0';
    return NULL;
}

static bool bytes_are_utf8(struct bytes bytes)
{
    json_t *text = json_stringn((const char *)bytes.data, bytes.len);
    bool is_utf8 = text != NULL;
    json_decref(text);
    return is_utf8;
}

sh_err csv_begin(struct bytes bytes, struct csv_file *out)
{
    static const uint8_t mark[3] = {0xef, 0xbb, 0xbf};
    SH_CHECK(bytes.len > 0 && !memchr(bytes.data, '\0', bytes.len), SH_E_BAD_TEXT);
    *out = (struct csv_file){.bytes = bytes, .is_utf8 = bytes_are_utf8(bytes)};
    if (bytes.len >= sizeof mark && memcmp(bytes.data, mark, sizeof mark) == 0) {
        SH_CHECK(out->is_utf8, SH_E_BAD_TEXT);
        out->at = sizeof mark;
    }
    return SH_OK;
}

bool csv_next(struct csv_file *file, struct csv_line *out)
{
    if (file->at >= file->bytes.len) {
        return false;
    }
    const uint8_t *start = file->bytes.data + file->at;
    size_t rest = file->bytes.len - file->at;
    const uint8_t *end = memchr(start, '\n', rest);
    size_t len = end ? (size_t)(end - start) : rest;
    file->at += end ? len + 1 : len;
    len -= len > 0 && start[len - 1] == '\r';
    out->number = ++file->line_number;
    out->trouble = put_line(bytes_of(start, len), file->is_utf8, out->text);
    return true;
}
