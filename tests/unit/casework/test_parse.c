/* casework_parse(): the bytes of a file. */
#include "base/cleanup.h"
#include "sample.h"

#include <criterion/criterion.h>

static sh_err parse(const char *text, json_t **out, struct sh_why *why)
{
    return casework_parse(bytes_str(text), out, why);
}

Test(casework_parse, an_object_is_read)
{
    SH_DEFER(json_decrefp) json_t *json = NULL;
    cr_assert_eq(parse("{\"kind\": \"note\"}\n", &json, NULL), SH_OK);
    cr_assert_str_eq(json_string_value(json_object_get(json, "kind")), "note");
}

static const struct {
    const char *text, *why;
} BAD[] = {
    {"", "line 1, column 0: it ends too early"},
    {"{", "line 1, column 1: it ends too early"},
    {"{} {}", "line 1, column 4: something stands behind the end"},
    {"{\"a\": 1,\n \"a\": 2}", "line 2, column 4: a key stands twice in one object"},
    {"{\"a\": 'x'}", "line 1, column 7: not JSON"},
    {"{\"Cara\": tru}", "line 1, column 12: not JSON"},
    {"{\"a\": \"Cara\xff\"}", "line 1, column 11: not valid UTF-8"},
    {"{\"a\": \"\\u0000\"}", "line 1, column 14: text has a NUL character (\\u0000)"},
    {"{\"a\": \"\\ud800\"}", "line 1, column 14: not JSON"},
    {"{\"a\": 99999999999999999999}", "line 1, column 26: a number is out of range"},
    {"[[[[[[[[[]]]]]]]]]", "line 1, column 9: nested deeper than 8 levels"},
    {"{\"a\":\n[[[{\"b\":[[{\"c\":[]}]]}]]]}", "line 2, column 16: nested deeper than 8 levels"},
};

Test(casework_parse, a_bad_file_is_named_by_line_and_column_and_never_quoted)
{
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        json_t *json = NULL;
        struct sh_why why = {0};
        cr_expect_eq(parse(BAD[i].text, &json, &why), SH_E_JSON, "%s", BAD[i].text);
        cr_expect_str_eq(why.text, BAD[i].why);
        cr_expect_null(json);
        cr_expect_null(strstr(why.text, "Cara"));
    }
}

Test(casework_parse, eight_levels_are_within_the_limit)
{
    SH_DEFER(json_decrefp) json_t *json = NULL;
    cr_assert_eq(parse("[[[[[[[[]]]]]]]]", &json, NULL), SH_OK);
}

Test(casework_parse, brackets_inside_text_are_not_nesting)
{
    SH_DEFER(json_decrefp) json_t *json = NULL;
    cr_assert_eq(parse("{\"a\": \"[[[[[[[[[\\\"[[[[[{{{{{\", \"b\": \"\\\\\"}", &json, NULL),
                 SH_OK);
}

/* A list of one text that fills the file to exactly `len` bytes. */
static void file_of(size_t len, struct buf *out)
{
    cr_assert_eq(buf_append_str(out, "[\""), SH_OK);
    while (out->len < len - 2) {
        cr_assert_eq(buf_append_u8(out, 'x'), SH_OK);
    }
    cr_assert_eq(buf_append_str(out, "\"]"), SH_OK);
}

Test(casework_parse, a_file_of_the_limit_is_read_and_one_byte_more_is_refused)
{
    SH_DEFER(json_decrefp) json_t *json = NULL;
    SH_DEFER(buf_wipe) struct buf most = BUF_INIT(SH_JSON_BYTES_MAX);
    SH_DEFER(buf_wipe) struct buf more = BUF_INIT(SH_JSON_BYTES_MAX + 1);
    struct sh_why why = {0};
    file_of(SH_JSON_BYTES_MAX, &most);
    cr_assert_eq(casework_parse(bytes_buf(&most), &json, &why), SH_OK, "%s", why.text);
    file_of(SH_JSON_BYTES_MAX + 1, &more);
    json_t *none = NULL;
    cr_assert_eq(casework_parse(bytes_buf(&more), &none, &why), SH_E_JSON);
    cr_assert_str_eq(why.text, "larger than 4194304 bytes");
}

Test(casework_parse, a_hundred_thousand_levels_do_not_reach_the_parser)
{
    SH_DEFER(buf_wipe) struct buf deep = BUF_INIT(SH_MIB);
    for (size_t i = 0; i < 100000; i++) {
        cr_assert_eq(buf_append_u8(&deep, '['), SH_OK);
    }
    json_t *json = NULL;
    struct sh_why why = {0};
    cr_assert_eq(casework_parse(bytes_buf(&deep), &json, &why), SH_E_JSON);
    cr_assert_str_eq(why.text, "line 1, column 9: nested deeper than 8 levels");
}
