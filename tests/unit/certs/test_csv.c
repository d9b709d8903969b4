/* Comma-separated values and Windows-1252. */
#include "certs/csv.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(csv, a_line_is_cut_at_its_commas_and_quotation_marks_are_taken_off)
{
    const struct {
        const char *line;
        size_t len;
        const char *fields[4];
    } good[] = {
        {"", 1, {""}},
        {",", 2, {"", ""}},
        {"a,b", 2, {"a", "b"}},
        {"\"a\",\"b\"", 2, {"a", "b"}},
        {"\"\",x,\"\"", 3, {"", "x", ""}},
        {"\"a,b\",c", 2, {"a,b", "c"}},
        {"\"say \"\"no\"\" here\",c", 2, {"say \"no\" here", "c"}},
        {"\"\"\"\"", 1, {"\""}},
        {"a, b ,", 3, {"a", " b ", ""}},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char line[64];
        struct csv_row row;
        (void)snprintf(line, sizeof line, "%s", good[i].line);
        const char *trouble = csv_cut(line, &row);
        cr_assert_null(trouble, "case %zu: %s", i, trouble);
        cr_assert_eq(row.len, good[i].len, "case %zu: %zu", i, row.len);
        for (size_t k = 0; k < row.len; k++) {
            cr_expect_str_eq(row.fields[k], good[i].fields[k], "case %zu", i);
        }
    }
}

Test(csv, a_line_that_is_no_csv_is_refused_with_the_reason)
{
    const struct {
        const char *line, *says;
    } bad[] = {
        {"\"a", "not closed"},       {"a,\"", "not closed"},
        {"a,\"b\"\"", "not closed"}, {"\"a\"b,c", "follows a closing"},
        {"a\"b", "inside a field"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[64];
        struct csv_row row;
        (void)snprintf(line, sizeof line, "%s", bad[i].line);
        const char *trouble = csv_cut(line, &row);
        cr_assert_not_null(trouble, "case %zu", i);
        cr_expect_not_null(strstr(trouble, bad[i].says), "case %zu: %s", i, trouble);
    }
}

Test(csv, as_many_fields_as_there_is_room_for_and_not_one_more)
{
    char line[CSV_FIELDS_MAX + 1];
    struct csv_row row;
    memset(line, ',', sizeof line);
    line[CSV_FIELDS_MAX - 1] = '\0';
    cr_assert_null(csv_cut(line, &row));
    cr_expect_eq(row.len, CSV_FIELDS_MAX);
    memset(line, ',', sizeof line);
    line[CSV_FIELDS_MAX] = '\0';
    cr_expect_not_null(csv_cut(line, &row));
}

static struct csv_file begin(struct bytes bytes)
{
    struct csv_file file;
    cr_assert_eq(csv_begin(bytes, &file), SH_OK);
    return file;
}

Test(csv, lines_end_with_lf_or_cr_lf_and_the_last_one_with_nothing)
{
    struct csv_file file = begin(bytes_str("a\r\nb\n\nc"));
    static const char *const expected[] = {"a", "b", "", "c"};
    struct csv_line line;
    for (size_t i = 0; i < 4; i++) {
        cr_assert(csv_next(&file, &line));
        cr_expect_str_eq(line.text, expected[i]);
        cr_expect_eq(line.number, i + 1);
        cr_expect_null(line.trouble);
    }
    cr_expect_not(csv_next(&file, &line));
}

Test(csv, windows_1252_becomes_utf_8)
{
    const struct {
        const char *in, *out;
    } cases[] = {
        {"St Mary\x92s", "St Mary\xe2\x80\x99s"},
        {"Caf\xe9", "Caf\xc3\xa9"},
        {"\x80 \x99 \x9f", "\xe2\x82\xac \xe2\x84\xa2 \xc5\xb8"},
        {"\xa0\xff", "\xc2\xa0\xc3\xbf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv_file file = begin(bytes_str(cases[i].in));
        struct csv_line line;
        cr_assert(csv_next(&file, &line));
        cr_expect_not(file.is_utf8);
        cr_expect_null(line.trouble);
        cr_expect_str_eq(line.text, cases[i].out, "case %zu", i);
    }
}

Test(csv, the_five_bytes_that_stand_for_nothing_are_refused)
{
    for (unsigned byte = 0x80; byte <= 0xff; byte++) {
        const char text[] = {'a', (char)byte, 'b'};
        struct csv_file file = begin(bytes_of(text, sizeof text));
        struct csv_line line;
        bool undefined =
            byte == 0x81 || byte == 0x8d || byte == 0x8f || byte == 0x90 || byte == 0x9d;
        cr_assert(csv_next(&file, &line));
        cr_expect_eq(line.trouble != NULL, undefined, "byte %x", byte);
    }
}

Test(csv, a_file_in_utf_8_is_taken_as_it_is_with_a_mark_and_without)
{
    struct csv_line line;
    struct csv_file plain = begin(bytes_str("Caf\xc3\xa9"));
    cr_assert(csv_next(&plain, &line));
    cr_expect_str_eq(line.text, "Caf\xc3\xa9");
    struct csv_file marked = begin(bytes_str("\xef\xbb\xbf"
                                             "Caf\xc3\xa9"));
    cr_assert(csv_next(&marked, &line));
    cr_expect_str_eq(line.text, "Caf\xc3\xa9");
}

Test(csv, a_line_of_2048_bytes_is_read_and_a_longer_one_named_and_passed_over)
{
    char text[2 * CSV_LINE_BYTES_MAX];
    struct csv_line line;
    memset(text, 0xe9, sizeof text);
    text[CSV_LINE_BYTES_MAX] = '\n';
    struct csv_file file = begin(bytes_of(text, sizeof text));
    cr_assert(csv_next(&file, &line));
    cr_expect_null(line.trouble);
    cr_expect_eq(strlen(line.text), 2 * CSV_LINE_BYTES_MAX);
    text[CSV_LINE_BYTES_MAX] = 'x';
    text[CSV_LINE_BYTES_MAX + 1] = '\n';
    file = begin(bytes_of(text, CSV_LINE_BYTES_MAX + 4));
    cr_assert(csv_next(&file, &line));
    cr_expect_not_null(line.trouble);
    cr_expect_str_empty(line.text);
    cr_assert(csv_next(&file, &line));
    cr_expect_null(line.trouble, "the next line is read again");
}

Test(csv, what_is_no_text_is_refused_whole)
{
    struct csv_file file;
    cr_expect_eq(csv_begin(bytes_of("", 0), &file), SH_E_BAD_TEXT);
    cr_expect_eq(csv_begin(bytes_of("a\0b", 3), &file), SH_E_BAD_TEXT);
    cr_expect_eq(csv_begin(bytes_str("\xef\xbb\xbf\xff"), &file), SH_E_BAD_TEXT,
                 "a mark that lies");
}
